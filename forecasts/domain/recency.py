"""What a forecast weighs by its age among those that stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import check_count

if TYPE_CHECKING:
    from forecasts.domain.changes import Block
    from forecasts.domain.probability import Floats, Integers

TOO_FEW_TO_AGE = 2
"""Up to so many forecasts weigh the same."""

NEARLY_ALL = 14
"""All but e⁻¹⁴ of the weight is enough to know most quantiles."""

ALL = 28
"""All but e⁻²⁸ of the weight, 7e-13, is enough for any mean."""


SPAN = 600
"""Two floats whose logarithms differ by less can both be told from 0."""


def recency_weights(n: int) -> Floats:
    """What n forecasts weigh by age, (n,), oldest first: exp(√i − √n), the newest 1.

    Up to two forecasts weigh the same. Raises InvalidValueError unless n is a whole number from 0.
    Source: the recency-weighted community prediction of Metaculus.

    >>> recency_weights(3).round(4)
    array([0.4809, 0.7277, 1.    ])
    """
    many = check_count("n", n)
    ages = np.sqrt(np.arange(1, many + 1))
    return np.exp(ages - np.sqrt(many)) if many > TOO_FEW_TO_AGE else np.ones(many)


def newest(n: int, *, spare: int) -> int:
    """How many of n, counted from the newest, have all the weight but about e^−spare of it.

    Those before number (√n − spare)² weigh less than e^−spare times as much as all.

    >>> newest(10_000, spare=12), newest(100, spare=12)
    (2256, 100)
    """
    left = max(0.0, n**0.5 - spare)
    return n - int(left**2)


@dataclass(frozen=True, slots=True)
class ByAge:
    """The weighing by age of crowds of at most so many; all but e^−spare of the weight counts."""

    most: int
    spare: int
    sums: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Sum the weights exp(√i), of which only the logarithm fits into a float."""
        ages = np.sqrt(np.arange(1, self.most + 1))
        object.__setattr__(self, "sums", np.append(-np.inf, _log_sums(ages)))

    def newest(self, n: int) -> int:
        """How many of n, counted from the newest, are to be weighed."""
        return newest(n, spare=self.spare)

    def of_block(self, part: Block) -> tuple[Floats, Floats]:
        """The weights of a block, (B, W), and what the older rows weigh together, (B,)."""
        count = part.older + part.upto[:, -1]
        oldest, youngest = int(part.older.min()), int(count.max())
        age = np.sqrt(youngest)
        table = np.exp(np.sqrt(np.arange(oldest, youngest + 1)) - age)
        rank = part.upto + (part.older - oldest).astype(np.int32)[:, np.newaxis]
        weights = table.take(rank, mode="clip")
        weights *= part.stands
        few = count <= TOO_FEW_TO_AGE
        weights[few] = part.stands[few]
        return weights, np.exp(self.sums[part.older] - age)

    def of(self, place: Integers) -> Floats:
        """What rows weigh that alone stand, oldest first."""
        return recency_weights(len(place))


def _log_sums(logs: Floats) -> Floats:
    """The logarithms of the running sums of exp(logs), rising; slowly where these are too far."""
    highest = logs.max(initial=0)
    if highest > SPAN:
        return np.logaddexp.accumulate(logs)
    sums: Floats = highest + np.log(np.cumsum(np.exp(logs - highest)))
    return sums
