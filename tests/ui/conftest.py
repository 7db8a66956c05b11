"""Pages as a browser would ask for them, on sites in different seasons."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from forecasts.domain.events import SITE, ReferenceRecorded
from forecasts.domain.questions import Kind
from forecasts.services import asking, forecasting, resolving
from forecasts.services.accounts import SESSION_TIME
from forecasts.ui.navigation import PAGES

PATIENCE = 60
"""Seconds that a page may take on a machine that does much else."""

UNSEEN = {"id", "spec", "columns", "form_id", "page_script_hash", "element_id", "url_pathname"}
"""Fields of elements that no person reads."""


def view(module, site, person):
    """One page, in the frame that `main` gives it."""
    from importlib import import_module  # noqa: PLC0415 - the body is all that AppTest takes along

    from forecasts.ui import widgets  # noqa: PLC0415

    with widgets.problems():
        import_module(module).render(site, person)


def whole(site, token):
    """All of it, for whoever the token stands for."""
    from forecasts.ui import main  # noqa: PLC0415 - the body is all that AppTest takes along

    main.run(site, token)


@pytest.fixture
def open_view(site):
    """Opens the page at `path` alone, for a person."""
    modules = {entry.path: entry.view.__name__ for entry in PAGES}

    def open_view(path, person=None, **query):
        at = AppTest.from_function(
            view, args=(modules[path], site, person), default_timeout=PATIENCE
        )
        at.query_params.update(query)
        return at.run()

    return open_view


@pytest.fixture
def token_of(site):
    """Starts a session of a person."""

    def token_of(person):
        token = secrets.token_hex()
        with site.store.transaction():
            site.store.accounts.open_session(token, person.id, site.now() + SESSION_TIME)
        return token

    return token_of


@pytest.fixture
def open_site(site, token_of):
    """Opens the whole site at `path`, as the browser of a person would."""

    def open_site(path="", person=None, *, token=None, on=site, **query):
        token = token if person is None else token_of(person)
        at = AppTest.from_function(whole, args=(on, token), default_timeout=PATIENCE)
        at._page_hash = calc_hash(path)
        at.query_params.update(query)
        return at.run()

    return open_site


@dataclass(frozen=True, slots=True)
class Filling:
    """The ids of a filled site's questions, by what is special about them."""

    binary: str
    choice: str
    silent: str
    scheduled: str
    closed: str

    def __iter__(self):
        return iter((self.binary, self.choice, self.silent, self.scheduled, self.closed))


@pytest.fixture
def filling(site, people, questions, clock):
    """Open questions with forecasts, gaps, a withdrawal and references, and one of each state."""

    def draft(title, **values):
        given = {"closes": clock() + timedelta(days=100)} | values
        return asking.Draft(Kind.BINARY, title, "As the *news* say.", **given)

    def ask(title, **values):
        return asking.ask(site, people.moderator, draft(title, **values))

    def refer(question_id, *probabilities):
        event = ReferenceRecorded(question_id, "A market", "", clock(), probabilities)
        with site.store.transaction():
            site.store.append(event, actor=SITE, now=clock())

    filled = Filling(
        binary=questions.binary,
        choice=questions.choice,
        silent=ask("Will nobody say anything?", background="Sources are few."),
        scheduled=ask("Will it open later on?", opens=clock() + timedelta(days=50)),
        closed=ask("Will it close early on?", closes=clock() + timedelta(days=5), tags=("early",)),
    )
    for question_id in (filled.binary, filled.silent):
        refer(question_id, 0.35, 0.65)
    refer(filled.choice, 0.2, 0.3, 0.5)
    forecasting.submit(site, people.forecaster, filled.binary, (0.7, 0.3))
    forecasting.submit(site, people.other, filled.closed, (0.03, 0.97))
    clock.advance(days=4)
    forecasting.withdraw(site, people.forecaster, filled.binary)
    forecasting.submit(site, people.other, filled.closed, (0.2, 0.8))
    clock.advance(days=4)
    for person, yes in ((people.forecaster, 0.6), (people.other, 0.97), (people.admin, 0.5)):
        forecasting.submit(site, person, filled.binary, (yes, round(1 - yes, 2)))
    forecasting.submit(site, people.forecaster, filled.choice, (0.2, 0.3, 0.5))
    forecasting.submit(site, people.admin, filled.choice, (0.1, 0.8, 0.1))
    clock.advance(days=2)
    return filled


@pytest.fixture
def resolved(site, people, filling, clock):
    """The same, with two questions resolved and two annulled; one has nobody to score."""
    known = clock.advance(days=10)
    for question_id, outcome in ((filling.binary, 0), (filling.choice, 1)):
        resolving.resolve(
            site,
            people.moderator,
            question_id,
            outcome=outcome,
            known_since=known,
            source="the news",
            note="As *expected*.",
        )
    for question_id in (filling.silent, filling.scheduled):
        resolving.annul(site, people.moderator, question_id, reason="It lost its meaning.")
    return filling


@pytest.fixture
def texts():
    """Reads every text of a page that somebody may see, but for what tables hold."""

    def read(message):
        for field, value in message.ListFields():
            if field.name in UNSEEN:
                continue
            for one in value if field.is_repeated else [value]:
                if isinstance(one, Message):
                    yield from read(one)
                elif isinstance(one, str):
                    yield one

    def of_page(at, *, but=()):
        parts = [part for part in at.main if part.proto is not None and part.type not in but]
        return [text for part in parts for text in read(part.proto)]

    return of_page


@pytest.fixture
def press():
    """Presses the one button with a label."""

    def press(at, label):
        (button,) = [one for one in at.button if one.label == label]
        return button.click().run()

    return press
