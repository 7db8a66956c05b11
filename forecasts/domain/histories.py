"""What a crowd said over time, and as much of it as a drawing can show."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.changes import Spans, changes, whole_spans
from forecasts.domain.means import equal_means, weighed_means
from forecasts.domain.pools import (
    QUARTILES,
    TRACK_RECORD,
    Pool,
    believed,
    both_sides,
    named,
    told_apart,
)
from forecasts.domain.quantiles import Own, equal_quantiles, weighed_quantiles
from forecasts.domain.recency import ALL, NEARLY_ALL, ByAge
from forecasts.domain.record import NEVER, ForecastRecord, microsecond, microseconds
from forecasts.domain.track_record import weighed_spans
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from forecasts.domain.changes import Changes
    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.quantiles import Weighing
    from forecasts.domain.record import Moment, Moments
    from forecasts.domain.track_record import TrackRecord

A_COLUMN = 4
"""How many points a line needs in a column of a drawing: first, last, highest and lowest."""

NOBODY = 2.0
"""Where the lines of nobody are drawn to find turns: outside of 0…1, so that a gap is one."""


@dataclass(frozen=True, slots=True)
class AggregateHistory:
    """What a crowd said from each of M changes on, until the next; the last stands on.

    times: (M,) datetime64[us], rising. centre, low, high: (M, K), NaN where nobody is active.
    count: (M,), how many forecasts are active.
    """

    times: Moments
    centre: Floats
    low: Floats
    high: Floats
    count: Integers


def aggregate_history(
    record: ForecastRecord,
    *,
    method: str,
    until: Moment | None = None,
    ordered: bool = False,
    prior: ArrayLike | None = None,
    track: TrackRecord | None = None,
    points: int | None = None,
    band: bool = True,
) -> AggregateHistory:
    """The aggregate after every change: each distinct start or end of a forecast before `until`.

    method, ordered, prior: as for `aggregate`. track: what the people of the record were known
    to have scored elsewhere, and when; a weight that changes is a change too. points: only about
    so many changes, spread over the time and over the changes, first and last among them, as a
    drawing of a long history needs. band: whether low and high are wanted, else they are NaN.
    A change that leaves nobody active has count 0 and NaN.
    With a track record, forecasts of no time make no change. Raises InvalidValueError for an
    unknown method, a bad prior, fewer than 2 points, and a track record that has no use.

    >>> start = np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[us]")
    >>> end = np.array(["NaT", "2026-01-03"], dtype="datetime64[us]")
    >>> vectors = np.array([[0.2, 0.8], [0.4, 0.6]])
    >>> record = ForecastRecord(person=np.arange(2), start=start, end=end, forecasts=vectors)
    >>> aggregate_history(record, method="mean").centre[:, 0].round(6)
    array([0.2, 0.3, 0.2])
    """
    if track is not None and method != TRACK_RECORD:
        raise InvalidValueError("track", f"come with the method {TRACK_RECORD}", method)
    spans = whole_spans(record) if track is None else weighed_spans(record, track)
    crowd = changes(spans.start, spans.end, _moments(spans, until, points))
    weights = None if track is None else spans.weight[crowd.row]
    averages = _Averages(crowd, recent=named(method).recent, weights=weights)
    pool = named(method).pool_for(record.outcomes, ordered=ordered)
    vectors = record.forecasts[spans.row[crowd.row]]
    middle, low, high = _middle_and_band(pool, vectors, averages, band=band)
    centre = _centre(pool, middle, crowd.count, believed(prior, record.outcomes))
    times = crowd.moments.astype("datetime64[us]")
    return AggregateHistory(times, centre, *both_sides(low, high), crowd.count)


def thin(history: AggregateHistory, points: int) -> AggregateHistory:
    """At most so many of the changes of a history, those that its drawing as steps needs.

    The time is cut into equal columns. Of each are kept the first change, the last, and those at
    which any line of the drawing is highest and lowest: the centre, low and high of every
    outcome. So lines as wide as the columns cover what those of all changes cover. There are as
    many columns as the points allow, at most points/4: more where lines turn together.
    Raises InvalidValueError where the points are too few for one column.
    Source: the M4 aggregation of Jugel et al. 2014, doi 10.14778/2732951.2732953.

    >>> ones = np.array([[0.1], [0.2], [0.9], [0.3], [0.3], [0.2]])
    >>> both, times = np.hstack([ones, 1 - ones]), np.arange(6).astype("datetime64[us]")
    >>> thin(AggregateHistory(times, both, both, both, np.arange(6)), 4).count
    array([0, 2, 5])
    """
    if len(history.times) <= points:
        return history
    lines = np.hstack([told_apart(line) for line in (history.centre, history.low, history.high)])
    drawn, times = np.where(np.isnan(lines), NOBODY, lines), microseconds(history.times)
    columns = max(points // A_COLUMN, 1)
    while len(kept := _kept(drawn, times, columns)) > points:
        if columns == 1:
            raise InvalidValueError("points", f"be at least {len(kept)}", points)
        columns = max(1, min(columns - 1, columns * points // len(kept)))
    return AggregateHistory(
        history.times[kept],
        history.centre[kept],
        history.low[kept],
        history.high[kept],
        history.count[kept],
    )


@dataclass(frozen=True, slots=True)
class _Averages:
    """Averages of values (R, C) at every change of a crowd, with the weights of a method.

    recent: whether the newer weigh more. weights: what the rows of the crowd weigh, if not that.
    """

    crowd: Changes
    recent: bool
    weights: Floats | None

    def quantiles(self, values: Floats, fractions: tuple[float, ...]) -> Floats:
        """(F, M, C)."""
        weighing = self._weighing(NEARLY_ALL)
        if weighing is None:
            return equal_quantiles(values, self.crowd, fractions)
        return weighed_quantiles(values, self.crowd, fractions, weighing)

    def means(self, values: Floats) -> Floats:
        """(M, C)."""
        weighing = self._weighing(ALL)
        if weighing is None:
            return equal_means(values, self.crowd)
        return weighed_means(values, self.crowd, weighing)

    def _weighing(self, spare: int) -> Weighing | None:
        if self.weights is not None:
            return Own(self.weights)
        return ByAge(int(self.crowd.count.max(initial=0)), spare) if self.recent else None


def _middle_and_band(
    pool: Pool, vectors: Floats, averages: _Averages, *, band: bool
) -> tuple[Floats, Floats, Floats]:
    """What the pool averages, (M, C), and the quartiles, twice (M, K) or of two only the first."""
    columns, spread = pool.columns(vectors), told_apart(vectors)
    quartiles = QUARTILES if band else ()
    if pool.median and columns.shape == spread.shape:
        middle, *ends = averages.quantiles(columns, (0.5, *quartiles))
    else:
        middle = averages.quantiles(columns, (0.5,))[0] if pool.median else averages.means(columns)
        ends = [*averages.quantiles(spread, quartiles)] if band else []
    low, high = ends or np.full((2, len(middle), spread.shape[1]), np.nan)
    return middle, low, high


def _centre(pool: Pool, middle: Floats, count: Integers, prior: Floats) -> Floats:
    """What the averages say, (M, K); NaN where nobody stands."""
    centre, somebody = np.full((len(count), len(prior)), np.nan), count > 0
    centre[somebody] = pool.vectors(middle[somebody], count[somebody], prior)
    return centre


def _moments(spans: Spans, until: Moment | None, points: int | None) -> Integers:
    """Every distinct start and end before `until`, or so many of them."""
    before = NEVER if until is None else microsecond("until", until)
    times = np.sort(np.concatenate([spans.start, spans.end]))
    times = times[: np.searchsorted(times, before)]
    fresh = np.ones(len(times), dtype=np.bool_)
    np.greater(times[1:], times[:-1], out=fresh[1:])
    moments = times[fresh]
    if points is None or len(moments) <= points:
        return moments
    if points <= 1:
        raise InvalidValueError("points", "be at least 2", points)
    half = points // 2
    by_number = np.linspace(0, len(moments) - 1, points - half).astype(np.int64)
    instants = np.linspace(moments[0], moments[-1], half + 1)[1:]
    by_time = np.searchsorted(moments, instants, side="right") - 1
    return moments[np.union1d(by_number, by_time)]


def _kept(drawn: Floats, times: Integers, columns: int) -> Integers:
    """The rows that lines, (M, L), need in so many columns of equal time."""
    edges = np.searchsorted(times, np.linspace(times[0], times[-1], columns + 1)[1:-1])
    kept: list[int] = []
    for low, high in pairwise([0, *edges.tolist(), len(times)]):
        if low < high:
            part = drawn[low:high]
            turns = *part.argmin(axis=0).tolist(), *part.argmax(axis=0).tolist()
            kept += [low, high - 1, *(low + turn for turn in turns)]
    return np.unique(kept)
