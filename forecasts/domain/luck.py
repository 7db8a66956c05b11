"""What would happen to the perfectly calibrated: worlds drawn by chance, whole by question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import check_number
from forecasts.domain.record import totals
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from forecasts.domain.counts import Counts
    from forecasts.domain.probability import Floats, Integers

REPLICATES = 500
"""How often the band draws what luck alone could have done."""

_BLOCK = 16
_PRODUCT = 1 << 18
_SPARSE = 32
_MOST_DISTINCT = 4096
_LARGEST_TABLE = 10_000_000
_AT_ONCE = 1_500_000
_GUIDES = 1 << 14
_MOST_EVENTS = 1 << 53


def worlds(counts: Counts, *, seed: int = 0) -> Iterator[Floats]:
    """What would have happened to a perfectly calibrated forecaster, REPLICATES times.

    counts: M rows with D distinct forecasts, as `compressed` gives them. Yields tables (R, D) of
    a few worlds each, in all REPLICATES rows of shares in 0…1: how much of the weight behind
    each distinct forecast, rising, happened.
    With questions each world draws one number a question, uniform in 0…1, in the order of their
    codes, and each of the question's forecasts happens where it exceeds that number. Without
    them every unit of weight is an event of its own, at least one for each distinct forecast.
    The same seed gives the same worlds. Without questions weights up to 2⁵³ can be drawn:
    raises InvalidValueError for more. Source: the consistency resampling of Bröcker & Smith 2007,
    doi 10.1175/WAF993.1; here by question, which is our own.

    >>> from forecasts.domain.counts import compressed
    >>> sure = compressed(forecast=[0, 1], happened=[0, 1], question=["a", "b"])
    >>> next(worlds(sure))[0]
    array([0., 1.])
    """
    luck = np.random.default_rng(seed)
    if counts.question is None:
        return _of_events(luck, counts)
    distinct, place = np.unique(counts.forecast, return_inverse=True)
    pairs = _Pairs(distinct, place, counts.question, counts.weight)
    return _by_blocks(luck, pairs) if pairs.are_dense else _by_pairs(luck, pairs)


def tails(level: float) -> tuple[float, float]:
    """The two quantiles between which a part `level` of luck lies, as much beyond either.

    Raises InvalidValueError unless 0 < level < 1. Source: the equal-tailed interval.

    >>> tails(0.5)
    (0.25, 0.75)
    """
    if not 0 < check_number("level", level) < 1:
        raise InvalidValueError("level", "lie between 0 and 1", level)
    return (1 - level) / 2, (1 + level) / 2


@dataclass(frozen=True, slots=True)
class _Pairs:
    """M pairs of a place among D distinct forecasts and one of Q questions, with their weights."""

    distinct: Floats
    place: NDArray[np.intp]
    question: Integers
    weight: Floats

    @property
    def questions(self) -> int:
        return int(self.question.max()) + 1

    @property
    def are_dense(self) -> bool:
        """Whether a table of all pairs there could be is small, and not mostly empty."""
        size = len(self.distinct) * self.questions
        narrow = len(self.distinct) <= _MOST_DISTINCT
        return narrow and size <= min(_LARGEST_TABLE, _SPARSE * len(self.weight))

    def table(self) -> Floats:
        """The weights as (D, Q), 0 where there is no pair."""
        table = np.zeros((len(self.distinct), self.questions))
        table[self.place, self.question] = self.weight
        return table


def _shifts(width: int) -> Iterator[int]:
    """REPLICATES in parts, each so small that `width` numbers for each of it fill no memory."""
    at_once = max(1, _AT_ONCE // width)
    return (min(at_once, REPLICATES - done) for done in range(0, REPLICATES, at_once))


def _of_events(luck: np.random.Generator, counts: Counts) -> Iterator[Floats]:
    if counts.weight.max() > _MOST_EVENTS:
        rule = f"be at most {_MOST_EVENTS} events without questions"
        raise InvalidValueError("weight", rule, counts.weight.max())
    events = np.maximum(np.rint(counts.weight), 1).astype(np.int64)
    for shift in _shifts(len(events)):
        yield luck.binomial(events, counts.forecast, (shift, len(events))) / events


def _by_pairs(luck: np.random.Generator, pairs: _Pairs) -> Iterator[Floats]:
    total = totals(pairs.place, pairs.weight)
    forecast = pairs.distinct[pairs.place]
    for shift in _shifts(len(total)):
        happened = np.empty((shift, len(total)))
        for world in range(shift):
            happens = forecast > luck.random(pairs.questions)[pairs.question]
            happened[world] = totals(pairs.place, pairs.weight * happens)
        yield happened / total


def _by_blocks(luck: np.random.Generator, pairs: _Pairs) -> Iterator[Floats]:
    table, total = pairs.table(), totals(pairs.place, pairs.weight)
    for shift in _shifts(max(table.shape)):
        happened = _happened(luck.random((shift, pairs.questions)), pairs.distinct, table)
        # A product of matrices adds in another order than the total: by a last bit too much.
        yield np.minimum(happened.T / total, 1)


def _happened(draws: Floats, distinct: Floats, table: Floats) -> Floats:
    """How much of D forecasts happens in R worlds, (D, R), from one draw a question, (R, Q).

    All forecasts of a question above its draw happen. So, going upwards in blocks of a few
    forecasts, the questions whose draw lies below the block count in full, by a product of
    matrices; those whose draw lies within it are added forecast by forecast. The products are
    made for a few worlds at a time, too small for BLAS to spread over threads: their waiting
    for each other costs more than they save, and on a busy machine many times as much.
    """
    worlds, questions = draws.shape
    first = _first_above(draws.ravel(), distinct)
    order = np.argsort(first, kind="stable")
    world, question = np.divmod(order, questions)
    begin = np.searchsorted(first[order], np.arange(len(distinct) + 1))
    group = max(1, _PRODUCT // (_BLOCK * questions))
    below = np.zeros((-(-worlds // group), group, questions))
    happened = np.empty((len(distinct), worlds))
    for start in range(0, len(distinct), _BLOCK):
        stop = min(start + _BLOCK, len(distinct))
        full = below @ table[start:stop].T
        happened[start:stop] = full.reshape(-1, stop - start)[:worlds].T
        for place in range(start, stop):
            within = slice(begin[start], begin[place + 1])
            happened[place] += totals(world[within], table[place, question[within]], worlds)
        below.flat[order[begin[start] : begin[stop]]] = 1
    return happened


def _first_above(draws: Floats, distinct: Floats) -> NDArray[np.int16]:
    """The place of the first of the D distinct forecasts above each draw, or D.

    A table of short stretches answers for all but the draws that share theirs with a forecast.
    """
    edges = np.arange(_GUIDES + 1) / _GUIDES
    least = np.searchsorted(distinct, edges[:-1], side="right").astype(np.int16)
    most = np.searchsorted(distinct, edges[1:], side="left")
    stretch = (draws * _GUIDES).astype(np.int64)
    first = least[stretch]
    unsure = np.flatnonzero((least != most)[stretch])
    first[unsure] = np.searchsorted(distinct, draws[unsure], side="right")
    return first
