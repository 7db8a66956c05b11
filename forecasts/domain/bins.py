"""Calibration as many know it: forecasts in bins of equal width, and how often each is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.counts import Counts, compressed
from forecasts.domain.luck import tails, worlds
from forecasts.domain.probability import check_count
from forecasts.domain.record import totals

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from forecasts.domain.probability import Floats, Integers

BINS = 10
"""How many bins there are unless somebody asks for more or fewer."""

_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class FixedBins:
    """Forecasts in B bins of equal width; every field is an array (B,), lowest bin first.

    start, end: its borders; start belongs to it, end to the next, and 1 to the last.
    weight: how much stands behind it, 0 if it is empty. forecast, happened: the mean forecast and
    the share that happened. low, high: between which that share would lie for a perfectly
    calibrated forecaster. All four are NaN where the bin is empty, low and high also without a
    level.
    Source: as for `fixed_bins`.
    """

    start: Floats
    end: Floats
    weight: Floats
    forecast: Floats
    happened: Floats
    low: Floats
    high: Floats


def fixed_bins(
    *,
    forecast: ArrayLike,
    happened: ArrayLike,
    weight: ArrayLike | None = None,
    question: ArrayLike | None = None,
    bins: int = BINS,
    level: float | None = 0.9,
    seed: int = 0,
) -> FixedBins:
    """N probabilities of events in bins of equal width, with a band for each bin.

    forecast: (N,) in 0…1. happened: (N,) 0 or 1, or the share of the weight that happened.
    weight: (N,), not negative; 1 each unless given. question: (N,) numbers or names; what belongs
    to one question happens together in the band. bins: how many, 1 or more. level: how much of
    luck the band holds, in 0…1, or None for no band. seed: of the band's draws.
    A probability on a border belongs to the upper bin, also if it lies below by less than 1e-9
    of a bin's width, which is noise of binary arithmetic; 1 belongs to the last.
    The band takes the quantiles (1 ∓ level) / 2 of each bin's share over the same `worlds` as
    the band of the reliability curve. Merged and raw forecasts give the same.
    Raises InvalidValueError for wrong shapes, numbers out of range, and no weight at all.
    Source: the reliability diagram of Murphy & Winkler 1977, doi 10.2307/2346866.

    >>> found = fixed_bins(forecast=[0.1, 0.5, 0.75], happened=[0, 1, 0], bins=2, level=None)
    >>> found.forecast, found.happened, found.weight
    (array([0.1  , 0.625]), array([0. , 0.5]), array([1., 2.]))
    """
    counts = compressed(forecast=forecast, happened=happened, weight=weight, question=question)
    place, edges = _places(counts.forecast, bins), np.arange(bins + 1) / bins
    total = totals(place, counts.weight, bins)
    mean, share = (
        _ratio(totals(place, counts.weight * amounts, bins), total)
        for amounts in (counts.forecast, counts.happened)
    )
    low, high = np.full((2, bins), np.nan) if level is None else _band(counts, bins, level, seed)
    return FixedBins(edges[:-1], edges[1:], total, mean, share, low, high)


def use(*, forecast: ArrayLike, weight: ArrayLike | None = None, bins: int = BINS) -> Floats:
    """How often each of B bins of equal width is used: (B,) shares of the weight, sum 1.

    forecast: (N,) in 0…1. weight: (N,), not negative; 1 each unless given. bins: B, 1 or more.
    A probability on a border belongs to the upper bin, as in `fixed_bins`; 1 to the last.
    Raises InvalidValueError for wrong shapes, numbers out of range, and no weight at all.
    Source: the refinement distribution of Murphy & Winkler 1977, doi 10.2307/2346866.

    >>> use(forecast=[0.1, 0.2, 0.2, 1], bins=5)
    array([0.25, 0.5 , 0.  , 0.  , 0.25])
    """
    counts = compressed(forecast=forecast, happened=np.zeros(np.shape(forecast)), weight=weight)
    used = totals(_places(counts.forecast, bins), counts.weight, bins)
    return used / np.sum(used)


def _places(forecast: Floats, bins: int) -> Integers:
    places = np.floor(forecast * check_count("bins", bins, least=1) + _NOISE).astype(np.int64)
    return np.minimum(places, bins - 1)


def _band(counts: Counts, bins: int, level: float, seed: int) -> Floats:
    """The two quantiles of the bins' shares over all worlds, (2, B); NaN where one is empty."""
    quantiles, values = tails(level), counts.merged()
    used, begin = np.unique(_places(values.forecast, bins), return_index=True)
    amounts = [
        np.add.reduceat(table * values.weight, begin, axis=1) for table in worlds(counts, seed=seed)
    ]
    shares = np.concatenate(amounts) / np.add.reduceat(values.weight, begin)
    band = np.full((2, bins), np.nan)
    band[:, used] = np.quantile(shares, quantiles, axis=0)
    return band


def _ratio(amounts: Floats, weights: Floats) -> Floats:
    return np.divide(amounts, weights, out=np.full_like(weights, np.nan), where=weights > 0)
