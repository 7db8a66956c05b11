"""Processes that serve one site: what a kill, and many of them at once, are tried on."""

from __future__ import annotations

import multiprocessing
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING
from unittest.mock import patch

from forecasts.domain.events import PersonJoined
from forecasts.domain.people import Person, Role
from forecasts.domain.questions import Kind
from forecasts.services import asking, forecasting
from forecasts.settings import Settings
from forecasts.site import Site, open_site

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing import Process
    from multiprocessing.connection import Connection

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["serving"])
"""A child begins with all imports done, and without its parent's threads and connections."""

QUESTION = "will-it-rain"
NUMBERS = 998_000
"""So many probabilities can be told apart by `said` and `number_of`."""


def someone(number: int) -> Person:
    """One of the people on the site that `prepare` makes; the first is a moderator."""
    role = Role.FORECASTER if number else Role.MODERATOR
    return Person(f"person-{number}", f"Simulated {number}", role)


def prepare(url: str, people: int) -> None:
    """A site with so many people, and one open question."""
    site = open_site(Settings(database=url))
    with closing(site.store):
        with site.store.transaction():
            for person in map(someone, range(people)):
                event = PersonJoined(person.id, person.name, person.role)
                site.store.append(event, actor=person.id, now=site.now())
        closes = datetime.now(UTC) + timedelta(days=30)  # noqa: TID251 - processes share no clock
        rain = asking.Draft(Kind.BINARY, "Will it rain?", "As measured.", closes)
        assert asking.ask(site, someone(0), rain) == QUESTION


def start(server: Callable[..., None], *arguments: object) -> tuple[Process, Connection]:
    """Start a server in a process of its own, and wait until it is ready."""
    mine, its = PROCESSES.Pipe()
    process = PROCESSES.Process(target=server, args=(*arguments, its), daemon=True)
    with patch.dict(sys.modules, __main__=ModuleType("__main__")):
        process.start()  # else the child would run the script of a page that was tested before
    its.close()
    assert mine.recv() == "ready"
    return process, mine


def said(number: int) -> list[float]:
    """The forecast by which a number is known again."""
    yes = round(0.001 + number / 1_000_000, 6)
    return [yes, round(1 - yes, 6)]


def number_of(probabilities: tuple[float, ...]) -> int:
    """The number that `said` made a forecast of."""
    return round((probabilities[0] - 0.001) * 1_000_000)


def submit(site: Site, person: Person, number: int) -> None:
    """Let a person say a number."""
    forecasting.submit(site, person, QUESTION, said(number))


def answer(url: str, pipe: Connection) -> None:
    """A server: submit each number that comes, and confirm it."""
    site = open_site(Settings(database=url))
    pipe.send("ready")
    while True:
        number = pipe.recv()
        submit(site, someone(0), number)
        pipe.send(number)


def submit_for(url: str, me: int, seconds: float, pipe: Connection) -> None:
    """Submit as often as it goes; then tell how long each took."""
    site = open_site(Settings(database=url))
    pipe.send("ready")
    pipe.recv()
    pipe.send(times_of_submitting(site, me, seconds))
    site.store.close()


def times_of_submitting(site: Site, me: int, seconds: float) -> list[float]:
    """How long each submission took that one person made in so many seconds."""
    took, began = [], time.perf_counter()
    while (now := time.perf_counter()) < began + seconds:
        submit(site, someone(me), len(took))
        took.append(time.perf_counter() - now)
    return took
