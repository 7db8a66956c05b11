"""How fast reliability curves and their bands are made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from figures import Figure, side_by_side
from sklearn.isotonic import IsotonicRegression

from forecasts.domain.bins import fixed_bins
from forecasts.domain.calibration import band, reliability
from forecasts.domain.counts import compressed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Size

FASTER = 35
FLAT = 2
QUESTIONS = (None, 100, 1_000)
ROUNDS = 9


def curves(size: Size) -> Iterator[Figure | str]:
    """The curve beside scikit-learn's, then the band as forecasts grow tenfold and tenfold."""
    for kind in ("on the grid", "continuous"):
        yield from _beside_scikit_learn(size.said, kind)
    for questions in QUESTIONS:
        yield from _banded(size.banded, questions)


def crowd(
    forecasts: int, questions: int | None, kind: str = "on the grid"
) -> dict[str, np.ndarray]:
    """Forecasts in 0…1, what happened, and as many forecasts on each question."""
    draw = np.random.default_rng(forecasts)
    said = draw.integers(1, 1000, forecasts) / 1000
    if kind == "continuous":
        said = draw.random(forecasts)
    rows = {"forecast": said, "happened": draw.random(forecasts) < said}
    if questions is not None:
        rows["question"] = np.arange(forecasts) % questions
        rows["happened"] = (draw.random(questions) < 0.5)[rows["question"]]
    return rows


def _beside_scikit_learn(forecasts: int, kind: str) -> Iterator[Figure]:
    rows = crowd(forecasts, None, kind)
    counts = compressed(**rows)
    calls = {
        "fixed bins": lambda: fixed_bins(**rows, level=None),
        "curve and decomposition": lambda: reliability(**rows, level=None),
        "the same from its counts": lambda: reliability(
            forecast=counts.forecast, happened=counts.happened, weight=counts.weight, level=None
        ),
    }
    base, *took = side_by_side(
        lambda: IsotonicRegression().fit(rows["forecast"], rows["happened"]),
        *calls.values(),
        rounds=ROUNDS,
    )
    wanted = {("curve and decomposition", "on the grid"): 1 / FASTER}
    for what, seconds in zip(calls, took, strict=True):
        said = f"{what}, {forecasts:,} {kind}"
        yield Figure(said, seconds, "IsotonicRegression.fit", base, wanted.get((what, kind)))


def _banded(sizes: tuple[int, ...], questions: int | None) -> Iterator[Figure]:
    """The band alone, from counts, and all there is, from the forecasts."""
    rows = {forecasts: crowd(forecasts, questions) for forecasts in sizes}
    counts = {forecasts: compressed(**rows[forecasts]) for forecasts in sizes}
    calls = {
        "band": [partial(band, counts[forecasts]) for forecasts in sizes],
        "curve with band": [partial(reliability, **rows[forecasts]) for forecasts in sizes],
    }
    asked = "" if questions is None else f" on {questions:,} questions"
    for what, some in calls.items():
        base, *took = side_by_side(*some, rounds=ROUNDS)
        for forecasts, seconds in zip(sizes[1:], took, strict=True):
            yield Figure(
                f"{what}, {forecasts:,}{asked}",
                seconds,
                f"{sizes[0]:,}",
                base,
                FLAT if what == "band" else None,
            )
