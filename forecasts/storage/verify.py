"""Whether the journal is whole, and the tables are what replaying it gives."""

from __future__ import annotations

import math
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from forecasts.errors import ForecastsError
from forecasts.storage import journal
from forecasts.storage.engine import DatabaseError
from forecasts.storage.progress import silent
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store
from forecasts.storage.tables import TABLES, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecasts.storage.engine import Engine, Row
    from forecasts.storage.progress import Progress

TOLERANCE = 1e-9
"""How far a score may lie from the one that the replay gives."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When the replay is said to have made its tables; nothing compares it."""


class TableError(ForecastsError):
    """A table with a row that the journal does not give, or without one that it gives."""

    def __init__(self, table: str, number: int, row: Row) -> None:
        """Name the table and the row: its number in order, and how it begins."""
        begins = ", ".join(map(str, row[:2]))
        super().__init__(
            f"The table {table} is not what the journal gives; see row {number} ({begins})."
        )


@dataclass(frozen=True, slots=True)
class Verified:
    """How long a journal is that was found whole, and which of its entries were redacted."""

    entries: int
    redacted: tuple[int, ...]


def verify(engine: Engine, progress: Progress = silent) -> Verified:
    """Check the journal's seals, replay it elsewhere, and compare every table, row by row.

    Tells `progress` from time to time how many entries it has replayed. Raises `JournalError` for
    an entry, `TableError` for a row, and `DatabaseError` also where there is no room to replay.
    Nobody waits for it.
    """
    with _scratch() as path, closing(SqliteEngine(path)) as scratch, engine.snapshot():
        replay = Store(scratch, LONG_AGO)
        with replay.transaction():
            whole = journal.revision(engine)
            replay.write(journal.checked(journal.read(engine)), whole, progress)
        for table in TABLES:
            _compare(table, engine, scratch)
        return Verified(whole, _redacted(engine))


@contextmanager
def _scratch() -> Iterator[Path]:
    """A path for a database that is gone afterwards; says where it is where it is of no use."""
    try:
        folder = TemporaryDirectory(prefix="forecasts-verify-", ignore_cleanup_errors=True)
    except OSError as error:
        message = f"To verify, a temporary folder is needed, and none can be made: {error}."
        raise DatabaseError(message) from error
    with folder as name:
        try:
            yield Path(name) / "replay.db"
        except DatabaseError as error:
            message = f"The journal could not be replayed in the temporary folder {name}. {error}"
            raise DatabaseError(message) from error


def _redacted(engine: Engine) -> tuple[int, ...]:
    rows = engine.rows("SELECT id FROM journal WHERE body IS NULL ORDER BY id")
    return tuple(number for (number,) in rows)


def _compare(table: str, engine: Engine, replay: Engine) -> None:
    pairs = zip_longest(rows_of(engine, table), rows_of(replay, table))
    for number, (row, right) in enumerate(pairs, start=1):
        if not _same(row, right):
            raise TableError(table, number, row or right)


def _same(row: Row | None, right: Row | None) -> bool:
    if row is None or right is None:
        return False
    return row == right or all(_close(*values) for values in zip(row, right, strict=True))


def _close(value: object, right: object) -> bool:
    if isinstance(value, float) and isinstance(right, float):
        return math.isclose(value, right, rel_tol=0, abs_tol=TOLERANCE)
    return type(value) is type(right) and value == right
