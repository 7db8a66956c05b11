"""What a person may see: rows, one question and one's own."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from forecasts.domain.aggregation import aggregate, aggregate_history
from forecasts.domain.events import SITE, ForecastMade, ReferenceRecorded
from forecasts.domain.forecasts import StandingForecast
from forecasts.domain.people import NotAllowedError
from forecasts.domain.questions import Kind, NoSuchQuestionError, State
from forecasts.services import asking, forecasting, reporting, resolving
from forecasts.settings import Settings

MICROSECOND = timedelta(microseconds=1)
YES, NO = 0, 1


@pytest.fixture
def row(site):
    """Reads the row of a question: the same in a list and on its page."""

    def read(question_id):
        listed = {one.question.id: one for one in reporting.questions(site, None)}[question_id]
        row = reporting.row(site, None, listed)
        assert row == reporting.question(site, None, question_id).row
        assert (listed.question, listed.state) == (row.question, row.state)
        assert listed.forecasts == row.forecasts
        return row

    return read


@pytest.fixture
def apart(site):
    """How far the forecasts on a question lie apart, as lists are ordered by it."""

    def read(question_id):
        (apart,) = [
            one.disagreement
            for one in reporting.questions(site, None)
            if one.question.id == question_id
        ]
        return apart

    return read


def yes(*chances):
    return [(chance, 1 - chance) for chance in chances]


def test_a_site_without_questions_has_no_rows(site):
    assert reporting.questions(site, None) == []


def test_questions_come_in_the_order_in_which_they_were_asked(site, questions):
    rows = reporting.questions(site, None)
    assert [row.question.id for row in rows] == [questions.binary, questions.choice]


def test_before_the_first_forecast_there_is_no_crowd(row, apart, questions):
    for question_id in (questions.binary, questions.choice):
        seen = row(question_id)
        assert (seen.crowd, seen.move, apart(question_id)) == (None, None, 0)
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


def test_disagreement_is_half_the_variance_of_what_stands(
    site, apart, people, questions, say, clock
):
    for person, chance in ((people.other, 0.9), (people.forecaster, 0.2), (people.admin, 0.4)):
        say(person, questions.binary, chance)
        say(person, questions.choice, chance / 2, chance / 2, 1 - chance)
        clock.advance(hours=1)
    say(people.forecaster, questions.binary, 0.3)
    forecasting.withdraw(site, people.other, questions.binary)
    forecasting.withdraw(site, people.admin, questions.choice)
    assert apart(questions.binary) == pytest.approx(np.var([0.4, 0.3]))
    variance = np.var([0.9, 0.2])
    assert apart(questions.choice) == pytest.approx((2 * variance / 4 + variance) / 2)


def test_one_alone_does_not_disagree(apart, people, questions, say):
    for chance in (0.1, 0.7, 0.3):
        say(people.forecaster, questions.binary, chance)
        assert apart(questions.binary) == 0


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


def test_without_a_standing_forecast_there_is_no_move(
    *, site, row, apart, people, questions, say, clock
):
    say(people.forecaster, questions.binary, 0.2)
    clock.advance(days=8)
    forecasting.withdraw(site, people.forecaster, questions.binary)
    seen = row(questions.binary)
    assert (seen.crowd, seen.move, apart(questions.binary)) == (None, None, 0)
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
    assert [(one.name, one.probabilities[YES]) for one in report.standing] == [("Fay", 0.6)]
    assert report.until == known
    assert report.history.centre[:, YES].tolist() == [0.6]


def test_an_annulled_question_ends_when_that_was_entered(site, row, people, questions, say, clock):
    say(people.forecaster, questions.binary, 0.2)
    clock.advance(days=8)
    say(people.other, questions.binary, 0.6)
    annulled = clock.advance(days=1)
    say(people.forecaster, questions.binary, 0.9)
    resolving.annul(site, people.moderator, questions.binary, reason="No such station.")
    before = reporting.question(site, None, questions.binary)
    assert before.until == annulled
    assert before.row.crowd == pytest.approx((0.4, 0.6))
    assert before.row.move == pytest.approx(0.4 - 0.2)
    assert (before.row.forecasters, before.row.forecasts) == (2, 3)
    assert [(one.name, one.probabilities[YES]) for one in before.standing] == [
        ("Finn", 0.6),
        ("Fay", 0.2),
    ]
    assert before.history.centre[:, YES].tolist() == pytest.approx([0.2, 0.4])
    clock.advance(days=200)
    assert row(questions.binary) == before.row
    assert repr(reporting.question(site, None, questions.binary)) == repr(before)


def test_a_question_that_closed_before_it_was_annulled_ends_at_the_close(
    site, people, questions, say, clock
):
    say(people.forecaster, questions.binary, 0.6)
    closed = clock.advance(days=100)
    clock.advance(days=5)
    resolving.annul(site, people.moderator, questions.binary, reason="No such station.")
    report = reporting.question(site, None, questions.binary)
    assert report.until == closed
    assert report.row.crowd == pytest.approx((0.6, 0.4))


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


@pytest.mark.parametrize("changes", [500, 3_000])
def test_a_long_history_is_thinned_to_rows_that_are_exact(site, people, questions, clock, changes):
    """Nothing seen is invented: each point is a change, and the first and the last are there."""
    step = timedelta(seconds=1)
    chances = np.random.default_rng(0).integers(1, 1000, changes) / 1000
    with site.store.transaction():
        site.store.append_all(
            (clock() + n * step, people.other.id, ForecastMade(questions.binary, (p, 1 - p)))
            for n, p in enumerate(chances.tolist())
        )
    clock.advance(days=1)
    drawn = reporting.question(site, None, questions.binary).history
    record = site.store.forecasts.crowd(questions.binary, 2).record
    whole = aggregate_history(record, method="recency_weighted_median")
    at = np.searchsorted(whole.times, drawn.times)
    assert {0, changes - 1} <= set(at.tolist())
    assert reporting.DRAWN / 2 < len(at) <= reporting.DRAWN
    np.testing.assert_array_equal(drawn.centre, whole.centre[at])
    if changes <= reporting.WEIGHED:
        assert drawn.centre[:, YES].max() == chances.max()
        assert drawn.centre[:, YES].min() == chances.min()


def test_a_report_names_who_says_what_newest_first(site, people, questions, say, clock):
    say(people.forecaster, questions.binary, 0.2)
    clock.advance(hours=1)
    say(people.other, questions.binary, 0.6)
    say(people.admin, questions.binary, 0.5)
    forecasting.withdraw(site, people.admin, questions.binary)
    standing = reporting.question(site, None, questions.binary).standing
    assert standing == (
        StandingForecast("Finn", clock(), (0.6, 0.4)),
        StandingForecast("Fay", clock() - timedelta(hours=1), (0.2, 0.8)),
    )


def test_what_was_replaced_in_the_moment_it_was_known_stands(
    site, people, questions, say, resolve, clock
):
    say(people.other, questions.binary, 0.9)
    clock.advance(days=1)
    say(people.forecaster, questions.binary, 0.2)
    replaced = clock.advance(days=1)
    say(people.forecaster, questions.binary, 0.4)
    forecasting.withdraw(site, people.other, questions.binary)
    clock.advance(days=1)
    resolve(questions.binary, YES, replaced)
    report = reporting.question(site, None, questions.binary)
    assert [(one.name, one.since, one.probabilities) for one in report.standing] == [
        ("Fay", replaced - timedelta(days=1), (0.2, 0.8)),
        ("Finn", replaced - timedelta(days=2), (0.9, 0.1)),
    ]
    assert reporting.question(site, None, questions.choice).standing == ()


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


def test_whose_forecast_did_not_count_is_in_no_list_of_scores(
    site, people, questions, say, resolve, clock
):
    say(people.forecaster, questions.binary, 0.9)
    known = clock.advance(days=10)
    say(people.other, questions.binary, 0.99)
    resolve(questions.binary, YES, known)
    kept = site.store.scores.of_question(questions.binary)
    assert {score.person: score.coverage > 0 for score in kept} == {
        people.forecaster.id: True,
        people.other.id: False,
    }
    scores = reporting.question(site, None, questions.binary).scores
    assert [name for name, _ in scores] == ["Fay"]
    assert [score for _, score in scores] == reporting.counted(kept)


def test_who_joins_and_forecasts_while_a_question_is_read_is_no_error(
    site, people, questions, say, join, interrupted, clock
):
    say(people.forecaster, questions.binary, 0.2)
    clock.advance(days=1)

    def happen(number):
        say(join(f"Noa{number}"), questions.binary, 0.6)

    given = interrupted(lambda: reporting.question(site, None, questions.binary), happen)
    assert len(given) >= 4
    for number, report in enumerate(given, start=1):
        assert len(report.standing) == report.row.forecasters
        assert report.row.forecasters in (number, number + 1)


def test_who_joins_and_is_scored_while_a_question_is_read_is_no_error(
    site, people, questions, say, resolve, join, interrupted, clock
):
    say(people.forecaster, questions.binary, 0.2)
    resolve(questions.binary, YES, clock.advance(days=1))

    def happen(number):
        resolving.undo(site, people.moderator, questions.binary)
        say(join(f"Noa{number}"), questions.binary, 0.6)
        resolve(questions.binary, YES, clock.advance(days=1))

    given = interrupted(lambda: reporting.question(site, None, questions.binary), happen)
    assert len(given) >= 4
    scores = reporting.question(site, None, questions.binary).scores
    assert len(scores) == 1 + len(given)


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
    listed = reporting.questions(site, None)
    choice, binary = reporting.own_forecasts(site, people.forecaster, listed)
    assert (choice.listed, binary.listed) == (listed[1], listed[0])
    assert (choice.listed.question.id, choice.listed.state) == (questions.choice, State.OPEN)
    assert choice.score is None
    row = reporting.row(site, people.forecaster, choice.listed)
    assert row.crowd == pytest.approx((0.2, 0.2, 0.6))
    assert (row.leader, choice.forecast.probabilities) == (2, (0.2, 0.1, 0.7))
    assert (binary.listed.question.id, binary.listed.state) == (questions.binary, State.RESOLVED)
    assert binary.score == site.store.scores.of_question(questions.binary)[0]


def test_my_forecasts_are_those_on_the_questions_given(site, people, questions, say):
    say(people.forecaster, questions.binary, 0.2)
    say(people.forecaster, questions.choice, 0.2, 0.1, 0.7)
    binary, _ = reporting.questions(site, None)
    (mine,) = reporting.own_forecasts(site, people.forecaster, [binary])
    assert (mine.listed, mine.forecast.probabilities) == (binary, (0.2, 0.8))
    assert reporting.own_forecasts(site, people.forecaster, []) == []
    assert reporting.own_forecasts(site, people.other, [binary]) == []


def test_i_see_that_my_forecast_did_not_count(site, people, questions, say, resolve, clock):
    known = clock.advance(days=10)
    say(people.forecaster, questions.binary, 0.99)
    resolve(questions.binary, YES, known)
    rows = reporting.questions(site, None)
    (mine,) = reporting.own_forecasts(site, people.forecaster, rows)
    assert (mine.score.coverage, mine.score.brier, mine.score.peer) == (0, None, 0)


def test_a_visitor_has_no_forecasts(site, refused):
    with refused("To see your forecasts you must be signed in as a forecaster.", NotAllowedError):
        reporting.own_forecasts(site, None, [])


# Who may read

READERS = {
    name: function
    for name, function in inspect.getmembers(reporting, inspect.isfunction)
    if function.__module__ == reporting.__name__ and not name.startswith("_")
    if list(inspect.signature(function).parameters)[:2] == ["site", "person"]
}


def read(name, site, person, questions):
    rows = reporting.questions(replace(site, settings=Settings()), None)
    given = {"question_id": questions.binary, "rows": rows, "listed": rows[0]}
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
