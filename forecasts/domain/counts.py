"""What calibration counts: how much weight stood on which probability, and what happened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import (
    Floats,
    Integers,
    check_array,
    check_numbers,
    check_probabilities,
)
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

GRID = 1000
"""Into how many steps probabilities are rounded where they are kept; on these, most lie anyway."""

_NAMES, _SORT = "biufUSmMO", "hold numbers or names that have an order"

_STEPS = np.arange(GRID + 1) / GRID
_BLOCK = 1 << 16
_LARGEST_TABLE = 10_000_000

# Added to a number below 2**51, this leaves the nearest whole number in its last bits.
_WHOLE = 1.5 * 2.0**52
_WHOLE_BITS = int(np.float64(_WHOLE).view(np.int64))


@dataclass(frozen=True, slots=True)
class Counts:
    """What N forecasts come down to: M rows, one for each probability (of each question).

    forecast: (M,) in 0…1, rising. weight: (M,), more than 0, the sum of the forecasts' weights.
    happened: (M,) in 0…1, the share of the weight that happened. question: None, and then the
    forecasts are distinct; or (M,) codes 0…Q−1, which follow the order of the questions' names
    and rise within one forecast.
    Source: our own.
    """

    forecast: Floats
    weight: Floats
    happened: Floats
    question: Integers | None

    def merged(self) -> Counts:
        """The same with the questions put together: one row for each distinct forecast.

        Source: our own.

        >>> counts = compressed(forecast=[0.2, 0.2], happened=[0, 1], question=["a", "b"])
        >>> counts.merged()
        Counts(forecast=array([0.2]), weight=array([2.]), happened=array([0.5]), question=None)
        """
        if self.question is None:
            return self
        return compressed(forecast=self.forecast, happened=self.happened, weight=self.weight)


def compressed(
    *,
    forecast: ArrayLike,
    happened: ArrayLike,
    weight: ArrayLike | None = None,
    question: ArrayLike | None = None,
) -> Counts:
    """Forecasts that agree (on the same question, if these are given) merged into one row each.

    forecast: (N,) in 0…1. happened: (N,) 0 or 1, or the share of the weight that happened.
    weight: (N,), not negative, 1 each unless given; a row without any is left out. question:
    (N,) numbers or names. No forecast is rounded: only those equal to the last bit are merged.
    One pass counts those that are multiples of 0.001; all others are sorted.
    Raises InvalidValueError for wrong shapes, numbers out of range, and no weight at all.
    Source: our own.

    >>> counts = compressed(forecast=[0.7, 0.2, 0.7, 0.7], happened=[1, 0, 0, 0])
    >>> counts.forecast, counts.weight, counts.happened.round(3)
    (array([0.2, 0.7]), array([1., 3.]), array([0.   , 0.333]))
    """
    forecasts = check_numbers("forecast", forecast)
    truths = check_array("happened", happened, kinds="buif", rule="hold numbers")
    truths = truths if truths.dtype == np.bool_ else truths.astype(np.float64, copy=False)
    plain = weight is None and question is None and forecasts.size > 0
    if plain and forecasts.shape == truths.shape == (forecasts.size,):
        events = _events(forecasts, truths)
        if events is not None:
            return _of_events(*events)
    return _of_rows(_checked(check_probabilities("forecast", forecasts), truths, weight, question))


def _events(forecast: Floats, happened: NDArray[np.generic]) -> Integers | None:
    """How often what was said on each step of the grid did not happen, and did: (2, steps).

    None if any forecast lies beside the grid, or anything happened in part. This is the way of
    the many, so its buffers are used again and stay in the cache, and what it reads it reads once.
    """
    table = np.zeros(2 * len(_STEPS), dtype=np.int64)
    buffers = *np.empty((2, _BLOCK)), np.empty(_BLOCK, dtype=bool)
    for first in range(0, len(forecast), _BLOCK):
        said, truth = forecast[first : first + _BLOCK], happened[first : first + _BLOCK]
        step, spare, equal = (buffer[: len(said)] for buffer in buffers)
        if not (said.min() >= 0 and said.max() <= 1):
            return None
        np.multiply(said, GRID, out=step)
        step += _WHOLE
        np.subtract(step, _WHOLE, out=spare)
        spare /= GRID
        if not np.equal(spare, said, out=equal).all():
            return None
        np.multiply(truth, truth, out=spare)
        if truth.dtype != np.bool_ and not np.equal(spare, truth, out=equal).all():
            return None
        step += np.multiply(truth, len(_STEPS), out=spare)
        cells = step.view(np.int64)
        cells -= _WHOLE_BITS
        table += np.bincount(cells, minlength=len(table))
    return table.reshape(2, -1)


def _of_events(no: Integers, yes: Integers) -> Counts:
    weight = no + yes
    said = np.flatnonzero(weight)
    return Counts(_STEPS[said], weight[said].astype(np.float64), yes[said] / weight[said], None)


def _of_rows(rows: _Rows) -> Counts:
    size = len(_STEPS) * rows.questions
    if size > _LARGEST_TABLE:
        return _sorted(rows)
    weights, happenings = np.zeros(size), np.zeros(size)
    beside = _count(rows, weights, happenings)
    counts = _read(weights, happenings, rows)
    return _joined(counts, _sorted(rows.only(beside))) if beside.size else counts


@dataclass(frozen=True, slots=True)
class _Rows:
    """N forecasts found to be in order; weight None: 1 each; question: codes below `questions`."""

    forecast: Floats
    happened: Floats
    weight: Floats | None
    question: Integers | None
    questions: int

    def only(self, kept: slice | NDArray[np.generic]) -> _Rows:
        weight = None if self.weight is None else self.weight[kept]
        question = None if self.question is None else self.question[kept]
        return _Rows(self.forecast[kept], self.happened[kept], weight, question, self.questions)

    def weights(self) -> Floats:
        return np.ones_like(self.happened) if self.weight is None else self.weight

    def happening(self) -> Floats:
        """How much of each row's weight happened."""
        return self.happened if self.weight is None else self.weight * self.happened

    def cells(self, steps: Floats) -> Integers:
        cells = steps.astype(np.int64)
        return cells if self.question is None else cells * self.questions + self.question


def _checked(
    forecasts: Floats, happened: ArrayLike, weight: ArrayLike | None, question: ArrayLike | None
) -> _Rows:
    shares = check_probabilities("happened", happened)
    weights = None if weight is None else check_numbers("weight", weight)
    names = (
        None if question is None else check_array("question", question, kinds=_NAMES, rule=_SORT)
    )
    rows = (forecasts.size,)
    if not forecasts.size:
        raise InvalidValueError("forecast", "hold at least one number", "none")
    columns = {"forecast": forecasts, "happened": shares, "weight": weights, "question": names}
    for name, column in columns.items():
        if column is not None and column.shape != rows:
            raise InvalidValueError(name, f"hold {rows[0]} numbers", f"shape {column.shape}")
    counting = _counting(weights, rows[0])
    codes, questions = (None, 1) if names is None else _codes(names[counting])
    counted = _Rows(forecasts, shares, weights, None, questions).only(counting)
    return replace(counted, question=codes)


def _counting(weights: Floats | None, rows: int) -> slice | NDArray[np.bool_]:
    with np.errstate(over="ignore"):
        least, total = (1, rows) if weights is None else (weights.min(initial=0), weights.sum())
    if not (least >= 0 and 0 < total < np.inf):
        rule = "hold finite numbers, none negative, that do not sum to 0"
        raise InvalidValueError("weight", rule, f"numbers from {least} that sum to {total}")
    return slice(None) if weights is None or weights.all() else weights > 0


def _codes(names: NDArray[np.generic]) -> tuple[Integers, int]:
    """Names as 0, 1, … in their order, and how many; close whole numbers without sorting."""
    if names.dtype.kind in "iu" and int(names.max()) - int(names.min()) < _LARGEST_TABLE:
        places = names.astype(np.int64) - names.min().astype(np.int64)
        code = np.cumsum(np.bincount(places) > 0) - 1
        return np.take(code, places), int(code[-1]) + 1
    try:
        distinct, codes = np.unique(names, return_inverse=True)
    except TypeError:
        raise InvalidValueError("question", _SORT, "a mixture") from None
    return codes.astype(np.int64), len(distinct)


def _count(rows: _Rows, weights: Floats, happenings: Floats) -> Integers:
    """Add what lies on the grid to the tables; the numbers of the rows that lie beside it.

    A table has a cell for each step and question. Blocks are small enough to stay in the cache.
    """
    beside = [np.zeros(0, dtype=np.int64)]
    for first in range(0, len(rows.forecast), _BLOCK):
        block = rows.only(slice(first, first + _BLOCK))
        steps = np.rint(block.forecast * GRID)
        on_grid = steps / GRID == block.forecast
        if not on_grid.all():
            beside.append(first + np.flatnonzero(~on_grid))
            block, steps = block.only(on_grid), steps[on_grid]
        cells = block.cells(steps)
        _add(weights, cells, block.weight)
        _add(happenings, cells, block.happening())
    return np.concatenate(beside)


def _add(table: Floats, cells: Integers, amounts: Floats | None) -> None:
    if len(table) <= len(cells):
        table += np.bincount(cells, weights=amounts, minlength=len(table))
    else:
        np.add.at(table, cells, 1.0 if amounts is None else amounts)


def _read(weights: Floats, happenings: Floats, rows: _Rows) -> Counts:
    filled = np.flatnonzero(weights)
    step, code = np.divmod(filled, rows.questions)
    weight = weights[filled]
    question = None if rows.question is None else code
    return Counts(_STEPS[step], weight, happenings[filled] / weight, question)


def _sorted(rows: _Rows) -> Counts:
    """The general way, by sorting."""
    ordered = rows.only(_order(rows.forecast, rows.question))
    new = _differs(ordered.forecast)
    if ordered.question is not None:
        new |= _differs(ordered.question)
    first = np.flatnonzero(new)
    weight = np.add.reduceat(ordered.weights(), first)
    happened = np.add.reduceat(ordered.happening(), first)
    question = None if ordered.question is None else ordered.question[first]
    return Counts(ordered.forecast[first], weight, happened / weight, question)


def _joined(one: Counts, other: Counts) -> Counts:
    """Two counts that share no forecast, as one."""
    forecast = np.concatenate([one.forecast, other.forecast])
    question = None
    if one.question is not None and other.question is not None:
        question = np.concatenate([one.question, other.question])
    order = _order(forecast, question)
    return Counts(
        forecast[order],
        np.concatenate([one.weight, other.weight])[order],
        np.concatenate([one.happened, other.happened])[order],
        None if question is None else question[order],
    )


def _order(forecast: Floats, question: Integers | None) -> Integers:
    if question is None:
        return np.argsort(forecast)
    places = np.unique(forecast, return_inverse=True)[1]
    return np.argsort(places * (question.max() + 1) + question)


def _differs(column: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Where a row differs from the one before it; the first does."""
    return np.concatenate([[True], column[1:] != column[:-1]])
