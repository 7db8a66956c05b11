"""The list of all that happened, in order, each entry sealed with the one before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasts.clock import from_text, to_text
from forecasts.domain.events import body_of, canonical, event_from, kind_of
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from forecasts.domain.events import Event
    from forecasts.storage.engine import Engine, Row

BLOCK = 10_000
COLUMNS = [int, str, str, str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, who did it, when, and its number in the journal."""

    id: int
    at: datetime
    actor: str
    event: Event


class JournalError(ForecastsError):
    """A journal whose seals do not fit; the sentence names the first entry that is wrong."""

    def __init__(self, entry_id: int, reason: str) -> None:
        """Name the entry and what is wrong with it."""
        super().__init__(f"Journal entry {entry_id} {reason}.")


def append(engine: Engine, event: Event, *, actor: str, now: datetime) -> Entry:
    """Write `event` as the next entry, inside the caller's transaction.

    Its time is `now`, or that of the entry before where that is later: a clock set back cannot
    turn the order of things.
    """
    last_id, last_at, last_digest = _last(engine)
    body = body_of(event)
    columns = {
        "id": last_id + 1,
        "at": max(to_text(now), last_at),
        "actor": actor,
        "kind": kind_of(event),
        "subject": event.subject,
        "body_digest": sha256(body),
    }
    engine.rows(
        """
        INSERT INTO journal (id, at, actor, kind, subject, body, body_digest, digest)
        VALUES (:id, :at, :actor, :kind, :subject, :body, :body_digest, :digest)
        """,
        **columns,
        body=body,
        digest=_seal(last_digest, *columns.values()),
    )
    return Entry(last_id + 1, from_text(str(columns["at"])), actor, event)


def revision(engine: Engine) -> int:
    """The number of the last entry, 0 before the first."""
    return int(engine.rows("SELECT COALESCE(MAX(id), 0) FROM journal")[0][0])


def newest(engine: Engine, count: int) -> list[Entry]:
    """The last `count` entries, newest first."""
    return [
        _entry(row)
        for row in engine.rows(
            """
            SELECT id, at, actor, kind, subject, body
            FROM journal
            ORDER BY id DESC
            LIMIT :count
            """,
            count=count,
        )
    ]


def checked(engine: Engine) -> Iterator[Entry]:
    """Every entry in order; raises `JournalError` at the first whose seal does not fit."""
    expected, before = 1, ""
    for row in _all_rows(engine):
        number, at, actor, kind, subject, body, body_digest, digest = row
        if number != expected:
            raise JournalError(expected, "is missing")
        if [type(value) for value in row] != COLUMNS:
            raise JournalError(number, "has a value that is no text")
        if sha256(body) != body_digest:
            raise JournalError(number, "has another body than the one that was sealed")
        if digest != _seal(before, number, at, actor, kind, subject, body_digest):
            raise JournalError(number, "does not fit its seal")
        yield _entry(row[:6])
        expected, before = number + 1, digest


def sha256(text: str) -> str:
    """The SHA-256 of a text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _seal(before: str, number: object, *rest: object) -> str:
    return sha256(canonical([number, before, *rest]))


def _last(engine: Engine) -> Row:
    rows = engine.rows("SELECT id, at, digest FROM journal ORDER BY id DESC LIMIT 1")
    return rows[0] if rows else (0, "", "")


def _all_rows(engine: Engine) -> Iterator[Row]:
    done = 0
    while rows := engine.rows(
        """
        SELECT id, at, actor, kind, subject, body, body_digest, digest
        FROM journal
        WHERE id > :done
        ORDER BY id
        LIMIT :block
        """,
        done=done,
        block=BLOCK,
    ):
        yield from rows
        done = rows[-1][0]


def _entry(row: Row) -> Entry:
    number, at, actor, kind, subject, body = row
    return Entry(number, from_text(at), actor, event_from(kind, subject, body))
