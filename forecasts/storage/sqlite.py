"""The engine on one SQLite file: a small pool of sqlite-utils databases."""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlite_utils

from forecasts.storage.engine import DatabaseError, Row
from forecasts.storage.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

READERS = 4
BUSY_SECONDS = 10
PAUSE = 0.01
MARK = int.from_bytes(b"Fcst")
"""The `application_id` in the head of each of our files."""

REASONS = {
    "not a database": "The file {path} is not a SQLite database.",
    "malformed": "The database {path} is damaged; restore a backup.",
    "decode": "The database {path} is damaged; restore a backup.",
    "readonly": "The database {path} cannot be written; check the rights of the file and folder.",
    "unable to open": "The database {path} cannot be opened; check the path and its rights.",
    "locked": "The database is busy; please try again in a moment.",
    "full": "The disk is full; nothing was changed.",
    "disk I/O": "The disk failed while {path} was read or written; nothing was changed.",
}
"""What SQLite says, and what it means for the person who can mend it."""


class SqliteEngine:
    """`Engine` on the file at `path`; where there is none, it is made with its folder.

    One connection writes and a few read; they are lent to one thread at a time, since one
    connection shared by threads mixes their transactions, and one a thread would leak: pages run
    in a new thread every time.
    """

    def __init__(self, path: Path | str, *, make: bool = True) -> None:
        """Open the file.

        Raises `DatabaseError` where it is not a database, is another program's, cannot be
        written, or is not there and shall not be made.
        """
        self._path = Path(path)
        self._turns = Turns()
        self._mine = threading.local()
        self._readers: queue.LifoQueue[sqlite_utils.Database] = queue.LifoQueue()
        if make:
            _make_folder(self._path.parent)
        elif not self._path.exists():
            message = f"There is no database {self._path}; the site makes it when it starts."
            raise DatabaseError(message)
        _check_writable(self._path)
        self._writer = self._connect()
        for _ in range(READERS):
            self._readers.put(self._connect("PRAGMA query_only = ON"))

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
        if not self._inside:
            message = "many rows outside a transaction"
            raise RuntimeError(message)
        with _explained(self._path):
            self._writer.conn.executemany(sql, params)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Engine`."""
        if self._inside:
            message = "a transaction inside a transaction"
            raise RuntimeError(message)
        with self._turns:
            try:
                self._tell("BEGIN IMMEDIATE")
                self._mine.inside = True
                yield
                self._tell("COMMIT")
            except BaseException:
                self._writer.conn.rollback()
                raise
            finally:
                self._mine.inside = False

    def close(self) -> None:
        """See `Engine`."""
        with self._turns:
            for reader in [self._readers.get() for _ in range(READERS)]:
                reader.close()
                self._readers.put(reader)
            self._writer.close()

    @property
    def _inside(self) -> bool:
        return getattr(self._mine, "inside", False)

    def _tell(self, command: str) -> None:
        with _explained(self._path):
            self._writer.conn.execute(command)

    def _connect(self, *commands: str) -> sqlite_utils.Database:
        with _explained(self._path), ExitStack() as undo:
            connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            undo.callback(connection.close)
            _claim(connection, self._path)
            _switch_to_wal(connection)
            for command in (*commands, "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"):
                connection.execute(command)
            undo.pop_all()
        return sqlite_utils.Database(connection)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder {folder} cannot be made: {error.strerror}."
        raise DatabaseError(message) from error


def _check_writable(path: Path) -> None:
    """Say so at once, since SQLite opens what is read-only and complains of the first write."""
    if path.exists() and not os.access(path, os.W_OK):
        raise DatabaseError(REASONS["readonly"].format(path=path))


def _claim(connection: sqlite3.Connection, path: Path) -> None:
    """Mark an empty file as ours; raise `DatabaseError` for one that another program filled.

    The tables are counted first: whoever else is making the file marks it before its first table.
    """
    ((tables,),) = connection.execute("SELECT COUNT(*) FROM sqlite_master")
    ((mark,),) = connection.execute("PRAGMA application_id")
    if mark == MARK:
        return
    if mark or tables:
        message = f"The file {path} is a database of another program."
        raise DatabaseError(message)
    connection.execute(f"PRAGMA application_id = {MARK}")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Keep asking for a while: SQLite itself does not wait for another process here."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(PAUSE)
        else:
            return


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        for sign, sentence in REASONS.items():
            if sign in str(error):
                raise DatabaseError(sentence.format(path=path)) from error
        raise
