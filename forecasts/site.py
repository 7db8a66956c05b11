"""One installation: a store, a clock, settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

from forecasts.clock import stopped_at, utc_now
from forecasts.errors import DatabaseError
from forecasts.settings import SQLITE, Settings
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.clock import Clock
    from forecasts.storage.engine import Engine

INSTALL = ".venv/bin/pip install --editable '.[postgres]'"
"""How the driver gets into the environment of the site."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a use case works on; `key` tells one site in a process from another."""

    store: Store
    clock: Clock
    settings: Settings
    key: str = field(default_factory=lambda: uuid4().hex)

    def now(self) -> datetime:
        """The moment it is on this site."""
        return self.clock()


def open_site(settings: Settings, *, make: bool = True) -> Site:
    """Build a site from its settings, and make its database where there is none.

    Raises `DatabaseError` where that cannot be used, or is not there and shall not be made.
    """
    clock = stopped_at(settings.now) if settings.now else utc_now
    engine = open_engine(settings.database, make=make)
    try:
        return Site(Store(engine, clock()), clock, settings)
    except BaseException:
        engine.close()
        raise


def open_engine(database: str, *, make: bool = True) -> Engine:
    """The engine on the database at an address; raises `DatabaseError` as the engines do."""
    if database.startswith(SQLITE):
        return SqliteEngine(database.removeprefix(SQLITE), make=make)
    try:
        from forecasts.storage.postgres import PostgresEngine  # noqa: PLC0415 - not all have it
    except ImportError:
        message = f"For PostgreSQL its driver is missing: {INSTALL}"
        raise DatabaseError(message) from None
    return PostgresEngine(database, make=make)


def settings_of_environment() -> Settings:
    """The settings as the environment has them; raises `SettingsError`."""
    return Settings.from_environ(os.environ)


def site_of_environment(*, make: bool = True) -> Site:
    """A site as the environment describes it, for the caller to close; see `open_site`."""
    return open_site(settings_of_environment(), make=make)


@cache
def this_site() -> Site:
    """The one site of this process, open until it ends."""
    return site_of_environment()
