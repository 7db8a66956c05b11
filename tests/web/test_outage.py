"""The doors while the database fails, and when it is back."""

from __future__ import annotations

import pytest

from forecasts.errors import DatabaseError
from forecasts.services import accounts, forecasting
from forecasts.services.accounts import SESSION_COOKIE
from forecasts.web.routes import routes

PHRASE = "correct horse battery"
SENTENCE = "The database cannot be reached now."
FORMS = [route.path for route in routes(None) if "POST" in route.methods]
NEXT = "/question?id=rain"


def fail(*_, **__):
    raise DatabaseError(SENTENCE)


@pytest.fixture
def failing(site, monkeypatch):
    """The members of the engine that fail; none at first."""
    names = set()

    def unreliable(name, work):
        def call(*args, **params):
            return (fail if name in names else work)(*args, **params)

        return call

    for name in ("transaction", "rows"):
        work = getattr(site.store.engine, name)
        monkeypatch.setattr(site.store.engine, name, unreliable(name, work))
    return names


@pytest.mark.parametrize("path", FORMS)
def test_every_door_says_why_it_is_shut(visitor, failing, path):
    visitor.cookies.set(SESSION_COOKIE, "of somebody")
    failing.update(("transaction", "rows"))
    answer = visitor.fill_in(path, name="Bo", password=PHRASE, code="of something")
    assert (answer.status_code, visitor.problem(answer)) == (503, SENTENCE)
    assert answer.headers["cache-control"] == "no-store"


def test_health_says_why(visitor, failing):
    failing.add("rows")
    answer = visitor.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "error", "problem": SENTENCE})


@pytest.mark.parametrize("broken", [["transaction"], ["transaction", "rows"]])
@pytest.mark.parametrize(("path", "name"), [("/sign-in", "Bo"), ("/sign-up", "Cy")])
@pytest.mark.usefixtures("person")
def test_the_form_and_the_forecast_in_it_stay_for_another_try(
    *, site, visitor, binary, said, failing, path, name, broken
):
    form = visitor.form(visitor.get(path, params={"question": binary, "p": "0.7,0.3"}))
    revision = site.store.revision()
    failing.update(broken)
    answer = visitor.fill_in(path, **form | {"name": name, "password": PHRASE})
    again = visitor.form(answer)
    assert (answer.status_code, visitor.problem(answer)) == (503, SENTENCE)
    assert (again["name"], again["question"], again["p"]) == (name, binary, "0.7,0.3")
    assert "Your forecast cannot be submitted" not in answer.text
    failing.clear()
    assert site.store.revision() == revision
    assert visitor.fill_in(path, **again | {"password": PHRASE}).is_redirect
    assert said(binary, name) == (0.7, 0.3)
    assert site.store.revision() == revision + 1 + (path == "/sign-up")


def test_an_invitation_stays_in_the_form(open_site, admin, visit, monkeypatch):
    site = open_site(signup="invited")
    code = accounts.invitation_code(site, admin)
    visitor = visit(site)
    with monkeypatch.context() as broken:
        broken.setattr(site.store.engine, "rows", fail)
        broken.setattr(site.store.engine, "transaction", fail)
        answer = visitor.fill_in("/sign-up", name="Cy", password=PHRASE, code=code)
    assert visitor.problem(answer) == SENTENCE
    assert visitor.fill_in("/sign-up", **visitor.form(answer) | {"password": PHRASE}).is_redirect


@pytest.fixture
def refused(visitor, person, binary, monkeypatch):
    """What Bo gets when the database fails between the session and the forecast."""
    with monkeypatch.context() as broken:
        broken.setattr(forecasting, "submit", fail)
        return visitor.fill_in(
            "/sign-in", name=person.name, password=PHRASE, question=binary, p="0.7,0.3", next=NEXT
        )


def test_a_forecast_that_failed_after_signing_in_can_be_tried_again(
    site, visitor, refused, binary, said
):
    assert visitor.problem(refused) == SENTENCE
    assert visitor.cookies[SESSION_COOKIE]
    revision = site.store.revision()
    answer = visitor.fill_in("/submit-again", **visitor.form(refused))
    assert (answer.status_code, answer.headers["location"]) == (303, NEXT)
    assert said(binary, "Bo") == (0.7, 0.3)
    assert site.store.revision() == revision + 1


def test_another_try_may_fail_as_well(visitor, refused, binary, said, failing):
    failing.add("transaction")
    answer = visitor.fill_in("/submit-again", **visitor.form(refused))
    assert visitor.problem(answer) == SENTENCE
    assert visitor.form(answer) == visitor.form(refused)
    failing.clear()
    assert visitor.fill_in("/submit-again", **visitor.form(answer)).is_redirect
    assert said(binary, "Bo") == (0.7, 0.3)


def test_another_try_takes_whoever_is_signed_in(visitor, refused, binary, said):
    visitor.cookies.clear()
    answer = visitor.fill_in("/submit-again", **visitor.form(refused))
    assert "forecast" in visitor.problem(answer)
    assert said(binary, "Bo") is None


def test_another_try_is_a_post(visitor, refused, binary, said):
    answer = visitor.get("/submit-again", params=visitor.form(refused))
    assert answer.headers["location"] == NEXT
    assert said(binary, "Bo") is None


@pytest.mark.usefixtures("person")
def test_who_came_in_is_in_though_their_other_session_could_not_be_ended(
    visitor, binary, said, monkeypatch
):
    monkeypatch.setattr(accounts, "sign_out", fail)
    answer = visitor.fill_in("/sign-in", name="Bo", password=PHRASE, question=binary, p="0.7,0.3")
    assert answer.is_redirect
    assert visitor.cookies[SESSION_COOKIE]
    assert said(binary, "Bo") == (0.7, 0.3)
