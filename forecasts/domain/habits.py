"""The habits by which simulated forecasters differ."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import check_count, check_number, check_numbers
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasts.domain.probability import Floats


@dataclass(frozen=True, slots=True)
class Crowd:
    """The habits of P forecasters; every field is an array (P,).

    skill: the share of the news they understand, 0…1; 0 stays at the prior, 1 knows the chance.
    bias: what they add to the log-odds of the first outcome. noise: the standard deviation, in
    log-odds, of a fresh error in each forecast, 0 or more. boldness: what they multiply log-odds
    with, more than 0; above 1 extremises, below 1 hedges. activity: how many forecasts they make
    on a question on average, 0 or more. withdrawing: the share of forecasts they take back
    before the next, 0…1.
    Raises InvalidValueError for fields of other shapes and numbers out of range.
    Source: our own.

    >>> Crowd(*np.array([[0.5, 0.9], [0, 0], [0.1, 0], [1, 1], [3, 1], [0, 0]])).people
    2
    """

    skill: Floats
    bias: Floats
    noise: Floats
    boldness: Floats
    activity: Floats
    withdrawing: Floats

    def __post_init__(self) -> None:
        for field in fields(self):
            column = check_numbers(field.name, getattr(self, field.name))
            object.__setattr__(self, field.name, column)
            if column.shape != (self.people,) or not np.isfinite(column).all():
                rule = f"hold {self.people} finite numbers"
                raise InvalidValueError(field.name, rule, column)
        for name, low, high in _RANGES:
            column = getattr(self, name)
            if column.min(initial=low) < low or column.max(initial=low) > high:
                raise InvalidValueError(name, f"lie between {low:g} and {high:g}", column)

        if not self.boldness.all():
            raise InvalidValueError("boldness", "be more than 0", self.boldness)

    @property
    def people(self) -> int:
        """P.

        Source: our own.
        """
        return self.skill.size


_RANGES = (
    ("skill", 0.0, 1.0),
    ("noise", 0.0, np.inf),
    ("boldness", 0.0, np.inf),
    ("activity", 0.0, np.inf),
    ("withdrawing", 0.0, 1.0),
)


def draw_crowd(
    people: int,
    *,
    seed: int | Sequence[int],
    skill: tuple[float, float] = (0.1, 0.9),
    bias: float = 0.2,
    noise: float = 0.3,
    boldness: float = 0.2,
    activity: float = 3.0,
    heavy: float = 1.0,
    withdrawing: float = 0.0,
) -> Crowd:
    """A crowd drawn at random, the same for the same seed.

    skill: uniform between these two. bias: normal around 0 with this standard deviation.
    noise: exponential with this mean. boldness: log-normal around 1 with this standard deviation
    of the logarithm. activity: log-normal with this mean, where `heavy` is the standard deviation
    of the logarithm: 0 makes all alike, 1 lets a tenth of the people say two fifths of it all.
    withdrawing: the same for all. Raises InvalidValueError as `Crowd` does, for people that are no
    whole number from 0, for skills that do not rise within 0…1 and for spreads that are negative
    or infinite. Source: our own.

    >>> draw_crowd(3, seed=1, activity=2, heavy=0).activity.tolist()
    [2.0, 2.0, 2.0]
    """
    check_count("people", people)
    _check_skill(skill)
    spreads = {"bias": bias, "noise": noise, "boldness": boldness, "heavy": heavy}
    for name, spread in {**spreads, "activity": activity}.items():
        check_spread(name, spread)
    draw = np.random.default_rng(seed)
    return Crowd(
        skill=draw.uniform(*skill, people),
        bias=draw.normal(0, bias, people),
        noise=draw.exponential(noise, people),
        boldness=draw.lognormal(0, boldness, people),
        activity=activity * draw.lognormal(-(heavy**2) / 2, heavy, people),
        withdrawing=np.full(people, check_number("withdrawing", withdrawing)),
    )


def check_spread(name: str, value: float) -> float:
    """A standard deviation or a mean size: finite and not negative; `name` is blamed.

    Raises InvalidValueError. Source: our own.

    >>> check_spread("news", -1)
    Traceback (most recent call last):
    forecasts.errors.InvalidValueError: news must be finite and not negative; got -1.
    """
    number = check_number(name, value)
    if not 0 <= number < np.inf:
        raise InvalidValueError(name, "be finite and not negative", value)
    return number


def _check_skill(skill: tuple[float, float]) -> None:
    ends = check_numbers("skill", skill)
    if ends.shape != (2,) or not 0 <= ends[0] <= ends[1] <= 1:
        raise InvalidValueError("skill", "lie between 0 and 1, from the least to the most", skill)
