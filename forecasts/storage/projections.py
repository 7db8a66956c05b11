"""From events to rows: the only writer of every table that the journal can make again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from forecasts.clock import to_text
from forecasts.domain.events import (
    ForecastMade,
    ForecastWithdrawn,
    PersonErased,
    PersonJoined,
    QuestionAnnulled,
    QuestionAsked,
    QuestionResolved,
    Redacted,
    ReferenceRecorded,
    ResolutionUndone,
    RoleChanged,
)
from forecasts.domain.forecasts import Score
from forecasts.domain.people import Role, former_name, name_key
from forecasts.storage.calibration import count_calibration
from forecasts.storage.crowds import CrowdSums, add_crowd, keep_crowds, read_crowd
from forecasts.storage.forecasts import Forecasts
from forecasts.storage.journal import redact
from forecasts.storage.questions import Questions
from forecasts.storage.resolution_rows import scores

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from forecasts.domain.events import Event
    from forecasts.storage.engine import Engine
    from forecasts.storage.journal import Entry


INSERT_FORECAST = """
    INSERT INTO forecasts (id, question, person, starts, ends, probabilities)
    VALUES (:id, :question, :person, :starts, :ends, :probabilities)
"""


def project(engine: Engine, entry: Entry) -> None:
    """Write what follows from one journal entry, inside the caller's transaction."""
    PROJECTIONS[type(entry.event)](engine, entry, entry.event)
    engine.rows(
        "UPDATE questions SET last_entry = :entry WHERE id = :id",
        entry=entry.id,
        id=entry.event.subject,
    )
    for topic in TOPICS.get(type(entry.event), ()):
        engine.rows(
            """
            INSERT INTO changes (topic, entry)
            VALUES (:topic, :entry)
            ON CONFLICT (topic) DO UPDATE SET entry = excluded.entry
            """,
            topic=topic,
            entry=entry.id,
        )


def _person_joined(engine: Engine, entry: Entry, event: PersonJoined) -> None:
    _person(engine, entry, name=event.name, key=name_key(event.name), role=event.role)


def _redacted(engine: Engine, entry: Entry, _event: Redacted) -> None:
    """What an entry still gives whose body was taken away: somebody without a name."""
    name = former_name(entry.id)
    _person(engine, entry, name=name, key=name, role=Role.FORECASTER)


def _person(engine: Engine, entry: Entry, *, name: str, key: str, role: Role) -> None:
    engine.rows(
        """
        INSERT INTO people (id, name, name_key, role, joined, entry)
        VALUES (:id, :name, :name_key, :role, :joined, :entry)
        """,
        id=entry.event.subject,
        name=name,
        name_key=key,
        role=role.word,
        joined=to_text(entry.at),
        entry=entry.id,
    )


def _role_changed(engine: Engine, _entry: Entry, event: RoleChanged) -> None:
    engine.rows(
        "UPDATE people SET role = :role WHERE id = :id",
        role=event.role.word,
        id=event.subject,
    )


def _person_erased(engine: Engine, entry: Entry, event: PersonErased) -> None:
    """Their forecasts stay, under a number; no name has a key with capitals, as theirs has now."""
    engine.rows(
        """
        UPDATE people
        SET name = :name, name_key = :name, role = :role, erased = :at
        WHERE id = :id
        """,
        name=former_name(event.entries[0]),
        role=Role.FORECASTER.word,
        at=to_text(entry.at),
        id=event.subject,
    )
    redact(engine, event.entries)


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
    add_crowd(engine, event.subject, CrowdSums.empty(len(event.outcomes)))


def _forecast_made(engine: Engine, entry: Entry, event: ForecastMade) -> None:
    before = _end_standing(engine, entry)
    engine.rows(
        INSERT_FORECAST,
        id=entry.id,
        question=event.subject,
        person=entry.actor,
        starts=to_text(entry.at),
        ends=None,
        probabilities=json.dumps(event.probabilities),
    )
    _move_crowd(engine, event.subject, before, event.probabilities)


def _forecast_withdrawn(engine: Engine, entry: Entry, event: ForecastWithdrawn) -> None:
    _move_crowd(engine, event.subject, _end_standing(engine, entry), None)


def _end_standing(engine: Engine, entry: Entry) -> list[float] | None:
    rows = engine.rows(
        """
        UPDATE forecasts
        SET ends = :ends
        WHERE question = :question AND person = :person AND ends IS NULL
        RETURNING probabilities
        """,
        ends=to_text(entry.at),
        question=entry.event.subject,
        person=entry.actor,
    )
    return json.loads(rows[0][0]) if rows else None


def _move_crowd(
    engine: Engine, question_id: str, before: list[float] | None, after: tuple[float, ...] | None
) -> None:
    crowd = read_crowd(engine, question_id)
    crowd.move(before, after)
    keep_crowds(engine, [(question_id, crowd)])


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
            {name: getattr(score, name) for name in Score.__slots__}
            for score in scores(
                question, crowd, outcome=event.outcome, known_since=event.known_since
            )
        ),
    )
    count_calibration(engine, question, crowd, outcome=event.outcome, known_since=event.known_since)
    _add_to_totals(engine, question.id)


def _add_to_totals(engine: Engine, question_id: str) -> None:
    engine.rows(
        """
        INSERT INTO totals (person, questions, coverage, peer, baseline, brier)
        SELECT person, 1, coverage, peer, baseline, brier
        FROM scores
        WHERE question = :question AND coverage > 0
        ON CONFLICT (person) DO UPDATE SET
            questions = totals.questions + 1,
            coverage = totals.coverage + excluded.coverage,
            peer = totals.peer + excluded.peer,
            baseline = totals.baseline + excluded.baseline,
            brier = totals.brier + excluded.brier
        """,
        question=question_id,
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
    _take_from_totals(engine, event.subject)
    for statement in (
        "DELETE FROM resolutions WHERE question = :question",
        "DELETE FROM scores WHERE question = :question",
        "DELETE FROM calibration WHERE question = :question",
    ):
        engine.rows(statement, question=event.subject)


def _take_from_totals(engine: Engine, question_id: str) -> None:
    engine.rows(
        """
        UPDATE totals
        SET
            questions = totals.questions - 1,
            coverage = totals.coverage - scores.coverage,
            peer = totals.peer - scores.peer,
            baseline = totals.baseline - scores.baseline,
            brier = totals.brier - scores.brier
        FROM scores
        WHERE scores.question = :question AND scores.coverage > 0
            AND totals.person = scores.person
        """,
        question=question_id,
    )
    engine.rows("DELETE FROM totals WHERE questions = 0")


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


PROJECTIONS: dict[type[Event | Redacted], Callable[[Engine, Entry, Any], None]] = {
    PersonJoined: _person_joined,
    Redacted: _redacted,
    RoleChanged: _role_changed,
    PersonErased: _person_erased,
    QuestionAsked: _question_asked,
    ForecastMade: _forecast_made,
    ForecastWithdrawn: _forecast_withdrawn,
    QuestionResolved: _question_resolved,
    QuestionAnnulled: _question_annulled,
    ResolutionUndone: _resolution_undone,
    ReferenceRecorded: _reference_recorded,
}
"""What each kind of event does to the tables."""

TOPICS: dict[type[Event | Redacted], tuple[str, ...]] = {
    PersonJoined: ("people",),
    Redacted: ("people",),
    RoleChanged: ("people",),
    PersonErased: ("people", "erasures"),
    QuestionAsked: ("questions",),
    QuestionResolved: ("questions", "resolutions"),
    QuestionAnnulled: ("questions", "resolutions"),
    ResolutionUndone: ("questions", "resolutions"),
}
"""Of what each kind of event says that it changed, in the table `changes`."""
