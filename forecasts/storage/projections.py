"""From events to rows: the only writer of every table that the journal can make again."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from forecasts.clock import to_text
from forecasts.domain.events import (
    ForecastMade,
    ForecastWithdrawn,
    PersonJoined,
    QuestionAnnulled,
    QuestionAsked,
    QuestionResolved,
    ReferenceRecorded,
    ResolutionUndone,
    RoleChanged,
)
from forecasts.domain.people import name_key
from forecasts.storage.forecasts import Forecasts
from forecasts.storage.questions import Questions
from forecasts.storage.resolution_rows import calibration_rows, scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from forecasts.domain.events import Event
    from forecasts.storage.engine import Engine
    from forecasts.storage.journal import Entry


def project(engine: Engine, entry: Entry) -> None:
    """Write what follows from one journal entry, inside the caller's transaction."""
    PROJECTIONS[type(entry.event)](engine, entry, entry.event)
    engine.rows(
        "UPDATE questions SET last_entry = :entry WHERE id = :id",
        entry=entry.id,
        id=entry.event.subject,
    )


def _person_joined(engine: Engine, entry: Entry, event: PersonJoined) -> None:
    engine.rows(
        """
        INSERT INTO people (id, name, name_key, role, joined)
        VALUES (:id, :name, :name_key, :role, :joined)
        """,
        id=event.subject,
        name=event.name,
        name_key=name_key(event.name),
        role=event.role.word,
        joined=to_text(entry.at),
    )


def _role_changed(engine: Engine, _entry: Entry, event: RoleChanged) -> None:
    engine.rows(
        "UPDATE people SET role = :role WHERE id = :id",
        role=event.role.word,
        id=event.subject,
    )


def _question_asked(engine: Engine, entry: Entry, event: QuestionAsked) -> None:
    engine.rows(
        """
        INSERT INTO questions
            (id, kind, title, criteria, background, outcomes, tags, opens, closes, first_entry,
            last_entry)
        VALUES
            (:id, :kind, :title, :criteria, :background, :outcomes, :tags, :opens, :closes, :entry,
            :entry)
        """,
        id=event.subject,
        kind=event.question_kind.value,
        title=event.title,
        criteria=event.criteria,
        background=event.background,
        outcomes=json.dumps(event.outcomes),
        tags=json.dumps(event.tags),
        opens=to_text(event.opens),
        closes=to_text(event.closes),
        entry=entry.id,
    )


def _forecast_made(engine: Engine, entry: Entry, event: ForecastMade) -> None:
    _end_standing(engine, entry)
    engine.rows(
        """
        INSERT INTO forecasts (id, question, person, starts, ends, probabilities)
        VALUES (:id, :question, :person, :starts, NULL, :probabilities)
        """,
        id=entry.id,
        question=event.subject,
        person=entry.actor,
        starts=to_text(entry.at),
        probabilities=json.dumps(event.probabilities),
    )


def _forecast_withdrawn(engine: Engine, entry: Entry, _event: ForecastWithdrawn) -> None:
    _end_standing(engine, entry)


def _end_standing(engine: Engine, entry: Entry) -> None:
    engine.rows(
        """
        UPDATE forecasts
        SET ends = :ends
        WHERE question = :question AND person = :person AND ends IS NULL
        """,
        ends=to_text(entry.at),
        question=entry.event.subject,
        person=entry.actor,
    )


def _question_resolved(engine: Engine, entry: Entry, event: QuestionResolved) -> None:
    question = Questions(engine).get(event.subject)
    crowd = Forecasts(engine).crowd(question.id, len(question.outcomes))
    _resolution(
        engine,
        entry,
        note=event.note,
        outcome=event.outcome,
        known_since=event.known_since,
        source=event.source,
    )
    engine.many(
        """
        INSERT INTO scores (question, person, coverage, brier, log, baseline, peer)
        VALUES (:question, :person, :coverage, :brier, :log, :baseline, :peer)
        """,
        (
            asdict(score)
            for score in scores(
                question, crowd, outcome=event.outcome, known_since=event.known_since
            )
        ),
    )
    engine.many(
        """
        INSERT INTO calibration (question, series, outcome, probability, weight, happened)
        VALUES (:question, :series, :outcome, :probability, :weight, :happened)
        """,
        calibration_rows(question, crowd, event),
    )


def _question_annulled(engine: Engine, entry: Entry, event: QuestionAnnulled) -> None:
    _resolution(engine, entry, note=event.reason)


def _resolution(
    engine: Engine,
    entry: Entry,
    *,
    note: str,
    outcome: int | None = None,
    known_since: datetime | None = None,
    source: str = "",
) -> None:
    engine.rows(
        """
        INSERT INTO resolutions (question, outcome, known_since, source, note, entered)
        VALUES (:question, :outcome, :known_since, :source, :note, :entered)
        """,
        question=entry.event.subject,
        outcome=outcome,
        known_since=None if known_since is None else to_text(known_since),
        source=source,
        note=note,
        entered=to_text(entry.at),
    )


def _resolution_undone(engine: Engine, _entry: Entry, event: ResolutionUndone) -> None:
    for statement in (
        "DELETE FROM resolutions WHERE question = :question",
        "DELETE FROM scores WHERE question = :question",
        "DELETE FROM calibration WHERE question = :question",
    ):
        engine.rows(statement, question=event.subject)


def _reference_recorded(engine: Engine, entry: Entry, event: ReferenceRecorded) -> None:
    engine.rows(
        """
        INSERT INTO reference_values (id, question, source, url, at, probabilities)
        VALUES (:id, :question, :source, :url, :at, :probabilities)
        """,
        id=entry.id,
        question=event.subject,
        source=event.source,
        url=event.url,
        at=to_text(event.at),
        probabilities=json.dumps(event.probabilities),
    )


PROJECTIONS: dict[type[Event], Callable[[Engine, Entry, Any], None]] = {
    PersonJoined: _person_joined,
    RoleChanged: _role_changed,
    QuestionAsked: _question_asked,
    ForecastMade: _forecast_made,
    ForecastWithdrawn: _forecast_withdrawn,
    QuestionResolved: _question_resolved,
    QuestionAnnulled: _question_annulled,
    ResolutionUndone: _resolution_undone,
    ReferenceRecorded: _reference_recorded,
}
"""What each kind of event does to the tables."""

TABLES = {
    "people": "SELECT * FROM people ORDER BY id",
    "questions": "SELECT * FROM questions ORDER BY id",
    "forecasts": "SELECT * FROM forecasts ORDER BY id",
    "resolutions": "SELECT * FROM resolutions ORDER BY question",
    "scores": "SELECT * FROM scores ORDER BY question, person",
    "calibration": "SELECT * FROM calibration ORDER BY series, question, outcome, probability",
    "reference_values": "SELECT * FROM reference_values ORDER BY id",
}
"""How to read all of each table that events make, in an order of its own."""
