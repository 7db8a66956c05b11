"""Weighted means at every change of a crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.changes import blocks
from forecasts.domain.exact import fixed_point
from forecasts.domain.quantiles import TRACE

if TYPE_CHECKING:
    from forecasts.domain.changes import Changes
    from forecasts.domain.probability import Floats
    from forecasts.domain.quantiles import Weighing


def equal_means(values: Floats, crowd: Changes) -> Floats:
    """Means at each of M moments where all rows weigh the same: (M, C), NaN where nobody stands.

    values: (R, C), of the rows of the crowd.
    """
    exact, unit = fixed_point(values)
    steps = np.zeros((len(crowd.moments) + 1, values.shape[1]), dtype=np.int64)
    np.add.at(steps, crowd.first, exact)
    np.subtract.at(steps, crowd.last, exact)
    sums = np.cumsum(steps, axis=0)[:-1] * unit
    count = crowd.count[:, np.newaxis]
    means = np.full(sums.shape, np.nan)
    np.divide(sums, count, out=means, where=count > 0)
    return means


def weighed_means(values: Floats, crowd: Changes, weighing: Weighing) -> Floats:
    """Means at each of M moments where rows weigh what `weighing` says: (M, C).

    values: (R, C), of the rows of the crowd. What the weighing leaves out must not matter.
    """
    found = np.full((len(crowd.moments), values.shape[1]), np.nan)
    for part in blocks(crowd, weighing.newest):
        weights, _ = weighing.of_block(part)
        total = weights @ np.ones((weights.shape[1], 1))
        sums = weights @ values[part.place]
        np.divide(sums, total, out=found[part.begin : part.stop], where=total > TRACE)
        doubtful = (total[:, 0] <= TRACE) & (crowd.count[part.begin : part.stop] > 0)
        for number in (part.begin + np.flatnonzero(doubtful)).tolist():
            place = crowd.standing(number)
            found[number] = np.average(values[place], axis=0, weights=weighing.of(place))
    return found
