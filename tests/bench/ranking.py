"""How fast standings are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from figures import Figure, side_by_side

from forecasts.domain.standings import ranks, standings_from_scores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Size

EACH = 20
ROUNDS = 9


def ranking(size: Size) -> Iterator[Figure | str]:
    """Scores to standings with ranks, then the ranks of as many people, beside sorting."""
    draw = np.random.default_rng(0)
    count = size.ranked
    people = max(count // EACH, 1)
    scores = {
        "person": draw.integers(0, people, count),
        "coverage": draw.random(count),
        "peer": draw.normal(0, 40, count),
        "baseline": draw.normal(0, 60, count),
        "brier": draw.random(count),
    }
    bots = draw.random(people) < 1 / EACH

    def ranked():
        table = standings_from_scores(**scores, people=people)
        return ranks(table.mean_peer, questions=table.questions, at_least=3, bots=bots)

    base, *took = side_by_side(
        lambda: np.sort(scores["peer"]), ranked, lambda: ranks(scores["peer"]), rounds=ROUNDS
    )
    for what, seconds in zip(
        ("scores to standings with ranks", "people ranked"), took, strict=True
    ):
        yield Figure(f"{count:,} {what}", seconds, "np.sort of as many", base)
