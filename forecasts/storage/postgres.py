"""The engine on a PostgreSQL database: a psycopg 3 pool."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg_pool import ConnectionPool

from forecasts.storage.engine import PATIENCE, Patience, Row
from forecasts.storage.postgres_door import knock
from forecasts.storage.postgres_errors import IN_DOUBT, explained
from forecasts.storage.turns import Held, Turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Connection = psycopg.Connection[Row]

CONNECTIONS = 5
"""One writes and the others read; each process of the site has as many."""

RECONNECT_SECONDS = 30
IDLE_SECONDS = 300
"""After so long a transaction whose process hangs is ended, so that others can write."""

TAKE_TURN = (
    "BEGIN READ WRITE; SELECT pg_advisory_xact_lock(hashtext('forecasts'), "
    "hashtext(current_schema()))"
)


class PostgresEngine:
    """`Engine` on the database and schema that the `url` names."""

    def __init__(self, url: str, *, make: bool = True, patience: Patience = PATIENCE) -> None:
        """Connect.

        Raises `DatabaseError` where that cannot be, where another program's tables are there, or
        where none are and none shall be made.
        """
        self._turns = Turns()
        self._held: Held[Connection] = Held()
        self._patience = patience
        seconds = max(2, round(patience.connect))
        knock(url, seconds=seconds, make=make)
        self._pool = ConnectionPool(
            url,
            kwargs={"autocommit": True, "connect_timeout": seconds},
            min_size=1,
            max_size=CONNECTIONS,
            timeout=patience.connect,
            reconnect_timeout=RECONNECT_SECONDS,
            configure=self._set_up,
            check=ConnectionPool.check_connection,
            open=True,
        )

    def rows(self, sql: str, /, **params: object) -> list[Row]:
        """See `Engine`."""
        with self._held.own_or(self._lent()) as connection, explained():
            cursor = connection.execute(_spoken(sql), params)
            return cursor.fetchall() if cursor.description else []

    def many(self, sql: str, params: Iterable[dict[str, object]], /) -> None:
        """See `Engine`."""
        connection = self._held.writer()
        with explained(), connection.cursor() as cursor:
            cursor.executemany(_spoken(sql), params)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Engine`."""
        self._held.check_free()
        with (
            self._turns.turn(self._patience.lock),
            self._lent() as connection,
            self._between(connection, TAKE_TURN),
            self._held.hold(connection, writes=True),
        ):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See `Engine`."""
        self._held.check_free()
        with (
            self._lent() as connection,
            self._between(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ"),
            self._held.hold(connection, writes=False),
        ):
            yield

    def purge(self) -> None:
        """See `Engine`; here the server's own vacuum does it in time."""
        self._held.check_free()

    def close(self) -> None:
        """See `Engine`."""
        with self._turns.turn():
            self._pool.close()

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        with explained():
            connection = self._pool.getconn()
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    @contextmanager
    def _between(self, connection: Connection, begin: LiteralString) -> Iterator[None]:
        """Begin, and commit at the end; on any error, take all back."""
        try:
            with explained():
                connection.execute(begin)
            yield
            with explained(IN_DOUBT):
                connection.execute("COMMIT")
        except BaseException:
            with suppress(psycopg.Error):
                connection.rollback()
            raise

    def _set_up(self, connection: Connection) -> None:
        milliseconds = {
            "lock_timeout": 1000 * self._patience.lock,
            "statement_timeout": 1000 * self._patience.statement,
            "idle_in_transaction_session_timeout": 1000 * IDLE_SECONDS,
        }
        for name, value in milliseconds.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, str(round(value))])
        connection.execute("SET synchronous_commit = on; SET default_transaction_read_only = on")


@lru_cache(maxsize=1000)
def _spoken(sql: str) -> LiteralString:
    """A statement as psycopg wants it; texts that it declares are ordered by code point."""
    spoken = re.sub(r"(?<![:\w]):([a-z_]+)", r"%(\1)s", sql.replace("%", "%%"))
    if spoken.lstrip().startswith(("CREATE TABLE", "ALTER TABLE")):
        spoken = re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', spoken)
    return spoken
