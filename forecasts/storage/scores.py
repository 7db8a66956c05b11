"""Readers of what resolutions gave: scores and the counts of calibration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.counts import GRID
from forecasts.domain.forecasts import Score

if TYPE_CHECKING:
    from forecasts.domain.probability import Floats
    from forecasts.storage.engine import Engine

CROWD = "crowd:"
PERSON = "person:"


@dataclass(frozen=True, slots=True)
class SeriesCounts:
    """How long which probability stood, and whether what it spoke of happened.

    Arrays of one length: `question` a code for each question, `probability` in (0, 1), `weight`
    summing to 1 a question, `happened` 0 or 1.
    """

    question: np.ndarray[tuple[int], np.dtype[np.intp]]
    probability: np.ndarray[tuple[int], np.dtype[np.float64]]
    weight: np.ndarray[tuple[int], np.dtype[np.float64]]
    happened: np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Total:
    """What one person has over all questions on which they had a forecast that counted: sums."""

    name: str
    questions: int
    coverage: float
    peer: float
    baseline: float
    brier: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of resolved questions."""

    engine: Engine

    def of_question(self, question_id: str) -> list[Score]:
        """Everybody's score on a question, best peer score first."""
        return [
            Score(*row)
            for row in self.engine.rows(
                """
                SELECT question, person, coverage, brier, log, baseline, peer
                FROM scores
                WHERE question = :question
                ORDER BY peer DESC, person
                """,
                question=question_id,
            )
        ]

    def of_person(self, person_id: str) -> list[Score]:
        """Somebody's score on each resolved question they forecast."""
        return [
            Score(*row)
            for row in self.engine.rows(
                """
                SELECT question, person, coverage, brier, log, baseline, peer
                FROM scores
                WHERE person = :person
                ORDER BY question
                """,
                person=person_id,
            )
        ]

    def totals(self) -> list[Total]:
        """What everybody has who had a forecast that counted, in an order of its own."""
        return [
            Total(*row)
            for row in self.engine.rows(
                """
                SELECT name, questions, coverage, peer, baseline, brier
                FROM totals
                JOIN people ON people.id = totals.person
                ORDER BY totals.person
                """
            )
        ]

    def questions(self) -> int:
        """On how many questions somebody had a forecast that counted."""
        rows = self.engine.rows(
            """
            SELECT COUNT(*)
            FROM resolutions
            WHERE EXISTS (
                SELECT 1
                FROM scores
                WHERE scores.question = resolutions.question AND coverage > 0
            )
            """
        )
        return int(rows[0][0])

    def last_entry(self) -> int:
        """The last journal entry that changed who has which scores, or is called what; 0 for none.

        Forecasts do not change it.
        """
        rows = self.engine.rows(
            """
            SELECT COALESCE(MAX(entry), 0)
            FROM changes
            WHERE topic IN ('people', 'resolutions')
            """
        )
        return int(rows[0][0])

    def counts(self, series: str) -> SeriesCounts:
        """The calibration counts of a series: `CROWD` and a method, or `PERSON` and an id."""
        rows = self.engine.rows(
            """
            SELECT times
            FROM calibration
            WHERE series = :series
            ORDER BY question
            """,
            series=series,
        )
        return _counts([json.loads(times) for (times,) in rows])


def _counts(questions: list[list[tuple[int, list[int], list[int]]]]) -> SeriesCounts:
    """The events of each question: whether it happened, its thousandths, and their times."""
    parts = [
        (code, happened, np.array(cells), np.array(times), len(events))
        for code, events in enumerate(questions)
        for happened, cells, times in events
    ]
    sizes = [len(cells) for _, _, cells, *_ in parts]
    return SeriesCounts(
        question=np.repeat(np.array([code for code, *_ in parts], dtype=np.intp), sizes),
        probability=_joined([cells / GRID for _, _, cells, *_ in parts]),
        weight=_joined([times / times.sum() / events for *_, times, events in parts]),
        happened=np.repeat(np.array([happened for _, happened, *_ in parts], dtype=float), sizes),
    )


def _joined(columns: list[Floats]) -> Floats:
    return np.concatenate([np.empty(0), *columns])
