"""When a crowd changes: which forecasts stand at which of some moments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.record import ForecastRecord

MOMENTS = 64
"""How many moments a block has at most: enough to share what it costs to begin one."""

CELLS = 1 << 17
"""How many numbers a block may have, so that it stays in the processor's cache."""

CHUNK = 32
"""The rows of a block are filled up to a multiple of this, so that they can be summed in parts."""


class Spans(NamedTuple):
    """Parts of the time that N forecasts stand, sorted by start, each of one weight.

    row: (S,), whose part it is. start, end: (S,) microseconds. weight: (S,).
    """

    row: Integers
    start: Integers
    end: Integers
    weight: Floats


def whole_spans(record: ForecastRecord) -> Spans:
    """The forecasts of a record, uncut, all of the same weight."""
    start, end = record.spans()
    return Spans(np.arange(len(start)), start, end, np.ones(len(start)))


@dataclass(frozen=True, slots=True)
class Changes:
    """Which of N rows, ordered by start, stand at which of M moments.

    moments: (M,) rising, in microseconds. row: (R,) the rows that stand at any of them, in order.
    first, last: (R,) numbers of moments: row[i] stands at the moments first[i] … last[i] − 1.
    count: (M,), how many stand.
    """

    moments: Integers
    row: Integers
    first: Integers
    last: Integers
    count: Integers = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.moments) + 1
        steps = np.bincount(self.first, minlength=size) - np.bincount(self.last, minlength=size)
        object.__setattr__(self, "count", np.cumsum(steps)[:-1])

    def standing(self, number: int) -> Integers:
        """Where in `row` those are that stand at the moment of this number, oldest first."""
        return np.flatnonzero((self.first <= number) & (self.last > number))


def changes(start: Integers, end: Integers, moments: Integers) -> Changes:
    """Where rows that stand in [start, end), (N,) microseconds, are at M rising moments.

    Rows are sorted by start.

    >>> found = changes(np.array([0, 5]), np.array([7, 6]), np.array([0, 2, 6]))
    >>> found.row, found.first, found.last, found.count
    (array([0]), array([0]), array([3]), array([1, 1, 1]))
    """
    begun = np.searchsorted(start, moments, side="right")
    first = np.repeat(np.arange(len(moments) + 1), np.diff(begun, prepend=0, append=len(start)))
    last = np.searchsorted(moments, end)
    row = np.flatnonzero(first < last)
    return Changes(moments, row, first[row], last[row])


@dataclass(frozen=True, slots=True)
class Block:
    """Some moments in a row, and the rows that are weighed at them, oldest first.

    begin, stop: their numbers. place: (W,), where in `Changes` the rows are; W is a multiple of
    32, filled with rows that do not stand. stands: (B, W), which of them stand at which moment.
    upto: (B, W), how many of the rows up to each do. older: (B,), how many older ones stand but
    are left out.
    """

    begin: int
    stop: int
    place: Integers
    stands: NDArray[np.bool_]
    upto: NDArray[np.int32]
    older: Integers


def blocks(crowd: Changes, reach: Callable[[int], int]) -> Iterator[Block]:
    """All moments at which rows are weighed, in blocks.

    Of n rows that stand as a block begins, only the newest reach(n) are weighed in it.
    """
    made = np.searchsorted(crowd.first, np.arange(len(crowd.moments)), side="right")
    begin = 0
    while begin < len(made):
        near = _newest(crowd, begin, int(made[begin]), reach(int(crowd.count[begin])))
        stop = _stop(made, begin, len(near))
        place = np.concatenate([near, np.arange(made[begin], made[stop - 1])])
        if len(place):
            yield _block(crowd, begin, stop, place)
        begin = stop


def _newest(crowd: Changes, number: int, made: int, rows: int) -> Integers:
    """The places of the newest rows that stand at a moment, so many, among the first `made`."""
    looked = 2 * rows
    while True:
        oldest = max(made - looked, 0)
        place = oldest + np.flatnonzero(crowd.last[oldest:made] > number)
        if oldest == 0 or len(place) >= rows:
            return place[len(place) - rows :]
        looked *= 4


def _stop(made: Integers, begin: int, near: int) -> int:
    """Where a block ends: before more new rows come than half of those that are there."""
    most = begin + min(MOMENTS, max(1, CELLS // max(near, 1)))
    enough = int(made[begin]) + max(MOMENTS, near // 2)
    return max(begin + 1, begin + int(np.searchsorted(made[begin:most], enough, side="right")))


def _block(crowd: Changes, begin: int, stop: int, place: Integers) -> Block:
    rows = len(place)
    filled = np.append(place, np.full(-rows % CHUNK, place[0]))
    numbers = np.arange(begin, stop, dtype=np.int32)[:, np.newaxis]
    first, last = (edge[filled].astype(np.int32) for edge in (crowd.first, crowd.last))
    last[rows:] = 0
    stands = (first <= numbers) & (last > numbers)
    upto = np.cumsum(stands.view(np.int8), axis=1, dtype=np.int32)
    return Block(begin, stop, filled, stands, upto, crowd.count[begin:stop] - upto[:, -1])
