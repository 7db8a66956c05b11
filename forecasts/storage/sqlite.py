"""The engine on one SQLite file: a small pool of sqlite-utils databases."""

from __future__ import annotations

import queue
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import sqlite_utils
from filelock import FileLock, Timeout

from forecasts.storage.engine import BUSY, PATIENCE, DatabaseError, Patience, Row
from forecasts.storage.sqlite_file import REASONS, connect, explained, find
from forecasts.storage.turns import Held, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    Pool = queue.LifoQueue[sqlite_utils.Database]

READERS = 4
POLL = 0.001
"""Writers of other processes look so often, in seconds, whether they are first in the line."""

STEPS = 10_000
"""After so many steps of its machine SQLite asks whether a statement took too long."""


class SqliteEngine:
    """`Engine` on the file at `path`; where there is none, it is made with its folder.

    One connection writes and a few read; they are lent to one thread at a time, since one
    connection shared by threads mixes their transactions, and one a thread would leak: pages run
    in a new thread every time. Processes stand in line by the lock of a file beside it: SQLite's
    own waiting lets one that asks again at once pass all others by.
    """

    def __init__(
        self, path: Path | str, *, make: bool = True, patience: Patience = PATIENCE
    ) -> None:
        """Open the file.

        Raises `DatabaseError` where it is not a database, is another program's, cannot be
        written, or is not there and shall not be made.
        """
        self.path = Path(path)
        self._patience = patience
        self._turns = Turns()
        self._held: Held[sqlite_utils.Database] = Held()
        self._line = FileLock(
            f"{self.path}-line",
            timeout=patience.lock,
            poll_interval=POLL,
            preserve_lock_file=True,
            fallback_to_soft=False,
        )
        find(self.path, make=make)
        self._writers = self._pool(1)
        self._readers = self._pool(READERS, "PRAGMA query_only = ON")

    def rows(self, sql: str, /, **params: object) -> list[Row]:
        """See `Engine`."""
        with self._held.own_or(self._lent(self._readers)) as database, explained(self.path):
            give_up = time.monotonic() + self._patience.statement
            database.conn.set_progress_handler(lambda: time.monotonic() > give_up, STEPS)
            return database.conn.execute(sql, params).fetchall()

    def many(self, sql: str, params: Iterable[dict[str, object]], /) -> None:
        """See `Engine`."""
        database = self._held.writer()
        with explained(self.path):
            database.conn.set_progress_handler(None, STEPS)
            database.conn.executemany(sql, params)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Engine`."""
        self._held.check_free()
        with (
            self._turns.turn(self._patience.lock),
            self._lent(self._writers) as database,
            self._between(database, "BEGIN IMMEDIATE", self._first_in_line),
            self._held.hold(database, writes=True),
        ):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See `Engine`."""
        self._held.check_free()
        with (
            self._lent(self._readers) as database,
            self._between(database, "BEGIN"),
            self._held.hold(database, writes=False),
        ):
            yield

    def purge(self) -> None:
        """See `Engine`; a page that was split may hold a copy which only `VACUUM` overwrites."""
        self._held.check_free()
        with (
            self._turns.turn(self._patience.lock),
            self._lent(self._writers) as database,
            explained(self.path),
        ):
            database.conn.set_progress_handler(None, STEPS)
            database.conn.execute("VACUUM")
            database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """See `Engine`."""
        with self._turns.turn():
            for pool, size in ((self._readers, READERS), (self._writers, 1)):
                for database in [pool.get() for _ in range(size)]:
                    database.close()
                    pool.put(database)

    @contextmanager
    def _lent(self, pool: Pool) -> Iterator[sqlite_utils.Database]:
        try:
            database = pool.get(timeout=self._patience.connect)
        except queue.Empty:
            raise DatabaseError(BUSY) from None
        try:
            yield database
        finally:
            pool.put(database)

    @contextmanager
    def _between(
        self,
        database: sqlite_utils.Database,
        begin: str,
        door: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Iterator[None]:
        """Begin behind a door, and commit at the end; on any error, take all back."""
        try:
            with explained(self.path), door():
                database.conn.execute(begin)
            yield
            with explained(self.path):
                database.conn.execute("COMMIT")
        except BaseException:
            database.conn.rollback()
            raise

    @contextmanager
    def _first_in_line(self) -> Iterator[None]:
        """Be next to write of all processes: whoever has just written goes to the end."""
        try:
            self._line.acquire()
        except Timeout:
            raise DatabaseError(BUSY) from None
        except OSError as error:
            raise DatabaseError(REASONS["readonly"].format(path=self.path)) from error
        try:
            yield
        finally:
            self._line.release()

    def _pool(self, size: int, *commands: str) -> Pool:
        pool: Pool = queue.LifoQueue()
        for _ in range(size):
            connection = connect(self.path, patience=self._patience.lock)
            for command in commands:
                connection.execute(command)
            pool.put(sqlite_utils.Database(connection))
        return pool
