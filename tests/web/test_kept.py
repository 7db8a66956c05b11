from __future__ import annotations

import pytest

from forecasts.services.accounts import SESSION_COOKIE

PHRASE = "correct horse battery"

WORDS = {"/sign-up": "with your account", "/sign-in": "when you sign in"}
both_forms = pytest.mark.parametrize("path", WORDS)


def _text(answer):
    return answer.text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def enter(site, person, visit):
    """Fills in the form that a link shows and sends it, as a newcomer or as Bo."""

    def enter(path, **link):
        visitor = visit(site)
        form = visitor.form(visitor.get(path, params=link))
        name = "Cy" if path == "/sign-up" else person.name
        return visitor, name, visitor.fill_in(path, **form | {"name": name, "password": PHRASE})

    return enter


@both_forms
def test_a_binary_forecast_is_shown_and_then_submitted(enter, visitor, binary, said, path):
    page = _text(visitor.get(path, params={"question": binary, "p": "0.7,0.3"}))
    expected = (
        f"Your forecast on “Will it rain tomorrow?”: 70 % Yes – it is submitted {WORDS[path]}."
    )
    assert expected in page
    _, name, answer = enter(path, question=binary, p="0.7,0.3", next=f"/question?id={binary}")
    assert answer.headers["location"] == f"/question?id={binary}"
    assert said(binary, name) == (0.7, 0.3)


@both_forms
def test_a_choice_is_shown_outcome_by_outcome(enter, visitor, choice, said, path):
    page = _text(visitor.get(path, params={"question": choice, "p": "0.2,0.455,0.345"}))
    for line in ("20 % Red", "45.5 % Green", "34.5 % &lt;i&gt;Blue&lt;/i&gt;"):
        assert f"<li>{line}</li>" in page
    _, name, answer = enter(path, question=choice, p="0.2,0.455,0.345")
    assert answer.is_redirect
    assert said(choice, name) == (0.2, 0.455, 0.345)


@both_forms
@pytest.mark.parametrize(
    ("p", "sentence"),
    [
        ("1.2,-0.2", "A probability must be between 0.1 % and 99.9 %; got 120 %."),
        ("0.7,0.7", "Probabilities must sum to 100 %; got 140 %."),
        ("0.7", "A forecast must give at least two probabilities; got 1."),
        ("", "A probability must be a number; got ."),
        ("nan,nan", "A probability must be a number; got nan."),
        ("<b>,0.5", "A probability must be a number; got &lt;b&gt;."),
    ],
)
def test_bad_numbers_are_said_but_cost_no_account(
    *, enter, visitor, binary, said, path, p, sentence
):
    note = visitor.get(path, params={"question": binary, "p": p}).text
    assert f"Your forecast cannot be submitted. {sentence}" in note
    newcomer, name, answer = enter(path, question=binary, p=p)
    assert answer.status_code == 200
    assert "You are signed in" in answer.text
    assert sentence in answer.text
    assert SESSION_COOKIE in newcomer.cookies
    assert said(binary, name) is None


@both_forms
def test_too_many_numbers_are_said_after_signing_in(enter, binary, said, path, visitor):
    _, name, answer = enter(path, question=binary, p="0.2,0.3,0.5")
    assert "2 probabilities, one for each outcome" in visitor.problem(answer)
    assert said(binary, name) is None


@both_forms
def test_a_question_that_closed_meanwhile_is_said_with_a_link_on(
    *, site, person, visitor, clock, binary, said, path
):
    form = visitor.form(
        visitor.get(path, params={"question": binary, "p": "0.7,0.3", "next": "/x"})
    )
    clock.forward(days=10)
    name = "Cy" if path == "/sign-up" else person.name
    answer = visitor.fill_in(path, **form | {"name": name, "password": PHRASE})
    assert answer.status_code == 200
    assert "takes no forecasts: it closed, 11 Jan 2027 12:00 UTC." in visitor.problem(answer)
    assert '<a href="/x">Go on</a>' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert said(binary, name) is None
    assert site.store.people.named(name) is not None


@both_forms
def test_an_unknown_question_is_said(enter, visitor, path):
    link = {"question": "<script>", "p": "0.5,0.5"}
    page = visitor.get(path, params=link)
    assert "There is no question “&lt;script&gt;”." in page.text
    assert "<script" not in page.text
    _, _, answer = enter(path, **link)
    assert visitor.problem(answer) == "There is no question “<script>”."


@both_forms
def test_a_wrong_password_keeps_the_forecast(visitor, binary, path):
    kept = {"question": binary, "p": "0.7,0.3", "next": "/question?id=1"}
    form = visitor.form(visitor.fill_in(path, name="Bo", password="wrong", **kept))
    assert {name: form[name] for name in kept} == kept


@both_forms
def test_looking_at_the_form_while_signed_in_submits_nothing(visitor, binary, said, path):
    visitor.fill_in("/sign-in", name="Ada", password=PHRASE)
    visitor.get(path, params={"question": binary, "p": "0.7,0.3"})
    assert said(binary, "Ada") is None


@both_forms
def test_where_visitors_may_not_read_the_question_is_not_told(open_site, binary, path, visit):
    visitor = visit(open_site(visitors="none"))
    page = visitor.get(path, params={"question": binary, "p": "0.7,0.3"}).text
    assert f"Your forecast is submitted {WORDS[path]}." in page
    assert "Will it rain" not in page
