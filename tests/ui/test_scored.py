"""What comes of it all: one's own forecasts, standings and calibration, on their pages."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from forecasts.domain.questions import Kind
from forecasts.services import asking, forecasting, resolving, scoreboard
from forecasts.storage.resolution_rows import CROWD_METHODS
from forecasts.ui import widgets

NBSP = "\N{NO-BREAK SPACE}"


def linked(at):
    found = [parse_qs(link.query_string) for link in at.page_link]
    return [query["id"][0] for query in found if "id" in query]


def headings(at):
    return [heading.value for heading in at.subheader]


def metrics(at):
    return {metric.label: metric.value for metric in at.metric}


# My forecasts


def test_a_visitor_is_asked_to_sign_in_for_their_forecasts(open_view):
    at = open_view("my-forecasts")
    assert at.info[0].value == "Sign in to see your forecasts, scores and calibration."


@pytest.mark.usefixtures("resolved")
def test_who_has_no_forecasts_is_shown_where_to_begin(open_view, people):
    at = open_view("my-forecasts", people.moderator)
    assert at.info[0].value.startswith("You have no forecasts yet.")
    assert at.page_link[0].label == "All questions"


def test_my_forecasts_are_listed_with_the_crowd(open_view, people, filling):
    at = open_view("my-forecasts", people.forecaster)
    assert headings(at) == ["Not scored yet", "My calibration"]
    assert linked(at) == [filling.choice, filling.binary]
    choice, binary = [one.value for one in at.caption][:2]
    assert choice == f"Green: you said **30{NBSP}%** on 9 Jan 2026 · crowd 55{NBSP}%"
    assert binary == f"Yes: you said **60{NBSP}%** on 9 Jan 2026 · crowd 60{NBSP}%"


def test_my_scores_are_listed_apart(site, open_view, people, resolved):
    at = open_view("my-forecasts", people.other)
    assert headings(at) == ["Not scored yet", "Scored", "My calibration"]
    assert linked(at) == [resolved.closed, resolved.binary]
    (score,) = site.store.scores.of_person(people.other.id)
    assert widgets.score_line(score) in [one.value for one in at.markdown]
    assert metrics(at)["Questions"] == "1"


def test_many_forecasts_of_mine_have_pages(site, open_view, people, clock):
    closes = clock() + timedelta(days=10)
    for number in range(23):
        draft = asking.Draft(Kind.BINARY, f"Is this question {number}?", "It is.", closes)
        question_id = asking.ask(site, people.moderator, draft)
        forecasting.submit(site, people.other, question_id, (0.3, 0.7))
    at = open_view("my-forecasts", people.other)
    assert linked(at) == [f"is-this-question-{number}" for number in range(22, 2, -1)]
    at.pagination[0].set_value(2).run()
    assert linked(at) == [f"is-this-question-{number}" for number in (2, 1, 0)]


def test_a_forecast_that_ended_says_how(site, open_view, people, filling, clock):
    forecasting.withdraw(site, people.other, filling.binary)
    clock.advance(days=1)
    told = [one.value for one in open_view("my-forecasts", people.other).caption]
    assert "Yes: you said **97\N{NO-BREAK SPACE}%** on 9 Jan 2026" in told[0]
    assert "· withdrawn on 11 Jan 2026 ·" in told[0]
    assert told[1].endswith("· closed, waiting for an answer")


def test_a_question_that_nobody_forecast_scores_nobody(site, open_view, people, questions, clock):
    resolving.resolve(
        site, people.moderator, questions.binary, outcome=0, known_since=clock(), source="the news"
    )
    told = [one.value for one in open_view("question", id=questions.binary).caption]
    assert "Nobody had a forecast here that counts, so nobody is scored." in told


# Standings


@pytest.mark.usefixtures("filling")
def test_standings_begin_with_the_first_score(open_view):
    at = open_view("standings")
    assert at.info[0].value.startswith("No question is scored yet.")
    assert not at.dataframe


@pytest.mark.usefixtures("resolved")
@pytest.mark.parametrize("by", scoreboard.RANKINGS)
def test_standings_are_ranked_as_asked(site, open_view, by):
    at = open_view("standings")
    at.segmented_control(key="rank-by").set_value(by).run()
    report = scoreboard.ranking(site, None)
    places = dict(zip(report.names, scoreboard.places(report, by).tolist(), strict=True))
    table = at.dataframe[0].value
    assert dict(zip(table["Forecaster"], table["Rank"], strict=True)) == places
    assert table["Rank"].tolist() == sorted(places.values())
    assert scoreboard.RANKINGS[by].explained in [one.value for one in at.caption]
    assert "Over 2 scored questions." in [one.value for one in at.caption]


# Calibration


@pytest.mark.usefixtures("filling")
def test_calibration_begins_with_the_first_score(open_view):
    at = open_view("calibration")
    assert "Nothing of the crowd forecast is scored yet." in at.info[0].value
    assert not at.get("vega_lite_chart")


@pytest.mark.usefixtures("resolved")
@pytest.mark.parametrize("method", CROWD_METHODS)
def test_the_crowd_is_calibrated_by_every_method(site, open_view, method):
    at = open_view("calibration")
    at.selectbox[1].select(widgets.METHOD_NAMES[method]).run()
    curve = scoreboard.crowd_calibration(site, None, method).reliability
    assert metrics(at)["Brier"] == f"{curve.brier:.3f}"
    assert metrics(at)["Uncertainty"] == f"{curve.uncertainty:.3f}"
    table = at.dataframe[0].value
    assert table["forecast"].tolist() == pytest.approx(curve.forecast)
    assert table["happened"].tolist() == pytest.approx(curve.curve)


@pytest.mark.usefixtures("resolved")
def test_anybody_is_calibrated(site, open_view, people):
    at = open_view("calibration")
    at.selectbox[0].select("Fay").run()
    assert len(at.selectbox) == 1
    report = scoreboard.person_calibration(site, None, people.forecaster.id)
    assert metrics(at)["Questions"] == str(report.questions)
    assert metrics(at)["Brier"] == f"{report.reliability.brier:.3f}"
    alt = at.get("vega_lite_chart")[0].proto.alt
    assert alt.startswith("Reliability of the forecasts of Fay")


# How it works


def test_the_examples_are_computed(open_view):
    at = open_view("how-it-works")
    told = " ".join(one.value for one in at.info)
    assert f"The crowd forecast is **70{NBSP}%**" in told
    assert f"its quartiles are 60{NBSP}% and 70{NBSP}%" in told
    assert at.dataframe[0].value["Baseline"].tolist() == pytest.approx(
        [84.79969066, 0, 42.39984533]
    )
