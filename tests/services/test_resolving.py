"""Entering what happened, and taking that back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forecasts.domain.questions import NoSuchQuestionError, Resolution, ResolutionError
from forecasts.errors import InvalidValueError
from forecasts.services import forecasting, resolving

RAIN = "“Will it rain in April?”"


@pytest.fixture
def moved(site, people, questions, clock):
    """Two people have said something, and ten days have passed."""
    forecasting.submit(site, people.forecaster, questions.binary, [0.8, 0.2])
    forecasting.submit(site, people.other, questions.binary, [0.4, 0.6])
    clock.advance(days=10)
    return questions


def resolve(site, person, question_id, **changes):
    wanted = {"outcome": 0, "known_since": site.now(), "source": "the news"}
    resolving.resolve(site, person, question_id, **wanted | changes)


def test_a_resolution_is_kept_as_it_was_entered(site, people, moved, clock):
    known = clock() - timedelta(days=3)
    resolve(
        site,
        people.moderator,
        moved.binary,
        outcome=1,
        known_since=known,
        source=" https://x.test ",
        note="\nIt did not.\n",
    )
    assert site.store.questions.get(moved.binary).resolution == Resolution(
        1, known, "https://x.test", "It did not.", clock()
    )


def test_a_preview_is_what_resolving_gives_and_changes_nothing(site, people, moved, all_rows):
    before = all_rows(site.store.engine)
    preview = resolving.preview(
        site, people.moderator, moved.binary, outcome=1, known_since=site.now()
    )
    assert all_rows(site.store.engine) == before
    resolve(site, people.moderator, moved.binary, outcome=1)
    assert [score for _, score in preview] == site.store.scores.of_question(moved.binary)
    assert [name for name, _ in preview] == ["Finn", "Fay"]


@pytest.mark.parametrize("use_case", [resolving.preview, resolve])
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"outcome": 2}, "The outcome must be one of Yes, No; got number 3."),
        ({"outcome": -1}, "The outcome must be one of Yes, No; got number 0."),
        (
            {"known_since": 1},
            "An answer cannot be known in the future; got 12 Jan 2026 00:00 UTC.",
        ),
        (
            {"known_since": -11},
            (
                "An answer cannot be known before the question opened, 1 Jan 2026 00:00 UTC; "
                "got 31 Dec 2025 00:00 UTC. "
                "Annul the question instead."
            ),
        ),
    ],
)
def test_a_resolution_that_cannot_be(site, people, moved, refused, use_case, changes, sentence):
    days = changes.get("known_since", 0)
    wanted = {"outcome": 0, **changes, "known_since": site.now() + timedelta(days=days)}
    with refused(sentence, ResolutionError):
        use_case(site, people.moderator, moved.binary, **wanted)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"source": " "}, "The source must be given; got nothing."),
        ({"source": "x" * 2001}, "The source must have at most 2000 characters; got 2001."),
        ({"note": "x" * 2001}, "The note must have at most 2000 characters; got 2001."),
        (
            {"note": "ding\a"},
            r"The note must have only characters that can be seen; got 'ding\x07'.",
        ),
    ],
)
def test_texts_that_cannot_be(site, people, moved, refused, changes, sentence):
    with refused(sentence, InvalidValueError):
        resolve(site, people.moderator, moved.binary, **changes)


def test_an_annulment_takes_a_reason(site, people, moved, refused):
    with refused("The reason must be given; got nothing.", InvalidValueError):
        resolving.annul(site, people.moderator, moved.binary, reason="")


def test_only_one_resolution_at_a_time(site, people, moved, refused):
    resolve(site, people.moderator, moved.binary)
    sentence = f"{RAIN} is resolved already; undo that first."
    with refused(sentence, ResolutionError):
        resolve(site, people.moderator, moved.binary)
    with refused(sentence, ResolutionError):
        resolving.annul(site, people.moderator, moved.binary, reason="a slip")
    resolving.undo(site, people.moderator, moved.binary)
    resolving.annul(site, people.moderator, moved.binary, reason="a slip")
    with refused(f"{RAIN} is annulled already; undo that first.", ResolutionError):
        resolve(site, people.moderator, moved.binary)


def test_an_annulled_question_scores_nobody(site, people, moved):
    resolving.annul(site, people.moderator, moved.binary, reason="a slip")
    assert site.store.scores.of_question(moved.binary) == []


def test_only_what_was_entered_can_be_undone(site, people, moved, refused):
    sentence = f"{RAIN} is neither resolved nor annulled."
    with refused(sentence, ResolutionError):
        resolving.undo(site, people.moderator, moved.binary)
    resolve(site, people.moderator, moved.binary)
    resolving.undo(site, people.moderator, moved.binary)
    assert site.store.questions.get(moved.binary).resolution is None
    with refused(sentence, ResolutionError):
        resolving.undo(site, people.moderator, moved.binary)


def test_an_undone_question_takes_forecasts_again(site, people, moved):
    resolve(site, people.moderator, moved.binary)
    resolving.undo(site, people.moderator, moved.binary)
    forecasting.submit(site, people.forecaster, moved.binary, [0.1, 0.9])


@pytest.mark.parametrize(
    "use_case",
    [
        resolve,
        lambda site, person, question: resolving.preview(
            site, person, question, outcome=0, known_since=site.now()
        ),
        lambda site, person, question: resolving.annul(site, person, question, reason="a slip"),
        resolving.undo,
    ],
)
def test_a_question_that_is_not_there(site, people, refused, use_case):
    with refused("There is no question “snow”.", NoSuchQuestionError):
        use_case(site, people.moderator, "snow")
