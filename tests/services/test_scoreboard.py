"""How good people and the crowd were: standings, calibration and who has either."""

from __future__ import annotations

import inspect
from dataclasses import replace

import pytest

from forecasts.domain.calibration import reliability
from forecasts.domain.people import NotAllowedError
from forecasts.services import resolving, scoreboard
from forecasts.settings import Settings
from forecasts.storage.resolution_rows import CROWD_METHODS

YES = 0


@pytest.mark.usefixtures("questions")
def test_before_any_score_there_are_no_standings(site, people):
    report = scoreboard.ranking(site, people.forecaster)
    assert (report.names, report.questions) == ((), 0)
    assert scoreboard.scored_people(site, None) == []
    for by in scoreboard.RANKINGS:
        assert scoreboard.places(report, by).tolist() == []


def test_who_says_the_same_shares_a_place(site, people, questions, say, resolve, clock):
    for person, chance in ((people.forecaster, 0.8), (people.other, 0.8), (people.admin, 0.3)):
        say(person, questions.binary, chance)
    say(people.moderator, questions.choice, 0.2, 0.3, 0.5)
    resolve(questions.binary, YES, clock.advance(days=100))
    report = scoreboard.ranking(site, None)
    for by in scoreboard.RANKINGS:
        places = dict(zip(report.names, scoreboard.places(report, by).tolist(), strict=True))
        assert places == {"Fay": 1, "Finn": 1, "Ada": 3}
    assert report.questions == 1
    assert {one.name for one in scoreboard.scored_people(site, None)} == {"Ada", "Fay", "Finn"}


def test_standings_add_up_over_questions(site, people, questions, say, resolve, clock):
    say(people.forecaster, questions.binary, 0.8)
    say(people.forecaster, questions.choice, 0.2, 0.3, 0.5)
    say(people.other, questions.choice, 0.2, 0.6, 0.2)
    known = clock.advance(days=50)
    resolve(questions.binary, YES, known)
    resolve(questions.choice, 1, known)
    report = scoreboard.ranking(site, None)
    assert report.questions == 2
    fay = report.names.index("Fay")
    scores = site.store.scores.of_person(people.forecaster.id)
    peer = sum(score.peer for score in scores)
    assert report.table.total_peer[fay] == pytest.approx(peer)
    assert report.table.mean_peer[fay] == pytest.approx(peer / (3 + 1))
    assert report.table.baseline[fay] == pytest.approx(sum(score.baseline for score in scores))
    assert report.table.brier[fay] == pytest.approx(sum(score.brier for score in scores) / 2)


REPEATING = [name for name in CROWD_METHODS if name != "extremised"]
"""The crowd of one is that one, but by `extremised`, which takes it away from the prior."""


def test_calibration_begins_with_the_first_score(site, people, questions, say):
    say(people.forecaster, questions.binary, 0.8)
    for method in CROWD_METHODS:
        report = scoreboard.crowd_calibration(site, None, method)
        assert (report.reliability, report.questions) == (None, 0)
    report = scoreboard.person_calibration(site, None, people.forecaster.id)
    assert (report.reliability, report.questions) == (None, 0)


def test_calibration_weighs_by_how_long_a_probability_stood(
    site, people, questions, say, resolve, clock
):
    say(people.forecaster, questions.binary, 0.8)
    clock.advance(days=25)
    say(people.forecaster, questions.binary, 0.6)
    say(people.forecaster, questions.choice, 0.2, 0.3, 0.5)
    known = clock.advance(days=75)
    resolve(questions.binary, YES, known)
    resolve(questions.choice, 2, known)
    expected = reliability(
        forecast=[0.6, 0.8, 0.2, 0.3, 0.5],
        happened=[1, 1, 0, 0, 1],
        weight=[0.75, 0.25, *[1 / 3] * 3],
        question=[0, 0, 1, 1, 1],
    )
    alone = [
        scoreboard.person_calibration(site, None, people.forecaster.id),
        *(scoreboard.crowd_calibration(site, None, method) for method in REPEATING),
    ]
    for report in alone:
        assert report.questions == 2
        assert report.reliability.forecast.tolist() == [0.2, 0.3, 0.5, 0.6, 0.8]
        assert report.reliability.curve == pytest.approx(expected.curve)
        assert report.reliability.weight == pytest.approx(expected.weight)
        assert report.reliability.brier == pytest.approx(expected.brier)
    nobody = scoreboard.person_calibration(site, None, people.other.id)
    assert nobody.reliability is None


def test_whose_forecast_did_not_count_is_in_no_standings(
    site, people, questions, say, resolve, clock
):
    say(people.forecaster, questions.binary, 0.9)
    known = clock.advance(days=10)
    say(people.other, questions.binary, 0.99)
    say(people.admin, questions.choice, 0.2, 0.3, 0.5)
    resolve(questions.binary, YES, known)
    resolve(questions.choice, 1, known)
    scored = (questions.binary, questions.choice)
    assert sum(len(site.store.scores.of_question(one)) for one in scored) == 3
    report = scoreboard.ranking(site, None)
    assert (report.names, report.questions) == (("Fay",), 1)
    assert report.table.questions.tolist() == [1]
    for by in scoreboard.RANKINGS:
        assert scoreboard.places(report, by).tolist() == [1]
    assert scoreboard.scored_people(site, None) == [people.forecaster]


def test_who_counted_once_is_ranked_by_that_alone(site, people, questions, say, resolve, clock):
    say(people.forecaster, questions.binary, 0.9)
    known = clock.advance(days=10)
    say(people.forecaster, questions.choice, 0.2, 0.3, 0.5)
    resolve(questions.binary, YES, known)
    resolve(questions.choice, 1, known)
    report = scoreboard.ranking(site, None)
    assert report.table.questions.tolist() == [1]
    assert report.table.brier.tolist() == pytest.approx([0.1**2])
    assert report.questions == 1


@pytest.mark.parametrize("read", [scoreboard.ranking, scoreboard.scored_people])
def test_who_joins_and_is_scored_while_the_standings_are_read_is_no_error(
    site, people, questions, say, resolve, join, interrupted, clock, read
):
    say(people.forecaster, questions.binary, 0.8)
    resolve(questions.binary, YES, clock.advance(days=1))

    def happen(number):
        resolving.undo(site, people.moderator, questions.binary)
        say(join(f"Noa{number}"), questions.binary, 0.6)
        resolve(questions.binary, YES, clock.advance(days=1))

    given = interrupted(lambda: read(site, None), happen)
    assert given
    assert len(scoreboard.ranking(site, None).names) == 1 + len(given)


# Who may read

READERS = {
    name: function
    for name, function in inspect.getmembers(scoreboard, inspect.isfunction)
    if function.__module__ == scoreboard.__name__ and not name.startswith("_")
    if list(inspect.signature(function).parameters)[:2] == ["site", "person"]
}


def read(name, site, person):
    given = {"method": "median", "of": "id-of-fay"}
    asked = list(inspect.signature(READERS[name]).parameters)[2:]
    return READERS[name](site, person, *(given[one] for one in asked))


@pytest.mark.parametrize("name", READERS)
def test_a_site_for_members_shows_visitors_nothing(site, name):
    members_only = replace(site, settings=Settings(visitors="none"))
    with pytest.raises(NotAllowedError):
        read(name, members_only, None)


@pytest.mark.parametrize("name", READERS)
def test_a_site_for_members_shows_members_all_that_an_open_one_does(
    *, site, people, questions, say, resolve, clock, name
):
    say(people.forecaster, questions.binary, 0.8)
    resolve(questions.binary, YES, clock.advance(days=10))
    members_only = replace(site, settings=Settings(visitors="none"))
    seen, expected = (read(name, one, people.other) for one in (members_only, site))
    assert repr(seen) == repr(expected)
