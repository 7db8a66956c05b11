"""Vectors that sum to one: what a person may say, and what every formula asks of its input."""

from __future__ import annotations

import math
from numbers import Integral, Real
from textwrap import shorten
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Iterable

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

BOUNDS = (0.001, 0.999)
"""The least and the greatest probability that may be given by hand."""

TOLERANCE = 1e-9
"""How far from 1 the sum of a vector may lie."""

DECIMALS = 12
"""The decimals of a probability that count; what lies beyond is noise of binary arithmetic."""


def check_forecast(probabilities: Iterable[object]) -> tuple[float, ...]:
    """A forecast as a person gave it, one probability an outcome, found to be in order.

    Takes K ≥ 2 numbers; each must lie within BOUNDS and all must sum to 1, to 1e-9.
    Sends them back rounded to 12 decimals, so that 0.1 + 0.2 is as good as 0.3.
    Raises InvalidValueError with a sentence for that person. Source: our own.

    >>> check_forecast([0.1 + 0.2, 0.7])
    (0.3, 0.7)
    >>> check_forecast([1.2, -0.2])
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: A probability must be between 0.1 % and 99.9 %; got 120 %.
    """
    numbers = tuple(_number(probability) for probability in probabilities)
    if len(numbers) <= 1:
        raise InvalidValueError("A forecast", "give at least two probabilities", len(numbers))
    lowest, highest = BOUNDS
    for number in numbers:
        if not lowest <= number <= highest:
            rule = f"be between {_percent(lowest)} and {_percent(highest)}"
            raise InvalidValueError("A probability", rule, _percent(number))
    total = math.fsum(numbers)
    if not _is_one(total):
        raise InvalidValueError("Probabilities", "sum to 100 %", _percent(total))
    return numbers


def check_array(name: str, values: ArrayLike, *, kinds: str, rule: str) -> NDArray[Any]:
    """`values` as an array of one of some kinds of dtype, such as "iu"; any shape, also empty.

    Raises InvalidValueError, blaming `name` and stating the `rule`, for others and for rows of
    different lengths. Source: the letters of numpy.dtype.kind.

    >>> check_array("person", ["a"], kinds="iu", rule="be codes from 0")
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: person must be codes from 0; got ['a'].
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise InvalidValueError(name, rule, "rows of different lengths") from None
    if array.size and array.dtype.kind not in kinds:
        raise InvalidValueError(name, rule, shorten(repr(values), 60, placeholder=" …"))
    return array


def check_numbers(name: str, values: ArrayLike) -> Floats:
    """`values`, any shape, found to be an array of real numbers, as float64; `name` is blamed.

    Text, None and other objects are no numbers; NaN is one.
    Raises InvalidValueError. Source: our own.

    >>> check_numbers("weight", [1, None])
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: weight must hold numbers; got [1, None].
    """
    array = check_array(name, values, kinds="buif", rule="hold numbers")
    return array.astype(np.float64, copy=False)


def check_number(name: str, value: ArrayLike) -> float:
    """A single real number, as a float; `name` is blamed.

    Raises InvalidValueError as `check_numbers` does, and for several. Source: our own.

    >>> check_number("k", np.float32(0.5))
    0.5
    """
    number = check_numbers(name, value)
    if number.shape != ():
        raise InvalidValueError(name, "be one number", f"shape {number.shape}")
    return float(number)


def check_count(name: str, value: object, *, least: int = 0) -> int:
    """A single whole number, at least `least`; `name` is blamed.

    Raises InvalidValueError. Source: our own.

    >>> check_count("people", 2.5)
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: people must be a whole number from 0; got 2.5.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise InvalidValueError(name, f"be a whole number from {least}", value)
    return int(value)


def check_vectors(name: str, values: ArrayLike) -> Floats:
    """The probability vectors `values`, shape (..., K), found to be in order; `name` is blamed.

    Every number must lie in 0…1, every vector must have K ≥ 2 of them and sum to 1, to 1e-9.
    Sends the array back as float64, unrounded; raises InvalidValueError. Source: our own.

    >>> check_vectors("forecast", [[0.25, 0.75], [1, 0]])
    array([[0.25, 0.75],
           [1.  , 0.  ]])
    >>> check_vectors("forecast", [0.5, 0.45])
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: forecast must sum to 1; got 0.95.
    """
    vectors = check_numbers(name, values)
    if vectors.ndim == 0 or vectors.shape[-1] <= 1:
        raise InvalidValueError(name, "hold at least two outcomes", f"shape {vectors.shape}")
    check_probabilities(name, vectors)
    totals = np.atleast_1d(vectors.sum(axis=-1))
    wrong = totals[~_is_one(totals)]
    if wrong.size:
        raise InvalidValueError(name, "sum to 1", wrong[0])
    return vectors


def check_probabilities(name: str, values: ArrayLike) -> Floats:
    """Single probabilities, any shape, each found to lie in 0…1; `name` is blamed.

    Sends the array back as float64; raises InvalidValueError, for NaN too. Source: our own.

    >>> check_probabilities("weight", [0.5, 2])
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: weight must lie between 0 and 1; got 2.0.
    """
    numbers = check_numbers(name, values)
    if not (numbers.min(initial=0) >= 0 and numbers.max(initial=1) <= 1):
        inside = (numbers >= 0) & (numbers <= 1)
        raise InvalidValueError(name, "lie between 0 and 1", numbers[~inside].flat[0])
    return numbers


def check_prior(values: ArrayLike, *, outcomes: int | None = None) -> Floats:
    """A prior, probabilities (..., K) of which none is 0, or one of so many `outcomes`, (K,).

    Sends it back as float64; raises InvalidValueError, as `check_vectors` does, for another shape
    and for a 0, which no news could ever change. Source: Lindley 1985, Making Decisions, who
    calls it Cromwell's rule.

    >>> check_prior([1, 0])
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: prior must give every outcome more than 0; got [1, 0].
    """
    vectors = check_vectors("prior", values)
    if outcomes is not None and vectors.shape != (outcomes,):
        raise InvalidValueError("prior", f"hold {outcomes} outcomes", f"shape {vectors.shape}")
    if not vectors.all():
        raise InvalidValueError("prior", "give every outcome more than 0", values)
    return vectors


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or value != value:  # noqa: PLR0124
        raise InvalidValueError("A probability", "be a number", f"{value!s:.40}")
    try:
        return round(float(value), DECIMALS)
    except OverflowError:
        return -math.inf if value < 0 else math.inf


def _percent(number: float) -> str:
    return f"{100 * number:.10g} %"


def _is_one(total: Floats | float) -> NDArray[np.bool_]:
    return np.abs(np.round(np.subtract(total, 1), DECIMALS)) <= TOLERANCE
