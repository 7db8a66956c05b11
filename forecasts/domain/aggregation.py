"""Many forecasts to one, now and over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.changes import changes
from forecasts.domain.histories import AggregateHistory, thin
from forecasts.domain.means import equal_means, weighed_means
from forecasts.domain.pools import (
    METHODS,
    TRACK_RECORD,
    Pool,
    default_method,
    named,
    neyman_roughgarden_factor,
)
from forecasts.domain.probability import Floats, Integers, check_vectors
from forecasts.domain.quantiles import equal_quantiles, weighed_quantiles, weighted_quantiles
from forecasts.domain.recency import ALL, NEARLY_ALL, ByAge, recency_weights
from forecasts.domain.record import NEVER, ForecastRecord, microsecond
from forecasts.domain.track_record import (
    Own,
    Spans,
    TrackRecord,
    track_record_weights,
    weighed_spans,
)
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from forecasts.domain.changes import Changes
    from forecasts.domain.quantiles import Weighing
    from forecasts.domain.record import Moment

__all__ = [
    "METHODS",
    "Aggregate",
    "AggregateHistory",
    "TrackRecord",
    "aggregate",
    "aggregate_at",
    "aggregate_history",
    "default_method",
    "disagreement",
    "neyman_roughgarden_factor",
    "recency_weights",
    "thin",
    "track_record_weights",
]

QUARTILES = (0.25, 0.75)
"""The fractions between which every band lies."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What some forecasts together say about K outcomes; every field is an array (K,), 0…1.

    centre sums to 1; low and high are the quartiles of each outcome's probability.
    """

    centre: Floats
    low: Floats
    high: Floats


def aggregate(
    forecasts: ArrayLike,
    *,
    method: str,
    ordered: bool = False,
    weights: ArrayLike | None = None,
    prior: ArrayLike | None = None,
) -> Aggregate:
    """One forecast out of n, (n, K), with one row a person, ordered by start, oldest first.

    method: one of METHODS. ordered: the outcomes are the bins of a range. weights: (n,), not
    negative, multiplied with the method's own. prior: (K,), each more than 0, what was likely
    before anybody spoke, uniform unless given; only `extremised` and `neyman_roughgarden` ask.
    Raises InvalidValueError for an unknown method, a bad vector or weight, and no forecast.

    >>> aggregate([[0.8, 0.2], [0.7, 0.3], [0.6, 0.4]], method="recency_weighted_median")
    Aggregate(centre=array([0.7, 0.3]), low=array([0.6, 0.3]), high=array([0.7, 0.4]))
    """
    chosen = named(method)
    vectors = check_vectors("forecasts", forecasts)
    rows = vectors.shape[:-1]
    if len(rows) != 1 or not rows[0]:
        raise InvalidValueError("forecasts", "have at least one row", f"shape {vectors.shape}")
    given = np.ones(rows) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.shape != rows or not (given.min() >= 0 and 0 < given.sum() < np.inf):
        raise InvalidValueError("weights", "weigh each row, none below 0, not all 0", weights)
    believed = _prior(prior, vectors.shape[1])
    weighed = given * recency_weights(len(given)) if chosen.recent else given
    counting = weighed > 0
    pool = chosen.pool_for(vectors.shape[1], ordered=ordered)
    return _aggregate(pool, vectors[counting], weighed[counting], believed)


def aggregate_at(
    record: ForecastRecord,
    *,
    method: str,
    at: Moment,
    ordered: bool = False,
    prior: ArrayLike | None = None,
) -> Aggregate | None:
    """The aggregate of the forecasts that stand at one moment; None where there are none.

    method, ordered, prior: as for `aggregate`. A forecast made at that moment stands, one that
    ends then does not. Raises InvalidValueError as `aggregate` does.

    >>> start = np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[us]")
    >>> record = ForecastRecord(
    ...     person=np.array([0, 1]),
    ...     start=start,
    ...     end=start + np.timedelta64(1, "D"),
    ...     forecasts=np.array([[0.2, 0.8], [0.4, 0.6]]),
    ... )
    >>> found = aggregate_at(record, method="mean", at=np.datetime64("2026-01-02"))
    >>> None if found is None else found.centre
    array([0.4, 0.6])
    >>> aggregate_at(record, method="mean", at=np.datetime64("2026-01-03"))
    """
    moment = microsecond("at", at)
    start, end = record.spans()
    standing = record.forecasts[(start <= moment) & (moment < end)]
    if not len(standing):
        named(method)
        return None
    return aggregate(standing, method=method, ordered=ordered, prior=prior)


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
    to have scored elsewhere, and when; what weighs differently from then on is a change too.
    Without it nobody has a track record. points: only about so many of the changes, chosen
    evenly over the time and over the changes, first and last among them: what a drawing of a
    long history needs; each is exact. band: whether low and high are wanted, else they are NaN.
    A change that leaves nobody active has count 0 and NaN.
    Raises InvalidValueError for an unknown method, a bad prior, fewer than 2 points, and a track
    record with a method that has no use for it.

    >>> record = ForecastRecord(
    ...     person=np.array([0, 1]),
    ...     start=np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[us]"),
    ...     end=np.array(["NaT", "2026-01-03"], dtype="datetime64[us]"),
    ...     forecasts=np.array([[0.2, 0.8], [0.4, 0.6]]),
    ... )
    >>> history = aggregate_history(record, method="mean")
    >>> history.centre[:, 0].round(6).tolist(), history.count.tolist()
    ([0.2, 0.3, 0.2], [1, 2, 1])
    """
    if track is not None and method != TRACK_RECORD:
        raise InvalidValueError("track", f"come with the method {TRACK_RECORD}", method)
    chosen, outcomes = named(method), record.forecasts.shape[1]
    spans = _spans(record) if track is None else weighed_spans(record, track)
    crowd = changes(spans.start, spans.end, _moments(spans, until, points))
    vectors = record.forecasts[spans.row]
    weights = None if track is None else spans.weight[crowd.row]
    averages = _Averages(crowd, recent=chosen.recent, weights=weights)
    pool = chosen.pool_for(outcomes, ordered=ordered)
    middle, low, high = _middle_and_band(pool, vectors, averages, band=band)
    centre, somebody = np.full((len(crowd.count), outcomes), np.nan), crowd.count > 0
    believed = _prior(prior, outcomes)
    centre[somebody] = pool.vectors(middle[somebody], crowd.count[somebody], believed)
    times = crowd.moments.astype("datetime64[us]")
    return AggregateHistory(times, centre, *_both_sides(low, high), crowd.count)


def disagreement(*, count: int, sums: Sequence[float], squares: float) -> float:
    """How far n forecasts of K outcomes lie apart: half the sum of the K variances, 0…½.

    That is the mean Brier score of the forecasts against their mean, and for K = 2 the variance
    of p. count: n. sums: (K,), of each outcome's probabilities. squares: the sum of all n·K
    squared probabilities. Rounded to 12 decimals, beyond which sums kept over time are noise.
    Nobody and one alone do not disagree.

    >>> disagreement(count=2, sums=[1.0, 1.0], squares=2 * (0.2**2 + 0.8**2))
    0.09
    """
    if not count:
        return 0.0
    of_means = sum((total / count) ** 2 for total in sums)
    return max(0.0, round((squares / count - of_means) / 2, 12))


@dataclass(frozen=True, slots=True)
class _Averages:
    """Averages of values (N, C) at every change of a crowd, with the weights of a method.

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
    columns, spread = pool.columns(vectors), _told_apart(vectors)
    quartiles = QUARTILES if band else ()
    if pool.median and columns.shape == spread.shape:
        middle, *ends = averages.quantiles(columns, (0.5, *quartiles))
    else:
        middle = averages.quantiles(columns, (0.5,))[0] if pool.median else averages.means(columns)
        ends = [*averages.quantiles(spread, quartiles)] if band else []
    low, high = ends or np.full((2, len(middle), spread.shape[1]), np.nan)
    return middle, low, high


def _aggregate(pool: Pool, vectors: Floats, weights: Floats, prior: Floats) -> Aggregate:
    columns = pool.columns(vectors)
    middle = (
        weighted_quantiles(columns, weights, (0.5,))
        if pool.median
        else (weights / np.sum(weights))[np.newaxis] @ columns
    )
    (centre,) = pool.vectors(middle, np.array([len(vectors)]), prior)
    return Aggregate(
        centre, *_both_sides(*weighted_quantiles(_told_apart(vectors), weights, QUARTILES))
    )


def _told_apart(vectors: Floats) -> Floats:
    """The columns that say all: of two outcomes the first."""
    return vectors[:, :1] if vectors.shape[1] - 1 == 1 else vectors


def _both_sides(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bands (..., K) of all outcomes; the band of a first of two, (..., 1), is mirrored."""
    if low.shape[-1] > 1:
        return low, high
    return np.concatenate([low, 1 - high], axis=-1), np.concatenate([high, 1 - low], axis=-1)


def _prior(prior: ArrayLike | None, outcomes: int) -> Floats:
    if prior is None:
        return np.full(outcomes, 1 / outcomes)
    vector = check_vectors("prior", prior)
    if vector.shape != (outcomes,):
        raise InvalidValueError("prior", f"hold {outcomes} outcomes", f"shape {vector.shape}")
    if not vector.all():
        raise InvalidValueError("prior", "leave every outcome possible", prior)
    return vector


def _spans(record: ForecastRecord) -> Spans:
    start, end = record.spans()
    return Spans(np.arange(len(start)), start, end, np.ones(len(start)))


def _moments(spans: Spans, until: Moment | None, points: int | None) -> Integers:
    """Every distinct start and end before `until`, or so many of them."""
    before = NEVER if until is None else microsecond("until", until)
    times = np.sort(np.concatenate([spans.start, spans.end]))
    moments = times[(np.diff(times, append=NEVER) > 0) & (times < before)]
    if points is None or len(moments) <= points:
        return moments
    if points <= 1:
        raise InvalidValueError("points", "be at least 2", points)
    half = points // 2
    by_number = np.linspace(0, len(moments) - 1, points - half).astype(np.int64)
    instants = np.linspace(moments[0], moments[-1], half + 1)[1:]
    by_time = np.searchsorted(moments, instants, side="right") - 1
    return moments[np.union1d(by_number, by_time)]
