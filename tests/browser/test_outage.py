"""The database fails under people who are typing, and comes back."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from functools import partial

import pytest
from databases import own_postgres, stop
from playwright.sync_api import expect
from real_server import Server
from test_walk import PRESIDENT, make_the_first_account, question

from forecasts.settings import Settings
from forecasts.site import open_site

pytestmark = pytest.mark.browser

TITLE = "Will it snow in Paris in May?"
CRITERIA = "As the weather service says.\n\nHail does not count."


def test_a_busy_database_takes_nothing_that_was_typed(server, somebody):
    ada = somebody()
    make_the_first_account(ada, server)
    type_a_forecast(ada, server)
    with connected(server) as other:
        other.execute("BEGIN IMMEDIATE")
        press(ada, "Submit")
        expect(ada.get_by_role("alert").filter(has_text="is busy")).to_be_visible()
        expect(ada.get_by_label("Yes in percent")).to_have_value("73.0")
    expect_submitted_once(ada, server)


@pytest.fixture(params=["file", "server"])
def failing(request, tmp_path):
    """A running site, and what keeps its database from it for a while."""
    if request.param == "file":
        site, away = Server(tmp_path), unreadable
    else:
        postgres = own_postgres()
        site, away = Server(tmp_path, postgres.get_uri()), partial(stopped, postgres)
    site.start()
    yield site, away
    site.kill()


def test_a_database_that_cannot_be_read_takes_nothing_that_was_typed(failing, somebody):
    server, away = failing
    ada, visitor = somebody(), somebody()
    make_the_first_account(ada, server)
    type_a_forecast(ada, server)
    asking = ada.context.new_page()
    type_a_question(asking, server)
    reopened = ada.context.new_page()
    with away(server):
        press(ada, "Submit")
        press(asking, "Ask")
        for page in (reopened, visitor):
            page.goto(question(server))
        for page in (ada, asking, reopened, visitor):
            expect(outage(page)).to_be_visible()
        expect_typed(ada, asking)
        for page in (reopened, visitor):
            expect(page.get_by_role("heading")).to_have_count(0)
            expect(page.get_by_text("Ada", exact=True)).to_have_count(0)
    for page in (ada, asking, reopened, visitor):
        expect(outage(page)).to_have_count(0)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("heading", name="Question", exact=True)).to_have_count(0)
    expect(reopened.get_by_role("button", name="Submit")).to_be_visible()
    expect_typed(ada, asking)
    assert submitted(server) == []
    expect_submitted_once(ada, server)
    press(asking, "Ask")
    expect(asking.get_by_text("Your question is up.")).to_be_visible()
    expect(asking.get_by_role("heading", name=TITLE)).to_be_visible()
    assert "the tables are what it gives" in server.command("verify")


def type_a_forecast(page, server):
    """A number that the server does not hear of before the press."""
    page.goto(question(server))
    page.get_by_label("Yes in percent").fill("73")


def type_a_question(page, server):
    page.goto(f"{server.url}/ask")
    page.get_by_label("Title").fill(TITLE)
    closes = page.get_by_role("spinbutton", name="year, Closes (end of that day, UTC)")
    closes.press_sequentially("20990531")
    page.get_by_role("textbox", name="Resolution criteria").fill(CRITERIA)


def expect_typed(forecasting, asking):
    expect(forecasting.get_by_label("Yes in percent")).to_have_value("73.0")
    expect(forecasting.get_by_role("button", name="Submit")).to_be_visible()
    expect(asking.get_by_label("Title")).to_have_value(TITLE)
    expect(asking.get_by_role("textbox", name="Resolution criteria")).to_have_value(CRITERIA)


def expect_submitted_once(page, server):
    press(page, "Submit")
    expect(page.get_by_text("Your forecast stands")).to_be_visible()
    expect(page.get_by_label("Yes in percent")).to_have_value("73.0")
    assert submitted(server) == [(0.73, 0.27)]


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def outage(page):
    return page.get_by_role("alert").filter(has_text="database")


def submitted(server):
    """Every forecast ever made on the question."""
    with closing(open_site(Settings(database=server.database_url)).store) as store:
        (ada,) = store.people.all()
        return [one.probabilities for one in store.forecasts.history(PRESIDENT, ada.id)]


@contextmanager
def connected(server):
    """Another program on the server's database."""
    with closing(sqlite3.connect(server.database, isolation_level=None)) as connection:
        yield connection


@contextmanager
def unreadable(server):
    """The server's database, filled with something else for a while."""
    announce(server)
    kept = server.database.read_bytes()
    overwrite(server, b"no base!" * (len(kept) // 8), backwards=False)
    try:
        yield
    finally:
        overwrite(server, kept, backwards=True)
        announce(server)


@contextmanager
def stopped(postgres, _server):
    """The server of the database, stopped as if its machine had failed, and started again."""
    stop(postgres)
    try:
        yield
    finally:
        postgres.ensure_postgres_running()


def announce(server):
    """Let the server's connections forget what they read before."""
    with connected(server) as connection:
        ((version,),) = connection.execute("PRAGMA user_version")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def overwrite(server, content, *, backwards):
    """The first page, which says what the file is, is none of ours while the others are mixed."""
    parts = [(0, content[:4096]), (4096, content[4096:])]
    with server.database.open("r+b", buffering=0) as file:
        for place, part in reversed(parts) if backwards else parts:
            file.seek(place)
            file.write(part)
