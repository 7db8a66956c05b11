"""What a resolution writes into the tables of scores and of calibration."""

from __future__ import annotations

from datetime import timedelta
from math import log

import numpy as np
import pytest

from forecasts.domain.aggregation import aggregate
from forecasts.domain.scoring import score_question
from forecasts.services import forecasting, resolving
from forecasts.storage.resolution_rows import CROWD_METHODS
from forecasts.storage.scores import CROWD, PERSON


@pytest.fixture
def resolve(site, people, clock):
    """Resolves a question as known since the present, which is how far the clock was moved."""

    def enter(question_id, outcome, known=None):
        resolving.resolve(
            site,
            people.moderator,
            question_id,
            outcome=outcome,
            known_since=known or clock(),
            source="the news",
        )

    return enter


def counts(site, series):
    found = site.store.scores.counts(series)
    return list(
        zip(
            found.question.tolist(),
            found.probability.tolist(),
            found.weight.tolist(),
            found.happened.tolist(),
            strict=True,
        )
    )


def test_scores_are_those_of_the_formulas(site, people, questions, clock, resolve):
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    clock.advance(days=25)
    forecasting.submit(site, people.other, questions.binary, [0.5, 0.5])
    clock.advance(days=25)
    resolve(questions.binary, 0)
    fay, finn = site.store.scores.of_question(questions.binary)
    assert (fay.person, finn.person) == (people.forecaster.id, people.other.id)
    assert (fay.coverage, finn.coverage) == (0.5, 0.25)
    assert (fay.brier, finn.brier) == pytest.approx((0.2**2, 0.5**2))
    assert (fay.log, finn.log) == pytest.approx((log(0.8), log(0.5)))
    assert fay.baseline == pytest.approx(0.5 * 100 * log(1.6) / log(2))
    assert finn.baseline == pytest.approx(0)
    assert fay.peer == pytest.approx(0.25 * 100 * log(0.8 / 0.5))
    assert finn.peer == pytest.approx(-fay.peer)


def test_preview_table_and_formula_agree(site, people, questions, clock, resolve):
    for day, person in enumerate([people.forecaster, people.other, people.admin] * 3, start=1):
        forecasting.submit(site, person, questions.choice, [0.1 * day, 0.05, 0.95 - 0.1 * day])
        clock.advance(days=1)
    question = site.store.questions.get(questions.choice)
    crowd = site.store.forecasts.crowd(questions.choice, 3)
    direct = score_question(
        crowd.record, outcome=2, opens=question.opens, closes=question.closes, known=clock()
    )
    preview = resolving.preview(
        site, people.moderator, questions.choice, outcome=2, known_since=clock()
    )
    resolve(questions.choice, 2)
    kept = site.store.scores.of_question(questions.choice)
    assert [score for _, score in preview] == kept
    names = {person.id: person.name for person in site.store.people.all()}
    assert [name for name, _ in preview] == [names[score.person] for score in kept]
    for score in kept:
        code = crowd.people.index(score.person)
        for field in ("coverage", "brier", "log", "baseline", "peer"):
            assert getattr(score, field) == getattr(direct, field)[code], field


def test_who_has_no_coverage_has_no_brier(site, people, questions, clock, resolve):
    known = clock.advance(days=1)
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    resolve(questions.binary, 0, known)
    (score,) = site.store.scores.of_person(people.forecaster.id)
    assert (score.coverage, score.baseline, score.peer) == (0, 0, 0)
    assert score.brier is None
    assert score.log is None
    assert counts(site, PERSON + people.forecaster.id) == []


def test_a_question_without_forecasts_resolves_to_nothing(site, questions, clock, resolve):
    clock.advance(days=1)
    resolve(questions.binary, 0)
    resolve(questions.choice, 0)
    assert site.store.scores.of_question(questions.binary) == []
    assert site.store.scores.questions() == 0
    assert counts(site, f"{CROWD}median") == []


def test_an_answer_known_from_the_start_scores_nobody(site, people, questions, clock, resolve):
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    opened = clock()
    clock.advance(days=1)
    resolve(questions.binary, 1, opened)
    (score,) = site.store.scores.of_question(questions.binary)
    assert score.coverage == 0


def test_an_answer_known_after_the_close_scores_until_the_close(
    site, people, questions, clock, resolve
):
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    clock.advance(days=300)
    resolve(questions.binary, 0)
    (score,) = site.store.scores.of_question(questions.binary)
    assert score.coverage == 1
    assert counts(site, PERSON + people.forecaster.id) == [(0, 0.8, 1, 1)]


def test_calibration_of_a_person_shares_the_time(site, people, questions, clock, resolve):
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    clock.advance(days=3)
    forecasting.submit(site, people.forecaster, questions.binary, [0.4, 0.6])
    clock.advance(days=1)
    forecasting.withdraw(site, people.forecaster, questions.binary)
    clock.advance(days=10)
    resolve(questions.binary, 1)
    assert counts(site, PERSON + people.forecaster.id) == [
        (0, 0.4, pytest.approx(1 / 4), 0),
        (0, 0.8, pytest.approx(3 / 4), 0),
    ]


def test_every_outcome_of_a_choice_is_an_event(site, people, questions, clock, resolve):
    forecasting.submit(site, people.forecaster, questions.choice, [0.2, 0.3, 0.5])
    clock.advance(days=1)
    resolve(questions.choice, 2)
    third = pytest.approx(1 / 3)
    assert counts(site, PERSON + people.forecaster.id) == [
        (0, 0.2, third, 0),
        (0, 0.3, third, 0),
        (0, 0.5, third, 1),
    ]


def test_questions_have_codes_of_their_own(site, people, questions, clock, resolve):
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    forecasting.submit(site, people.forecaster, questions.choice, [0.2, 0.3, 0.5])
    clock.advance(days=1)
    resolve(questions.binary, 0)
    resolve(questions.choice, 0)
    codes = site.store.scores.counts(PERSON + people.forecaster.id).question
    assert sorted(codes.tolist()) == [0, 0, 0, 1]


@pytest.mark.parametrize("method", CROWD_METHODS)
def test_the_crowd_is_a_series_by_every_method(site, people, questions, clock, resolve, method):
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    clock.advance(days=1)
    forecasting.submit(site, people.other, questions.binary, [0.8, 0.2])
    forecasting.withdraw(site, people.forecaster, questions.binary)
    clock.advance(days=1)
    resolve(questions.binary, 0)
    said = aggregate([[0.8, 0.2]], method=method).centre[0]
    assert counts(site, CROWD + method) == [(0, round(said, 3), pytest.approx(1), 1)]


def test_the_time_without_a_crowd_does_not_weigh(site, people, questions, clock, resolve):
    forecasting.submit(site, people.forecaster, questions.binary, [0.6, 0.4])
    clock.advance(days=1)
    forecasting.withdraw(site, people.forecaster, questions.binary)
    clock.advance(days=7)
    forecasting.submit(site, people.other, questions.binary, [0.9, 0.1])
    clock.advance(days=3)
    resolve(questions.binary, 0)
    assert counts(site, f"{CROWD}mean") == [
        (0, 0.6, pytest.approx(1 / 4), 1),
        (0, 0.9, pytest.approx(3 / 4), 1),
    ]


@pytest.mark.parametrize("undone", [False, True])
def test_undoing_takes_scores_and_calibration_away(site, people, questions, clock, resolve, undone):
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    clock.advance(days=1)
    resolve(questions.binary, 0)
    if undone:
        resolving.undo(site, people.moderator, questions.binary)
    assert bool(site.store.scores.of_question(questions.binary)) is not undone
    assert bool(counts(site, f"{CROWD}mean")) is not undone


def test_weights_of_a_question_sum_to_one_in_every_series(site, people, questions, clock, resolve):
    for day in range(1, 30):
        person = (people.forecaster, people.other, people.admin)[day % 3]
        forecasting.submit(site, person, questions.binary, [day / 31, 1 - day / 31])
        forecasting.submit(site, person, questions.choice, [day / 31, 0.01, 0.99 - day / 31])
        clock.advance(hours=2 * day)
    resolve(questions.binary, 1, clock() - timedelta(days=1))
    resolve(questions.choice, 1)
    series = [name for (name,) in site.store.engine.rows("SELECT DISTINCT series FROM calibration")]
    assert len(series) == len(CROWD_METHODS) + 3
    for name in series:
        found = site.store.scores.counts(name)
        assert np.bincount(found.question, weights=found.weight) == pytest.approx([1, 1])
