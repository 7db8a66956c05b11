"""What a crowd said over time, and as much of it as a drawing can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.changes import changes
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
from forecasts.domain.quantiles import equal_quantiles, weighed_quantiles
from forecasts.domain.recency import ALL, NEARLY_ALL, ByAge
from forecasts.domain.record import NEVER, ForecastRecord, microsecond, microseconds
from forecasts.domain.track_record import Own, Spans, weighed_spans, whole_spans
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from forecasts.domain.changes import Changes
    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.quantiles import Weighing
    from forecasts.domain.record import Moment, Moments
    from forecasts.domain.track_record import TrackRecord

A_COLUMN = 4
"""How many points say all of a column of a drawing: its first, its last, and two turns."""

NOBODY = 2.0
"""Where the centre of nobody is drawn to find turns: outside of 0…1, so that a gap is one."""


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
    Raises InvalidValueError for an unknown method, a bad prior, fewer than 2 points, and a track
    record with a method that has no use for it.

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

    The time is cut into points/4 columns. Of each are kept the first change, the last, the one
    that is farthest from the first (in the largest difference of any outcome), and the one that
    is farthest from that: for two outcomes the highest and the lowest. So a line drawn as wide
    as the columns covers what the line of all changes covers, whatever their number.
    Raises InvalidValueError for fewer than 4 points.
    Source: the M4 aggregation of Jugel et al. 2014, doi 10.14778/2732951.2732953, for vectors.

    >>> ones = np.array([[0.1], [0.2], [0.9], [0.3], [0.3], [0.2]])
    >>> both, times = np.hstack([ones, 1 - ones]), np.arange(6).astype("datetime64[us]")
    >>> thin(AggregateHistory(times, both, both, both, np.arange(6)), 4).count
    array([0, 2, 5])
    """
    if points < A_COLUMN:
        raise InvalidValueError("points", f"be at least {A_COLUMN}", points)
    if len(history.times) <= points:
        return history
    columns = points // A_COLUMN
    times = microseconds(history.times)
    edges = np.linspace(times[0], times[-1], columns + 1)[1:-1]
    drawn = np.where(np.isnan(history.centre), NOBODY, history.centre)
    parts = np.split(np.arange(len(times)), np.searchsorted(times, edges))
    kept = np.unique([row for part in parts if len(part) for row in _turns(drawn, part)])
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


def _turns(drawn: Floats, rows: Integers) -> tuple[int, int, int, int]:
    first = rows[0]
    farthest = rows[_distance(drawn[rows], drawn[first]).argmax()]
    opposite = rows[_distance(drawn[rows], drawn[farthest]).argmax()]
    return first, farthest, opposite, rows[-1]


def _distance(drawn: Floats, other: Floats) -> Floats:
    distance: Floats = np.abs(drawn - other).max(axis=1)
    return distance
