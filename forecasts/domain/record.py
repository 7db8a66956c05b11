"""What everybody said about one question and from when to when, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from forecasts.domain.probability import Floats, Integers, check_array, check_vectors
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Moment: TypeAlias = datetime | np.datetime64
Moments: TypeAlias = NDArray[np.datetime64]

NEVER = int(np.iinfo(np.int64).max)
"""The end, in microseconds, of what still stands."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = np.dtype("datetime64[us]")
_COUNTED = np.array(["0002-01-01", "9999-01-01"], dtype=_MICROSECONDS)
_FIRST, _LAST = _COUNTED.astype(np.int64).tolist()
_YEARS = "lie in the years 2 to 9998"


@dataclass(frozen=True, slots=True)
class ForecastRecord:
    """All N forecasts on one question, sorted by start; at one moment the later row stands.

    person: (N,) integers, codes from 0. start, end: (N,) datetime64 in UTC, half-open: a forecast
    stands from its start until just before its end (replaced, withdrawn or lapsed); an end of NaT
    says that it still stands; one that was replaced at once has an end equal to its start.
    forecasts: (N, K), each row summing to 1.

    Lists become such arrays. Raises InvalidValueError for other kinds and shapes, for moments as
    `microseconds` does, where rows are out of order, an end precedes its start, or two forecasts
    of one person stand at the same time. Source: our own.

    >>> record = ForecastRecord(
    ...     person=np.array([0, 0]),
    ...     start=np.array(["2026-01-01", "2026-01-05"], dtype="datetime64[us]"),
    ...     end=np.array(["2026-01-05", "NaT"], dtype="datetime64[us]"),
    ...     forecasts=np.array([[0.2, 0.8], [0.3, 0.7]]),
    ... )
    >>> record.people
    1
    """

    person: Integers
    start: Moments
    end: Moments
    forecasts: Floats
    _spans: tuple[Integers, Integers] = field(init=False, repr=False, compare=False)
    _ended_by: Integers = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        forecasts = check_vectors("forecasts", self.forecasts)
        if len(forecasts.shape[:-1]) != 1:
            raise InvalidValueError(
                "forecasts", "have one row a forecast", f"shape {forecasts.shape}"
            )
        rows = len(forecasts)
        person = _column("person", self.person, kinds="iu", rows=rows).astype(np.int64, copy=False)
        start = _column("start", self.start, kinds="M", rows=rows)
        end = _column("end", self.end, kinds="M", rows=rows)
        if person.min(initial=0) < 0:
            raise InvalidValueError("person", "be codes from 0", person.min())
        self._keep(person=person, start=start, end=end, forecasts=forecasts)
        spans = microseconds(start, name="start"), microseconds(end, name="end")
        self._keep(_spans=spans, _ended_by=self._in_order(*spans))

    @property
    def people(self) -> int:
        """P, how many people the codes 0…P−1 speak of.

        Source: our own.
        """
        return int(self.person.max(initial=-1)) + 1

    @property
    def outcomes(self) -> int:
        """K, how many outcomes each forecast speaks of.

        Source: our own.
        """
        return int(self.forecasts.shape[1])

    def spans(self) -> tuple[Integers, Integers]:
        """Start and end of each row, (N,) and (N,), in microseconds; the end of NaT is NEVER.

        Source: our own.

        >>> start = np.array([0], dtype="datetime64[us]")
        >>> record = ForecastRecord(
        ...     person=np.array([0]), start=start, end=start + 5, forecasts=np.array([[0.5, 0.5]])
        ... )
        >>> record.spans()
        (array([0]), array([5]))
        """
        return self._spans

    def ended_by(self) -> Integers:
        """What ended each row, (N,): the row that replaced it at once, or a number from N on.

        Rows that ended in another way, or still stand, get N, N + 1, … in their order.
        Source: our own.

        >>> start = np.array([0, 2, 5], dtype="datetime64[us]")
        >>> record = ForecastRecord(
        ...     person=np.array([0, 1, 0]),
        ...     start=start,
        ...     end=start + 5,
        ...     forecasts=np.full((3, 2), 0.5),
        ... )
        >>> record.ended_by()
        array([2, 3, 4])
        """
        return self._ended_by

    def _keep(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _in_order(self, start: Integers, end: Integers) -> Integers:
        """What ended each row; raises InvalidValueError where rows are out of order."""
        if (start[1:] < start[:-1]).any() or (start == NEVER).any():
            raise InvalidValueError("start", "be sorted and known", "rows out of order")
        if (end < start).any():
            raise InvalidValueError("end", "not precede its start", self.end[end < start][0])
        order = np.argsort(self.person, kind="stable")
        earlier, later = order[:-1], order[1:]
        same = self.person[earlier] == self.person[later]
        twice = same & (end[earlier] > start[later])
        if twice.any():
            rule = "have one forecast at a time"
            raise InvalidValueError("A person", rule, f"two of {self.person[later[twice][0]]}")
        replaced = same & (end[earlier] == start[later])
        return _ended_by(earlier[replaced], later[replaced], len(start))


def _ended_by(earlier: Integers, later: Integers, rows: int) -> Integers:
    ended_by = np.full(rows, rows)
    ended_by[earlier] = later
    otherwise = ended_by == rows
    ended_by[otherwise] += np.arange(np.count_nonzero(otherwise))
    return ended_by


def microseconds(moments: ArrayLike, *, name: str = "moments") -> Integers:
    """Moments in UTC, datetime64 of any shape, as whole microseconds since 1970; NaT is NEVER.

    Raises InvalidValueError, blaming `name`, for what is no datetime64 and outside the years 2 to
    9998, where days are counted and microseconds never overflow. Source: our own.

    >>> microseconds(np.array(["1970-01-01T00:00:01", "NaT"], dtype="datetime64[s]"))
    array([            1000000, 9223372036854775807])
    """
    given = check_array(name, moments, kinds="M", rule="hold moments")
    if np.can_cast(given.dtype, _MICROSECONDS):  # finer units end long before those years do
        first, last = _COUNTED.astype(given.dtype)
        outside = (given < first) | (given >= last)
        if outside.any():
            raise InvalidValueError(name, _YEARS, given[outside].flat[0])
    numbers = given.astype(_MICROSECONDS).astype(np.int64)
    return np.where(np.isnat(given), NEVER, numbers)


def microsecond(name: str, moment: Moment) -> int:
    """One moment, a datetime with a time zone or a datetime64 in UTC, as `microseconds` are.

    Raises InvalidValueError, blaming `name`, for what is neither, for a datetime without a time
    zone, for NaT, and as `microseconds` does. Source: our own.

    >>> microsecond("opens", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise InvalidValueError(name, "have a time zone", moment)
        return _counted(name, (moment - _EPOCH) // timedelta(microseconds=1))
    if not isinstance(moment, np.datetime64) or np.isnat(moment):
        raise InvalidValueError(name, "be a moment", moment)
    if moment.dtype == _MICROSECONDS:
        return _counted(name, int(moment.astype(np.int64)))
    return int(microseconds(moment, name=name))


def moment_at(name: str, number: int) -> datetime:
    """The moment so many microseconds after 1970, in UTC; `microsecond` the other way round.

    Raises InvalidValueError, blaming `name`, outside the years 2 to 9998, where days are counted.
    Source: our own.

    >>> moment_at("opens", 1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return _EPOCH + timedelta(microseconds=_counted(name, number))


def totals(codes: Integers, amounts: Floats, size: int = 0) -> Floats:
    """The sum of the amounts, (N,), of each code 0…size−1, (N,): (size,), or more if codes are.

    Source: our own.

    >>> totals(np.array([0, 2, 0]), np.array([1.0, 2.0, 0.5]), 4)
    array([1.5, 0. , 2. , 0. ])
    """
    return np.asarray(np.bincount(codes, weights=amounts, minlength=size), dtype=np.float64)


def _counted(name: str, number: int) -> int:
    if not _FIRST <= number < _LAST:
        raise InvalidValueError(name, _YEARS, np.datetime64(number, "us"))
    return number


def _column(name: str, column: ArrayLike, *, kinds: str, rows: int) -> NDArray[Any]:
    rule = f"hold {rows} {'moments' if kinds == 'M' else 'integers'}"
    found = check_array(name, column, kinds=kinds, rule=rule)
    if found.shape != (rows,):
        raise InvalidValueError(name, rule, f"shape {found.shape}")
    return found
