"""Readers of forecasts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.clock import from_text, to_text
from forecasts.domain.forecasts import Forecast
from forecasts.domain.scoring import ForecastRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from forecasts.domain.probability import Floats
    from forecasts.storage.engine import Engine, Row


@dataclass(frozen=True, slots=True)
class Crowd:
    """All forecasts on one question; `people[code]` is who the record's person codes mean."""

    record: ForecastRecord
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What people said, and when."""

    engine: Engine

    def crowd(self, question_id: str, outcomes: int) -> Crowd:
        """All forecasts on a question that has so many `outcomes`."""
        rows = self.engine.rows(
            """
            SELECT person, starts, ends, probabilities
            FROM forecasts
            WHERE question = :question
            ORDER BY starts, id
            """,
            question=question_id,
        )
        return _crowd(rows, outcomes)

    def standing(self, question_id: str, moment: datetime) -> Floats:
        """What stood just before a moment, oldest first: a row of probabilities a forecast.

        It is sorted here: asked for an order, SQLite would rather read the question's history.
        """
        rows = self.engine.rows(
            """
            SELECT starts, id, probabilities
            FROM forecasts
            WHERE question = :question AND COALESCE(ends, '~') >= :moment AND starts < :moment
            """,
            question=question_id,
            moment=to_text(moment),
        )
        return _vectors([probabilities for *_, probabilities in sorted(rows)])

    def standing_of_person(self, person_id: str) -> dict[str, tuple[float, ...]]:
        """What somebody says now, by question."""
        rows = self.engine.rows(
            """
            SELECT question, probabilities
            FROM forecasts
            WHERE person = :person AND ends IS NULL
            """,
            person=person_id,
        )
        return {question_id: tuple(json.loads(said)) for question_id, said in rows}

    def current(self, question_id: str, person_id: str) -> Forecast | None:
        """What somebody says now, if anything."""
        mine = self.history(question_id, person_id)
        return mine[-1] if mine and mine[-1].stands else None

    def history(self, question_id: str, person_id: str) -> list[Forecast]:
        """What somebody said on a question, oldest first."""
        return [
            _forecast(row)
            for row in self.engine.rows(
                """
                SELECT id, question, person, starts, ends, probabilities
                FROM forecasts
                WHERE question = :question AND person = :person
                ORDER BY id
                """,
                question=question_id,
                person=person_id,
            )
        ]

    def last_of_person(self, person_id: str) -> list[Forecast]:
        """The last forecast of somebody on each question they ever forecast, newest first."""
        return [
            _forecast(row)
            for row in self.engine.rows(
                """
                SELECT id, question, person, starts, ends, probabilities
                FROM forecasts
                WHERE id IN (
                    SELECT MAX(id) FROM forecasts WHERE person = :person GROUP BY question
                )
                ORDER BY id DESC
                """,
                person=person_id,
            )
        ]


def _forecast(row: Row) -> Forecast:
    number, question_id, person_id, starts, ends, probabilities = row
    return Forecast(
        id=number,
        question=question_id,
        person=person_id,
        starts=from_text(starts),
        ends=None if ends is None else from_text(ends),
        probabilities=tuple(json.loads(probabilities)),
    )


def _crowd(rows: Sequence[Row], outcomes: int) -> Crowd:
    people = {person: None for person, *_ in rows}
    codes = {person: code for code, person in enumerate(people)}
    record = ForecastRecord(
        person=np.array([codes[row[0]] for row in rows], dtype=np.intp),
        start=_moments([row[1] for row in rows]),
        end=_moments([row[2] for row in rows]),
        forecasts=_vectors([row[3] for row in rows]).reshape(len(rows), outcomes),
    )
    return Crowd(record, tuple(people))


def _vectors(texts: Sequence[str]) -> Floats:
    return np.array(json.loads(f"[{','.join(texts)}]"), dtype=float)


def _moments(texts: list[str | None]) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return np.array(
        [np.datetime64("NaT") if text is None else text.removesuffix("Z") for text in texts],
        dtype="datetime64[us]",
    )
