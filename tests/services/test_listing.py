"""Which questions a list shows, and in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forecasts.domain.questions import YES_NO, Kind, Question, State
from forecasts.services import listing
from forecasts.services.reporting import ListedQuestion

OPENS = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def row(name, *, state=State.OPEN, opens=1, closes=100, forecasts=0, disagreement=0.0, **texts):
    question = Question(
        id=name,
        kind=Kind.BINARY,
        title=f"Will {name} come?",
        criteria="As the news say.",
        background="An unsearched hill.",
        outcomes=YES_NO,
        opens=OPENS + opens * DAY,
        closes=OPENS + closes * DAY,
    )
    return ListedQuestion(
        question=replace(question, **texts),
        state=state,
        last_entry=1,
        forecasts=forecasts,
        disagreement=disagreement,
    )


RAIN = row("rain", tags=("Weather", "april"), opens=3, closes=20, forecasts=5, disagreement=0.1)
SNOW = row("snow", tags=("weather",), opens=2, closes=30, forecasts=7, disagreement=0.4)
PEACE = row("peace", criteria="A STRASSE named after it.", opens=4, closes=10)
BLUE = row("blue", state=State.CLOSED, outcomes=("Écru", "Blue"), closes=5, disagreement=0.2)
OLD = row("old", state=State.RESOLVED, opens=0, closes=1, forecasts=9)
ROWS = (RAIN, SNOW, PEACE, BLUE, OLD)


def names(rows):
    return [row.question.id for row in rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "rain snow peace blue old"),
        ("  \t ", "rain snow peace blue old"),
        ("RAIN", "rain"),
        ("come? will", "rain snow peace blue old"),
        ("straße", "peace"),
        ("écru", "blue"),
        ("weather", "rain snow"),
        ("weather snow", "snow"),
        ("weather peace", ""),
        ("unsearched", ""),
        (".*", ""),
    ],
)
def test_every_word_is_found_in_title_criteria_outcomes_or_tags(text, found):
    assert names(listing.select(ROWS, text=text)) == found.split()


@pytest.mark.parametrize(
    ("states", "found"),
    [
        ([State.OPEN], "rain snow peace"),
        ([State.CLOSED, State.RESOLVED], "blue old"),
        ([State.ANNULLED], ""),
    ],
)
def test_one_of_the_states_is_enough(states, found):
    assert names(listing.select(ROWS, states=states)) == found.split()


@pytest.mark.parametrize(
    ("tags", "found"),
    [(["weather"], "snow"), (["Weather", "weather"], "rain snow"), (["none such"], "")],
)
def test_one_of_the_tags_is_enough(tags, found):
    assert names(listing.select(ROWS, tags=tags)) == found.split()


def test_text_states_and_tags_hold_together():
    kept = listing.select(ROWS, text="will", states=[State.OPEN], tags=["april"])
    assert names(kept) == ["rain"]
    assert listing.select(ROWS, text="old", states=[State.OPEN]) == []


ORDERED = {
    "Closing soon": "peace rain snow old blue",
    "Newest": "peace rain snow blue old",
    "Most forecasts": "old snow rain peace blue",
    "Most disagreement": "snow blue rain peace old",
}


@pytest.mark.parametrize("order", listing.ORDERS)
def test_every_order_by_hand(order):
    assert names(listing.arrange(ROWS, order=order)) == ORDERED[order].split()


@pytest.mark.parametrize("order", listing.ORDERS)
def test_what_waits_comes_first_in_every_order(order):
    arranged = names(listing.arrange(ROWS, order=order, waiting=["snow", "rain"]))
    rest = [name for name in ORDERED[order].split() if name not in ("snow", "rain")]
    assert set(arranged[:2]) == {"snow", "rain"}
    assert arranged[2:] == rest


def test_an_open_question_waits_until_one_has_forecast_it():
    assert listing.waiting(ROWS, {"rain": (0.5, 0.5), "old": (0.5, 0.5)}) == {"snow", "peace"}
    assert listing.waiting(ROWS, {}) == {"rain", "snow", "peace"}


def test_tags_are_listed_once_in_the_order_of_the_alphabet():
    assert listing.tags(ROWS) == ["april", "Weather", "weather"]
    assert listing.tags([]) == []
