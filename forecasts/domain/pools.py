"""The ways to make one forecast of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import check_numbers, check_prior
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from forecasts.domain.probability import Floats, Integers

QUARTILES = (0.25, 0.75)
"""The fractions between which every band lies."""

BINARY = 2
"""Of so many outcomes one says all."""

EXTREMISING = 1.5
"""The power by which `extremised` takes the log pool away from the prior."""


@dataclass(frozen=True, slots=True)
class Pool:
    """How the probabilities of many become those of one, in three steps.

    columns: what is averaged, (n, K) to (n, C). median: whether by the weighted median of each
    column, else by the weighted mean. vectors: what the averages say, (M, C), of M crowds of
    counts (M,), away from a prior (K,): (M, K).
    """

    columns: Callable[[Floats], Floats]
    median: bool
    vectors: Callable[[Floats, Integers, Floats], Floats]


def _cuts(vectors: Floats) -> Floats:
    return np.cumsum(vectors, axis=1)[:, :-1]


def _between_cuts(cuts: Floats, _count: Integers, _prior: Floats) -> Floats:
    return np.diff(cuts, axis=1, prepend=0, append=1)


def _same(vectors: Floats) -> Floats:
    return vectors


def _to_one(shares: Floats, _count: Integers, _prior: Floats) -> Floats:
    sums = shares.sum(axis=1, keepdims=True)
    if not sums.all():
        raise InvalidValueError("Forecasts", "leave some outcome possible together", "none")
    vectors: Floats = shares / sums
    return vectors


def _as_meant(vectors: Floats, _count: Integers, _prior: Floats) -> Floats:
    return vectors


def _logs(vectors: Floats) -> Floats:
    """Logarithms, and beside them where there are none."""
    impossible = vectors == 0
    return np.hstack([np.log(np.where(impossible, 1, vectors)), impossible])


def _away(power: Callable[[Integers], Floats]) -> Callable[[Floats, Integers, Floats], Floats]:
    """π · (p/π)^a, made to sum to 1, of the geometric mean p; the power a may grow with n."""

    def vectors(means: Floats, count: Integers, prior: Floats) -> Floats:
        logs, impossible = np.hsplit(means, 2)
        a = power(count)[:, np.newaxis]
        away = np.log(prior) + a * (logs - np.log(prior))
        away[impossible > 0] = -np.inf
        highest = away.max(axis=1, keepdims=True)
        if (highest == -np.inf).any():
            raise InvalidValueError("Forecasts", "leave some outcome possible together", "none")
        shares: Floats = np.exp(away - highest)
        return _to_one(shares, count, prior)

    return vectors


def _not_at_all(count: Integers) -> Floats:
    return np.ones(count.shape)


def _always(count: Integers) -> Floats:
    return np.full(count.shape, EXTREMISING)


def neyman_roughgarden_factor(n: ArrayLike) -> Floats:
    """How far the log pool of n forecasts is taken away from the prior: a, of the shape of n.

    a = n · (√(3n² − 3n + 1) − 2) / (n² − n − 1), which grows from 1 for one towards √3.
    Raises InvalidValueError for n that are not whole numbers from 1.
    Source: Neyman & Roughgarden 2022, doi 10.1145/3490486.3538243.

    >>> neyman_roughgarden_factor([1, 5]).round(8)
    array([1.        , 1.52901307])
    """
    counts = check_numbers("n", n)
    wrong = ~((counts >= 1) & (counts < np.inf) & (counts == np.floor(counts)))
    if wrong.any():
        raise InvalidValueError("n", "be whole numbers from 1", counts[wrong].flat[0])
    share = 1 / counts
    factors: Floats = (np.sqrt(3 - 3 * share + share**2) - 2 * share) / (1 - share - share**2)
    return factors


_MEDIANS = Pool(_same, median=True, vectors=_to_one)
_MEDIANS_OF_CUTS = Pool(_cuts, median=True, vectors=_between_cuts)
_MEAN = Pool(_same, median=False, vectors=_as_meant)
_LOG_POOL = Pool(_logs, median=False, vectors=_away(_not_at_all))
_EXTREMISED = Pool(_logs, median=False, vectors=_away(_always))
_BY_NUMBER = Pool(_logs, median=False, vectors=_away(neyman_roughgarden_factor))


@dataclass(frozen=True, slots=True)
class Method:
    """How forecasts become one: whether the recent weigh more, and what is done with the weights.

    pool serves outcomes without an order, pool_ordered those that are bins of a range or a
    single event and its opposite.
    """

    recent: bool
    pool: Pool
    pool_ordered: Pool

    def pool_for(self, outcomes: int, *, ordered: bool) -> Pool:
        """The pool for so many outcomes, in an order or not."""
        return self.pool_ordered if ordered or outcomes == BINARY else self.pool


TRACK_RECORD = "track_record"
"""The method whose weights are made of what people scored before."""

METHODS = {
    "median": Method(recent=False, pool=_MEDIANS, pool_ordered=_MEDIANS_OF_CUTS),
    "recency_weighted_median": Method(recent=True, pool=_MEDIANS, pool_ordered=_MEDIANS_OF_CUTS),
    "recency_weighted_mean": Method(recent=True, pool=_MEAN, pool_ordered=_MEAN),
    "mean": Method(recent=False, pool=_MEAN, pool_ordered=_MEAN),
    "log_pool": Method(recent=False, pool=_LOG_POOL, pool_ordered=_LOG_POOL),
    "extremised": Method(recent=False, pool=_EXTREMISED, pool_ordered=_EXTREMISED),
    "neyman_roughgarden": Method(recent=False, pool=_BY_NUMBER, pool_ordered=_BY_NUMBER),
    TRACK_RECORD: Method(recent=False, pool=_LOG_POOL, pool_ordered=_LOG_POOL),
}
"""Every way to aggregate, by the name that `method` takes.

median, recency_weighted_median: the weighted median; for K = 2 of the first outcome, for the bins
of a range of each cut of the cumulative distribution, else of each outcome, made to sum to 1.
mean, recency_weighted_mean: the weighted mean, in a range that of the cumulative distributions.
log_pool: the geometric mean, made to sum to 1 (K = 2: of the odds); Genest & Zidek 1986,
doi 10.1214/ss/1177013825.
extremised: the log pool p taken away from the prior π, π · (p/π)^1.5, made to sum to 1; Satopää et
al. 2014, doi 10.1016/j.ijforecast.2013.09.009. neyman_roughgarden: the same with the power of
`neyman_roughgarden_factor`.
track_record: the log pool with weights by earlier scores, which `track_record_weights` makes.
"""


def default_method(outcomes: int) -> str:
    """The name of the method that serves a question of so many outcomes best.

    Medians of single outcomes can contradict each other, so more than two take the mean.

    >>> default_method(2), default_method(3)
    ('recency_weighted_median', 'recency_weighted_mean')
    """
    return "recency_weighted_mean" if outcomes > BINARY else "recency_weighted_median"


def named(method: str) -> Method:
    """The method of this name; raises InvalidValueError where there is none.

    >>> named("mean").recent
    False
    """
    if method not in METHODS:
        raise InvalidValueError("A method", f"be one of {', '.join(METHODS)}", method)
    return METHODS[method]


def told_apart(vectors: Floats) -> Floats:
    """The columns that say all: of two outcomes the first."""
    return vectors[:, :1] if vectors.shape[1] == BINARY else vectors


def both_sides(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bands (..., K) of all outcomes; the band of a first of two, (..., 1), is mirrored."""
    if low.shape[-1] > 1:
        return low, high
    return np.concatenate([low, 1 - high], axis=-1), np.concatenate([high, 1 - low], axis=-1)


def believed(prior: ArrayLike | None, outcomes: int) -> Floats:
    """The prior given, (K,), found to be in order, or the uniform one."""
    if prior is None:
        return np.full(outcomes, 1 / outcomes)
    return check_prior(prior, outcomes=outcomes)
