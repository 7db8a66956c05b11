"""Running sums of many floats that do not gather errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecasts.domain.probability import Floats, Integers


def fixed_point(values: Floats) -> tuple[Integers, float]:
    """Finite values of any shape as whole numbers of a unit, as fine as lets all sums be exact.

    Adding and taking away floats in turn would leave the errors of the many in sums of the few.

    >>> exact, unit = fixed_point(np.array([0.5, -0.25]))
    >>> (exact * unit).tolist()
    [0.5, -0.25]
    """
    size = np.ceil(np.log2(max(np.abs(values).sum(), 1)))
    unit = 2.0 ** (size - 62)
    return np.rint(values / unit).astype(np.int64), float(unit)
