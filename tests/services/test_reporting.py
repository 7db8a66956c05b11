"""What a person may see: rows, one question, one's own, standings and calibration."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from forecasts.domain.aggregation import METHODS, aggregate, aggregate_history
from forecasts.domain.calibration import reliability
from forecasts.domain.events import SITE, ReferenceRecorded
from forecasts.domain.people import NotAllowedError
from forecasts.domain.questions import Kind, NoSuchQuestionError, State
from forecasts.services import asking, forecasting, reporting, resolving
from forecasts.settings import Settings

MICROSECOND = timedelta(microseconds=1)
YES, NO = 0, 1


@pytest.fixture
def say(site):
    """Lets somebody forecast: Yes of a binary question, or every outcome of a choice."""

    def say(person, question_id, *probabilities):
        yes = probabilities[0]
        vector = probabilities if len(probabilities) > 1 else (yes, round(1 - yes, 12))
        forecasting.submit(site, person, question_id, vector)

    return say


@pytest.fixture
def resolve(site, people):
    """Lets Mo resolve a question."""

    def resolve(question_id, outcome, known_since):
        resolving.resolve(
            site,
            people.moderator,
            question_id,
            outcome=outcome,
            known_since=known_since,
            source="the news",
        )

    return resolve


@pytest.fixture
def row(site):
    """Reads the row of a question."""

    def read(question_id):
        rows = {row.question.id: row for row in reporting.questions(site, None)}
        assert rows[question_id] == reporting.question(site, None, question_id).row
        return rows[question_id]

    return read


def yes(*chances):
    return [(chance, 1 - chance) for chance in chances]


def test_a_site_without_questions_has_no_rows(site):
    assert reporting.questions(site, None) == []


def test_questions_come_in_the_order_in_which_they_were_asked(site, questions):
    rows = reporting.questions(site, None)
    assert [row.question.id for row in rows] == [questions.binary, questions.choice]


def test_before_the_first_forecast_there_is_no_crowd(row, questions):
    for question_id in (questions.binary, questions.choice):
        seen = row(question_id)
        assert (seen.crowd, seen.move, seen.disagreement) == (None, None, 0)
        assert (seen.leader, seen.forecasters, seen.forecasts) == (0, 0, 0)
        assert seen.state is State.OPEN


def test_the_crowd_of_a_row_is_the_aggregate_oldest_first(row, people, questions, say, clock):
    for person, chance in ((people.other, 0.9), (people.forecaster, 0.2), (people.admin, 0.4)):
        say(person, questions.binary, chance)
        clock.advance(hours=1)
    say(people.forecaster, questions.binary, 0.3)
    made = aggregate(yes(0.9, 0.4, 0.3), method="recency_weighted_median")
    seen = row(questions.binary)
    assert seen.crowd == tuple(made.centre)
    assert seen.leader == YES
    assert seen.disagreement == made.high[YES] - made.low[YES]
    assert (seen.forecasters, seen.forecasts) == (3, 4)


def test_a_choice_shows_its_likeliest_outcome(row, people, questions, say, clock):
    said = [(0.2, 0.3, 0.5), (0.1, 0.6, 0.3), (0.3, 0.4, 0.3)]
    for person, vector in zip((people.other, people.forecaster, people.admin), said, strict=True):
        say(person, questions.choice, *vector)
        clock.advance(hours=1)
    made = aggregate(said, method="recency_weighted_mean")
    seen = row(questions.choice)
    assert seen.crowd == tuple(made.centre)
    assert seen.leader == 1
    assert seen.disagreement == made.high[1] - made.low[1]


def test_a_binary_question_shows_yes_even_where_no_is_likelier(row, people, questions, say):
    say(people.forecaster, questions.binary, 0.1)
    assert row(questions.binary).leader == YES


def test_a_choice_of_two_shows_its_likelier_outcome(site, row, people, say, clock):
    closes = clock() + timedelta(days=9)
    draft = asking.Draft(Kind.CHOICE, "Red or blue?", "As it is.", closes, outcomes=("Red", "Blue"))
    question_id = asking.ask(site, people.moderator, draft)
    say(people.forecaster, question_id, 0.1, 0.9)
    assert row(question_id).leader == 1


def test_the_move_is_since_seven_days_ago(row, people, questions, say, clock):
    say(people.forecaster, questions.binary, 0.2)
    clock.moment += timedelta(days=7) - MICROSECOND
    assert row(questions.binary).move is None
    clock.moment += MICROSECOND
    assert row(questions.binary).move == 0
    say(people.forecaster, questions.binary, 0.5)
    assert row(questions.binary).move == pytest.approx(0.5 - 0.2)
    clock.advance(days=8)
    assert row(questions.binary).move == 0


def test_the_move_of_a_choice_is_that_of_its_leader(row, people, questions, say, clock):
    say(people.forecaster, questions.choice, 0.6, 0.3, 0.1)
    clock.advance(days=8)
    say(people.forecaster, questions.choice, 0.2, 0.1, 0.7)
    assert row(questions.choice).move == pytest.approx(0.7 - 0.1)


def test_without_a_standing_forecast_there_is_no_move(site, row, people, questions, say, clock):
    say(people.forecaster, questions.binary, 0.2)
    clock.advance(days=8)
    forecasting.withdraw(site, people.forecaster, questions.binary)
    seen = row(questions.binary)
    assert (seen.crowd, seen.move, seen.disagreement) == (None, None, 0)
    assert (seen.forecasters, seen.forecasts) == (0, 1)


def test_states_turn_at_their_moments_without_an_event(site, row, people, clock):
    opens, closes = clock() + timedelta(days=1), clock() + timedelta(days=2)
    draft = asking.Draft(Kind.BINARY, "Is it open already?", "As it says.", closes, opens=opens)
    question_id = asking.ask(site, people.moderator, draft)
    for moment, state in (
        (opens - MICROSECOND, State.SCHEDULED),
        (opens, State.OPEN),
        (closes - MICROSECOND, State.OPEN),
        (closes, State.CLOSED),
    ):
        clock.moment = moment
        assert row(question_id).state is state


def test_a_forecast_of_this_very_microsecond_counts(site, row, people, questions, say):
    say(people.forecaster, questions.binary, 0.2)
    say(people.forecaster, questions.binary, 0.8)
    seen = row(questions.binary)
    assert seen.crowd == pytest.approx((0.8, 0.2))
    assert (seen.forecasters, seen.forecasts) == (1, 2)
    history = reporting.question(site, None, questions.binary).history
    assert history.centre[:, YES].tolist() == [0.8]


def test_a_forecast_withdrawn_in_the_very_microsecond_leaves_nobody(
    site, row, people, questions, say
):
    say(people.forecaster, questions.binary, 0.2)
    forecasting.withdraw(site, people.forecaster, questions.binary)
    assert row(questions.binary).crowd is None
    assert reporting.question(site, None, questions.binary).history.count.tolist() == [0]


def test_a_question_closes_without_an_event(site, row, people, questions, say, clock):
    say(people.forecaster, questions.binary, 0.2)
    clock.moment = row(questions.binary).question.closes - MICROSECOND
    say(people.other, questions.binary, 0.6)
    clock.advance(days=30)
    seen = row(questions.binary)
    assert seen.state is State.CLOSED
    assert seen.crowd == pytest.approx((0.4, 0.6))
    assert seen.move == pytest.approx(0.4 - 0.2)
    assert reporting.question(site, None, questions.binary).until == seen.question.closes


def test_nothing_counts_from_when_it_was_known_on(
    site, row, people, questions, say, resolve, clock
):
    say(people.forecaster, questions.binary, 0.6)
    known = clock.advance(days=10)
    say(people.other, questions.binary, 0.9)
    clock.advance(days=10)
    say(people.forecaster, questions.binary, 0.99)
    resolve(questions.binary, YES, known)
    seen = row(questions.binary)
    assert seen.state is State.RESOLVED
    assert seen.crowd == pytest.approx((0.6, 0.4))
    assert (seen.forecasters, seen.forecasts) == (1, 3)
    report = reporting.question(site, None, questions.binary)
    assert [(name, one.probabilities[YES]) for name, one in report.standing] == [("Fay", 0.6)]
    assert report.until == known
    assert report.history.centre[:, YES].tolist() == [0.6]


def test_an_annulled_question_keeps_its_crowd(site, row, people, questions, say, clock):
    say(people.forecaster, questions.binary, 0.6)
    clock.advance(days=1)
    resolving.annul(site, people.moderator, questions.binary, reason="No such station.")
    seen = row(questions.binary)
    assert seen.state is State.ANNULLED
    assert seen.crowd == pytest.approx((0.6, 0.4))
    assert reporting.question(site, None, questions.binary).until == clock()


@pytest.mark.parametrize("kind", ["binary", "choice"])
def test_the_history_of_a_report_is_the_aggregate_history(site, people, questions, clock, kind):
    question_id = getattr(questions, kind)
    vectors = {"binary": yes(0.2, 0.5, 0.7), "choice": [(0.2, 0.3, 0.5), (0.1, 0.6, 0.3)]}[kind]
    for person, vector in zip((people.other, people.admin, people.other), vectors, strict=False):
        forecasting.submit(site, person, question_id, vector)
        clock.advance(hours=1)
    forecasting.withdraw(site, people.admin, question_id)
    report = reporting.question(site, people.forecaster, question_id)
    record = site.store.forecasts.crowd(question_id, len(vectors[0])).record
    expected = aggregate_history(record, method=report.method)
    assert report.method == f"recency_weighted_{'median' if kind == 'binary' else 'mean'}"
    for column in ("times", "centre", "low", "high", "count"):
        np.testing.assert_array_equal(
            getattr(report.history, column), getattr(expected, column), strict=True
        )
    assert report.until == clock()


def test_a_report_names_who_says_what_newest_first(site, people, questions, say, clock):
    say(people.forecaster, questions.binary, 0.2)
    clock.advance(hours=1)
    say(people.other, questions.binary, 0.6)
    say(people.admin, questions.binary, 0.5)
    forecasting.withdraw(site, people.admin, questions.binary)
    standing = reporting.question(site, None, questions.binary).standing
    assert [(name, one.probabilities[YES], one.starts) for name, one in standing] == [
        ("Finn", 0.6, clock()),
        ("Fay", 0.2, clock() - timedelta(hours=1)),
    ]


def test_a_report_has_references_up_to_now(site, questions, clock):
    times = [clock() + timedelta(days=day) for day in (-5, 0, 1)]
    with site.store.transaction():
        for at in times:
            event = ReferenceRecorded(questions.binary, "A market", "", at, (0.4, 0.6))
            site.store.append(event, actor=SITE, now=clock())

    def seen():
        return [one.at for one in reporting.question(site, None, questions.binary).references]

    assert seen() == times[:2]
    clock.advance(days=1)
    assert seen() == times


def test_a_report_has_scores_with_names_best_first(site, people, questions, say, resolve, clock):
    say(people.forecaster, questions.binary, 0.2)
    say(people.other, questions.binary, 0.9)
    resolve(questions.binary, YES, clock.advance(days=100))
    scores = reporting.question(site, None, questions.binary).scores
    assert [name for name, _ in scores] == ["Finn", "Fay"]
    assert [score for _, score in scores] == site.store.scores.of_question(questions.binary)
    assert scores[0][1].peer == pytest.approx(100 * np.log(0.9 / 0.2))


def test_a_question_that_does_not_exist_is_named(site, refused):
    with refused("There is no question “nowhere”.", NoSuchQuestionError):
        reporting.question(site, None, "nowhere")


# One's own


def test_my_history_is_what_i_said_oldest_first(site, people, questions, say, clock):
    say(people.forecaster, questions.binary, 0.2)
    middle = clock.advance(days=1)
    say(people.forecaster, questions.binary, 0.3)
    say(people.other, questions.binary, 0.9)
    mine = reporting.own_history(site, people.forecaster, questions.binary)
    assert [(one.probabilities[YES], one.ends) for one in mine] == [(0.2, middle), (0.3, None)]
    assert reporting.own_history(site, None, questions.binary) == []


def test_my_standing_forecasts_are_those_i_did_not_withdraw(site, people, questions, say):
    say(people.forecaster, questions.binary, 0.2)
    say(people.forecaster, questions.choice, 0.2, 0.3, 0.5)
    forecasting.withdraw(site, people.forecaster, questions.binary)
    mine = reporting.standing_forecasts(site, people.forecaster)
    assert mine == {questions.choice: (0.2, 0.3, 0.5)}
    assert reporting.standing_forecasts(site, None) == {}


def test_my_forecasts_have_crowd_and_score(site, people, questions, say, resolve, clock):
    say(people.forecaster, questions.binary, 0.2)
    say(people.other, questions.choice, 0.2, 0.3, 0.5)
    say(people.forecaster, questions.choice, 0.2, 0.1, 0.7)
    resolve(questions.binary, NO, clock.advance(days=50))
    choice, binary = reporting.own_forecasts(site, people.forecaster)
    assert (choice.question.id, choice.state, choice.score) == (questions.choice, State.OPEN, None)
    assert choice.crowd == pytest.approx((0.2, 0.2, 0.6))
    assert (choice.leader, choice.forecast.probabilities) == (2, (0.2, 0.1, 0.7))
    assert (binary.question.id, binary.state) == (questions.binary, State.RESOLVED)
    assert binary.score == site.store.scores.of_question(questions.binary)[0]


def test_a_visitor_has_no_forecasts(site, refused):
    with refused("To see your forecasts you must be signed in as a forecaster.", NotAllowedError):
        reporting.own_forecasts(site, None)


# Standings and calibration


@pytest.mark.usefixtures("questions")
def test_before_any_score_there_are_no_standings(site, people):
    report = reporting.ranking(site, people.forecaster)
    assert (report.names, report.questions) == ((), 0)
    assert reporting.scored_people(site, None) == []
    for by in reporting.RANKINGS:
        assert reporting.places(report, by).tolist() == []


def test_who_says_the_same_shares_a_place(site, people, questions, say, resolve, clock):
    for person, chance in ((people.forecaster, 0.8), (people.other, 0.8), (people.admin, 0.3)):
        say(person, questions.binary, chance)
    say(people.moderator, questions.choice, 0.2, 0.3, 0.5)
    resolve(questions.binary, YES, clock.advance(days=100))
    report = reporting.ranking(site, None)
    for by in reporting.RANKINGS:
        places = dict(zip(report.names, reporting.places(report, by).tolist(), strict=True))
        assert places == {"Fay": 1, "Finn": 1, "Ada": 3}
    assert report.questions == 1
    assert {one.name for one in reporting.scored_people(site, None)} == {"Ada", "Fay", "Finn"}


def test_standings_add_up_over_questions(site, people, questions, say, resolve, clock):
    say(people.forecaster, questions.binary, 0.8)
    say(people.forecaster, questions.choice, 0.2, 0.3, 0.5)
    say(people.other, questions.choice, 0.2, 0.6, 0.2)
    known = clock.advance(days=50)
    resolve(questions.binary, YES, known)
    resolve(questions.choice, 1, known)
    report = reporting.ranking(site, None)
    assert report.questions == 2
    fay = report.names.index("Fay")
    scores = site.store.scores.of_person(people.forecaster.id)
    peer = sum(score.peer for score in scores)
    assert report.table.total_peer[fay] == pytest.approx(peer)
    assert report.table.mean_peer[fay] == pytest.approx(peer / (3 + 1))
    assert report.table.baseline[fay] == pytest.approx(sum(score.baseline for score in scores))
    assert report.table.brier[fay] == pytest.approx(sum(score.brier for score in scores) / 2)


def test_calibration_begins_with_the_first_score(site, people, questions, say):
    say(people.forecaster, questions.binary, 0.8)
    for method in METHODS:
        report = reporting.crowd_calibration(site, None, method)
        assert (report.reliability, report.questions) == (None, 0)
    report = reporting.person_calibration(site, None, people.forecaster.id)
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
        reporting.person_calibration(site, None, people.forecaster.id),
        *(reporting.crowd_calibration(site, None, method) for method in METHODS),
    ]
    for report in alone:
        assert report.questions == 2
        assert report.reliability.forecast.tolist() == [0.2, 0.3, 0.5, 0.6, 0.8]
        assert report.reliability.curve == pytest.approx(expected.curve)
        assert report.reliability.weight == pytest.approx(expected.weight)
        assert report.reliability.brier == pytest.approx(expected.brier)
    nobody = reporting.person_calibration(site, None, people.other.id)
    assert nobody.reliability is None


# Who may read

READERS = {
    name: function
    for name, function in inspect.getmembers(reporting, inspect.isfunction)
    if function.__module__ == reporting.__name__ and not name.startswith("_")
    if list(inspect.signature(function).parameters)[:2] == ["site", "person"]
}


def read(name, site, person, questions):
    given = {"question_id": questions.binary, "method": "median", "of": "id-of-fay"}
    asked = list(inspect.signature(READERS[name]).parameters)[2:]
    return READERS[name](site, person, *(given[one] for one in asked))


@pytest.mark.parametrize("name", READERS)
def test_a_site_for_members_shows_visitors_nothing(site, questions, name):
    members_only = replace(site, settings=Settings(visitors="none"))
    with pytest.raises(NotAllowedError):
        read(name, members_only, None, questions)


@pytest.mark.parametrize("name", READERS)
def test_a_site_for_members_shows_members_all_that_an_open_one_does(site, people, questions, name):
    members_only = replace(site, settings=Settings(visitors="none"))
    seen, expected = (read(name, one, people.other, questions) for one in (members_only, site))
    assert repr(seen) == repr(expected)
