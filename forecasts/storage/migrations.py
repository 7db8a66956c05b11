"""Numbered steps that make the tables; each is applied once, in order, and leaves a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.clock import to_text
from forecasts.storage.calibration import recount_calibration
from forecasts.storage.crowds import count_crowds
from forecasts.storage.engine import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from forecasts.storage.engine import Engine

FIRST = (
    """
    CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        body TEXT,
        body_digest TEXT NOT NULL,
        digest TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE people (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL,
        joined TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE questions (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        criteria TEXT NOT NULL,
        background TEXT NOT NULL,
        outcomes TEXT NOT NULL,
        tags TEXT NOT NULL,
        opens TEXT NOT NULL,
        closes TEXT NOT NULL,
        first_entry INTEGER NOT NULL,
        last_entry INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE forecasts (
        id INTEGER PRIMARY KEY,
        question TEXT NOT NULL REFERENCES questions (id),
        person TEXT NOT NULL REFERENCES people (id),
        starts TEXT NOT NULL,
        ends TEXT,
        probabilities TEXT NOT NULL
    )
    """,
    "CREATE INDEX forecasts_of_question ON forecasts (question, starts, id)",
    "CREATE INDEX forecasts_of_person ON forecasts (person, question, id)",
    """
    CREATE TABLE resolutions (
        question TEXT PRIMARY KEY REFERENCES questions (id),
        outcome INTEGER,
        known_since TEXT,
        source TEXT NOT NULL,
        note TEXT NOT NULL,
        entered TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE scores (
        question TEXT NOT NULL REFERENCES questions (id),
        person TEXT NOT NULL REFERENCES people (id),
        coverage DOUBLE PRECISION NOT NULL,
        brier DOUBLE PRECISION,
        log DOUBLE PRECISION,
        baseline DOUBLE PRECISION NOT NULL,
        peer DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (question, person)
    )
    """,
    "CREATE INDEX scores_of_person ON scores (person)",
    """
    CREATE TABLE calibration (
        question TEXT NOT NULL REFERENCES questions (id),
        series TEXT NOT NULL,
        outcome INTEGER NOT NULL,
        probability INTEGER NOT NULL,
        weight DOUBLE PRECISION NOT NULL,
        happened INTEGER NOT NULL,
        PRIMARY KEY (series, question, outcome, probability)
    )
    """,
    "CREATE INDEX calibration_of_question ON calibration (question)",
    """
    CREATE TABLE reference_values (
        id INTEGER PRIMARY KEY,
        question TEXT NOT NULL REFERENCES questions (id),
        source TEXT NOT NULL,
        url TEXT NOT NULL,
        at TEXT NOT NULL,
        probabilities TEXT NOT NULL
    )
    """,
    "CREATE INDEX reference_values_of_question ON reference_values (question, at)",
    """
    CREATE TABLE credentials (
        person TEXT PRIMARY KEY REFERENCES people (id),
        password_hash TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE sessions (
        token_digest TEXT PRIMARY KEY,
        person TEXT NOT NULL REFERENCES people (id),
        expires TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE codes (
        code_digest TEXT PRIMARY KEY,
        purpose TEXT NOT NULL,
        person TEXT REFERENCES people (id),
        expires TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE failures (
        account TEXT NOT NULL,
        address TEXT NOT NULL,
        at TEXT NOT NULL
    )
    """,
    "CREATE INDEX failures_of_account ON failures (account, at)",
)


SECOND = (
    "ALTER TABLE people ADD COLUMN entry INTEGER",
    "ALTER TABLE people ADD COLUMN erased TEXT",
    """
    UPDATE people
    SET entry = journal.id
    FROM journal
    WHERE journal.kind = 'person-joined' AND journal.subject = people.id
    """,
    "CREATE INDEX forecasts_by_end ON forecasts (question, COALESCE(ends, '~'), starts)",
    """
    CREATE TABLE crowds (
        question TEXT PRIMARY KEY REFERENCES questions (id),
        forecasts INTEGER NOT NULL,
        forecasters INTEGER NOT NULL,
        sums TEXT NOT NULL,
        squares DOUBLE PRECISION NOT NULL
    )
    """,
    count_crowds,
    """
    CREATE TABLE totals (
        person TEXT PRIMARY KEY REFERENCES people (id),
        questions INTEGER NOT NULL,
        coverage DOUBLE PRECISION NOT NULL,
        peer DOUBLE PRECISION NOT NULL,
        baseline DOUBLE PRECISION NOT NULL,
        brier DOUBLE PRECISION NOT NULL
    )
    """,
    """
    INSERT INTO totals (person, questions, coverage, peer, baseline, brier)
    SELECT person, COUNT(*), SUM(coverage), SUM(peer), SUM(baseline), SUM(brier)
    FROM scores
    WHERE coverage > 0
    GROUP BY person
    """,
    "CREATE TABLE changes (topic TEXT PRIMARY KEY, entry INTEGER NOT NULL)",
    """
    INSERT INTO changes (topic, entry)
    SELECT topic, MAX(id)
    FROM journal
    JOIN (
        SELECT 'person-joined' AS kind, 'people' AS topic
        UNION ALL SELECT 'role-changed', 'people'
        UNION ALL SELECT 'question-asked', 'questions'
        UNION ALL SELECT 'question-resolved', 'questions'
        UNION ALL SELECT 'question-annulled', 'questions'
        UNION ALL SELECT 'resolution-undone', 'questions'
        UNION ALL SELECT 'question-resolved', 'resolutions'
        UNION ALL SELECT 'question-annulled', 'resolutions'
        UNION ALL SELECT 'resolution-undone', 'resolutions'
    ) AS topics ON topics.kind = journal.kind
    GROUP BY topic
    """,
)
"""What lists and standings read, kept with each change instead of counted anew."""

THIRD = (
    "DROP TABLE calibration",
    """
    CREATE TABLE calibration (
        question TEXT NOT NULL REFERENCES questions (id),
        series TEXT NOT NULL,
        times TEXT NOT NULL,
        PRIMARY KEY (series, question)
    )
    """,
    "CREATE INDEX calibration_of_question ON calibration (question)",
)
"""One row for all that a series said on a question; `recount_calibration` fills it."""

STEPS: tuple[tuple[str | Callable[[Engine], None], ...], ...] = (FIRST, SECOND, THIRD)

AFTERWARDS: dict[int, Callable[[Engine], None]] = {3: recount_calibration}
"""By the number of a step: what is made anew by readers, who need the newest tables."""


def migrate(engine: Engine, now: datetime) -> None:
    """Bring the tables up to what this version knows.

    Raises `DatabaseError` where a newer version has made them.
    """
    with engine.transaction(unhurried=True):
        engine.rows(
            """
            CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, at TEXT NOT NULL)
            """
        )
        done = engine.rows("SELECT COALESCE(MAX(number), 0) FROM migrations")[0][0]
        if done > len(STEPS):
            message = (
                f"The database was made by a newer version (step {done}, this one knows "
                f"{len(STEPS)}); please update."
            )
            raise DatabaseError(message)
        for number, step in enumerate(STEPS[done:], start=done + 1):
            for part in step:
                if callable(part):
                    part(engine)
                else:
                    engine.rows(part)
            engine.rows(
                "INSERT INTO migrations (number, at) VALUES (:number, :at)",
                number=number,
                at=to_text(now),
            )
        for remake in dict.fromkeys(AFTERWARDS[number] for number in AFTERWARDS if number > done):
            remake(engine)
