"""Whether the journal is whole, and the tables are what replaying it gives."""

from __future__ import annotations

import math
from contextlib import closing
from datetime import UTC, datetime
from itertools import takewhile, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from forecasts.errors import ForecastsError
from forecasts.storage.journal import checked, revision
from forecasts.storage.migrations import migrate
from forecasts.storage.projections import TABLES, project
from forecasts.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from forecasts.storage.engine import Engine, Row

TOLERANCE = 1e-9
"""How far a score may lie from the one that the replay gives."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When the replay is said to have made its tables; nothing compares it."""

Tables = dict[str, list["Row"]]


class TableError(ForecastsError):
    """A table with a row that the journal does not give, or without one that it gives."""

    def __init__(self, table: str, number: int, row: Row) -> None:
        """Name the table and the row: its number in order, and how it begins."""
        begins = ", ".join(map(str, row[:2]))
        super().__init__(
            f"The table {table} is not what the journal gives; see row {number} ({begins})."
        )


def verify(engine: Engine) -> int:
    """Check the journal's seals, replay it elsewhere, and compare every table, row by row.

    Returns the number of entries. Raises `JournalError` for an entry and `TableError` for a row.
    Writers wait only while the tables are read.
    """
    with engine.transaction():
        last, found = revision(engine), _read(engine)
    expected = _replayed(engine, last)
    for table, rows in found.items():
        for number, (row, right) in enumerate(zip_longest(rows, expected[table]), start=1):
            if not _same(row, right):
                raise TableError(table, number, row or right)
    return last


def _replayed(engine: Engine, last: int) -> Tables:
    with (
        TemporaryDirectory() as folder,
        closing(SqliteEngine(Path(folder) / "replay.db")) as replay,
    ):
        migrate(replay, LONG_AGO)
        with replay.transaction():
            for entry in takewhile(lambda entry: entry.id <= last, checked(engine)):
                project(replay, entry)
        return _read(replay)


def _read(engine: Engine) -> Tables:
    return {table: engine.rows(sql) for table, sql in TABLES.items()}


def _same(row: Row | None, right: Row | None) -> bool:
    if row is None or right is None:
        return False
    return all(_close(*values) for values in zip(row, right, strict=True))


def _close(value: object, right: object) -> bool:
    if isinstance(value, float) and isinstance(right, float):
        return math.isclose(value, right, rel_tol=0, abs_tol=TOLERANCE)
    return type(value) is type(right) and value == right
