"""Probabilities as people give them: in percent, to the tenth, all of them 100."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = 1000
"""How many tenths of a percent make everything."""

FINE_BELOW, FINE_ABOVE = 5.0, 95.0
"""Below and above these percents a tenth matters."""

STEPS = (
    *(tenth / 10 for tenth in range(1, 50)),
    *(float(whole) for whole in range(5, 96)),
    *(tenth / 10 for tenth in range(951, 1000)),
)
"""The percents one may choose from: tenths at both ends, whole percents between."""


def in_words(probability: float) -> str:
    r"""A probability for people: whole percents, tenths where a tenth matters.

    >>> in_words(0.7), in_words(0.0425)
    ('70\xa0%', '4.2\xa0%')
    """
    percents = round(100 * probability, 9)
    fine = not FINE_BELOW <= percents <= FINE_ABOVE
    return f"{percents:.{1 if fine else 0}f}\N{NO-BREAK SPACE}%"


def as_said(probability: float) -> str:
    r"""A probability that somebody gave, with all the digits they gave.

    >>> as_said(0.7), as_said(0.455)
    ('70\xa0%', '45.5\xa0%')
    """
    return f"{100 * probability:.6g}\N{NO-BREAK SPACE}%"


def in_tenths(weights: Sequence[float]) -> tuple[float, ...]:
    """Percents to the tenth, at least 0.1 each, as near to `weights` as sums to 100 exactly.

    weights: (K,) positive numbers with any sum. What rounding down leaves goes to the largest
    remainders, earlier outcomes first; what the least of 0.1 takes, the largest gives.
    Raises InvalidValueError for a weight that is not positive.

    >>> in_tenths([1, 1, 1])
    (33.4, 33.3, 33.3)
    >>> in_tenths([0.5, 0.4, 0.05])
    (52.6, 42.1, 5.3)
    """
    if min(weights) <= 0:
        raise InvalidValueError("A weight", "be positive", min(weights))
    shares = [WHOLE * weight / sum(weights) for weight in weights]
    counts = [max(1, int(share)) for share in shares]
    remainders = sorted(range(len(shares)), key=lambda index: counts[index] - shares[index])
    for index in remainders[: max(0, WHOLE - sum(counts))]:
        counts[index] += 1
    while sum(counts) > WHOLE:
        largest = max(range(len(counts)), key=lambda index: (counts[index], -weights[index]))
        counts[largest] -= 1
    return tuple(count / 10 for count in counts)
