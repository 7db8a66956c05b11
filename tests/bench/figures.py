"""What a benchmark measured: a duration beside another of the same run, and what is wanted."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How much the benchmarks do.

    few, many: forecasts on the two sites whose pages are compared; crowd: forecasts on a question
    there. imported: forecasts that are imported. resolved: forecasts on a question that is.
    submitted: how often one person submits. seconds: how long many submit at once. drawings: how
    often each page is drawn.

    Of the mathematics: scored: forecasts on one question, rising, all of whose scores are made;
    asked: on how many questions the most of them are. changes: of a crowd, each of which is
    weighed; drawn: of one that is thinned. said: forecasts that make one reliability curve;
    banded: rising, that make one with a band. ranked: scores that make standings. groups: how
    many simulated groups judge the methods.
    """

    few: int
    many: dict[str, int]
    crowd: int
    people: int
    imported: dict[str, int]
    resolved: int
    submitted: int
    seconds: float
    drawings: int
    scored: tuple[int, ...]
    asked: int
    changes: int
    drawn: int
    said: int
    banded: tuple[int, ...]
    ranked: int
    groups: int


FULL = Size(
    few=10_000,
    many={"sqlite": 1_000_000, "postgresql": 100_000},
    crowd=1_000,
    people=5_000,
    imported={"sqlite": 1_000_000, "postgresql": 100_000},
    resolved=100_000,
    submitted=300,
    seconds=10,
    drawings=7,
    scored=(10_000, 100_000, 1_000_000),
    asked=1_000,
    changes=10_000,
    drawn=100_000,
    said=1_000_000,
    banded=(10_000, 100_000, 1_000_000, 10_000_000),
    ranked=1_000_000,
    groups=40,
)
TINY = Size(
    few=40,
    many={"sqlite": 80, "postgresql": 80},
    crowd=20,
    people=10,
    imported={"sqlite": 60, "postgresql": 60},
    resolved=30,
    submitted=3,
    seconds=0.05,
    drawings=1,
    scored=(20, 40, 80),
    asked=4,
    changes=50,
    drawn=200,
    said=100,
    banded=(20, 100),
    ranked=100,
    groups=2,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what took how many seconds, against what, and how many times that it may take."""

    what: str
    seconds: float
    against: str = ""
    base: float | None = None
    at_most: float | None = None

    def __str__(self) -> str:
        line = f"{self.what:<58} {_duration(self.seconds):>10}"
        if self.base is None:
            return f"{line}  {self.against}"
        ratio = self.seconds / self.base
        wanted = ""
        if self.at_most is not None:
            wanted = f" (at most {self.at_most:g}: {'yes' if ratio <= self.at_most else 'NO'})"
        return f"{line}  {ratio:8.3g} x {self.against}, {_duration(self.base)}{wanted}"


@contextmanager
def timed() -> Iterator[list[float]]:
    """A list that has the seconds of the block when it is over."""
    took: list[float] = []
    began = time.perf_counter()
    yield took
    took.append(time.perf_counter() - began)


def side_by_side(*calls: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The median seconds of each call; they take turns, so that all see the same machine."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, times in zip(calls, took, strict=True):
            with timed() as seconds:
                call()
            times.extend(seconds)
    return [median(times) for times in took]


def _duration(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{1e6 * seconds:.0f} µs"
    return f"{1e3 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
