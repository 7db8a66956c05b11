"""What no database keeps, in everything that a browser may send, on every engine."""

from __future__ import annotations

from contextlib import closing

import pytest
from databases import URLS

from forecasts.services import accounts
from forecasts.services.accounts import SESSION_COOKIE
from forecasts.settings import Settings
from forecasts.site import Site, open_engine
from forecasts.storage.store import Store

PHRASE = "correct horse battery"
NUL = "ra\0in"


@pytest.fixture(params=URLS)
def open_site(request, tmp_path, clock):
    """Opens the site on the one database of the test."""
    with closing(open_engine(URLS[request.param](tmp_path))) as engine:
        yield lambda **settings: Site(Store(engine, clock()), clock, Settings(**settings))


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
def test_a_link_to_no_question_is_said(visitor, path):
    answer = visitor.get(path, params={"question": NUL, "p": "0.5,0.5"})
    assert answer.status_code == 200
    assert f"There is no question “{NUL}”." in answer.text


def test_who_signs_in_with_a_forecast_on_no_question_is_signed_in(visitor, person):
    answer = visitor.fill_in(
        "/sign-in", name=person.name, password=PHRASE, question=NUL, p="0.5,0.5"
    )
    assert (answer.status_code, visitor.problem(answer)) == (200, f"There is no question “{NUL}”.")
    assert SESSION_COOKIE in visitor.cookies


@pytest.mark.parametrize("path", ["/setup", "/sign-up", "/sign-in", "/reset", "/submit-again"])
@pytest.mark.parametrize("field", ["name", "password", "code", "next", "question", "p"])
def test_no_field_stops_the_site(visitor, person, path, field):
    fields = {"name": person.name, "password": PHRASE, "question": "rain", "p": "0.5,0.5"}
    for answer in (
        visitor.get(path, params={field: NUL}),
        visitor.fill_in(path, **fields | {field: NUL}),
        visitor.get("/sign-out", headers={"Cookie": f"{SESSION_COOKIE}={NUL!r}"}),
    ):
        assert answer.status_code < 500


def test_nobody_has_a_name_that_cannot_be_kept(site):
    for name in (NUL, "half a character \ud800"):
        with pytest.raises(accounts.NoSuchPersonError):
            accounts.person_named(site, name)
