"""Many forecasts to one, now and over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.histories import AggregateHistory, aggregate_history, thin
from forecasts.domain.pools import (
    METHODS,
    QUARTILES,
    Pool,
    believed,
    both_sides,
    default_method,
    named,
    neyman_roughgarden_factor,
    told_apart,
)
from forecasts.domain.probability import Floats, check_numbers, check_vectors
from forecasts.domain.quantiles import TRACE, weighted_quantiles
from forecasts.domain.recency import recency_weights
from forecasts.domain.record import microsecond
from forecasts.domain.track_record import TrackRecord, track_record_weights
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from forecasts.domain.record import ForecastRecord, Moment

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


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What some forecasts together say about K outcomes; every field is an array (K,), 0…1.

    centre sums to 1; low and high are the quartiles of each outcome's probability, with the
    weights that the method gives the forecasts, as `weighted_quantiles` defines them.
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
    negative, multiplied with the method's own; a row that weighs 0 ages the others' but is not
    counted among the n of `neyman_roughgarden`. prior: (K,), each more than 0, what was likely
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
    given = np.ones(rows) if weights is None else check_numbers("weights", weights)
    if given.shape != rows or not (given.min() >= 0 and given.sum() < np.inf):
        raise InvalidValueError("weights", "weigh each row, none below 0", weights)
    weighed = given * recency_weights(len(given)) if chosen.recent else given
    if not weighed.sum() > TRACE:
        raise InvalidValueError("weights", "not all be 0", weights)
    pool = chosen.pool_for(vectors.shape[1], ordered=ordered)
    before, counting = believed(prior, vectors.shape[1]), weighed > 0
    return _aggregate(pool, vectors[counting], weighed[counting], before)


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

    >>> from forecasts.domain.record import ForecastRecord
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


def _aggregate(pool: Pool, vectors: Floats, weights: Floats, prior: Floats) -> Aggregate:
    columns = pool.columns(vectors)
    middle = (
        weighted_quantiles(columns, weights, (0.5,))
        if pool.median
        else (weights / np.sum(weights))[np.newaxis] @ columns
    )
    (centre,) = pool.vectors(middle, np.array([len(vectors)]), prior)
    return Aggregate(
        centre, *both_sides(*weighted_quantiles(told_apart(vectors), weights, QUARTILES))
    )
