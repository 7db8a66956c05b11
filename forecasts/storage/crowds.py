"""How many forecasts stand on each question and what they sum to, kept with each forecast."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasts.storage import journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from forecasts.storage.engine import Engine

    Vector = Sequence[float]


@dataclass(slots=True)
class CrowdSums:
    """Sums over the forecasts that stand on one question.

    forecasts: how many were ever made. forecasters: how many stand. sums: of each outcome's
    probabilities. squares: of the squares of all probabilities.
    """

    forecasts: int
    forecasters: int
    sums: list[float]
    squares: float

    @classmethod
    def empty(cls, outcomes: int) -> CrowdSums:
        """The sums of a question that nobody forecast."""
        return cls(0, 0, [0.0] * outcomes, 0.0)

    def move(self, before: Vector | None, after: Vector | None) -> None:
        """Let one person's forecast come, go, or be replaced."""
        if before is not None:
            self._count(before, -1)
        if after is not None:
            self._count(after, 1)
            self.forecasts += 1

    def _count(self, vector: Vector, sign: int) -> None:
        self.forecasters += sign
        for outcome, p in enumerate(vector):
            self.sums[outcome] += sign * p
            self.squares += sign * p * p


def read_crowd(engine: Engine, question_id: str) -> CrowdSums:
    """The sums of a question."""
    ((forecasts, forecasters, sums, squares),) = engine.rows(
        """
        SELECT forecasts, forecasters, sums, squares
        FROM crowds
        WHERE question = :question
        """,
        question=question_id,
    )
    return CrowdSums(forecasts, forecasters, json.loads(sums), squares)


def add_crowd(engine: Engine, question_id: str, crowd: CrowdSums) -> None:
    """Keep the sums of a question that had none."""
    engine.rows(
        """
        INSERT INTO crowds (question, forecasts, forecasters, sums, squares)
        VALUES (:question, :forecasts, :forecasters, :sums, :squares)
        """,
        **_columns(question_id, crowd),
    )


def keep_crowds(engine: Engine, crowds: Iterable[tuple[str, CrowdSums]]) -> None:
    """Keep the new sums of questions."""
    engine.many(
        """
        UPDATE crowds
        SET forecasts = :forecasts, forecasters = :forecasters, sums = :sums, squares = :squares
        WHERE question = :question
        """,
        (_columns(question_id, crowd) for question_id, crowd in crowds),
    )


def count_crowds(engine: Engine) -> None:
    """Count every question from the journal, for tables that were made before there were sums."""
    crowds = {
        question_id: CrowdSums.empty(len(json.loads(outcomes)))
        for question_id, outcomes in engine.rows("SELECT id, outcomes FROM questions")
    }
    standing: dict[tuple[str, str], list[float]] = {}
    for question_id, person_id, said in _said(engine):
        key = question_id, person_id
        crowds[question_id].move(standing.pop(key, None), said)
        if said is not None:
            standing[key] = said
    for question_id, crowd in crowds.items():
        add_crowd(engine, question_id, crowd)


def _said(engine: Engine) -> Iterator[tuple[str, str, list[float] | None]]:
    """Question, person, and what they said; None where they took it back."""
    for _, _, actor, kind, subject, body, *_ in journal.read(engine):
        if kind in {"forecast-made", "forecast-withdrawn"}:
            yield subject, actor, json.loads(body).get("probabilities")


def _columns(question_id: str, crowd: CrowdSums) -> dict[str, object]:
    return {
        "question": question_id,
        "forecasts": crowd.forecasts,
        "forecasters": crowd.forecasters,
        "sums": json.dumps(crowd.sums),
        "squares": crowd.squares,
    }
