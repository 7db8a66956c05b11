"""How fast all scores of one question are made, and those of a thousand."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from math import log
from typing import TYPE_CHECKING

import numpy as np
from figures import Figure, side_by_side

from forecasts.domain.ledger import ledger
from forecasts.domain.record import ForecastRecord
from forecasts.domain.scoring import Resolved, score_question, score_questions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Size

ROUNDS = 9
OPENS, CLOSES = np.datetime64("2026-01-01", "us"), np.datetime64("2026-07-01", "us")
TOLD = {"outcome": 0, "opens": OPENS, "closes": CLOSES}
ONE_AT_MOST, MANY_AT_MOST = 20, 8
RISES_AT_MOST = 1.15


def points(size: Size) -> Iterator[Figure | str]:
    """Scores of one question beside sorting its times, of rising sizes, and of many questions."""
    took = {}
    for forecasts in size.scored:
        took[forecasts], base = _one(_record(forecasts, seed=forecasts))
        what = f"all scores of a question, {forecasts:,} forecasts"
        yield Figure(what, took[forecasts], "np.sort of its times", base, ONE_AT_MOST)
    few, most = size.scored[0], size.scored[-1]
    exponent = log(took[most] / took[few]) / log(most / few)
    good = "yes" if exponent <= RISES_AT_MOST else "NO"
    yield (
        f"all scores of a question, {few:,} to {most:,} forecasts: exponent {exponent:.2f} "
        f"(at most {RISES_AT_MOST}: {good})"
    )
    yield from _many(most // size.asked, size.asked)
    yield _days(size.scored[-2])


def _record(forecasts: int, seed: int) -> ForecastRecord:
    """Forecasts at random moments by a fifth as many people; each stands until their next."""
    draw = np.random.default_rng(seed)
    start = OPENS + np.sort(draw.integers(0, (CLOSES - OPENS).astype(int), forecasts))
    person = draw.integers(0, max(1, forecasts // 5), forecasts)
    order = np.argsort(person, kind="stable")
    end = np.full(forecasts, np.datetime64("NaT", "us"))
    again = person[order[1:]] == person[order[:-1]]
    end[order[:-1][again]] = start[order[1:][again]]
    yes = draw.uniform(0.001, 0.999, forecasts)
    return ForecastRecord(
        person=person, start=start, end=end, forecasts=np.column_stack([yes, 1 - yes])
    )


def _times(*records: ForecastRecord) -> np.ndarray:
    """All starts and ends in microseconds; what still stands ends with the question."""
    last = CLOSES.astype(int)
    return np.concatenate([np.minimum(times, last) for one in records for times in one.spans()])


def _beside_sorting(score, *records: ForecastRecord) -> list[float]:
    score()
    return side_by_side(score, partial(np.sort, _times(*records)), rounds=ROUNDS)


def _one(record: ForecastRecord) -> list[float]:
    return _beside_sorting(partial(score_question, record, **TOLD), record)


def _many(forecasts: int, questions: int) -> Iterator[Figure]:
    records = [_record(forecasts, seed) for seed in range(questions)]
    asked = [Resolved(record, **TOLD) for record in records]
    took, base = _beside_sorting(partial(score_questions, asked), *records)
    what = f"the same, {forecasts * questions:,} forecasts on {questions:,} questions"
    yield Figure(what, took, "np.sort of their times", base, MANY_AT_MOST)
    took, base = _beside_sorting(lambda: [score_question(one, **TOLD) for one in records], *records)
    yield Figure("the same, one question after the other", took, "np.sort of their times", base)


def _days(forecasts: int) -> Figure:
    record = _record(forecasts, seed=1)
    split = partial(ledger, record, person=0, zone=UTC, **TOLD)
    took, base = side_by_side(split, partial(score_question, record, **TOLD), rounds=ROUNDS)
    return Figure(f"a person's ledger, {forecasts:,} forecasts", took, "all scores", base)
