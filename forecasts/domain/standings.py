"""From scores to ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.record import totals
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from forecasts.domain.probability import Floats, Integers

DECIMALS = 9
"""Scores that agree to so many decimals are a tie; beyond them lies noise of binary arithmetic."""


@dataclass(frozen=True, slots=True)
class Standings:
    """What P people have over all their questions; every field is an array (P,), one row a code.

    person: the codes 0…P−1. questions: on how many they had a forecast that counted.
    coverage: the sum of their coverages. total_peer: Σ peer. mean_peer: Σ peer / (k + Σ coverage).
    baseline: Σ baseline. brier: the mean over those questions, NaN without any.
    """

    person: Integers
    questions: Integers
    coverage: Floats
    total_peer: Floats
    mean_peer: Floats
    baseline: Floats
    brier: Floats


def standings(
    person: ArrayLike,
    peer: ArrayLike,
    baseline: ArrayLike,
    brier: ArrayLike,
    coverage: ArrayLike,
    *,
    k: float = 3.0,
) -> Standings:
    """What everybody has over all questions, from one row a person and question.

    person: (N,) codes from 0. peer, baseline: (N,) points. brier: (N,) in 0…1, NaN at coverage 0.
    coverage: (N,) in 0…1. k > 0: how many questions' worth of coverage at 0 points everybody
    starts from, so that one lucky question does not win.
    Raises InvalidValueError for columns of different shapes, negative codes and k ≤ 0.

    >>> table = standings([0, 1, 0], [30, -30, 10], [50, -80, 20], [0.1, 0.4, 0.2], [1, 1, 0.5])
    >>> table.total_peer, table.mean_peer.round(4), table.brier.round(4), table.questions
    (array([ 40., -30.]), array([ 8.8889, -7.5   ]), array([0.15, 0.4 ]), array([2, 1]))
    """
    if not k > 0:
        raise InvalidValueError("k", "be more than 0", k)
    codes = _codes(person)
    covers = _column("coverage", coverage, codes.shape)
    scored = covers > 0
    briers = np.where(scored, _column("brier", brier, codes.shape), 0)
    covered, peers = totals(codes, covers), totals(codes, _column("peer", peer, codes.shape))
    questions = totals(codes, scored.astype(np.float64))
    none = np.full_like(covered, np.nan)
    return Standings(
        person=np.arange(len(covered)),
        questions=questions.astype(np.int64),
        coverage=covered,
        total_peer=peers,
        mean_peer=peers / (k + covered),
        baseline=totals(codes, _column("baseline", baseline, codes.shape)),
        brier=np.divide(totals(codes, briers), questions, out=none, where=questions > 0),
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


def _codes(person: ArrayLike) -> Integers:
    codes = np.asarray(person, dtype=np.int64)
    if codes.ndim != 1 or codes.min(initial=0) < 0:
        raise InvalidValueError("person", "be one row of codes from 0", person)
    return codes


def _column(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != shape:
        raise InvalidValueError(name, f"have the shape {shape}", f"shape {column.shape}")
    return column
