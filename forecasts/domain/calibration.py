"""How stated probabilities compare with what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import xlog1py, xlogy

from forecasts.domain.probability import Floats, Integers, check_probabilities
from forecasts.domain.record import NEVER, Moments, microsecond, microseconds, totals
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike

    from forecasts.domain.record import Moment

GRID = 1000
"""Into how many steps the probabilities of `time_shares` are rounded."""

REPLICATES = 500
"""How often the band draws what luck alone could have done."""

_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Reliability:
    """The reliability curve of D distinct forecasts, and what a score is made of.

    forecast: (D,), rising. curve: (D,), how often it happened, as the best non-decreasing fit.
    low, high: (D,), between which the curve of a perfectly calibrated forecaster would lie.
    weight: (D,), how much stands behind each. happened: (D,), the share of it that happened.

    brier = miscalibration − discrimination + uncertainty, each ≥ 0: the mean squared error; what
    it would lose by reading each forecast off the curve; what the curve gains on always giving
    the overall frequency; the error of that frequency. Low is good but for discrimination.
    log_loss = log_miscalibration − log_discrimination + log_uncertainty: the same four for minus
    the natural logarithm; infinite where a 0 happened or a 1 did not.
    """

    forecast: Floats
    curve: Floats
    low: Floats
    high: Floats
    weight: Floats
    happened: Floats
    brier: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    log_loss: float
    log_miscalibration: float
    log_discrimination: float
    log_uncertainty: float


def reliability(
    *,
    forecast: ArrayLike,
    happened: ArrayLike,
    weight: ArrayLike | None = None,
    question: ArrayLike | None = None,
    level: float = 0.9,
    seed: int = 0,
) -> Reliability:
    """The reliability curve of N probabilities of events, its band and its decomposition.

    forecast: (N,) in 0…1. happened: (N,) 0 or 1, or the share of the weight that happened.
    weight: (N,), not negative; 1 each unless given. question: (N,) codes; what belongs to one
    question happens together in the band. Without it every unit of weight is an event of its own
    (at least one for each distinct forecast). level: how much of luck the band holds, in 0…1.
    The same seed gives the same band; rows that agree may be merged, their weights added.

    Raises InvalidValueError for wrong shapes, numbers out of range, and no weight at all.
    Source: CORP of Dimitriadis, Gneiting & Jordan 2021, doi 10.1073/pnas.2016191118.

    >>> found = reliability(forecast=[0.2, 0.4, 0.6, 0.9], happened=[0, 1, 0, 1])
    >>> found.curve, round(found.brier, 4), round(found.miscalibration, 4)
    (array([0. , 0.5, 0.5, 1. ]), 0.1925, 0.0675)
    """
    forecasts, shares, weights, questions = _checked(forecast, happened, weight, question)
    distinct, place = np.unique(forecasts, return_inverse=True)
    total = totals(place, weights)
    share = totals(place, weights * shares) / total
    curve = _fit(share, total)
    luck = np.random.default_rng(seed)
    worlds = (
        _independent_worlds(luck, distinct, total)
        if questions is None
        else _clustered_worlds(luck, distinct, place, weights, questions)
    )
    low, high = np.quantile([_fit(world, total) for world in worlds], _tails(level), axis=0)
    parts = _decompose(_square, distinct, curve, share, total)
    log_parts = _decompose(_minus_log, distinct, curve, share, total)
    return Reliability(distinct, curve, low, high, total, share, *parts, *log_parts)


def time_shares(
    *,
    probability: ArrayLike,
    start: Moments,
    opens: Moment,
    until: Moment,
    end: Moments | None = None,
) -> tuple[Floats, Floats]:
    """How long each probability of one outcome stood in [opens, until): values and their shares.

    probability: (M,) in 0…1, NaN where there was none. start, end: (M,) datetime64, half-open,
    NaT for an end that never came; without `end`, starts must rise and each stands until the
    next, as in an aggregate history. Probabilities are rounded to 0.001, halves up.
    Sends back the distinct ones, rising, and their shares of the time in which any stood, which
    sum to 1; both are empty if none did. Raises InvalidValueError for shapes, order and range.

    >>> start = np.array(["2026-01-01", "2026-01-04"], dtype="datetime64[us]")
    >>> opens, until = np.datetime64("2026-01-01"), np.datetime64("2026-01-05")
    >>> time_shares(probability=[0.7, 0.2], start=start, opens=opens, until=until)
    (array([0.2, 0.7]), array([0.25, 0.75]))
    """
    chances = np.asarray(probability, dtype=np.float64)
    first, last = microsecond("opens", opens), microsecond("until", until)
    begun = microseconds(start)
    ended = np.append(begun[1:], NEVER)[: len(begun)] if end is None else microseconds(end)
    if not chances.shape == begun.shape == ended.shape == (chances.size,):
        raise InvalidValueError("probability", "have one start and one end each", chances.shape)
    if (ended < begun).any():
        raise InvalidValueError("end", "not precede its start", "times out of order")
    last = max(first, last)
    stood = np.clip(ended, first, last) - np.clip(begun, first, last)
    counting = (stood > 0) & ~np.isnan(chances)
    check_probabilities("probability", chances[counting])
    cells = np.floor(chances[counting] * GRID + 0.5 + _NOISE).astype(np.int64)
    time = totals(cells, stood[counting].astype(np.float64))
    filled = np.flatnonzero(time)
    return filled / GRID, time[filled] / np.sum(time)


def _checked(
    forecast: ArrayLike, happened: ArrayLike, weight: ArrayLike | None, question: ArrayLike | None
) -> tuple[Floats, Floats, Floats, Integers | None]:
    forecasts = check_probabilities("forecast", forecast)
    rows = (forecasts.size,)
    shares = check_probabilities("happened", happened)
    weights = np.ones(rows) if weight is None else np.asarray(weight, dtype=np.float64)
    questions = np.zeros(rows) if question is None else np.asarray(question)
    columns = {"forecast": forecasts, "happened": shares, "weight": weights, "question": questions}
    for name, column in columns.items():
        if column.shape != rows:
            raise InvalidValueError(name, f"hold {rows[0]} numbers", f"shape {column.shape}")
    if not (weights.min(initial=0) >= 0 and 0 < weights.sum() < np.inf):
        raise InvalidValueError("weight", "not be negative nor sum to 0", weight)
    counts = weights > 0
    codes = None if question is None else np.unique(questions[counts], return_inverse=True)[1]
    return forecasts[counts], shares[counts], weights[counts], codes


def _fit(share: Floats, weight: Floats) -> Floats:
    return np.asarray(isotonic_regression(share, weights=weight).x, dtype=np.float64)


def _independent_worlds(
    luck: np.random.Generator, distinct: Floats, total: Floats
) -> Iterator[Floats]:
    events = np.maximum(np.rint(total), 1).astype(np.int64)
    for _ in range(REPLICATES):
        yield luck.binomial(events, distinct) / events


def _clustered_worlds(
    luck: np.random.Generator,
    distinct: Floats,
    place: Integers,
    weights: Floats,
    questions: Integers,
) -> Iterator[Floats]:
    pairs, pair = np.unique(questions * len(distinct) + place, return_inverse=True)
    weight = totals(pair, weights)
    question, where = np.divmod(pairs, len(distinct))
    total = totals(where, weight)
    for _ in range(REPLICATES):
        happens = distinct[where] > luck.random(question[-1] + 1)[question]
        yield totals(where, weight * happens) / total


def _tails(level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise InvalidValueError("level", "lie between 0 and 1", level)
    return (1 - level) / 2, (1 + level) / 2


def _decompose(
    loss: Callable[[Floats, Floats], Floats],
    said: Floats,
    curve: Floats,
    share: Floats,
    weight: Floats,
) -> tuple[float, float, float, float]:
    always = np.full_like(said, np.average(share, weights=weight))
    score, fitted, constant = (
        float(np.average(loss(forecast, share), weights=weight))
        for forecast in (said, curve, always)
    )
    return score, score - fitted, constant - fitted, constant


def _square(said: Floats, share: Floats) -> Floats:
    return share * (1 - said) ** 2 + (1 - share) * said**2


def _minus_log(said: Floats, share: Floats) -> Floats:
    return -np.asarray(xlogy(share, said) + xlog1py(1 - share, -said), dtype=np.float64)
