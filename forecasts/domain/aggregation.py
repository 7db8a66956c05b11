"""Many forecasts to one, now and over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import Floats, Integers, check_vectors
from forecasts.domain.record import NEVER, ForecastRecord, Moments, microsecond
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike

    from forecasts.domain.record import Moment

QUARTILES = (0.25, 0.75)
"""The fractions between which every band lies."""

LEVEL = 1e-12
"""How near a cumulative weight must come to a fraction to count as equal to it."""

_TOO_FEW_TO_AGE = 2


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What some forecasts together say about K outcomes; every field is an array (K,), 0…1.

    centre sums to 1; low and high are the quartiles of each outcome's probability.
    """

    centre: Floats
    low: Floats
    high: Floats


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


@dataclass(frozen=True, slots=True)
class Method:
    """How forecasts become one: what each of n weighs, and how (n, K) and (n,) give (K,).

    pool serves outcomes without an order, pool_ordered those that are bins of a range or a
    single event and its opposite.
    """

    weigh: Callable[[int], Floats]
    pool: Callable[[Floats, Floats], Floats]
    pool_ordered: Callable[[Floats, Floats], Floats]


def recency_weights(n: int) -> Floats:
    """What n forecasts weigh by age, (n,), oldest first: exp(√i − √n), the newest 1.

    Up to two forecasts weigh the same. Raises InvalidValueError for a negative n.
    Source: the recency-weighted community prediction of Metaculus.

    >>> recency_weights(3).round(4)
    array([0.4809, 0.7277, 1.    ])
    """
    if n < 0:
        raise InvalidValueError("n", "not be negative", n)
    ages = np.sqrt(np.arange(1, n + 1))
    return np.exp(ages - np.sqrt(n)) if n > _TOO_FEW_TO_AGE else np.ones(n)


def weighted_quantiles(values: Floats, weights: Floats, fractions: tuple[float, ...]) -> Floats:
    """Quantiles of each column of `values`, (n, K), with the weights (n,) of its rows: (F, K).

    The quantile at f is the mean of the first value whose cumulative share of the weight reaches
    f and the first whose share exceeds f, where a share within 1e-12 of f equals f. Therefore
    the quantile at f of p and the one at 1 − f of 1 − p sum to 1.
    Weights must not be negative nor all 0: that is the caller's care.

    >>> weighted_quantiles(np.array([[0.8], [0.7], [0.6]]), np.array([1.0, 1, 2]), (0.5,))
    array([[0.65]])
    """
    order = values.argsort(axis=0, kind="stable")
    reached = weights[order].cumsum(axis=0)
    share = (reached / reached[-1])[np.newaxis]
    wanted = np.array(fractions)[:, np.newaxis, np.newaxis]
    ranked = np.take_along_axis(values, order, axis=0)
    reaches = (share < wanted - LEVEL).sum(axis=1)
    exceeds = (share <= wanted + LEVEL).sum(axis=1)
    first, second = (np.take_along_axis(ranked, place, axis=0) for place in (reaches, exceeds))
    return (first + second) / 2


def _median(vectors: Floats, weights: Floats) -> Floats:
    return _to_one(weighted_quantiles(vectors, weights, (0.5,))[0])


def _median_of_cuts(vectors: Floats, weights: Floats) -> Floats:
    below = np.cumsum(vectors, axis=1)[:, :-1]
    cuts = weighted_quantiles(below, weights, (0.5,))[0]
    return np.diff(cuts, prepend=0, append=1)


def _mean(vectors: Floats, weights: Floats) -> Floats:
    return (weights / np.sum(weights)) @ vectors


def _log_pool(vectors: Floats, weights: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        logs = _mean(np.log(vectors), weights)
    return _to_one(np.exp(logs))


def _to_one(shares: Floats) -> Floats:
    if not shares.any():
        raise InvalidValueError("Forecasts", "leave some outcome possible together", "none")
    return shares / np.sum(shares)


METHODS = {
    "median": Method(np.ones, _median, _median_of_cuts),
    "recency_weighted_median": Method(recency_weights, _median, _median_of_cuts),
    "recency_weighted_mean": Method(recency_weights, _mean, _mean),
    "mean": Method(np.ones, _mean, _mean),
    "log_pool": Method(np.ones, _log_pool, _log_pool),
}
"""Every way to aggregate, by the name that `method` takes.

median, recency_weighted_median: the weighted median; for K = 2 of the first outcome, for the bins
of a range of each cut of the cumulative distribution, else of each outcome, made to sum to 1.
mean, recency_weighted_mean: the weighted mean, in a range that of the cumulative distributions.
log_pool: the geometric mean, made to sum to 1 (K = 2: of the odds); Genest & Zidek 1986,
doi 10.1214/ss/1177013825.
"""


def default_method(outcomes: int) -> str:
    """The name of the method that serves a question of so many outcomes best.

    Medians of single outcomes can contradict each other, so more than two take the mean.

    >>> default_method(2), default_method(3)
    ('recency_weighted_median', 'recency_weighted_mean')
    """
    return "recency_weighted_mean" if outcomes - 1 > 1 else "recency_weighted_median"


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
    negative, multiplied with the method's own. prior: (K,), what was likely before anybody spoke;
    read only by methods that take forecasts away from it, of which there is none yet.
    Raises InvalidValueError for an unknown method, a bad vector or weight, and no forecast.

    >>> aggregate([[0.8, 0.2], [0.7, 0.3], [0.6, 0.4]], method="recency_weighted_median")
    Aggregate(centre=array([0.7, 0.3]), low=array([0.6, 0.3]), high=array([0.7, 0.4]))
    """
    vectors = check_vectors("forecasts", forecasts)
    rows = vectors.shape[:-1]
    if len(rows) != 1 or not rows[0]:
        raise InvalidValueError("forecasts", "have at least one row", f"shape {vectors.shape}")
    given = np.ones(rows) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.shape != rows or not (given.min() >= 0 and 0 < given.sum() < np.inf):
        raise InvalidValueError("weights", "weigh each row, none below 0, not all 0", weights)
    if prior is not None:
        check_vectors("prior", prior)
    return _aggregate(_method(method), vectors, given, ordered=ordered)


def aggregate_history(
    record: ForecastRecord, *, method: str, ordered: bool = False, until: Moment | None = None
) -> AggregateHistory:
    """The aggregate after every change: each distinct start or end of a forecast before `until`.

    method, ordered: as for `aggregate`. A change that leaves nobody active has count 0 and NaN.
    Raises InvalidValueError for an unknown method.

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
    chosen = _method(method)
    start, end = record.spans()
    moments = np.unique(np.concatenate([start, end]))
    moments = moments[moments < (NEVER if until is None else microsecond("until", until))]
    count = np.zeros(len(moments), dtype=np.int64)
    centre, low, high = np.full((3, len(moments), record.forecasts.shape[1]), np.nan)
    for row, active in enumerate(_active_rows(start, end, moments)):
        count[row] = len(active)
        if len(active):
            ones = np.ones(len(active))
            one = _aggregate(chosen, record.forecasts[active], ones, ordered=ordered)
            centre[row], low[row], high[row] = one.centre, one.low, one.high
    return AggregateHistory(moments.astype("datetime64[us]"), centre, low, high, count)


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


def _method(name: str) -> Method:
    if name not in METHODS:
        raise InvalidValueError("A method", f"be one of {', '.join(METHODS)}", name)
    return METHODS[name]


def _aggregate(method: Method, vectors: Floats, given: Floats, *, ordered: bool) -> Aggregate:
    weights = method.weigh(len(vectors)) * given
    counting = weights > 0
    vectors, weights = vectors[counting], weights[counting]
    binary = vectors.shape[1] - 1 == 1
    pool = method.pool_ordered if ordered or binary else method.pool
    if not binary:
        low, high = weighted_quantiles(vectors, weights, QUARTILES)
        return Aggregate(pool(vectors, weights), low, high)
    (low,), (high,) = weighted_quantiles(vectors[:, :1], weights, QUARTILES)
    opposite = np.array([low, 1 - high]), np.array([high, 1 - low])
    return Aggregate(pool(vectors, weights), *opposite)


def _active_rows(start: Integers, end: Integers, moments: Integers) -> Iterator[Integers]:
    """The rows that stand at each moment, oldest first."""
    active = np.empty(0, dtype=np.int64)
    seen = 0
    for moment, made in zip(moments, np.searchsorted(start, moments, side="right"), strict=True):
        active = np.concatenate([active, np.arange(seen, made)])
        active = active[end[active] > moment]
        seen = made
        yield active
