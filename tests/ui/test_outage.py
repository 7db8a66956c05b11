"""What a page does when the database fails: it says so, loses nothing, and does nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import streamlit as st

from forecasts.errors import DatabaseError
from forecasts.services import reporting
from forecasts.settings import Settings
from forecasts.ui import cache, outage
from forecasts.ui.navigation import PAGES

SENTENCE = "The database cannot be reached now"
WRITES, READS = "transaction", "rows"
TYPED = (
    "text_input",
    "text_area",
    "number_input",
    "select_slider",
    "date_input",
    "time_input",
    "radio",
    "selectbox",
)


@pytest.fixture
def failing(site, monkeypatch):
    """The members of the engine that fail; none at first."""
    names = set()

    def unreliable(name, work):
        def call(*args, **params):
            if name in names:
                raise DatabaseError(SENTENCE)
            return work(*args, **params)

        return call

    for name in (WRITES, READS):
        work = getattr(site.store.engine, name)
        monkeypatch.setattr(site.store.engine, name, unreliable(name, work))
    return names


@pytest.fixture
def waits(failing, monkeypatch):
    """What was said before each wait of a page; the database is back after the third."""
    errors, waits = [], []
    show = st.error
    monkeypatch.setattr(st, "error", lambda text, **how: errors.append(text) or show(text, **how))

    def wait(_):
        waits.append(errors.pop())
        if len(waits) == 3:
            failing.clear()

    monkeypatch.setattr(outage, "sleep", wait)
    return waits


def forecast(open_site, people, filling):
    at = open_site("question", people.forecaster, id=filling.silent)
    at.number_input(key=f"chance-{filling.silent}-0-number").set_value(73.0)
    return at


def withdraw(open_site, people, filling):
    return open_site("question", people.forecaster, id=filling.binary)


def ask(open_site, people, _):
    at = open_site("ask", people.admin)
    at.text_input(key="ask-title").set_value("Will it snow in May?")
    at.text_area(key="ask-criteria").set_value("As they say.\n\nAnd so on.")
    at.text_area(key="ask-background").set_value("See the table.")
    at.text_input(key="ask-tags").set_value("snow, May")
    at.date_input(key="ask-closes").set_value(date(2026, 5, 31))
    return at


def resolve(open_site, people, filling):
    at = open_site("resolve", people.moderator)
    key = f"resolve-{filling.closed}"
    at.radio(key=f"{key}-outcome").set_value("No")
    at.date_input(key=f"{key}-day").set_value(date(2026, 1, 9))
    at.text_input(key=f"{key}-source").set_value("the news")
    at.text_area(key=f"{key}-note").set_value("At last.")
    return at


def annul(open_site, people, filling):
    at = open_site("resolve", people.moderator)
    at.text_input(key=f"annul-{filling.closed}").set_value("It lost its meaning.")
    return at


def change_role(open_site, people, _):
    at = open_site("people", people.admin)
    at.selectbox[0].select("Fay").run()
    at.selectbox(key="role-id-of-fay").select("moderator")
    return at


def erase(open_site, people, _):
    at = open_site("people", people.admin)
    at.selectbox[0].select("Fay").run()
    at.text_input(key="erase-id-of-fay").set_value("Fay")
    return at


FORMS = {
    "Submit": forecast,
    "Withdraw": withdraw,
    "Ask": ask,
    "Resolve": resolve,
    "Annul": annul,
    "Change role": change_role,
    "Erase for good": erase,
}
every_form = pytest.mark.parametrize("button", FORMS)


def typed(at):
    return [(kind, one.label, one.value) for kind in TYPED for one in at.get(kind)]


def done(at):
    """What a page says of something that was done."""
    return [one.value for one in at.success if one.icon == ":material/check_circle:"]


@every_form
def test_a_failed_write_is_said_and_the_form_stays(
    *, site, open_site, press, people, filling, failing, button
):
    at = FORMS[button](open_site, people, filling).run()
    before, revision = typed(at), site.store.revision()
    failing.add(WRITES)
    for _ in range(2):
        press(at, button)
        assert [error.value for error in at.error] == [SENTENCE]
        assert typed(at) == before
        assert site.store.revision() == revision
    failing.clear()
    press(at, button)
    assert not at.error
    assert len(done(at)) == 1
    assert site.store.revision() == revision + 1


@every_form
def test_a_page_outlasts_a_database_that_cannot_be_read(
    *, site, open_site, press, people, filling, failing, waits, button
):
    at = FORMS[button](open_site, people, filling).run()
    before, revision = typed(at), site.store.revision()
    failing.update((WRITES, READS))
    press(at, button)
    assert waits == [SENTENCE] * 3
    assert typed(at) == before
    assert not at.error
    assert not done(at)
    assert site.store.revision() == revision
    press(at, button)
    assert len(done(at)) == 1
    assert site.store.revision() == revision + 1


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize("broken", [{WRITES}, {WRITES, READS}], ids=["writes", "all"])
def test_no_link_is_made_until_it_is_asked_for_again(open_site, press, people, failing, broken):
    at = open_site("people", people.admin)
    at.selectbox[0].select("Fay").run()
    at.context = {"url": "https://site.example/people"}
    failing.update(broken)
    press(at, "Make a one-time password link")
    assert at.selectbox[0].value == "Fay"
    assert not at.code
    failing.clear()
    press(at, "Make a one-time password link")
    assert len(at.code) == 1


@pytest.mark.parametrize("broken", [{WRITES}, {WRITES, READS}], ids=["writes", "all"])
@pytest.mark.usefixtures("waits")
def test_a_number_typed_right_before_the_press_stays(
    *, site, open_site, press, people, filling, failing, broken
):
    at = forecast(open_site, people, filling)
    failing.update(broken)
    press(at, "Submit")
    key = f"chance-{filling.silent}-0"
    assert at.number_input(key=f"{key}-number").value == 73
    assert at.select_slider(key=f"{key}-slider").value == 73
    failing.clear()
    press(at, "Submit")
    (made,) = reporting.own_history(site, people.forecaster, filling.silent)
    assert made.probabilities == (0.73, 0.27)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path)
def test_a_page_asked_for_meanwhile_appears_afterwards(
    open_site, token_of, people, filling, failing, waits, entry
):
    token = token_of(people.admin)
    failing.update((WRITES, READS))
    at = open_site(entry.path, token=token, id=filling.binary)
    assert waits == [SENTENCE] * 3
    assert len(at.title) == 1
    assert not at.error


@pytest.mark.parametrize("visitors", ["read", "none"])
def test_a_visitor_is_told_too(site, open_site, filling, failing, waits, visitors):
    failing.add(READS)
    closed_or_open = replace(site, settings=Settings(visitors=visitors))
    at = open_site("question", on=closed_or_open, id=filling.binary)
    assert waits == [SENTENCE] * 3
    assert bool(at.title) == (visitors == "read")


def test_who_is_signed_out_meanwhile_finds_themselves_so(
    site, open_site, token_of, people, filling, failing, waits
):
    token = token_of(people.forecaster)
    at = open_site("question", token=token, id=filling.binary)
    assert "Withdraw" in [button.label for button in at.button]
    with site.store.transaction():
        site.store.accounts.close_session(token)
    failing.update((WRITES, READS))
    at.run()
    assert waits
    assert "Withdraw" not in [button.label for button in at.button]


def test_a_database_that_fails_in_the_middle_of_a_page_is_outlasted(
    open_site, people, filling, waits, monkeypatch
):
    at = forecast(open_site, people, filling).run()
    read = reporting.own_history

    def fail(*args):
        if len(waits) < 2:
            raise DatabaseError(SENTENCE)
        return read(*args)

    monkeypatch.setattr(reporting, "own_history", fail)
    at.run()
    assert waits == [SENTENCE] * 2
    assert at.number_input(key=f"chance-{filling.silent}-0-number").value == 73


def test_a_forecast_that_was_made_is_said_to_stand_even_if_reading_fails_then(
    open_site, press, people, filling, monkeypatch
):
    at = forecast(open_site, people, filling).run()
    read, seen = cache.question, []

    def fail_second(*args):
        seen.append(args)
        if len(seen) == 2:
            raise DatabaseError(SENTENCE)
        return read(*args)

    monkeypatch.setattr(cache, "question", fail_second)
    press(at, "Submit")
    assert done(at) == ["Your forecast stands."]
    assert not at.error
