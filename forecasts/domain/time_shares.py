"""How long which probability stood: what calibration counts of a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.counts import GRID
from forecasts.domain.probability import (
    Integers,
    check_array,
    check_numbers,
    check_probabilities,
)
from forecasts.domain.record import NEVER, microsecond, microseconds
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from forecasts.domain.record import Moment

_NOISE = 1e-9
_MOST_SERIES = NEVER // (GRID + 1)
_CODES = f"be codes from 0, below {_MOST_SERIES}"


@dataclass(frozen=True, slots=True)
class StandingTimes:
    """How long each probability of each series stood: D rows, by series, then probability.

    series: (D,) codes. cell: (D,), the probability in steps of 0.001. time: (D,), microseconds.
    Source: our own.
    """

    series: Integers
    cell: Integers
    time: Integers


def standing_times(
    *,
    probability: ArrayLike,
    start: ArrayLike,
    opens: Moment,
    until: Moment,
    end: ArrayLike | None = None,
    series: ArrayLike | None = None,
) -> StandingTimes:
    """How long each probability of one outcome stood in [opens, until), in each of some series.

    probability: (M,) in 0…1, NaN where there was none. start, end: (M,) datetime64, half-open,
    NaT for an end that never came; without `end`, starts must rise and each stands until the
    next, as in an aggregate history. series: (M,) codes from 0, such as of people; all 0 unless
    given. Probabilities are rounded to 0.001, halves up. What never stood has no row.
    Raises InvalidValueError for shapes, order and range, and for other than whole numbers and
    moments. Source: our own.

    >>> start = np.array(["2026-01-01", "2026-01-04"], dtype="datetime64[us]")
    >>> opens, until = np.datetime64("2026-01-01"), np.datetime64("2026-01-05")
    >>> found = standing_times(probability=[0.7, 0.2], start=start, opens=opens, until=until)
    >>> found.cell, found.time // 10**6 // 86400
    (array([200, 700]), array([1, 3]))
    """
    chances = check_numbers("probability", probability)
    first, last = microsecond("opens", opens), microsecond("until", until)
    begun = np.atleast_1d(microseconds(start, name="start"))
    ended = _nexts(begun) if end is None else microseconds(end, name="end")
    codes = np.zeros(chances.size, dtype=np.int64) if series is None else _codes(series)
    if not chances.shape == begun.shape == ended.shape == codes.shape == (chances.size,):
        rule = "have one start, end and series each"
        raise InvalidValueError("probability", rule, chances.shape)
    if (ended < begun).any():
        raise InvalidValueError("end", "not precede its start", "times out of order")
    last = max(first, last)
    stood = np.clip(ended, first, last) - np.clip(begun, first, last)
    counting = (stood > 0) & ~np.isnan(chances)
    check_probabilities("probability", chances[counting])
    cells = np.floor(chances[counting] * GRID + 0.5 + _NOISE).astype(np.int64)
    return _together(codes[counting] * (GRID + 1) + cells, stood[counting])


def _nexts(begun: Integers) -> Integers:
    return np.append(begun[1:], NEVER)[: len(begun)]


def _codes(series: ArrayLike) -> Integers:
    codes = check_array("series", series, kinds="iu", rule=_CODES).astype(np.int64, copy=False)
    for code in (codes.min(initial=0), codes.max(initial=0)):
        if not 0 <= code < _MOST_SERIES:
            raise InvalidValueError("series", _CODES, code)
    return codes


def _together(keys: Integers, time: Integers) -> StandingTimes:
    """Sum the times of equal keys; a key holds the code of a series and a cell."""
    order = np.argsort(keys, kind="stable")
    first = np.flatnonzero(np.diff(keys[order], prepend=-1))
    sums = np.add.reduceat(time[order], first) if len(first) else time
    series, cell = np.divmod(keys[order][first], GRID + 1)
    return StandingTimes(series, cell, sums)
