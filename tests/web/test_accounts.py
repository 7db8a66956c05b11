from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from forecasts.domain.people import Role
from forecasts.services import accounts, guessing
from forecasts.services.accounts import SESSION_COOKIE

PHRASE = "correct horse battery"

HOSTILE = "<script>alert(1)</script>"


def test_the_first_account_is_the_admins_and_takes_the_code(empty_site, visit):
    visitor = visit(empty_site)
    code = accounts.setup_code(empty_site)
    assert "Make the first account" in visitor.get(f"/setup?code={code}").text
    answer = visitor.fill_in("/setup", code=code, name="Ada", password=PHRASE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    person = accounts.person_of(empty_site, visitor.cookies[SESSION_COOKIE])
    assert (person.name, person.role) == ("Ada", Role.ADMIN)


def test_a_link_of_an_earlier_start_says_where_the_newest_is(empty_site, visit):
    old = accounts.setup_code(empty_site)
    accounts.setup_code(empty_site)
    visitor = visit(empty_site)
    for answer in (
        visitor.get(f"/setup?code={old}"),
        visitor.get("/setup"),
        visitor.fill_in("/setup", code=old, name="Ada", password=PHRASE),
    ):
        assert answer.status_code == 422
        assert "not the newest link" in visitor.problem(answer)
    assert not accounts.has_admin(empty_site)


def test_the_setup_link_makes_no_second_account(site, visitor):
    answer = visitor.fill_in("/setup", code="x", name="Eve", password=PHRASE)
    assert "The first account has been made" in visitor.problem(answer)
    assert site.store.people.named("Eve") is None


@pytest.mark.parametrize("path", ["/sign-up", "/sign-in"])
def test_before_there_is_an_admin_the_forms_say_where_the_link_is(empty_site, path, visit):
    visitor = visit(empty_site)
    for answer in (visitor.get(path), visitor.fill_in(path, name="Eve", password=PHRASE)):
        assert answer.status_code == 403
        assert "printed in the terminal" in visitor.problem(answer)
    assert empty_site.store.people.all() == []


def test_signing_up_signs_in_and_leads_on(site, visitor):
    answer = visitor.fill_in("/sign-up", name="Bo", password=PHRASE, next="/question?id=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/question?id=x")
    assert accounts.person_of(site, visitor.cookies[SESSION_COOKIE]).name == "Bo"


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("B", PHRASE, "A name must have 2 to 40 characters; got 1."),
        ("B" * 41, PHRASE, "A name must have 2 to 40 characters; got 41."),
        ("Bo\x07Bo", PHRASE, "A name must have only characters that can be seen"),
        ("Ada", PHRASE, "The name “Ada” is taken"),
        ("Bo", "short", "A password must have 10 to 200 characters; got 5."),
        ("Bo", "aaaaaaaaaaaa", "A password must have at least 5 different characters."),
        ("", "", "A name must have"),
        (HOSTILE, "short", "A password must have"),
    ],
)
def test_what_is_wrong_is_said_and_the_name_kept(site, visitor, name, password, sentence):
    before = site.store.revision()
    answer = visitor.fill_in("/sign-up", name=name, password=password)
    assert answer.status_code == 422
    assert sentence in visitor.problem(answer)
    assert visitor.form(answer)["name"] == name
    assert "<script" not in answer.text
    assert site.store.revision() == before
    assert SESSION_COOKIE not in visitor.cookies


def test_missing_fields_are_said_to_be_missing(visitor):
    for path in ("/sign-up", "/sign-in"):
        assert visitor.fill_in(path).status_code == 422


def test_no_page_shows_a_password_again(visitor):
    for path in ("/sign-up", "/sign-in"):
        assert "hunter2" not in visitor.fill_in(path, name="Zoe", password="hunter2").text


@pytest.mark.usefixtures("person")
def test_signing_in_says_not_which_half_was_wrong(visitor):
    answers = [
        visitor.fill_in("/sign-in", name=name, password="wrong password")
        for name in ("Bo", "nobody")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert {visitor.problem(answer) for answer in answers} == {
        "Name and password do not belong together."
    }


@pytest.mark.usefixtures("person")
def test_a_name_in_a_link_is_not_taken(visitor):
    answer = visitor.get(f"/sign-in?name=Bo&password={PHRASE}")
    assert visitor.form(answer)["name"] == ""
    assert PHRASE not in answer.text


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(
    ("scheme", "settings", "headers", "secure"),
    [
        ("http", {}, {}, False),
        ("https", {}, {}, True),
        ("http", {"url": "https://testserver"}, {}, True),
        ("http", {}, {"X-Forwarded-Proto": "https"}, False),
        ("http", {"proxy": "192.0.2.0/24"}, {"X-Forwarded-Proto": "https"}, True),
    ],
)
def test_the_cookie_is_for_the_server_alone(*, open_site, scheme, settings, headers, secure, visit):
    visitor = visit(open_site(**settings), scheme=scheme)
    answer = visitor.fill_in("/sign-in", name="Bo", password=PHRASE, headers=headers)
    cookie = answer.headers["set-cookie"]
    name, *flags = (part.strip() for part in cookie.split(";"))
    assert name.startswith(f"{SESSION_COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=2592000"} <= set(flags)
    assert ("Secure" in flags) is secure


@pytest.mark.usefixtures("person")
def test_a_session_lives_on_in_a_new_start_and_ends_after_thirty_days(open_site, visitor, clock):
    visitor.fill_in("/sign-in", name="Bo", password=PHRASE)
    token = visitor.cookies[SESSION_COOKIE]
    assert accounts.person_of(open_site(), token).name == "Bo"
    clock.forward(days=29)
    assert accounts.person_of(open_site(), token).name == "Bo"
    clock.forward(days=1)
    assert accounts.person_of(open_site(), token) is None


@pytest.mark.usefixtures("person")
def test_signing_in_again_ends_the_session_it_replaces(site, visitor):
    visitor.fill_in("/sign-in", name="Bo", password=PHRASE)
    old = visitor.cookies[SESSION_COOKIE]
    visitor.fill_in("/sign-in", name="Ada", password=PHRASE)
    assert accounts.person_of(site, old) is None
    assert accounts.person_of(site, visitor.cookies[SESSION_COOKIE]).name == "Ada"


@pytest.mark.usefixtures("person")
def test_signing_out_ends_the_session_here_and_there(site, visitor):
    visitor.fill_in("/sign-in", name="Bo", password=PHRASE)
    token = visitor.cookies[SESSION_COOKIE]
    assert "You are signed in as Bo." in visitor.get("/sign-out").text
    assert accounts.person_of(site, token) is not None
    answer = visitor.fill_in("/sign-out", next="/standings")
    assert (answer.status_code, answer.headers["location"]) == (303, "/standings")
    assert SESSION_COOKIE not in visitor.cookies
    assert accounts.person_of(site, token) is None
    assert "You are not signed in." in visitor.get("/sign-out").text


def test_a_reset_link_works_once_and_ends_every_session(site, admin, person, visitor, visit):
    visitor.fill_in("/sign-in", name="Bo", password=PHRASE)
    token = visitor.cookies[SESSION_COOKIE]
    code = accounts.reset_code(site, admin, "Bo")
    elsewhere = visit(site)
    assert elsewhere.form(elsewhere.get(f"/reset?code={code}"))["name"] == "Bo"
    weak = elsewhere.fill_in("/reset", code=code, password="short")
    assert (weak.status_code, elsewhere.form(weak)["code"]) == (422, code)
    answer = elsewhere.fill_in("/reset", code=code, password="another good password")
    assert answer.status_code == 303
    assert accounts.person_of(site, elsewhere.cookies[SESSION_COOKIE]) == person
    assert accounts.person_of(site, token) is None
    for again in (
        elsewhere.get(f"/reset?code={code}"),
        elsewhere.fill_in("/reset", code=code, password="yet another password"),
    ):
        assert again.status_code == 422
        assert "This link has been used" in visitor.problem(again)


def test_a_reset_link_ends_after_two_days(site, admin, person, visitor, clock):
    code = accounts.reset_code(site, admin, person.name)
    clock.forward(days=2)
    assert "is too old" in visitor.problem(visitor.get(f"/reset?code={code}"))


def test_an_invitation_makes_one_account(open_site, admin, visit):
    site = open_site(signup="invited")
    code = accounts.invitation_code(site, admin)
    visitor = visit(site)
    form = visitor.form(visitor.get(f"/sign-up?code={code}"))
    assert form["code"] == code
    assert visitor.fill_in("/sign-up", **form | {"name": "Bo", "password": PHRASE}).is_redirect
    for again in (
        visitor.get(f"/sign-up?code={code}"),
        visitor.fill_in("/sign-up", code=code, name="Cy", password=PHRASE),
    ):
        assert again.status_code == 422
        assert "This link has been used" in visitor.problem(again)
    assert site.store.people.named("Cy") is None


@pytest.mark.usefixtures("admin")
def test_without_an_invitation_the_form_asks_for_one(open_site, visit):
    visitor = visit(open_site(signup="invited"))
    assert ">Invitation</label>" in visitor.get("/sign-up").text
    answer = visitor.fill_in("/sign-up", name="Bo", password=PHRASE)
    assert answer.status_code == 403
    assert "takes an invitation" in visitor.problem(answer)
    assert ">Invitation</label>" in answer.text
    assert "is not whole" in visitor.problem(visitor.fill_in("/sign-up", code="typed wrongly"))


@pytest.mark.usefixtures("admin")
def test_a_closed_site_takes_no_accounts_and_offers_none(open_site, visit):
    site = open_site(signup="closed")
    visitor = visit(site)
    for answer in (
        visitor.get("/sign-up"),
        visitor.fill_in("/sign-up", name="Bo", password=PHRASE),
    ):
        assert answer.status_code == 403
        assert visitor.problem(answer) == "This site takes no new accounts."
    assert "/sign-up" not in visitor.get("/sign-in").text
    assert site.store.people.named("Bo") is None


@pytest.mark.parametrize(("path", "other"), [("/sign-up", "/sign-in"), ("/sign-in", "/sign-up")])
def test_each_form_leads_to_the_other_with_what_it_was_told(visitor, path, other):
    told = {"next": "/question?id=x", "question": "x", "p": "0.7,0.3"}
    text = visitor.get(path, params=told).text.replace("&amp;", "&")
    address = next(part for part in text.split('"') if part.startswith(f"{other}?"))
    assert parse_qs(urlsplit(address).query) == {name: [value] for name, value in told.items()}


@pytest.mark.usefixtures("person")
def test_guessing_slows_down_for_an_address_and_recovers(site, clock, visit):
    visitor = visit(site)
    for _ in range(guessing.FREE_GUESSES):
        assert visitor.fill_in("/sign-in", name="Bo", password="wrong").status_code == 422
    refused = visitor.fill_in("/sign-in", name="Bo", password=PHRASE)
    assert refused.status_code == 429
    assert "Too many wrong passwords" in visitor.problem(refused)
    elsewhere = visit(site, address="192.0.2.99")
    assert elsewhere.fill_in("/sign-in", name="Bo", password=PHRASE).is_redirect
    clock.forward(minutes=1)
    assert visitor.fill_in("/sign-in", name="Bo", password=PHRASE).is_redirect


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize(("proxy", "slowed"), [("", True), ("192.0.2.1", False)])
def test_only_a_listed_proxy_tells_guessers_apart(open_site, proxy, slowed, visit):
    visitor = visit(open_site(proxy=proxy))
    for last in range(guessing.FREE_GUESSES + 1):
        answer = visitor.fill_in(
            "/sign-in",
            name="Bo",
            password="wrong",
            headers={"X-Forwarded-For": f"203.0.113.{last}"},
        )
    assert answer.status_code == (429 if slowed else 422)


@pytest.mark.usefixtures("person")
def test_a_guesser_behind_a_proxy_cannot_write_another_address(open_site, visit):
    visitor = visit(open_site(proxy="192.0.2.1"))
    for last in range(guessing.FREE_GUESSES + 1):
        forwarded = {"X-Forwarded-For": f"198.51.100.{last}, 203.0.113.7"}
        answer = visitor.fill_in("/sign-in", name="Bo", password="wrong", headers=forwarded)
    assert answer.status_code == 429
