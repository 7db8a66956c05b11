"""How stated probabilities compare with what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import xlog1py, xlogy

from forecasts.domain.counts import GRID, Counts, compressed
from forecasts.domain.luck import REPLICATES, tails, worlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from forecasts.domain.probability import Floats, Integers

__all__ = ["GRID", "REPLICATES", "Reliability", "band", "reliability"]

_COLUMNS = 4096


@dataclass(frozen=True, slots=True)
class Reliability:
    """The reliability curve of D distinct forecasts, and what a score is made of.

    forecast: (D,), rising. curve: (D,), how often it happened, as the best non-decreasing fit.
    low, high: (D,), between which the curve of a perfectly calibrated forecaster would lie; NaN
    where no level was asked for.
    weight: (D,), how much stands behind each. happened: (D,), the share of it that happened.

    brier = miscalibration − discrimination + uncertainty, each ≥ 0: the mean squared error; what
    it would lose by reading each forecast off the curve; what the curve gains on always giving
    the overall frequency; the error of that frequency. Low is good but for discrimination.
    log_loss = log_miscalibration − log_discrimination + log_uncertainty: the same four for minus
    the natural logarithm; the first two are infinite where a 0 happened or a 1 did not.
    Source: as for `reliability`.
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
    level: float | None = 0.9,
    seed: int = 0,
) -> Reliability:
    """The reliability curve of N probabilities of events, its band and its decomposition.

    forecast: (N,) in 0…1. happened: (N,) 0 or 1, or the share of the weight that happened.
    weight: (N,), not negative; 1 each unless given. question: (N,) numbers or names, of which
    only the order matters; what belongs to one question happens together in the band. Without it
    every unit of weight is an event of its own (at least one for each distinct forecast).
    The curve is the isotonic regression, by weight, of what happened on what was said. The band
    is made of the quantiles (1 ∓ level) / 2, at each distinct forecast, of the same regression
    of REPLICATES drawn `worlds`. level: in 0…1, or None for no band, which is much quicker.
    The same seed gives the same band. Rows may come in any order, and merged (`compressed`).

    Raises InvalidValueError for wrong shapes, numbers out of range, and no weight at all.
    Source: CORP of Dimitriadis, Gneiting & Jordan 2021, doi 10.1073/pnas.2016191118.

    >>> found = reliability(forecast=[0.2, 0.4, 0.6, 0.9], happened=[0, 1, 0, 1])
    >>> found.curve, round(found.brier, 4), round(found.miscalibration, 4)
    (array([0. , 0.5, 0.5, 1. ]), 0.1925, 0.0675)
    """
    counts = compressed(forecast=forecast, happened=happened, weight=weight, question=question)
    values = counts.merged()
    curve = isotonic_regression(values.happened, weights=values.weight).x
    none = np.full((2, len(curve)), np.nan)
    low, high = none if level is None else band(counts, level=level, seed=seed)
    parts = *_decompose(_square, values, curve), *_decompose(_minus_log, values, curve)
    return Reliability(values.forecast, curve, low, high, values.weight, values.happened, *parts)


def band(counts: Counts, *, level: float = 0.9, seed: int = 0) -> tuple[Floats, Floats]:
    """Between what the curve of a perfectly calibrated forecaster would lie: low and high.

    counts: M rows with D distinct forecasts, as `compressed` gives them. level: how much of luck
    lies between, in 0…1. Sends back (D,) and (D,): at each distinct forecast, rising, the
    quantiles (1 ∓ level) / 2 of the isotonic regressions of REPLICATES drawn `worlds`.
    What it takes depends on the counts, not on how many forecasts they stand for.
    Raises InvalidValueError unless 0 < level < 1. Source: as for `reliability`.

    >>> sure = compressed(forecast=[0, 1], happened=[0, 1])
    >>> band(sure)
    (array([0., 1.]), array([0., 1.]))
    """
    quantiles, weight = tails(level), counts.merged().weight
    fits = [_fits(shares, weight) for shares in worlds(counts, seed=seed)]
    low, high = np.empty((2, len(weight)))
    for first in range(0, len(weight), _COLUMNS):
        some = slice(first, min(first + _COLUMNS, len(weight)))
        curves = np.concatenate([fit.between(some.start, some.stop) for fit in fits])
        low[some], high[some] = np.quantile(curves, quantiles, axis=0)
    return low, high


@dataclass(frozen=True, slots=True)
class _Steps:
    """R curves over D forecasts laid end to end, as their flat stretches.

    height, begin, end: (B,), where row · D + column is the place of one forecast in one curve.
    """

    width: int
    height: Floats
    begin: Integers
    end: Integers

    def between(self, first: int, last: int) -> Floats:
        """The columns from `first` until before `last` of all rows, laid out: (R, columns)."""
        row = self.begin // self.width * self.width
        begin, end = (np.clip(place - row, first, last) for place in (self.begin, self.end))
        return np.repeat(self.height, end - begin).reshape(-1, last - first)


def _fits(shares: Floats, weight: Floats) -> _Steps:
    """The best non-decreasing fit of each row of shares, (R, D), all rows in one regression.

    Each row is lifted wholly above the one before, so that no stretch reaches into the next.
    """
    rows, width = shares.shape
    weights = np.tile(weight, rows)
    lifted = shares + 2 * np.arange(rows)[:, np.newaxis]
    edges = np.asarray(isotonic_regression(lifted.ravel(), weights=weights).blocks)
    begin, end = edges[:-1], edges[1:]
    happened = np.add.reduceat(weights * shares.ravel(), begin)
    return _Steps(width, happened / np.add.reduceat(weights, begin), begin, end)


def _decompose(
    loss: Callable[[Floats, Floats], Floats], values: Counts, curve: Floats
) -> tuple[float, float, float, float]:
    """Score, miscalibration, discrimination and uncertainty; rounding makes none negative.

    On each flat stretch of the curve its height is what happened there, by weight, so the curve
    loses what it would lose if its heights were the shares.
    """
    always = np.atleast_1d(np.average(values.happened, weights=values.weight))
    score, fitted = (
        float(np.average(losses, weights=values.weight))
        for losses in (loss(values.forecast, values.happened), loss(curve, curve))
    )
    constant = float(loss(always, always)[0])
    return score, max(score - fitted, 0.0), max(constant - fitted, 0.0), constant


def _square(said: Floats, share: Floats) -> Floats:
    return share * (1 - said) ** 2 + (1 - share) * said**2


def _minus_log(said: Floats, share: Floats) -> Floats:
    return -np.asarray(xlogy(share, said) + xlog1py(1 - share, -said), dtype=np.float64)
