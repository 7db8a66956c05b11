"""The engine on a PostgreSQL database: a psycopg 3 pool."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg.errors import LockNotAvailable
from psycopg.sql import SQL, Identifier

from forecasts.storage.engine import PATIENCE, Patience, Row
from forecasts.storage.postgres_door import knock
from forecasts.storage.postgres_errors import IN_DOUBT, explained
from forecasts.storage.postgres_pool import NO_LIMITS, TAKE_TURN, Pool, set_up
from forecasts.storage.purging import Purging
from forecasts.storage.turns import Held, Turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from forecasts.storage.postgres_pool import Connection

BE_BRIEF = """
    SET lock_timeout = '100ms';
    SET statement_timeout = 0;
    SET default_transaction_read_only = off
"""
"""For a table of one's own: readers wait behind whoever waits for it."""


class PostgresEngine:
    """`Engine` on the database and schema that the `url` names."""

    def __init__(self, url: str, *, make: bool = True, patience: Patience = PATIENCE) -> None:
        """Connect.

        Raises `DatabaseError` where that cannot be, where another program's tables are there, or
        where none are and none shall be made.
        """
        self._turns = Turns()
        self._held: Held[Connection] = Held()
        self._purging = Purging()
        self._to_clear: tuple[str, ...] = ()
        self._patience = patience
        knock(url, patience=patience, make=make)
        self._pool = Pool(url, patience)

    def rows(self, sql: str, /, **params: object) -> list[Row]:
        """See `Engine`."""
        with self._held.own_or(self._pool.reader()) as connection, explained():
            cursor = connection.execute(_spoken(sql), params)
            return cursor.fetchall() if cursor.description else []

    def many(self, sql: str, params: Iterable[dict[str, object]], /) -> None:
        """See `Engine`."""
        connection = self._held.writer()
        with explained(), connection.cursor() as cursor:
            cursor.executemany(_spoken(sql), params)

    @contextmanager
    def transaction(self, *, unhurried: bool = False) -> Iterator[None]:
        """See `Engine`."""
        self._held.check_free()
        with self._turns.turn(self._patience.lock), self._pool.writer() as connection:
            with (
                self._between(connection, TAKE_TURN + (NO_LIMITS if unhurried else "")),
                self._held.hold(connection, writes=True),
            ):
                yield
            self._purging.again(lambda: self._cleared(connection))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See `Engine`."""
        self._held.check_free()
        with (
            self._pool.reader() as connection,
            self._between(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ"),
            self._held.hold(connection, writes=False),
        ):
            yield

    def purge(self, *tables: str) -> bool:
        """See `Engine`; the server's log and archives keep their own time."""
        self._held.check_free()
        self._to_clear = tables
        return self._purging.insist(self._purge_once)

    def close(self) -> None:
        """See `Engine`."""
        with self._turns.turn():
            self._pool.close()

    def _purge_once(self) -> bool:
        with self._turns.turn(self._patience.lock), self._pool.writer() as connection:
            return self._cleared(connection)

    def _cleared(self, connection: Connection) -> bool:
        """Write the tables anew, in the own turn; whether nobody was in the way of one.

        A plain `VACUUM` leaves what it moves together in the holes of its pages.
        """
        with explained():
            try:
                connection.execute(BE_BRIEF)
                for table in self._to_clear:
                    connection.execute(SQL("VACUUM FULL {}").format(Identifier(table)))
            except LockNotAvailable:
                return False
            finally:
                set_up(connection, self._patience)
        return True

    @contextmanager
    def _between(self, connection: Connection, begin: LiteralString) -> Iterator[None]:
        """Begin, and commit at the end; on any error, take all back."""
        try:
            with explained():
                connection.execute(begin)
            yield
            _commit(connection)
        except BaseException:
            with suppress(psycopg.Error):
                connection.rollback()
            raise


def _commit(connection: Connection) -> None:
    """PostgreSQL answers to a COMMIT after a failed statement, without an error, ROLLBACK."""
    with explained(IN_DOUBT):
        done = connection.execute("COMMIT").statusmessage
    if done != "COMMIT":
        message = "a transaction went on after one of its statements had failed"
        raise RuntimeError(message)


@lru_cache(maxsize=1000)
def _spoken(sql: str) -> LiteralString:
    """A statement as psycopg wants it; texts that it declares are ordered by code point."""
    spoken = re.sub(r"(?<![:\w]):([a-z_]+)", r"%(\1)s", sql.replace("%", "%%"))
    if spoken.lstrip().startswith(("CREATE TABLE", "ALTER TABLE")):
        spoken = re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', spoken)
    return spoken
