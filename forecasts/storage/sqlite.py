"""The engine on one SQLite file: a small pool of sqlite-utils databases."""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from forecasts.storage.engine import PATIENCE, DatabaseError, Patience, Row
from forecasts.storage.purging import Purging
from forecasts.storage.sqlite_file import empty_log, explained, find
from forecasts.storage.sqlite_pool import Line, Pool
from forecasts.storage.turns import Held, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    import sqlite_utils

READERS = 4
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
        self._purging = Purging()
        self._copies_left = False
        find(self.path, make=make)
        self._writers = Pool(self.path, patience, size=1)
        self._readers = Pool(self.path, patience, size=READERS, settings=("query_only = ON",))
        self._line = Line(self.path, patience=patience.lock)
        with suppress(DatabaseError):
            self._purge_once()

    def rows(self, sql: str, /, **params: object) -> list[Row]:
        """See `Engine`."""
        with self._held.own_or(self._readers.lent()) as database, explained(self.path):
            seconds = float("inf") if self._held.unhurried else self._patience.statement
            give_up = time.monotonic() + seconds
            database.conn.set_progress_handler(lambda: time.monotonic() > give_up, STEPS)
            return database.conn.execute(sql, params).fetchall()

    def many(self, sql: str, params: Iterable[dict[str, object]], /) -> None:
        """See `Engine`."""
        database = self._held.writer()
        with explained(self.path):
            database.conn.set_progress_handler(None, STEPS)
            database.conn.executemany(sql, params)

    @contextmanager
    def transaction(self, *, unhurried: bool = False) -> Iterator[None]:
        """See `Engine`."""
        self._held.check_free()
        with self._turns.turn(self._patience.lock), self._writers.lent() as database:
            with (
                self._between(database, "BEGIN IMMEDIATE", self._line.first),
                self._held.hold(database, writes=True, unhurried=unhurried),
            ):
                yield
            self._purging.again(lambda: self._cleared(database))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See `Engine`."""
        self._held.check_free()
        with (
            self._readers.lent() as database,
            self._between(database, "BEGIN"),
            self._held.hold(database, writes=False),
        ):
            yield

    def purge(self, *_: str) -> bool:
        """See `Engine`; here it is always all tables."""
        self._held.check_free()
        self._copies_left = True
        return self._purging.insist(self._purge_once)

    def close(self) -> None:
        """See `Engine`."""
        with self._turns.turn():
            self._readers.close()
            self._writers.close()

    def _purge_once(self) -> bool:
        with self._turns.turn(self._patience.lock), self._writers.lent() as database:
            return self._cleared(database)

    def _cleared(self, database: sqlite_utils.Database) -> bool:
        """Clear the files, in the own turn; whether nothing is left.

        Of a page that was split a copy may be left that only `VACUUM` overwrites.
        """
        with explained(self.path):
            if self._copies_left:
                database.conn.set_progress_handler(None, STEPS)
                with self._line.first():
                    database.conn.execute("VACUUM")
                self._copies_left = False
            return empty_log(database.conn, patience=self._patience.lock)

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
