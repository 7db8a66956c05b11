"""The list of all that happened, in order, each entry sealed with the one before."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, TypeAlias

from forecasts.clock import from_text, to_text
from forecasts.domain.events import Redacted, body_of, event_from, kind_of, redacted_by
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from forecasts.domain.events import Event
    from forecasts.storage.engine import Engine, Row

BLOCK = 10_000
"""So many entries are read or written at a time."""

BEFORE_ALL = -(2**62)
"""Less than any number that a table could hold."""

NAMES = ("id", "at", "actor", "kind", "subject", "body", "body_digest", "digest")
SHAPES = {
    (int, str, str, str, str, str, str, str),
    (int, str, str, str, str, type(None), str, str),
}
"""The types of an entry's values; only a redacted one has no body."""

INSERT = """
    INSERT INTO journal (id, at, actor, kind, subject, body, body_digest, digest)
    VALUES (:id, :at, :actor, :kind, :subject, :body, :body_digest, :digest)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, who did it, when, and its number in the journal."""

    id: int
    at: datetime
    actor: str
    event: Event | Redacted


Act: TypeAlias = "tuple[datetime, str, Event]"
"""What shall become an entry: when, who, and what."""

Sealed: TypeAlias = "tuple[Row, Entry]"
"""A row of the journal, and the entry that it keeps."""


class JournalError(ForecastsError):
    """A journal whose seals do not fit; the sentence names the first entry that is wrong."""

    def __init__(self, entry_id: int, reason: str) -> None:
        """Name the entry and what is wrong with it."""
        super().__init__(f"Journal entry {entry_id} {reason}.")
        self.entry_id = entry_id


def append(engine: Engine, event: Event, *, actor: str, now: datetime) -> Entry:
    """Write `event` as the next entry, inside the caller's transaction.

    Its time is `now`, or that of the entry before where that is later: a clock set back cannot
    turn the order of things.
    """
    ((row, entry),) = sealed(engine, [(now, actor, event)])
    engine.rows(INSERT, **_named(row))
    return entry


def sealed(engine: Engine, acts: Iterable[Act]) -> Iterator[Sealed]:
    """The next entries, one an act, each sealed with the one before; nothing is written yet."""
    number, last_at, seal = _last(engine)
    for now, actor, event in acts:
        number, last_at = number + 1, max(to_text(now), last_at)
        body = body_of(event)
        head = (number, last_at, actor, kind_of(event), event.subject)
        body_digest = sha256(body)
        seal = _seal(seal, *head, body_digest)
        yield (
            (*head, body, body_digest, seal),
            Entry(number, from_text(last_at), actor, event),
        )


def write(engine: Engine, rows: Iterable[Row]) -> None:
    """Write sealed entries as they are, inside the caller's transaction."""
    engine.many(INSERT, map(_named, rows))


def redact(engine: Engine, numbers: Iterable[int]) -> None:
    """Take the bodies of entries away; their digests stay, so the chain still verifies."""
    engine.many(
        "UPDATE journal SET body = NULL WHERE id = :id", ({"id": number} for number in numbers)
    )


def revision(engine: Engine) -> int:
    """The number of the last entry, 0 before the first."""
    return int(engine.rows("SELECT COALESCE(MAX(id), 0) FROM journal")[0][0])


def newest(engine: Engine, count: int) -> list[Entry]:
    """The last `count` entries, newest first."""
    rows = engine.rows(
        """
        SELECT id, at, actor, kind, subject, body
        FROM journal
        WHERE id > (SELECT MAX(id) FROM journal) - :count
        ORDER BY id DESC
        """,
        count=count,
    )
    return [_entry(row) for row in rows]


def read(engine: Engine) -> Iterator[Row]:
    """Every entry in order, as it is kept."""
    done = BEFORE_ALL
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


def checked(rows: Iterable[Row]) -> Iterator[Sealed]:
    """Each of the rows, from the first entry on, and the entry that it keeps.

    Raises `JournalError` at the first whose seal does not fit; at the end for a body that is gone
    though no entry says that it was redacted, and at that entry for one that is still there.
    """
    expected, before, gone = 1, "", set[int]()
    for row in rows:
        entry = _checked(row, expected, before)
        if row[5] is None:
            gone.add(row[0])
        for number in redacted_by(entry.event):
            if number not in gone:
                raise JournalError(number, f"still has the body that entry {row[0]} took away")
            gone.remove(number)
        yield row, entry
        expected, before = expected + 1, row[-1]
    for number in sorted(gone):
        raise JournalError(number, "lost its body, and no entry says that it was redacted")


def _checked(row: Row, expected: int, before: str) -> Entry:
    number, at, actor, kind, subject, body, body_digest, digest = row
    if number < expected:
        raise JournalError(number, "has no place in the order")
    if number > expected:
        raise JournalError(expected, "is missing")
    if tuple(map(type, row)) not in SHAPES:
        raise JournalError(number, "has a value that is no text")
    if body is not None and sha256(body) != body_digest:
        raise JournalError(number, "has another body than the one that was sealed")
    if digest != _seal(before, number, at, actor, kind, subject, body_digest):
        raise JournalError(number, "does not fit its seal")
    return _entry(row[:6])


def blocks(entries: Iterable[Sealed]) -> Iterator[list[Sealed]]:
    """Entries, `BLOCK` at a time."""
    rest = iter(entries)
    while block := list(islice(rest, BLOCK)):
        yield block


def sha256(text: str) -> str:
    """The SHA-256 of a text, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _seal(before: str, number: int, *rest: str) -> str:
    """The digest of `canonical([number, before, *rest])`, written out since it is sought so often.

    >>> from forecasts.domain.events import canonical
    >>> _seal("é", 7, 'a"b') == sha256(canonical([7, "é", 'a"b']))
    True
    """
    return sha256(f"[{number},{','.join(map(encode_basestring, (before, *rest)))}]")


def _last(engine: Engine) -> Row:
    rows = engine.rows(
        "SELECT id, at, digest FROM journal WHERE id = (SELECT MAX(id) FROM journal)"
    )
    return rows[0] if rows else (0, "", "")


def _named(row: Row) -> dict[str, object]:
    return dict(zip(NAMES, row, strict=True))


def _entry(row: Row) -> Entry:
    number, at, actor, kind, subject, body = row
    event = Redacted(subject, kind) if body is None else event_from(kind, subject, body)
    return Entry(number, from_text(at), actor, event)
