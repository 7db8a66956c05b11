"""Putting up a question."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forecasts.domain.questions import Kind, State, state_at
from forecasts.services.asking import BadQuestionError, Draft, ask


@pytest.fixture
def draft(clock):
    """A draft of a good question, with what is given changed."""

    def make(**changes):
        good = {
            "kind": Kind.BINARY,
            "title": "Will it snow in May?",
            "criteria": "As measured.",
            "closes": clock() + timedelta(days=10),
        }
        return Draft(**good | changes)

    return make


def test_a_question_opens_when_it_is_asked(site, people, draft, clock):
    question_id = ask(site, people.moderator, draft())
    question = site.store.questions.get(question_id)
    assert question_id == "will-it-snow-in-may"
    assert question.opens == clock()
    assert state_at(question, clock()) is State.OPEN


def test_a_question_may_open_later(site, people, draft, clock):
    opens = clock() + timedelta(days=1)
    question = site.store.questions.get(ask(site, people.moderator, draft(opens=opens)))
    assert question.opens == opens
    assert state_at(question, clock()) is State.SCHEDULED


def test_texts_are_trimmed_and_tags_named_once(site, people, draft):
    question_id = ask(
        site,
        people.moderator,
        draft(
            kind=Kind.CHOICE,
            title="  Which   colour\nwins? ",
            criteria="\n As seen.\n\n By all. ",
            background=" None.\n",
            outcomes=(" Red ", "Dark  blue"),
            tags=(" colours", "colours ", "a b"),
        ),
    )
    question = site.store.questions.get(question_id)
    assert question.title == "Which colour wins?"
    assert question.criteria == "As seen.\n\n By all."
    assert question.background == "None."
    assert question.outcomes == ("Red", "Dark blue")
    assert question.tags == ("colours", "a b")


def test_the_same_title_gets_an_id_of_its_own(site, people, draft):
    ids = [ask(site, people.moderator, draft()) for _ in range(3)]
    assert ids == ["will-it-snow-in-may", "will-it-snow-in-may-2", "will-it-snow-in-may-3"]


def test_a_close_in_the_past(site, people, draft, clock, refused):
    today = clock()
    noon = clock.advance(hours=12)
    with refused("A question must close in the future.", BadQuestionError):
        ask(site, people.moderator, draft(opens=today, closes=noon))


def test_an_opening_earlier_today(site, people, draft, clock):
    midnight = clock()
    clock.advance(hours=23, minutes=59)
    question_id = ask(site, people.moderator, draft(opens=midnight))
    assert site.store.questions.get(question_id).opens == midnight


@pytest.mark.parametrize("earlier", [timedelta(microseconds=1), timedelta(hours=20)])
def test_an_opening_before_today(site, people, draft, clock, refused, earlier):
    yesterday = clock() - earlier
    clock.advance(hours=12)
    sentence = "A question must not open before today; got 31 Dec 2025."
    with refused(sentence, BadQuestionError):
        ask(site, people.moderator, draft(opens=yesterday))


def test_every_problem_is_said_at_once(site, people, draft, refused):
    sentences = [
        "A title must have 10 to 200 characters; got 5.",
        "A question must have resolution criteria: what exactly makes it so?",
        "A choice must have 2 to 50 outcomes; got 1.",
        "A tag must have 1 to 30 characters; got 0.",
    ]
    bad = draft(kind=Kind.CHOICE, title="Snow?", criteria=" ", outcomes=("Red",), tags=(" ",))
    with refused(" ".join(sentences), BadQuestionError):
        ask(site, people.moderator, bad)
    with pytest.raises(BadQuestionError) as caught:
        ask(site, people.moderator, bad)
    assert caught.value.problems == sentences
