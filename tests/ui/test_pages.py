"""What holds for every page, whoever looks at it and in whatever season."""

from __future__ import annotations

import re
from datetime import date

import pytest

from forecasts.domain.events import PersonJoined
from forecasts.domain.people import Person, Role
from forecasts.domain.questions import Kind
from forecasts.services import asking, forecasting
from forecasts.ui import widgets
from forecasts.ui.navigation import PAGES

EVERYBODY = (None, "forecaster", "moderator", "admin")
MISSING = re.compile(r"\b(None|nan|NaN|NaT|null)\b")
REFUSAL = re.compile(r"To .* you must be signed in as an? \w+")
AS_IT_IS = {"selectbox", "multiselect", "dataframe", "vega_lite_chart", "html"}
"""Elements that show their texts without reading them as Markdown."""

HOSTILE = "*x* :smile: <b>y</b> $x$ ![](http://x)"
DRAWN = re.compile(r"(?<!\\)(\*x\*|:smile:|<b>|\$x\$|!\[)")

every_page = pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path or "questions")
everybody = pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who or "visitor")
every_season = pytest.mark.parametrize("season", ["people", "filling", "resolved"])


def holds_up(at, texts):
    """Nothing is broken, nothing is missing, and every picture is also told in words."""
    assert not at.exception
    assert [text for text in texts(at) if MISSING.search(text)] == []
    tables = {table.proto.alt: table for table in at.dataframe}
    assert "" not in tables
    for table in tables.values():
        assert table.proto.placeholder or not table.value.isna().any(axis=None)
    for chart in at.get("vega_lite_chart"):
        assert chart.proto.alt
        assert len(tables[f"{chart.proto.alt} (table)"].value)


@every_page
@everybody
@every_season
def test_every_page_holds_up_or_says_who_may_see_it(
    request, people, open_view, texts, entry, who, season
):
    filled, person = request.getfixturevalue(season), who and getattr(people, who)
    binary = getattr(filled, "binary", "nowhere")
    at = open_view(entry.path, person, **({"id": binary} if entry.path == "question" else {}))
    holds_up(at, texts)
    refused = (person.role if person else 0) < (entry.role or 0)
    lost = entry.path == "question" and binary == "nowhere"
    assert bool(at.error) == (refused or lost)
    assert refused == any(REFUSAL.match(error.value) for error in at.error)
    title = "Will it rain in April\\?" if entry.path == "question" else entry.view.TITLE
    assert [one.value for one in at.title] == ([] if lost else [title])


@everybody
@pytest.mark.parametrize("season", ["filling", "resolved"])
def test_every_question_holds_up_in_every_state(request, people, open_view, texts, who, season):
    for question_id in request.getfixturevalue(season):
        at = open_view("question", who and getattr(people, who), id=question_id)
        holds_up(at, texts)
        assert len(at.title) == 1
        assert not at.error


def test_every_outcome_of_a_choice_has_its_pictures(open_view, texts, filling, people):
    at = open_view("question", people.forecaster, id=filling.choice)
    for outcome in ("Red", "Green", "Blue", "All outcomes"):
        at.selectbox[0].select(outcome).run()
        holds_up(at, texts)
        told = [chart.proto.alt for chart in at.get("vega_lite_chart")]
        name = "each outcome" if outcome == "All outcomes" else outcome
        assert any(alt.startswith(f"Crowd forecast of {name} over time") for alt in told)


def test_references_are_shown_before_anybody_forecasts(open_view, texts, filling, people):
    at = open_view("question", people.forecaster, id=filling.silent)
    holds_up(at, texts)
    (table,) = [one.value for one in at.dataframe]
    assert table["whose"].tolist() == ["A market"]
    assert at.info[0].value == "Nobody has a forecast here yet. Make one!"


def test_a_forecast_withdrawn_at_once_leaves_a_page(site, open_view, texts, questions, people):
    forecasting.submit(site, people.forecaster, questions.binary, (0.7, 0.3))
    forecasting.withdraw(site, people.forecaster, questions.binary)
    at = open_view("question", people.forecaster, id=questions.binary)
    holds_up(at, texts)
    assert at.info[0].value == "Nobody has a forecast here now. Make one!"


# What people wrote is text


@pytest.fixture
def hostile(site, people, clock):
    """An admin and two questions, all with names that Markdown and HTML would draw."""
    person = Person("id-of-nobody", HOSTILE, Role.ADMIN)
    with site.store.transaction():
        event = PersonJoined(person.id, person.name, person.role)
        site.store.append(event, actor=person.id, now=clock())
    closes = clock.moment.replace(month=5)
    draft = asking.Draft(
        Kind.CHOICE,
        HOSTILE,
        "As Mo says ![](http://x).",
        closes,
        background="See ![](http://x).",
        outcomes=(HOSTILE, f"{HOSTILE} too"),
        tags=(HOSTILE[:15],),
    )
    question_id = asking.ask(site, people.moderator, draft)
    forecasting.submit(site, person, question_id, (0.2, 0.8))
    clock.advance(days=1)
    forecasting.submit(site, people.other, question_id, (0.3, 0.7))
    return person, question_id


def drawn(at, texts):
    """What Markdown or HTML would draw on a page of what people wrote."""
    read = [text for text in texts(at, but=AS_IT_IS) if DRAWN.search(text)]
    return [*read, *(html.value for html in at.html if "<b>" in html.value)]


@every_page
def test_what_people_wrote_is_shown_as_text(open_site, texts, hostile, entry):
    person, question_id = hostile
    at = open_site(entry.path, person, **({"id": question_id} if entry.path == "question" else {}))
    assert not at.exception
    assert len(at.title) == 1
    assert drawn(at, texts) == []


def test_hostile_outcomes_are_shown_as_text(open_site, texts, hostile):
    person, question_id = hostile
    at = open_site("question", person, id=question_id)
    assert at.title[0].value == widgets.plain(HOSTILE)
    for outcome in (HOSTILE, f"{HOSTILE} too"):
        at.selectbox[0].select(outcome).run()
        assert not at.exception
        assert drawn(at, texts) == []


def test_a_hostile_question_is_resolved_as_text(open_site, texts, hostile):
    person, question_id = hostile
    at = open_site("resolve", person)
    at.selectbox(key="resolve-question").select(question_id).run()
    at.radio(key=f"resolve-{question_id}-outcome").set_value(HOSTILE)
    at.date_input(key=f"resolve-{question_id}-day").set_value(date(2026, 1, 2)).run()
    assert drawn(at, texts) == []
    at.text_input(key=f"resolve-{question_id}-source").set_value(HOSTILE)
    at.button[0].click().run()
    assert at.title[0].value == widgets.plain(HOSTILE)
    assert drawn(at, texts) == []


def test_a_hostile_person_is_given_a_role_as_text(open_site, texts, hostile):
    person, _ = hostile
    at = open_site("people", person)
    at.selectbox[0].select(HOSTILE).run()
    assert drawn(at, texts) == []
    at.selectbox(key=f"role-{person.id}").select("forecaster")
    at.button[0].click().run()
    assert at.success[0].value == f"{widgets.plain(HOSTILE)} is forecaster now."
