"""What a person is told, and with which status, when the database cannot be used."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from forecasts.services.accounts import SESSION_COOKIE
from forecasts.storage.engine import BUSY, Patience

PHRASE = "correct horse battery"


@pytest.fixture
def hold(tmp_path):
    """Writes the file of the site alone, as another process might."""
    with closing(sqlite3.connect(tmp_path / "forecasts.db", isolation_level=None)) as other:
        yield lambda: other.execute("BEGIN IMMEDIATE")


@pytest.fixture
def hasty(open_site, admin):
    """A site that waits for other writers for a moment only."""
    assert admin.name == "Ada"
    return open_site(patience=Patience(lock=0.05))


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
def test_a_busy_database_is_said_on_the_form_and_keeps_the_name(hasty, hold, visit, path):
    visitor = visit(hasty)
    hold()
    answer = visitor.fill_in(path, name="Bo", password=PHRASE)
    assert (answer.status_code, visitor.problem(answer)) == (503, BUSY)
    assert visitor.form(answer)["name"] == "Bo"
    assert SESSION_COOKIE not in visitor.cookies


def test_a_busy_database_ends_no_session(hasty, hold, visit):
    visitor = visit(hasty)
    visitor.fill_in("/sign-in", name="Ada", password=PHRASE)
    hold()
    answer = visitor.fill_in("/sign-out")
    assert (answer.status_code, visitor.problem(answer)) == (503, BUSY)
    assert visitor.cookies[SESSION_COOKIE]


@pytest.mark.parametrize("path", ["/setup", "/sign-up", "/sign-in", "/reset"])
@pytest.mark.usefixtures("site")
def test_a_database_that_is_gone_is_said(open_site, tmp_path, visit, path):
    visitor = visit(open_site())
    for suffix in ("", "-wal"):
        (tmp_path / f"forecasts.db{suffix}").write_bytes(b"not a database" * 1000)
    for answer in (visitor.get(path), visitor.fill_in(path, name="Ada", password=PHRASE)):
        assert answer.status_code == 503
        assert str(tmp_path) in visitor.problem(answer)
