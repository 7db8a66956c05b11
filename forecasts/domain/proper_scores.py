"""Proper scores of forecasts at one moment."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import Floats, Integers, check_array, check_vectors
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def brier(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """Half the squared distance between forecast and truth: 0…1, low is good.

    ½ Σ_k (p_k − o_k)², with o_k = 1 for what happened and 0 for the rest.
    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...). For two outcomes it is the squared error of either probability.
    Raises InvalidValueError for a bad vector or index.
    Source: Brier 1950, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2, halved.

    >>> float(brier(forecast=[0.5, 0.5], outcome=0))
    0.25
    """
    return brier_of(_misses(*_read(forecast, outcome)))


def log_score(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """The natural logarithm of the probability of what happened: −∞…0, high is good.

    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...); a probability of 0 gives −∞. Raises InvalidValueError for a bad vector or
    index. Source: Good 1952, doi 10.1111/j.2517-6161.1952.tb00104.x.

    >>> float(log_score(forecast=[1, 0], outcome=0))
    0.0
    """
    return _log(_given(*_read(forecast, outcome)))


def spherical_score(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """The probability of what happened over the length of the vector: 0…1, high is good.

    p* / √Σ_k p_k², with p* the probability of what happened.
    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...). Raises InvalidValueError for a bad vector or index.
    Source: Gneiting & Raftery 2007, doi 10.1198/016214506000001437.

    >>> float(spherical_score(forecast=[0, 1], outcome=1))
    1.0
    """
    columns, happened = _read(forecast, outcome)
    return spherical_of(columns, _given(columns, happened))


def ranked_probability_score(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """The mean squared distance of the cumulative forecast from the truth: 0…1, low is good.

    1/(K−1) Σ_{j<K} (P_j − O_j)², with P and O the sums of p and of the truth up to j.
    For outcomes in an order, such as the bins of a number: being near is worth something.
    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...). Raises InvalidValueError for a bad vector or index.
    Source: Epstein 1969, doi 10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2, as the quadratic
    form over K − 1 cuts of Murphy 1971, doi 10.1175/1520-0450(1971)010<0155:ANOTRP>2.0.CO;2.

    >>> float(ranked_probability_score(forecast=[0, 1, 0], outcome=2))
    0.5
    """
    return ranked_probability_of(_misses(*_read(forecast, outcome)))


def baseline_score(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """Points against giving every outcome the same: −∞…100, high is good, uniform gives 0.

    100 · ln(p* · K) / ln K with p* the probability of what happened among K outcomes.
    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...); a probability of 0 gives −∞. Raises InvalidValueError for a bad vector or
    index. Source: the baseline score of Metaculus, an affine log score.

    >>> float(baseline_score(forecast=[0.25, 0.25, 0.25, 0.25], outcome=3))
    0.0
    """
    columns, happened = _read(forecast, outcome)
    return 100 * _log(_given(columns, happened) * len(columns)) / math.log(len(columns))


def peer_scores(*, forecasts: ArrayLike, outcome: int) -> Floats:
    """Points of each of N people against the mean log score of the others: they sum to 0.

    100 · (ln p* − the mean of ln p* over the N − 1 others).
    forecasts: (N, K) probabilities, everybody active at one moment. outcome: one index.
    Sends back (N,), high is good; one alone gets 0. Raises InvalidValueError for a bad vector or
    index, and where somebody gave 0 to what happened, since nobody can be compared with −∞.
    Source: the peer score of Metaculus.

    >>> peer_scores(forecasts=[[0.1, 0.9], [0.9, 0.1]], outcome=0).round(4).tolist()
    [-219.7225, 219.7225]
    """
    rows = check_vectors("forecasts", forecasts)
    if len(rows.shape[:-1]) != 1:
        raise InvalidValueError("forecasts", "have one row a person", f"shape {rows.shape}")
    index = check_outcome(outcome, outcomes=rows.shape[1], shape=())
    logs = finite_logs(rows[:, index])
    return peer_of_logs(logs, np.zeros(len(logs), dtype=np.int64))


def peer_of_logs(logs: Floats, group: Integers) -> Floats:
    """The peer scores of N people, (N,), each among those active at a moment in the same group.

    logs: (N,), their log scores; group: (N,), codes from 0. Source: as for `peer_scores`.

    >>> peer_of_logs(np.array([-1.0, 0.0, -2.0]), np.array([0, 0, 1])).tolist()
    [-100.0, 100.0, 0.0]
    """
    rivals = np.bincount(group)[group] - 1
    others = np.bincount(group, weights=logs)[group] - logs
    return np.where(rivals > 0, 100 * (logs - others / np.maximum(rivals, 1)), 0)


def brier_of(misses: Floats) -> Floats:
    """The Brier score, (...), of how far each of K probabilities lies from the truth, (K, ...).

    Source: as for `brier`.

    >>> float(brier_of(np.array([0.5, -0.5])))
    0.25
    """
    return 0.5 * _square_sum(misses)


def spherical_of(columns: Floats, given: Floats) -> Floats:
    """The spherical score, (...), of forecasts, (K, ...), and what they gave the truth, (...).

    Source: as for `spherical_score`.

    >>> float(spherical_of(np.array([0.0, 1.0]), np.array(1.0)))
    1.0
    """
    scores: Floats = given / np.sqrt(_square_sum(columns))
    return scores


def ranked_probability_of(misses: Floats) -> Floats:
    """The ranked probability score, (...), of the same misses as for `brier_of`, (K, ...).

    Source: as for `ranked_probability_score`.

    >>> float(ranked_probability_of(np.array([0.5, -0.5])))
    0.25
    """
    cuts = len(misses) - 1
    scores: Floats = sum(map(np.square, accumulate(misses[:cuts]))) / cuts
    return scores


def finite_logs(given: Floats) -> Floats:
    """The log score of each probability given to what happened, any shape; 0 is refused.

    Raises InvalidValueError, since nobody can be compared with −∞. Source: as for `log_score`.

    >>> finite_logs(np.array([1.0])).tolist()
    [0.0]
    """
    if not given.all():
        raise InvalidValueError("A forecast to compare", "give what happened more than 0", 0)
    return np.log(given)


def check_outcome(outcome: ArrayLike, *, outcomes: int, shape: tuple[int, ...]) -> Integers:
    """The index of what happened among so many outcomes, or one for each forecast, in order.

    Raises InvalidValueError where it is neither one integer nor as many as `shape` says.
    Source: our own.

    >>> check_outcome(1, outcomes=2, shape=())
    array(1)
    """
    rule = f"be an index from 0 to {outcomes - 1}"
    index = check_array("outcome", outcome, kinds="iu", rule=rule)
    if index.shape not in {(), shape}:
        rule += f", or one in each place of the shape {shape}" if shape else ""
        raise InvalidValueError("outcome", rule, f"shape {index.shape}")
    if index.min(initial=0) < 0 or index.max(initial=0) >= outcomes:
        raise InvalidValueError("outcome", rule, outcome)
    return index.astype(np.int64, copy=False)


def _read(forecast: ArrayLike, outcome: ArrayLike) -> tuple[Floats, Integers]:
    """The probabilities of each outcome, (K, ...), and what happened, (...)."""
    columns = np.moveaxis(check_vectors("forecast", forecast), -1, 0)
    shape = columns.shape[1:]
    index = check_outcome(outcome, outcomes=len(columns), shape=shape)
    return columns, np.broadcast_to(index, shape)


def _misses(columns: Floats, happened: Integers) -> Floats:
    return columns - np.equal.outer(np.arange(len(columns)), happened)


def _given(columns: Floats, happened: Integers) -> Floats:
    given: Floats = np.take_along_axis(columns, happened[np.newaxis], axis=0)[0]
    return given


def _log(values: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.log(values)


def _square_sum(columns: Floats) -> Floats:
    sums: Floats = np.add.reduce(np.square(columns), axis=0)
    return sums
