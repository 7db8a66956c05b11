"""Readers of questions and of the references beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from forecasts.clock import from_text
from forecasts.domain.aggregation import disagreement
from forecasts.domain.forecasts import Reference
from forecasts.domain.questions import Kind, NoSuchQuestionError, Question, Resolution
from forecasts.domain.text import has_unseen

if TYPE_CHECKING:
    from forecasts.storage.engine import Engine, Row

Listed: TypeAlias = tuple[Question, int, int, float]
"""A question, its last entry, how many forecasts were made on it, and how far they lie apart."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked, with what became of it."""

    engine: Engine

    def get(self, question_id: str) -> Question:
        """The question with this id; raises `NoSuchQuestionError` where there is none."""
        rows = self._of(
            question_id,
            """
            SELECT id, kind, title, criteria, background, outcomes, tags, opens, closes,
                outcome, known_since, source, note, entered
            FROM questions
            LEFT JOIN resolutions ON resolutions.question = questions.id
            WHERE id = :id
            """,
        )
        if not rows:
            raise NoSuchQuestionError(question_id)
        return _question(rows[0])

    def listed(self) -> list[Listed]:
        """Every question, in the order in which they were asked."""
        rows = self.engine.rows(
            """
            SELECT id, kind, title, criteria, background, outcomes, tags, opens, closes,
                outcome, known_since, source, note, entered,
                last_entry, forecasts, forecasters, sums, squares
            FROM questions
            JOIN crowds ON crowds.question = questions.id
            LEFT JOIN resolutions ON resolutions.question = questions.id
            ORDER BY first_entry
            """
        )
        return [_listed(row) for row in rows]

    def exists(self, question_id: str) -> bool:
        """Whether a question has this id."""
        return bool(self._of(question_id, "SELECT 1 FROM questions WHERE id = :id"))

    def last_entry(self, question_id: str) -> int:
        """The number of the last journal entry about a question, 0 for none."""
        rows = self._of(question_id, "SELECT last_entry FROM questions WHERE id = :id")
        return int(rows[0][0]) if rows else 0

    def outcomes_since(self, entry: int) -> dict[str, tuple[str, ...]]:
        """The outcomes of each question of which the journal speaks from an entry on, by id."""
        rows = self.engine.rows(
            """
            SELECT id, outcomes
            FROM questions
            WHERE id IN (SELECT subject FROM journal WHERE id >= :entry)
            """,
            entry=entry,
        )
        return {question_id: tuple(json.loads(outcomes)) for question_id, outcomes in rows}

    def references(self, question_id: str) -> list[Reference]:
        """What others said of a question, oldest first."""
        rows = self.engine.rows(
            """
            SELECT source, url, at, probabilities
            FROM reference_values
            WHERE question = :question
            ORDER BY at, id
            """,
            question=question_id,
        )
        return [
            Reference(source, url, from_text(at), tuple(json.loads(probabilities)))
            for source, url, at, probabilities in rows
        ]

    def _of(self, question_id: str, sql: str) -> list[Row]:
        """The rows of a question whose id stands in an address: it may hold what none here has."""
        return [] if has_unseen(question_id) else self.engine.rows(sql, id=question_id)


def _question(row: Row) -> Question:
    question_id, kind, title, criteria, background, outcomes, tags, opens, closes = row[:9]
    return Question(
        id=question_id,
        kind=Kind(kind),
        title=title,
        criteria=criteria,
        background=background,
        outcomes=tuple(json.loads(outcomes)),
        tags=tuple(json.loads(tags)),
        opens=from_text(opens),
        closes=from_text(closes),
        resolution=_resolution(row[9:14]),
    )


def _listed(row: Row) -> Listed:
    last_entry, forecasts, forecasters, sums, squares = row[14:]
    apart = disagreement(count=forecasters, sums=json.loads(sums), squares=squares)
    return _question(row), last_entry, forecasts, apart


def _resolution(row: Row) -> Resolution | None:
    outcome, known_since, source, note, entered = row
    if entered is None:
        return None
    known = None if known_since is None else from_text(known_since)
    return Resolution(outcome, known, source, note, from_text(entered))
