from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.testclient import TestClient

from forecasts.services import accounts, asking
from forecasts.settings import Settings
from forecasts.site import Site
from forecasts.storage.engine import PATIENCE
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store
from forecasts.web.routes import middleware, routes

PHRASE = "correct horse battery"
HOST = "testserver"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """The same argon2id, at the least cost there is."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "HASHER", quick)
    monkeypatch.setattr(accounts, "NOBODY", quick.hash("nobody"))


class Clock:
    def __init__(self):
        self.moment = datetime(2027, 1, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.moment

    def forward(self, **time):
        self.moment += timedelta(**time)


def _inputs(answer):
    return re.findall(r"<input (.*?)>", answer.text, re.DOTALL)


class Visitor(TestClient):
    """A browser at an address, which names its origin as browsers do."""

    def __init__(self, site, *, address="192.0.2.1", scheme="http"):
        app = Starlette(routes=routes(site), middleware=middleware(site))
        super().__init__(
            app,
            base_url=f"{scheme}://{HOST}",
            client=(address, 50000),
            follow_redirects=False,
        )

    @staticmethod
    def problem(answer):
        """The one sentence that says what went wrong."""
        (sentence,) = re.findall(r'<p role="alert">(.*?)</p>', answer.text)
        return unescape(sentence)

    @staticmethod
    def form(answer):
        """The fields of the one form of a page, with what stands in them."""
        assert answer.text.count("<form") == 1
        inputs = [dict(re.findall(r'(\w+)="(.*?)"', tag)) for tag in _inputs(answer)]
        return {one["name"]: unescape(one["value"]) for one in inputs}

    def fill_in(self, path, *, origin=f"http://{HOST}", headers=None, **fields):
        return self.post(path, data=fields, headers={"Origin": origin, **(headers or {})})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def open_site(tmp_path, clock):
    """Opens the site on the one file of the test, again if asked again."""
    with ExitStack() as stack:

        def open_again(patience=PATIENCE, **settings):
            store = Store(SqliteEngine(tmp_path / "forecasts.db", patience=patience), clock())
            stack.callback(store.close)
            return Site(store, clock, Settings(**settings))

        yield open_again


@pytest.fixture
def empty_site(open_site):
    return open_site()


@pytest.fixture
def admin(open_site):
    site = open_site()
    code = accounts.setup_code(site)
    return accounts.sign_up(site, name="Ada", password=PHRASE, code=code).person


@pytest.fixture
def site(admin, open_site):
    """A site with its admin, Ada."""
    assert admin.name == "Ada"
    return open_site()


@pytest.fixture
def visit():
    """Makes a browser that visits a site."""
    return Visitor


@pytest.fixture
def visitor(site):
    return Visitor(site)


@pytest.fixture
def binary(site, admin, clock):
    return _ask(site, admin, clock, "Will it rain tomorrow?", asking.Kind.BINARY)


@pytest.fixture
def choice(site, admin, clock):
    colours = ("Red", "Green", "<i>Blue</i>")
    return _ask(
        site, admin, clock, "Which colour will it be?", asking.Kind.CHOICE, outcomes=colours
    )


def _ask(site, admin, clock, title, kind, **more):
    draft = asking.Draft(
        kind=kind,
        title=title,
        criteria="As the newspaper says.",
        closes=clock() + timedelta(days=10),
        **more,
    )
    return asking.ask(site, admin, draft)


@pytest.fixture
def person(site):
    """Bo, who can sign in."""
    return accounts.sign_up(site, name="Bo", password=PHRASE).person


@pytest.fixture
def said(site):
    """What somebody's forecast on a question is."""

    def said(question_id, name):
        somebody = site.store.people.named(name)
        forecast = somebody and site.store.forecasts.current(question_id, somebody.id)
        return forecast.probabilities if forecast else None

    return said
