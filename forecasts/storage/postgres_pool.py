"""Connections to a PostgreSQL, lent to one thread at a time."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg_pool import ConnectionPool

from forecasts.storage.engine import BUSY, DatabaseError
from forecasts.storage.postgres_errors import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from forecasts.storage.engine import Patience, Row

    Connection = psycopg.Connection[Row]

READERS = 4
"""So many connections read at most, and one writes; each process of the site has as many."""

RECONNECT_SECONDS = 30
IDLE_SECONDS = 300
"""After so long a transaction whose process hangs is ended, so that others can write."""

TAKE_TURN = """
    BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SELECT pg_advisory_xact_lock(hashtext('forecasts'), hashtext(current_schema()))
"""
"""One writer a schema; each statement then sees all that earlier writers committed."""


NO_LIMITS = """;
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0
"""


class Pool:
    """Connections by an address; one is always left for a writer."""

    def __init__(self, url: str, patience: Patience) -> None:
        self._seats = threading.BoundedSemaphore(READERS)
        self._patience = patience
        self._pool = ConnectionPool(
            url,
            kwargs=way_in(patience),
            min_size=1,
            max_size=READERS + 1,
            timeout=patience.connect,
            reconnect_timeout=RECONNECT_SECONDS,
            configure=lambda connection: set_up(connection, patience),
            check=ConnectionPool.check_connection,
            open=True,
        )

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """A connection for the block; raises `DatabaseError` where none comes free in time."""
        if not self._seats.acquire(timeout=self._patience.connect):
            raise DatabaseError(BUSY)
        try:
            with self.writer() as connection:
                yield connection
        finally:
            self._seats.release()

    @contextmanager
    def writer(self) -> Iterator[Connection]:
        """A connection for the block, which whoever has the turn to write needs not wait for."""
        with explained():
            connection = self._pool.getconn()
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def way_in(patience: Patience) -> dict[str, Any]:
    """How every connection is made."""
    return {"autocommit": True, "connect_timeout": max(2, round(patience.connect))}


def set_up(connection: psycopg.Connection[Row], patience: Patience) -> None:
    """Make a connection durable, read-only outside of transactions, and of limited patience."""
    milliseconds = {
        "lock_timeout": 1000 * patience.lock,
        "statement_timeout": 1000 * patience.statement,
        "idle_in_transaction_session_timeout": 1000 * IDLE_SECONDS,
    }
    for name, value in milliseconds.items():
        connection.execute("SELECT set_config(%s, %s, false)", [name, str(round(value))])
    connection.execute("SET synchronous_commit = on; SET default_transaction_read_only = on")
