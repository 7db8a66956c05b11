"""How fast crowd forecasts are made, at every change and thinned for drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from figures import Figure, side_by_side

from forecasts.domain.aggregation import METHODS, aggregate_history, thin
from forecasts.domain.record import ForecastRecord
from forecasts.services.reporting import DRAWN as PAGE
from forecasts.services.reporting import WEIGHED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Size

MEDIAN = "recency_weighted_median"
DRAWN = 100
"""Of how many points a drawing of so many forecasts is made where it has to be quick."""

ROUNDS = 5


def crowds(size: Size) -> Iterator[Figure]:
    """Histories beside what sorting costs."""
    values = np.random.default_rng(0).random(size.changes)
    for people, crowd in ((size.changes // 5, "a fifth as many people"), (size.changes, "as many")):
        record = replaced(size.changes, people)
        for method in METHODS if people < size.changes else [MEDIAN]:
            took, base = side_by_side(
                lambda method=method, record=record: aggregate_history(record, method=method),
                lambda: [np.sort(values) for _ in range(size.changes // 10)],
                rounds=ROUNDS,
            )
            what = f"{method}, {size.changes:,} changes, {crowd}"
            wanted = 0.2 if method == MEDIAN else None
            yield Figure(what, took, "np.sort of as many at each", 10 * base, wanted)
    yield from _drawn(size)


def _drawn(size: Size) -> Iterator[Figure]:
    record, values = (
        replaced(size.drawn, size.drawn // 5),
        np.random.default_rng(0).random(size.drawn),
    )
    few, drawn, base = side_by_side(
        lambda: aggregate_history(record, method=MEDIAN, points=DRAWN),
        lambda: thin(aggregate_history(record, method=MEDIAN, points=WEIGHED), PAGE),
        lambda: np.sort(values),
        rounds=3 * ROUNDS,
    )
    what = f"{MEDIAN}, {size.drawn:,} changes,"
    against = "np.sort of as many"
    yield Figure(f"{what} {DRAWN} drawn", few, against, base, 25)
    yield Figure(f"{what} {PAGE} of {WEIGHED:,} drawn, as the page does", drawn, against, base)


def replaced(forecasts: int, people: int) -> ForecastRecord:
    """A record of so many forecasts of so many people, each of which replaces its person's last."""
    draw = np.random.default_rng(1)
    person = draw.integers(0, people, forecasts)
    start = np.sort(draw.integers(0, 10**13, forecasts)).astype("datetime64[us]")
    order = np.argsort(person, kind="stable")
    again = np.flatnonzero(person[order][1:] == person[order][:-1])
    end = np.full(forecasts, "NaT", dtype="datetime64[us]")
    end[order[again]] = start[order[again + 1]]
    yes = draw.uniform(0.001, 0.999, forecasts)
    return ForecastRecord(person, start, end, np.column_stack([yes, 1 - yes]))
