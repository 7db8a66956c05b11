"""Sites with as many simulated forecasts as a benchmark wants; the same every time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from forecasts.clock import stopped_at
from forecasts.domain.events import ForecastMade, PersonJoined, QuestionAsked
from forecasts.domain.people import Person, Role
from forecasts.domain.questions import Kind
from forecasts.settings import Settings
from forecasts.site import Site, open_engine
from forecasts.storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecasts.storage.journal import Act

OPENS = datetime(2026, 1, 1, tzinfo=UTC)
NOW = OPENS + timedelta(days=90)
MODERATOR = Person("person-0", "Simulated 0", Role.ADMIN)
MEASURED = "measured"
"""The tag of the first questions, as many on every site: the list is measured on these."""

MEASURED_QUESTIONS = 10


def open_site_at(url: str) -> Site:
    """A site whose clock is stopped while its questions are open."""
    return Site(Store(open_engine(url), OPENS), stopped_at(NOW), Settings(database=url))


def question_id(number: int) -> str:
    """The id of a question by its number."""
    return f"question-{number}"


def fill(site: Site, *, forecasts: int, questions: int, crowd: int, people: int) -> None:
    """Write so many forecasts, `crowd` on each question, on as many questions as that takes."""
    with site.store.transaction():
        site.store.append_all(acts(forecasts, questions, crowd, people))


def acts(forecasts: int, questions: int, crowd: int, people: int) -> Iterator[Act]:
    """People who join, questions that are asked, and forecasts in the order of their times."""
    for number in range(people):
        role = Role.FORECASTER if number else Role.ADMIN
        joined = PersonJoined(f"person-{number}", f"Simulated {number}", role, "0" * 32)
        yield OPENS, joined.subject, joined
    for number in range(questions):
        yield OPENS, MODERATOR.id, _asked(number)
    yield from _forecasts(forecasts, crowd, people)


def _asked(number: int) -> QuestionAsked:
    return QuestionAsked(
        question_id(number),
        Kind.BINARY,
        f"Will simulated thing {number} happen?",
        "As simulated.",
        "",
        ("Yes", "No"),
        OPENS,
        OPENS + timedelta(days=100, minutes=number),
        (MEASURED,) if number < MEASURED_QUESTIONS else (),
    )


def _forecasts(forecasts: int, crowd: int, people: int) -> Iterator[Act]:
    """Everybody who forecasts a question does so five times; a fifth of the crowd does."""
    draw = random.Random(1)
    asked = max(1, forecasts // crowd)
    several = max(1, crowd // 5)
    step = (NOW - OPENS) / (forecasts + 1)
    for number in range(forecasts):
        question = number % asked
        person = (question * 7 + number // asked % several) % people
        yes = draw.randint(1, 99) / 100
        forecast = ForecastMade(question_id(question), (yes, round(1 - yes, 2)))
        yield OPENS + (number + 1) * step, f"person-{person}", forecast
