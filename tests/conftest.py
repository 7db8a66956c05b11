"""A site on a file of its own, a clock that moves by hand, people and questions."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from databases import table_names
from hypothesis import settings

from forecasts.domain.events import PersonJoined
from forecasts.domain.people import Person, Role
from forecasts.domain.questions import Kind
from forecasts.errors import ForecastsError
from forecasts.services import accounts, asking
from forecasts.settings import Settings
from forecasts.site import Site
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class MovingClock:
    """Tells `moment` until somebody moves it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **time: float) -> datetime:
        """Move on by a `timedelta` of these; returns the moment it is then."""
        self.moment += timedelta(**time)
        return self.moment


@dataclass(frozen=True, slots=True)
class People:
    """One person of each role, and a second forecaster; all have the same password."""

    admin: Person
    moderator: Person
    forecaster: Person
    other: Person
    password: str


@dataclass(frozen=True, slots=True)
class Questions:
    """The ids of an open binary question and of an open one with three outcomes."""

    binary: str
    choice: str


@pytest.fixture
def clock():
    """The clock of `site`; moves by hand, from the first moment of 2026 on."""
    return MovingClock(NEW_YEAR)


@pytest.fixture
def engine(tmp_path):
    """An engine on a new, empty file."""
    with closing(SqliteEngine(tmp_path / "forecasts.db")) as engine:
        yield engine


@pytest.fixture
def site(engine, clock):
    """A site without people and questions."""
    return Site(Store(engine, clock()), clock, Settings())


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    """Hash passwords in no time; on a site it is slow on purpose."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "HASHER", quick)
    monkeypatch.setattr(accounts, "NOBODY", quick.hash("nobody's"))


@pytest.fixture
def people(site):
    """Ada the admin, Mo the moderator, Fay and Finn the forecasters."""
    password = "correct horse battery"
    kept = accounts.HASHER.hash(password)
    names = {"Ada": Role.ADMIN, "Mo": Role.MODERATOR, "Fay": Role.FORECASTER}
    joined = []
    with site.store.transaction():
        for name, role in {**names, "Finn": Role.FORECASTER}.items():
            person = Person(f"id-of-{name.lower()}", name, role)
            event = PersonJoined(person.id, name, role)
            site.store.append(event, actor=person.id, now=site.now())
            site.store.accounts.set_password_hash(person.id, kept)
            joined.append(person)
    return People(*joined, password=password)


@pytest.fixture
def questions(site, people):
    """Two questions that opened now and close in 100 days."""
    closes = site.now() + timedelta(days=100)
    rain = asking.Draft(
        Kind.BINARY, "Will it rain in April?", "As the weather service says.", closes
    )
    colour = asking.Draft(
        Kind.CHOICE,
        "Which colour will win?",
        "As the jury says.",
        closes,
        outcomes=("Red", "Green", "Blue"),
        tags=("colours",),
    )
    return Questions(*(asking.ask(site, people.moderator, draft) for draft in (rain, colour)))


@pytest.fixture
def all_rows():
    """Reads every row of every table of an engine."""

    def read(engine):
        return {name: engine.rows(f"SELECT * FROM {name}") for name in table_names(engine)}  # noqa: S608

    return read


@pytest.fixture
def refused(site, all_rows):
    """Holds that a block is refused with exactly this sentence, and that nothing changed."""

    @contextmanager
    def check(sentence, error=ForecastsError):
        before = all_rows(site.store.engine)
        with pytest.raises(error) as caught:
            yield
        assert str(caught.value) == sentence
        assert all_rows(site.store.engine) == before

    return check
