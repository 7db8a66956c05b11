"""The engine on one SQLite file: a small pool of sqlite-utils databases."""

from __future__ import annotations

import queue
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlite_utils

from forecasts.storage.engine import DatabaseError, Row
from forecasts.storage.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

READERS = 4
BUSY_SECONDS = 10


class SqliteEngine:
    """`Engine` on the file at `path`, made with its folder where it does not exist.

    One connection writes and a few read; they are lent to one thread at a time, since one
    connection shared by threads mixes their transactions, and one a thread would leak: pages run
    in a new thread every time.
    """

    def __init__(self, path: Path | str) -> None:
        """Open the file; raises `DatabaseError` where it is not a database or cannot be written."""
        self._path = Path(path)
        self._turns = Turns()
        self._mine = threading.local()
        self._readers: queue.LifoQueue[sqlite_utils.Database] = queue.LifoQueue()
        with _explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            self._writer.conn.execute("PRAGMA journal_mode = WAL")
            with self.transaction():
                self.rows("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY)")
            for _ in range(READERS):
                self._readers.put(self._connect())

    def rows(self, sql: str, /, **params: object) -> list[Row]:
        """See `Engine`."""
        with _explained(self._path):
            if self._inside:
                return self._writer.conn.execute(sql, params).fetchall()
            reader = self._readers.get()
            try:
                return reader.conn.execute(sql, params).fetchall()
            finally:
                self._readers.put(reader)

    def many(self, sql: str, params: Iterable[dict[str, object]], /) -> None:
        """See `Engine`."""
        with _explained(self._path):
            self._writer.conn.executemany(sql, params)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Engine`."""
        if self._inside:
            message = "a transaction inside a transaction"
            raise RuntimeError(message)
        with self._turns, _explained(self._path):
            self._writer.conn.execute("BEGIN IMMEDIATE")
            self._mine.inside = True
            try:
                yield
                self._writer.conn.execute("COMMIT")
            except BaseException:
                self._writer.conn.rollback()
                raise
            finally:
                self._mine.inside = False

    def close(self) -> None:
        """See `Engine`."""
        for _ in range(READERS):
            self._readers.get().close()
        self._writer.close()

    @property
    def _inside(self) -> bool:
        return getattr(self._mine, "inside", False)

    def _connect(self) -> sqlite_utils.Database:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return sqlite_utils.Database(connection)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.OperationalError, sqlite3.DatabaseError, OSError) as error:
        sentence = _sentence(path, error)
        if sentence is None:
            raise
        raise DatabaseError(sentence) from error


def _sentence(path: Path, error: Exception) -> str | None:
    reasons = {
        "not a database": f"The file {path} is not a SQLite database.",
        "malformed": f"The database {path} is damaged; restore a backup.",
        "readonly": f"The database {path} cannot be written; check the rights of file and folder.",
        "unable to open": f"The database {path} cannot be opened; check the path and its rights.",
        "locked": "The database is busy; please try again in a moment.",
        "full": "The disk is full; nothing was changed.",
        "disk I/O": f"The disk does not take or give the data of {path}; nothing was changed.",
    }
    if isinstance(error, OSError):
        return f"The folder of {path} cannot be made: {error.strerror}."
    return next((text for sign, text in reasons.items() if sign in str(error)), None)
