"""One SQLite file: connected to as ours, and what its errors mean to whoever can mend them."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING

from forecasts.storage.engine import BUSY, TOO_LONG, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection = sqlite3.Connection

IN_USE = "The site in {path} is open; stop its servers and commands first."
PAUSE = 0.01
MARK = int.from_bytes(b"Fcst")
"""The `application_id` in the head of each of our files."""

REASONS = {
    "not a database": "The file {path} is not a SQLite database.",
    "malformed": "The database {path} is damaged; restore a backup.",
    "decode": "The database {path} is damaged; restore a backup.",
    "no such table": "The database {path} lacks a table; restore a backup.",
    "readonly": "The database {path} cannot be written; check the rights of the file and folder.",
    "unable to open": "The database {path} cannot be opened; check the path and its rights.",
    "interrupted": TOO_LONG,
    "full": "The disk is full; nothing was changed.",
    "disk I/O": "The disk failed while {path} was read or written; nothing was changed.",
}
"""What SQLite says, and what it means for the person who can mend it."""


def find(path: Path, *, make: bool) -> None:
    """Make the folder of a file, or hold that the file is there; and that it can be written.

    SQLite would open what is read-only, and complain of the first write.
    """
    if make:
        _make_folder(path.parent)
    elif not path.exists():
        message = f"There is no database {path}; the site makes it when it starts."
        raise DatabaseError(message)
    if path.exists() and not os.access(path, os.W_OK):
        raise DatabaseError(REASONS["readonly"].format(path=path))


def connect(path: Path, *, patience: float) -> Connection:
    """A connection in autocommit that is durable and strict; it waits that long for others."""
    with explained(path), ExitStack() as undo:
        connection = sqlite3.connect(
            path, timeout=patience, isolation_level=None, check_same_thread=False
        )
        undo.callback(connection.close)
        _claim(connection, path)
        _switch_to_wal(connection, patience)
        for setting in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {setting}")
        undo.pop_all()
    return connection


def empty_log(connection: Connection, *, patience: float) -> bool:
    """Empty the log of earlier writes, waiting for nobody; whether nobody was in the way."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(1000 * patience)}")
    return not busy


@contextmanager
def looked_at(path: Path, name: Path | None = None) -> Iterator[Connection]:
    """A connection to a file as it is, waiting for nobody; errors are said of `name`."""
    with (
        explained(name or path),
        closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection,
    ):
        yield connection


@contextmanager
def alone_with(path: Path) -> Iterator[Connection]:
    """A connection to one of our files, or a new one, that nobody else can open meanwhile.

    Raises `DatabaseError` where somebody has it open, or it is another program's. Whoever has a
    file open in WAL mode holds a lock on it all the time; that is how it is found out.
    Only in the mode before WAL may the size of its pages change; a damaged file stays in WAL.
    """
    with looked_at(path) as connection:
        with explained(path, busy=IN_USE):
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        if not is_ours(connection):
            _claim(connection, path)
        with suppress(sqlite3.DatabaseError):
            connection.execute("PRAGMA journal_mode = DELETE")
        yield connection


def is_ours(connection: Connection) -> bool:
    """Whether a file has our mark."""
    ((mark,),) = connection.execute("PRAGMA application_id")
    return bool(mark == MARK)


@contextmanager
def explained(path: Path, busy: str = BUSY) -> Iterator[None]:
    """Raise what somebody can mend as `DatabaseError`; what remains is a bug and shows as one.

    That others are in the way is said by `busy`.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        for sign, sentence in (REASONS | {"locked": busy}).items():
            if sign in str(error):
                raise DatabaseError(sentence.format(path=path)) from error
        raise


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"The folder {folder} cannot be made: {error.strerror}."
        raise DatabaseError(message) from error


def _claim(connection: Connection, path: Path) -> None:
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


def _switch_to_wal(connection: Connection, patience: float) -> None:
    """Keep asking for a while: SQLite itself does not wait for another process here."""
    give_up = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(PAUSE)
        else:
            return
