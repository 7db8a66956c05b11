"""What a question may be, where it stands, and which moves are allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.domain.questions import (
    YES_NO,
    Kind,
    NoSuchQuestionError,
    NotOpenError,
    Question,
    Resolution,
    ResolutionError,
    State,
    check_annulment,
    check_open,
    check_question,
    check_resolution,
    check_undoing,
    id_from_title,
    mistakes,
    state_at,
    telling_outcomes,
)

OPENS = datetime(2026, 3, 1, tzinfo=UTC)
CLOSES = datetime(2026, 4, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
RAIN = Question(
    id="rain",
    kind=Kind.BINARY,
    title="Will it rain in March?",
    criteria="As the weather service says.",
    background="",
    outcomes=YES_NO,
    opens=OPENS,
    closes=CLOSES,
)
COLOUR = replace(
    RAIN, id="colour", kind=Kind.CHOICE, title="Which colour wins?", outcomes=("Red", "Blue")
)
RESOLVED = replace(RAIN, resolution=Resolution(0, OPENS, "the news", "", CLOSES))
ANNULLED = replace(RAIN, resolution=Resolution(None, None, "", "a slip", CLOSES))


@pytest.mark.parametrize(
    ("question", "now", "state"),
    [
        (RAIN, OPENS - MICROSECOND, State.SCHEDULED),
        (RAIN, OPENS, State.OPEN),
        (RAIN, CLOSES - MICROSECOND, State.OPEN),
        (RAIN, CLOSES, State.CLOSED),
        (RESOLVED, OPENS, State.RESOLVED),
        (ANNULLED, OPENS, State.ANNULLED),
    ],
)
def test_a_state_is_a_matter_of_time_and_of_the_resolution(question, now, state):
    assert state_at(question, now) is state


def test_an_open_question_takes_forecasts():
    check_open(RAIN, OPENS)


@pytest.mark.parametrize(
    ("question", "now", "reason"),
    [
        (RAIN, OPENS - MICROSECOND, "it opens 1 Mar 2026 00:00 UTC"),
        (RAIN, CLOSES, "it closed, end of 31 Mar 2026 UTC"),
        (
            replace(RAIN, closes=CLOSES + timedelta(hours=18, minutes=5)),
            CLOSES + timedelta(days=1),
            "it closed, 1 Apr 2026 18:05 UTC",
        ),
        (RESOLVED, OPENS, "it is resolved"),
        (ANNULLED, OPENS, "it is annulled"),
    ],
)
def test_any_other_says_why_not(question, now, reason):
    with pytest.raises(NotOpenError) as caught:
        check_open(question, now)
    assert str(caught.value) == f"“Will it rain in March?” takes no forecasts: {reason}."


def test_a_question_that_is_not_there_is_named():
    assert str(NoSuchQuestionError("snow")) == "There is no question “snow”."


@pytest.mark.parametrize("known", [OPENS, CLOSES, CLOSES + timedelta(days=9)])
def test_a_resolution_that_can_be(known):
    check_resolution(RAIN, outcome=1, known_since=known, now=CLOSES + timedelta(days=9))


@pytest.mark.parametrize(
    ("question", "change", "sentence"),
    [
        (RESOLVED, {}, "“Will it rain in March?” is resolved already; undo that first."),
        (ANNULLED, {}, "“Will it rain in March?” is annulled already; undo that first."),
        (RAIN, {"outcome": 2}, "The outcome must be one of Yes, No; got number 3."),
        (RAIN, {"outcome": -1}, "The outcome must be one of Yes, No; got number 0."),
        (
            RAIN,
            {"known_since": CLOSES + MICROSECOND},
            "An answer cannot be known in the future; got 1 Apr 2026 00:00 UTC.",
        ),
        (
            RAIN,
            {"known_since": OPENS - MICROSECOND},
            (
                "An answer cannot be known before the question opened, 1 Mar 2026 00:00 UTC; "
                "got 28 Feb 2026 23:59 UTC. "
                "Annul the question instead."
            ),
        ),
    ],
)
def test_a_resolution_that_cannot_be(question, change, sentence):
    wanted = {"outcome": 0, "known_since": CLOSES, "now": CLOSES, **change}
    with pytest.raises(ResolutionError) as caught:
        check_resolution(question, **wanted)
    assert str(caught.value) == sentence


def test_only_what_is_not_resolved_can_be_annulled():
    check_annulment(RAIN, OPENS)
    with pytest.raises(ResolutionError, match="is annulled already; undo that first"):
        check_annulment(ANNULLED, OPENS)


def test_only_what_is_resolved_or_annulled_can_be_undone():
    check_undoing(RESOLVED)
    check_undoing(ANNULLED)
    with pytest.raises(ResolutionError) as caught:
        check_undoing(RAIN)
    assert str(caught.value) == "“Will it rain in March?” is neither resolved nor annulled."


@pytest.mark.parametrize(
    "question",
    [
        RAIN,
        COLOUR,
        replace(RAIN, title="x" * 10),
        replace(RAIN, title="x" * 200, tags=("t" * 30,), background="b" * 20_000),
        replace(COLOUR, outcomes=tuple(map(str, range(50))), closes=OPENS + MICROSECOND),
        replace(RAIN, id="a-1-b"),
    ],
)
def test_a_good_question(question):
    assert check_question(question) == []


ID_RULE = "An id must be at most 60 lower-case letters, digits and single hyphens; got “{}”."


@pytest.mark.parametrize(
    ("question", "field", "sentence"),
    [
        *(
            (replace(RAIN, id=wrong), "id", ID_RULE.format(wrong))
            for wrong in ("", "Rain", "a b", "-a", "a-", "a--b", "ä", "a\n")
        ),
        (replace(RAIN, id="x" * 61), "id", ID_RULE.format("x" * 60)),
        (replace(RAIN, title="x" * 9), "title", "A title must have 10 to 200 characters; got 9."),
        (
            replace(RAIN, title="x" * 201),
            "title",
            "A title must have 10 to 200 characters; got 201.",
        ),
        (
            replace(RAIN, title="Will it\x07 rain?"),
            "title",
            "A title must have only characters that can be seen.",
        ),
        (
            replace(RAIN, criteria=""),
            "criteria",
            "A question must have resolution criteria: what exactly makes it so?",
        ),
        (
            replace(RAIN, criteria="x" * 20_001),
            "criteria",
            "Criteria must have at most 20000 characters; got 20001.",
        ),
        (
            replace(RAIN, background="x" * 20_001),
            "background",
            "A background must have at most 20000 characters; got 20001.",
        ),
        (
            replace(RAIN, outcomes=("No", "Yes")),
            "outcomes",
            "A binary question has the outcomes Yes and No.",
        ),
        (
            replace(COLOUR, outcomes=("Red",)),
            "outcomes",
            "A choice must have 2 to 50 outcomes; got 1.",
        ),
        (
            replace(COLOUR, outcomes=tuple(map(str, range(51)))),
            "outcomes",
            "A choice must have 2 to 50 outcomes; got 51.",
        ),
        (
            replace(COLOUR, outcomes=("Red", "red")),
            "outcomes",
            "Every outcome must have a name of its own.",
        ),
        (
            replace(COLOUR, outcomes=("Red", "")),
            "outcomes",
            "An outcome must have 1 to 100 characters; got 0.",
        ),
        (
            replace(COLOUR, outcomes=("Red", "x" * 101)),
            "outcomes",
            "An outcome must have 1 to 100 characters; got 101.",
        ),
        (
            replace(COLOUR, outcomes=("Red", "Blue\x00")),
            "outcomes",
            "An outcome must have only characters that can be seen.",
        ),
        (
            replace(RAIN, closes=OPENS),
            "closes",
            (
                "A question must close after it opens; "
                "got 1 Mar 2026 00:00 UTC to 1 Mar 2026 00:00 UTC."
            ),
        ),
        (replace(RAIN, tags=("",)), "tags", "A tag must have 1 to 30 characters; got 0."),
        (replace(RAIN, tags=("x" * 31,)), "tags", "A tag must have 1 to 30 characters; got 31."),
    ],
)
def test_a_limit_that_is_broken_is_named_with_its_field(question, field, sentence):
    assert mistakes(question) == [(field, sentence)]


def test_every_broken_limit_is_named():
    wrong = replace(COLOUR, id="?", title="?", criteria="", outcomes=(), closes=OPENS, tags=("",))
    fields = [field for field, _ in mistakes(wrong)]
    assert fields == ["id", "title", "criteria", "outcomes", "closes", "tags"]
    assert check_question(wrong) == [sentence for _, sentence in mistakes(wrong)]


@given(st.text(max_size=200))
def test_any_title_gives_an_id_that_may_be_one(title):
    assert mistakes(replace(RAIN, id=id_from_title(title))) == []


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Will it rain?", "will-it-rain"),
        ("¿¡?", "question"),
        ("x" * 50, "x" * 40),
        (f"{'x' * 38} a", f"{'x' * 38}-a"),
        (f"{'x' * 38} ab", "x" * 38),
    ],
)
def test_an_id_is_as_much_of_the_title_as_fits(title, wanted):
    assert id_from_title(title) == wanted


def test_yes_tells_all_of_a_binary_question_and_each_outcome_of_a_choice():
    assert telling_outcomes(replace(COLOUR, kind=Kind.BINARY, outcomes=YES_NO)) == ("Yes",)
    assert telling_outcomes(COLOUR) == COLOUR.outcomes
