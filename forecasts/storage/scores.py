"""Readers of what resolutions gave: scores and the counts of calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.calibration import GRID
from forecasts.domain.forecasts import Score

if TYPE_CHECKING:
    from forecasts.storage.engine import Engine, Row

CROWD = "crowd:"
PERSON = "person:"


@dataclass(frozen=True, slots=True)
class Counts:
    """How long which probability stood, and whether what it spoke of happened.

    Arrays of one length: `question` a code for each question, `probability` in (0, 1), `weight`
    summing to 1 a question, `happened` 0 or 1.
    """

    question: np.ndarray[tuple[int], np.dtype[np.intp]]
    probability: np.ndarray[tuple[int], np.dtype[np.float64]]
    weight: np.ndarray[tuple[int], np.dtype[np.float64]]
    happened: np.ndarray[tuple[int], np.dtype[np.float64]]


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

    def all(self) -> list[Score]:
        """Every score there is."""
        return [
            Score(*row)
            for row in self.engine.rows(
                """
                SELECT question, person, coverage, brier, log, baseline, peer
                FROM scores
                ORDER BY person, question
                """
            )
        ]

    def people(self) -> list[str]:
        """The ids of all who had a forecast that counted."""
        rows = self.engine.rows(
            """
            SELECT DISTINCT person
            FROM scores
            WHERE coverage > 0
            ORDER BY person
            """
        )
        return [person_id for (person_id,) in rows]

    def counts(self, series: str) -> Counts:
        """The calibration counts of a series: `CROWD` and a method, or `PERSON` and an id."""
        rows = self.engine.rows(
            """
            SELECT question, probability, weight, happened
            FROM calibration
            WHERE series = :series
            ORDER BY question, outcome, probability
            """,
            series=series,
        )
        return _counts(rows)


def _counts(rows: list[Row]) -> Counts:
    codes = {name: code for code, name in enumerate(dict.fromkeys(row[0] for row in rows))}
    return Counts(
        question=np.array([codes[row[0]] for row in rows], dtype=np.intp),
        probability=np.array([row[1] for row in rows], dtype=float) / GRID,
        weight=np.array([row[2] for row in rows], dtype=float),
        happened=np.array([row[3] for row in rows], dtype=float),
    )
