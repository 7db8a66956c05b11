"""Putting probabilities on a question, and taking them back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forecasts.domain.questions import Kind, NoSuchQuestionError, NotOpenError
from forecasts.errors import InvalidValueError
from forecasts.services import asking, resolving
from forecasts.services.forecasting import NothingToWithdrawError, submit, withdraw

NO_QUESTION = "There is no question “snow”."
RAIN = "“Will it rain in April?” takes no forecasts: "


def current(site, question_id, person):
    forecast = site.store.forecasts.current(question_id, person.id)
    return None if forecast is None else forecast.probabilities


def test_the_last_forecast_stands(site, people, questions, clock):
    for yes in (0.2, 0.001, 0.999):
        submit(site, people.forecaster, questions.binary, [yes, 1 - yes])
        clock.advance(hours=1)
        assert current(site, questions.binary, people.forecaster) == (yes, round(1 - yes, 12))
    submit(site, people.forecaster, questions.choice, [0.2, 0.3, 0.5])
    assert current(site, questions.choice, people.forecaster) == (0.2, 0.3, 0.5)


def test_a_withdrawn_forecast_stands_no_longer_until_the_next(site, people, questions):
    submit(site, people.forecaster, questions.binary, [0.2, 0.8])
    submit(site, people.other, questions.binary, [0.6, 0.4])
    withdraw(site, people.forecaster, questions.binary)
    assert current(site, questions.binary, people.forecaster) is None
    assert current(site, questions.binary, people.other) == (0.6, 0.4)
    submit(site, people.forecaster, questions.binary, [0.3, 0.7])
    assert current(site, questions.binary, people.forecaster) == (0.3, 0.7)


BETWEEN = "A probability must be between 0.1 % and 99.9 %; got "


@pytest.mark.parametrize(
    ("probabilities", "sentence"),
    [
        ([1.2, -0.2], f"{BETWEEN}120 %."),
        ([-0.2, 1.2], f"{BETWEEN}-20 %."),
        ([0.0005, 0.9995], f"{BETWEEN}0.05 %."),
        ([1, 0], f"{BETWEEN}100 %."),
        ([float("inf"), 0.5], f"{BETWEEN}inf %."),
        ([float("nan"), 0.5], "A probability must be a number; got nan."),
        (["0.5", 0.5], "A probability must be a number; got 0.5."),
        ([None, 0.5], "A probability must be a number; got None."),
        ([0.5, 0.6], "Probabilities must sum to 100 %; got 110 %."),
        ([0.5], "A forecast must give at least two probabilities; got 1."),
        (
            [0.2, 0.3, 0.5],
            "A forecast must have 2 probabilities, one for each outcome; got 3.",
        ),
    ],
)
def test_probabilities_that_cannot_be(site, people, questions, refused, probabilities, sentence):
    submit(site, people.forecaster, questions.binary, [0.5, 0.5])
    with refused(sentence, InvalidValueError):
        submit(site, people.forecaster, questions.binary, probabilities)


def test_a_choice_must_sum_to_everything(site, people, questions, refused):
    with refused("Probabilities must sum to 100 %; got 90 %.", InvalidValueError):
        submit(site, people.forecaster, questions.choice, [0.2, 0.3, 0.4])
    with refused(
        "A forecast must have 3 probabilities, one for each outcome; got 2.", InvalidValueError
    ):
        submit(site, people.forecaster, questions.choice, [0.5, 0.5])


def test_a_question_that_is_not_there(site, people, refused):
    with refused(NO_QUESTION, NoSuchQuestionError):
        submit(site, people.forecaster, "snow", [0.5, 0.5])
    with refused(NO_QUESTION, NoSuchQuestionError):
        withdraw(site, people.forecaster, "snow")


def test_a_question_that_closed_while_the_page_stood_open(site, people, questions, clock, refused):
    submit(site, people.forecaster, questions.binary, [0.5, 0.5])
    clock.advance(days=100, microseconds=-1)
    submit(site, people.forecaster, questions.binary, [0.4, 0.6])
    clock.advance(microseconds=1)
    sentence = f"{RAIN}it closed, end of 10 Apr 2026 UTC."
    with refused(sentence, NotOpenError):
        submit(site, people.forecaster, questions.binary, [0.5, 0.5])
    with refused(sentence, NotOpenError):
        withdraw(site, people.forecaster, questions.binary)


def test_a_question_that_is_resolved_or_annulled(site, people, questions, clock, refused):
    submit(site, people.forecaster, questions.binary, [0.5, 0.5])
    resolving.resolve(
        site, people.admin, questions.binary, outcome=0, known_since=clock(), source="the news"
    )
    with refused(f"{RAIN}it is resolved.", NotOpenError):
        submit(site, people.forecaster, questions.binary, [0.5, 0.5])
    resolving.undo(site, people.admin, questions.binary)
    resolving.annul(site, people.admin, questions.binary, reason="a slip")
    with refused(f"{RAIN}it is annulled.", NotOpenError):
        withdraw(site, people.forecaster, questions.binary)


def test_a_question_that_is_not_open_yet(site, people, clock, refused):
    draft = asking.Draft(
        Kind.BINARY,
        "Will it snow in May?",
        "As measured.",
        closes=clock() + timedelta(days=9),
        opens=clock() + timedelta(days=1),
    )
    question_id = asking.ask(site, people.moderator, draft)
    sentence = "“Will it snow in May?” takes no forecasts: it opens 2 Jan 2026 00:00 UTC."
    with refused(sentence, NotOpenError):
        submit(site, people.forecaster, question_id, [0.5, 0.5])
    clock.advance(days=1)
    submit(site, people.forecaster, question_id, [0.5, 0.5])


def test_nothing_to_withdraw(site, people, questions, refused):
    sentence = "You have no forecast on “Will it rain in April?” to withdraw."
    submit(site, people.other, questions.binary, [0.5, 0.5])
    with refused(sentence, NothingToWithdrawError):
        withdraw(site, people.forecaster, questions.binary)
    submit(site, people.forecaster, questions.binary, [0.5, 0.5])
    withdraw(site, people.forecaster, questions.binary)
    with refused(sentence, NothingToWithdrawError):
        withdraw(site, people.forecaster, questions.binary)


def test_binary_noise_is_no_mistake(site, people, questions):
    submit(site, people.forecaster, questions.choice, [0.1, 0.2, 1 - 0.1 - 0.2])
    assert current(site, questions.choice, people.forecaster) == (0.1, 0.2, 0.7)
