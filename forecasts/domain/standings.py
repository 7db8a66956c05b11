"""From scores to ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from forecasts.domain.probability import Floats, Integers

DECIMALS = 9
"""Scores that agree to so many decimals are a tie; beyond them lies noise of binary arithmetic."""


@dataclass(frozen=True, slots=True)
class Standings:
    """What P people have over all their questions; every field is an array (P,).

    questions: on how many they had a forecast that counted.
    coverage: the sum of their coverages. total_peer: Σ peer. mean_peer: Σ peer / (k + Σ coverage).
    baseline: Σ baseline. brier: the mean over those questions, NaN without any.
    """

    questions: Integers
    coverage: Floats
    total_peer: Floats
    mean_peer: Floats
    baseline: Floats
    brier: Floats


def standings(
    *,
    questions: ArrayLike,
    coverage: ArrayLike,
    peer: ArrayLike,
    baseline: ArrayLike,
    brier: ArrayLike,
    k: float = 3.0,
) -> Standings:
    """What everybody has over all questions, from the sums over those on which they counted.

    questions: (P,), on how many each of P people had a forecast that counted, 0 or more.
    coverage, peer, baseline, brier: (P,), the sums of these scores over those questions. k > 0:
    how many questions' worth of coverage at 0 points everybody starts from, so that one lucky
    question does not win.
    Raises InvalidValueError for columns of different shapes, negative counts and k ≤ 0.

    >>> table = standings(questions=[2], coverage=[1.5], peer=[40], baseline=[70], brier=[0.3])
    >>> table.mean_peer.round(4), table.brier
    (array([8.8889]), array([0.15]))
    """
    if not k > 0:
        raise InvalidValueError("k", "be more than 0", k)
    counts = _counts(questions)
    covered = _column("coverage", coverage, counts.shape)
    peers = _column("peer", peer, counts.shape)
    briers = _column("brier", brier, counts.shape)
    none = np.full_like(covered, np.nan)
    return Standings(
        questions=counts,
        coverage=covered,
        total_peer=peers,
        mean_peer=peers / (k + covered),
        baseline=_column("baseline", baseline, counts.shape),
        brier=np.divide(briers, counts, out=none, where=counts > 0),
    )


def ranks(values: ArrayLike, *, higher_is_better: bool = True) -> Integers:
    """The rank of each of N values, (N,), the best 1; ties share one: 1, 2, 2, 4.

    Values that agree to 9 decimals tie. NaN stands for no value: all of them share the last rank.
    Raises InvalidValueError unless `values` is one row of numbers.

    >>> ranks([10, 40, 20, 20, float("nan")])
    array([4, 1, 2, 2, 5])
    """
    numbers = np.round(np.asarray(values, dtype=np.float64), DECIMALS)
    if numbers.ndim != 1:
        raise InvalidValueError("values", "be one row of numbers", f"shape {numbers.shape}")
    costs = -numbers if higher_is_better else numbers
    return 1 + np.searchsorted(np.sort(costs), costs)


def _counts(questions: ArrayLike) -> Integers:
    counts = np.asarray(questions, dtype=np.int64)
    if counts.ndim != 1 or counts.min(initial=0) < 0:
        raise InvalidValueError("questions", "be one row of counts from 0", questions)
    return counts


def _column(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != shape:
        raise InvalidValueError(name, f"have the shape {shape}", f"shape {column.shape}")
    return column
