"""One installation: a store, a clock, settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

from forecasts.clock import stopped_at, utc_now
from forecasts.settings import Settings
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.clock import Clock


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
    engine = SqliteEngine(settings.database.removeprefix("sqlite:///"), make=make)
    try:
        return Site(Store(engine, clock()), clock, settings)
    except BaseException:
        engine.close()
        raise


def site_of_environment(*, make: bool = True) -> Site:
    """A site as the environment describes it, for the caller to close; see `open_site`."""
    return open_site(Settings.from_environ(os.environ), make=make)


@cache
def this_site() -> Site:
    """The one site of this process, open until it ends."""
    return site_of_environment()
