"""Running the site by its pages: asking, resolving, people and the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from forecasts.domain.people import Person, Role
from forecasts.domain.questions import Kind, State, state_at
from forecasts.services import accounts, reporting, scoreboard
from forecasts.settings import Settings

KNOWN = datetime(2026, 1, 10, 18, 30, tzinfo=UTC)


# Asking


def fill(at, **texts):
    for name, text in texts.items():
        area = name in ("criteria", "background", "outcomes")
        (at.text_area if area else at.text_input)(key=f"ask-{name}").set_value(text)
    return at.run()


def closing(at, day):
    at.date_input(key="ask-closes").set_value(day).run()
    return at


def asked(site, at):
    """The question on whose page one has come out."""
    return site.store.questions.get(at.query_params["id"])


def test_an_admin_asks_a_yes_or_no_question(site, open_site, press, people, clock):
    at = open_site("ask", people.admin)
    fill(at, title="Will it  snow in May?", criteria=" As they say. ", tags="snow, , May,snow")
    press(closing(at, date(2026, 5, 31)), "Ask")
    assert at.success[0].value == "Your question is up."
    question = asked(site, at)
    assert at.title[0].value == "Will it snow in May\\?"
    assert (question.kind, question.outcomes) == (Kind.BINARY, ("Yes", "No"))
    assert question.criteria == "As they say."
    assert question.tags == ("snow", "May")
    assert question.opens == clock()
    assert question.closes == datetime(2026, 6, 1, tzinfo=UTC)


def test_an_admin_asks_a_choice_that_opens_later(site, open_site, press, people, clock):
    at = open_site("ask", people.admin)
    at.segmented_control[0].set_value("One of several").run()
    fill(at, title="Who will win the cup?", criteria="The cup.", outcomes="Reds\n\n Blues \nOthers")
    fill(at, background="See the *table*.")
    at.date_input(key="ask-opens").set_value(date(2026, 2, 1))
    press(closing(at, date(2026, 5, 31)), "Ask")
    question = asked(site, at)
    assert (question.kind, question.outcomes) == (Kind.CHOICE, ("Reds", "Blues", "Others"))
    assert question.opens == datetime(2026, 2, 1, tzinfo=UTC)
    assert state_at(question, clock()) is State.SCHEDULED
    assert "It opens 1 Feb 2026 00:00 UTC." in [caption.value for caption in at.caption]


def test_the_form_is_empty_for_the_next_question(open_site, press, people):
    at = open_site("ask", people.admin)
    fill(at, title="Will it snow in May?", criteria="As they say.")
    press(closing(at, date(2026, 5, 31)), "Ask")
    again = open_site("ask", people.admin)
    assert again.text_input(key="ask-title").value == ""


@pytest.mark.parametrize(
    ("texts", "day", "sentence"),
    [
        ({"title": "Will it snow?", "criteria": "So."}, None, "day on which it closes"),
        ({"title": "Snow?", "criteria": "So."}, date(2026, 5, 1), "A title must have 10 to 200"),
        ({"title": "Will it snow?"}, date(2026, 5, 1), "must have resolution criteria"),
        ({"title": "Will it snow?", "criteria": "So."}, date(2025, 5, 1), "close after it opens"),
    ],
)
def test_a_bad_question_is_refused_in_a_sentence_and_the_form_stays(
    site, open_site, press, people, texts, day, sentence
):
    at = fill(open_site("ask", people.admin), **texts)
    before = site.store.revision()
    press(closing(at, day), "Ask")
    assert sentence in at.error[0].value.replace("\\", "")
    assert at.text_input(key="ask-title").value == texts["title"]
    assert site.store.revision() == before


# Resolving


def say(at, question_id, outcome, known, source="the news", note=""):
    key = f"resolve-{question_id}"
    at.selectbox(key="resolve-question").select(question_id).run()
    at.radio(key=f"{key}-outcome").set_value(outcome)
    at.date_input(key=f"{key}-day").set_value(known.date())
    at.time_input(key=f"{key}-time").set_value(known.time())
    at.text_input(key=f"{key}-source").set_value(source)
    at.text_area(key=f"{key}-note").set_value(note)
    return at.run()


def told(at):
    """The scores that a page shows, rounded to what the database keeps."""
    (table,) = [one.value for one in at.dataframe if "Peer" in one.value]
    return table.round(9).to_dict("records")


def test_resolving_gives_what_the_preview_said(site, open_site, press, people, filling):
    at = open_site("resolve", people.admin)
    say(at, filling.binary, "Yes", KNOWN, note="As *expected*.")
    before = site.store.revision()
    preview = told(at)
    assert {row["Forecaster"] for row in preview} == {"Ada", "Fay", "Finn"}
    assert site.store.revision() == before
    press(at, "Resolve")
    assert at.title[0].value == "Will it rain in April\\?"
    assert "The question is resolved." in [s.value for s in at.success]
    assert told(at) == preview
    stored = reporting.question(site, None, filling.binary).scores
    assert [row["Peer"] for row in preview] == [round(score.peer, 9) for _, score in stored]
    assert [row["Baseline"] for row in preview] == [round(score.baseline, 9) for _, score in stored]
    assert site.store.revision() == before + 1
    resolution = site.store.questions.get(filling.binary).resolution
    assert (resolution.outcome, resolution.known_since) == (0, KNOWN)
    assert (resolution.source, resolution.note) == ("the news", "As *expected*.")


def test_an_answer_that_was_known_early_gives_later_forecasts_nothing(open_site, people, filling):
    at = open_site("resolve", people.admin)
    say(at, filling.binary, "No", datetime(2026, 1, 3, tzinfo=UTC))
    coverage = {row["Forecaster"]: row["Coverage"] for row in told(at)}
    assert coverage == {"Fay": 0.02}


def test_what_waits_for_an_answer_is_chosen_first(open_site, people, filling):
    at = open_site("resolve", people.admin)
    assert at.caption[0].value == "1 closed and waiting for an answer, listed first."
    assert at.selectbox(key="resolve-question").value == filling.closed
    assert "What it gives" not in [one.value for one in at.subheader]


@pytest.mark.usefixtures("questions")
def test_nothing_is_chosen_where_nothing_waits(open_site, people):
    at = open_site("resolve", people.admin)
    assert at.caption[0].value.startswith("Nothing waits for an answer.")
    assert at.selectbox(key="resolve-question").value is None
    assert not at.button


@pytest.mark.parametrize(
    ("known", "source", "sentence"),
    [
        (datetime(2027, 1, 1, tzinfo=UTC), "the news", "An answer cannot be known in the future"),
        (datetime(2025, 1, 1, tzinfo=UTC), "the news", "known before the question opened"),
    ],
)
def test_a_resolution_that_cannot_be_is_refused_before_it_can_be_entered(
    open_site, people, filling, known, source, sentence
):
    at = say(open_site("resolve", people.admin), filling.binary, "Yes", known, source=source)
    assert sentence in at.error[0].value
    assert "Resolve" not in [button.label for button in at.button]


def test_a_resolution_without_a_source_is_refused(site, open_site, press, people, filling):
    at = say(open_site("resolve", people.admin), filling.binary, "Yes", KNOWN, source=" ")
    before = site.store.revision()
    press(at, "Resolve")
    assert at.error[0].value == r"The source must be given\; got nothing\."
    assert site.store.revision() == before


def test_an_admin_annuls_and_undoes(site, open_site, press, people, filling):
    at = open_site("resolve", people.admin)
    at.selectbox(key="resolve-question").select(filling.binary).run()
    press(at, "Annul")
    assert at.error[0].value == r"The reason must be given\; got nothing\."
    at.text_input(key=f"annul-{filling.binary}").set_value("It lost its meaning.")
    press(at, "Annul")
    assert "The question is annulled; nobody is scored." in [one.value for one in at.success]
    assert at.info[0].value == r"Annulled: It lost its meaning\."
    at = open_site("resolve", people.admin)
    at.selectbox(key="resolve-question").select(filling.binary).run()
    press(at, "Undo")
    assert at.success[0].value == "It is undone; the question stands as before."
    assert site.store.questions.get(filling.binary).resolution is None


def test_undoing_takes_the_scores_back(site, open_site, press, people, resolved):
    at = open_site("resolve", people.admin)
    at.selectbox(key="resolve-question").select(resolved.choice).run()
    press(at, "Undo")
    assert reporting.question(site, None, resolved.choice).scores == ()
    assert scoreboard.ranking(site, None).questions == 1


# People


def choose(at, name):
    return at.selectbox[0].select(name).run()


def test_everybody_is_listed_with_their_role(open_site, people):
    at = open_site("people", people.admin)
    told = at.table[0].value.to_string()
    for name, role in (("Ada", "admin"), ("Mo", "moderator"), ("Fay", "forecaster")):
        assert name in told
        assert role in told


def test_an_admin_changes_a_role(site, open_site, press, people):
    at = choose(open_site("people", people.admin), "Fay")
    before = site.store.revision()
    at.selectbox(key="role-id-of-fay").select("moderator")
    press(at, "Change role")
    assert at.success[0].value == "Fay is moderator now."
    assert site.store.people.get("id-of-fay").role is Role.MODERATOR
    assert site.store.revision() == before + 1


def test_the_last_admin_stays_admin(site, open_site, press, people):
    at = choose(open_site("people", people.admin), "Ada")
    before = site.store.revision()
    at.selectbox(key="role-id-of-ada").select("forecaster")
    press(at, "Change role")
    assert at.error[0].value.replace("\\", "").startswith("A site must keep at least one admin;")
    assert site.store.people.get("id-of-ada").role is Role.ADMIN
    assert site.store.revision() == before


def link(at):
    """The whole address that a page shows once, and its code."""
    address = urlsplit(at.code[0].value)
    return f"{address.scheme}://{address.netloc}{address.path}", parse_qs(address.query)["code"][0]


def test_an_admin_makes_a_password_link_that_is_shown_once(site, open_site, press, people):
    at = choose(open_site("people", people.admin), "Fay")
    at.context = {"url": "https://site.example/people"}
    press(at, "Make a one-time password link")
    address, code = link(at)
    assert address == "https://site.example/reset"
    assert accounts.person_of_code(site, code) == people.forecaster
    assert not at.run().code


def test_an_admin_invites_where_sign_up_is_by_invitation(site, open_site, press, people):
    by_invitation = replace(site, settings=Settings(signup="invited"))
    at = open_site("people", people.admin, on=by_invitation)
    at.context = {"url": "https://site.example/people"}
    press(at, "Make an invitation link")
    address, code = link(at)
    assert address == "https://site.example/sign-up"
    assert site.store.accounts.code(code, site.now()).purpose == "invitation"


def test_an_open_site_needs_no_invitations(open_site, people):
    labels = [button.label for button in open_site("people", people.admin).button]
    assert "Make an invitation link" not in labels


# The journal


def test_the_journal_is_readable(site, open_site, people, filling):
    at = open_site("journal", people.admin)
    table = at.dataframe[0].value
    assert len(table) == site.store.revision()
    assert table["Entry"].tolist() == list(range(site.store.revision(), 0, -1))
    newest = table.iloc[0]
    assert newest["Who"] == "Ada"
    assert newest["What"].startswith(f"forecast {filling.choice}: Red 10\N{NO-BREAK SPACE}%")


def test_an_empty_journal_says_so(site, open_view):
    at = open_view("journal", Person("nobody", "Nobody", Role.ADMIN))
    assert site.store.revision() == 0
    assert at.info[0].value == "Nothing has happened yet."
