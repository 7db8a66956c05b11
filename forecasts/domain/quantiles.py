"""Weighted quantiles, at a moment and at every change."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np

from forecasts.domain.changes import CHUNK, blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecasts.domain.changes import Block, Changes
    from forecasts.domain.probability import Floats, Integers

LEVEL = 1e-12
"""How near a cumulative share must come to a fraction to count as equal to it."""

TRACE = 1e-200
"""Weights that sum to less have lost their digits: they were seen from too great a distance."""


class Weighing(Protocol):
    """What the R rows of a crowd weigh at each of its moments."""

    def newest(self, n: int) -> int:
        """How many of n rows that stand, the newest, have nearly all the weight."""

    def of_block(self, part: Block) -> tuple[Floats, Floats]:
        """The weights of a block, (B, W), and what the older rows weigh together, (B,)."""

    def of(self, place: Integers) -> Floats:
        """What the n rows at these places weigh, (n,), when they are those that stand."""


@dataclass(frozen=True, slots=True)
class Own:
    """The weighing in which each row of a crowd has a weight of its own, (R,), at all times."""

    weights: Floats

    def newest(self, n: int) -> int:
        """All of them."""
        return n

    def of_block(self, part: Block) -> tuple[Floats, Floats]:
        """The weights of a block, (B, W), and what the older rows weigh together, (B,): 0."""
        return part.stands * self.weights[part.place], np.zeros(len(part.stands))

    def of(self, place: Integers) -> Floats:
        """What the rows at these places weigh."""
        return self.weights[place]


def weighted_quantiles(values: Floats, weights: Floats, fractions: tuple[float, ...]) -> Floats:
    """Quantiles of each column of `values`, (n, C), with the weights (n,) of its rows: (F, C).

    The quantile at f is the mean of the first value whose cumulative share of the weight reaches
    f and the first whose share exceeds f, where a share within 1e-12 of f equals f. Therefore
    the quantile at f of p and the one at 1 − f of 1 − p sum to 1.
    Weights must not be negative nor all 0: that is the caller's care.
    Source: our own; of the definitions of a weighted quantile the one that is symmetric.

    >>> weighted_quantiles(np.array([[0.8], [0.7], [0.6]]), np.array([1.0, 1, 2]), (0.5,))
    array([[0.65]])
    """
    order = values.argsort(axis=0, kind="stable")
    reached = weights[order].cumsum(axis=0)
    share = (reached / reached[-1])[np.newaxis]
    wanted = np.array(fractions)[:, np.newaxis, np.newaxis]
    ranked = np.take_along_axis(values, order, axis=0)
    reaches = (share < wanted - LEVEL).sum(axis=1)
    exceeds = (share <= wanted + LEVEL).sum(axis=1)
    first, second = (np.take_along_axis(ranked, place, axis=0) for place in (reaches, exceeds))
    return (first + second) / 2


def equal_quantiles(values: Floats, crowd: Changes, fractions: tuple[float, ...]) -> Floats:
    """Quantiles at each of M moments where all rows weigh the same: (F, M, C).

    values: (R, C), of the rows of the crowd. NaN where nobody stands.
    """
    found = [_of_ranked(column, crowd, fractions) for column in values.T]
    return np.array(found).reshape(values.shape[1], -1, len(fractions)).transpose(2, 1, 0)


def _of_ranked(column: Floats, crowd: Changes, fractions: tuple[float, ...]) -> list[list[float]]:
    """The values that stand are kept in order: a quantile is read off it by its place."""
    ranked: list[float] = []
    found = []
    for coming, leaving in zip(_at(crowd, crowd.first), _at(crowd, crowd.last), strict=True):
        for value in column[leaving].tolist():
            del ranked[bisect_left(ranked, value)]
        for value in column[coming].tolist():
            insort(ranked, value)
        found.append([_read_off(ranked, fraction) for fraction in fractions])
    return found


def _read_off(ranked: list[float], fraction: float) -> float:
    if not ranked:
        return math.nan
    place = fraction * len(ranked)
    return (ranked[math.ceil(place) - 1] + ranked[math.floor(place)]) / 2


def _at(crowd: Changes, number: Integers) -> Iterator[Integers]:
    """The rows whose number is that of each moment in turn."""
    order = np.argsort(number, kind="stable")
    edges = np.searchsorted(number[order], np.arange(len(crowd.moments) + 1)).tolist()
    return (order[low:high] for low, high in pairwise(edges))


def weighed_quantiles(
    values: Floats, crowd: Changes, fractions: tuple[float, ...], weighing: Weighing
) -> Floats:
    """Quantiles at each of M moments where rows weigh what `weighing` says: (F, M, C).

    values: (R, C), of the rows of the crowd. Where the newest rows cannot answer, because those
    left out might lie so as to change it or two values share it, the answer is made of all.
    """
    found = np.full((len(fractions), len(crowd.moments), values.shape[1]), np.nan)
    for part in blocks(crowd, weighing.newest):
        answers, certain = _of_block(values, part, np.array(fractions), weighing)
        found[:, part.begin : part.stop][:, certain] = answers[:, certain]
        doubtful = ~certain & (crowd.count[part.begin : part.stop] > 0)
        for number in (part.begin + np.flatnonzero(doubtful)).tolist():
            place = crowd.standing(number)
            found[:, number] = weighted_quantiles(values[place], weighing.of(place), fractions)
    return found


def _of_block(
    values: Floats, part: Block, fractions: Floats, weighing: Weighing
) -> tuple[Floats, NDArray[np.bool_]]:
    """(F, B, C) quantiles, and which of the B moments are certain of all of theirs."""
    weights, rest = weighing.of_block(part)
    found, certain = [], np.ones(len(weights), dtype=np.bool_)
    for column in values[part.place].T:
        order = column.argsort()
        answers, sure = _search(column[order], weights.take(order, axis=1), rest, fractions)
        found.append(answers.T)
        certain &= sure
    return np.stack(found, axis=-1), certain


def _search(
    ranked: Floats, weights: Floats, rest: Floats, fractions: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """(B, F) quantiles of rising values (W,) with weights (B, W), and which moments are certain.

    rest: (B,), the weight of what is left out. It is certain that the quantile is one value where
    that value is the first to exceed the fraction if the rest lies above, and to reach it if the
    rest lies below.
    """
    chunks = weights.reshape(len(weights), -1, CHUNK)
    reached = np.cumsum(chunks @ np.ones(CHUNK), axis=1)
    total = reached[:, -1:] + rest[:, np.newaxis]
    soonest = (fractions - LEVEL) * total - rest[:, np.newaxis]
    latest = (fractions + LEVEL) * total
    first, second = (ranked[_place(chunks, reached, wanted)] for wanted in (soonest, latest))
    certain = (first == second) & (latest < reached[:, -1:]) & (total > TRACE)
    return first, certain.all(axis=1)


def _place(chunks: Floats, reached: Floats, wanted: Floats) -> Integers:
    """Where the running sum of each row of chunks, (B, J, 32), comes to what is wanted, (B, F)."""
    last = chunks.shape[1] - 1
    chunk = np.minimum((reached[:, np.newaxis] < wanted[..., np.newaxis]).sum(axis=-1), last)
    row = np.arange(len(chunks))[:, np.newaxis]
    inside = np.cumsum(chunks[row, chunk], axis=-1)
    before = reached[row, chunk] - inside[..., -1]
    short = inside < (wanted - before)[..., np.newaxis]
    place: Integers = chunk * CHUNK + np.minimum(short.sum(axis=-1), CHUNK - 1)
    return place
