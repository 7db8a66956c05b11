"""Asking: putting up a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forecasts.domain import days
from forecasts.domain.events import QuestionAsked
from forecasts.domain.people import Role
from forecasts.domain.questions import (
    YES_NO,
    Kind,
    Question,
    check_question,
    id_from_title,
)
from forecasts.errors import ForecastsError
from forecasts.services.acting import acting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from forecasts.domain.people import Person
    from forecasts.site import Site


class BadQuestionError(ForecastsError):
    """A question that breaks limits; `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        """Keep every problem."""
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Draft:
    """A question as it is written: without an opening it opens when it is asked."""

    kind: Kind
    title: str
    criteria: str
    closes: datetime
    background: str = ""
    outcomes: tuple[str, ...] = YES_NO
    opens: datetime | None = None
    tags: tuple[str, ...] = ()


def ask(site: Site, person: Person | None, draft: Draft) -> str:
    """Put up a question and return its id; raises `NotAllowedError` and `BadQuestionError`."""
    with acting(site, person, Role.MODERATOR, "ask a question") as actor:
        now = site.now()
        question = question_from(draft, id_from_title(draft.title), now)
        question = replace(question, id=_free_id(site, question.id))
        problems = check_question(question)
        if question.opens < days.beginning(now.date()):
            day = days.day_text(question.opens)
            problems.append(f"A question must not open before today; got {day}.")
        if question.opens < question.closes <= now:
            problems.append("A question must close in the future.")
        if problems:
            raise BadQuestionError(problems)
        site.store.append(asked(question), actor=actor, now=now)
        return question.id


def question_from(draft: Draft, question_id: str, now: datetime) -> Question:
    """The question that a draft makes when it is asked at `now`, texts trimmed."""
    return Question(
        id=question_id,
        kind=draft.kind,
        title=" ".join(draft.title.split()),
        criteria=draft.criteria.strip(),
        background=draft.background.strip(),
        outcomes=_trimmed(draft.outcomes),
        opens=draft.opens or now,
        closes=draft.closes,
        tags=tuple(dict.fromkeys(_trimmed(draft.tags))),
    )


def asked(question: Question) -> QuestionAsked:
    """The event of a question put up."""
    return QuestionAsked(
        subject=question.id,
        question_kind=question.kind,
        title=question.title,
        criteria=question.criteria,
        background=question.background,
        outcomes=question.outcomes,
        opens=question.opens,
        closes=question.closes,
        tags=question.tags,
    )


def question_of(event: QuestionAsked) -> Question:
    """The question that an event put up."""
    return Question(
        id=event.subject,
        kind=event.question_kind,
        title=event.title,
        criteria=event.criteria,
        background=event.background,
        outcomes=event.outcomes,
        opens=event.opens,
        closes=event.closes,
        tags=event.tags,
    )


def _trimmed(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in names)


def _free_id(site: Site, wanted: str) -> str:
    number, question_id = 1, wanted
    while site.store.questions.exists(question_id):
        number += 1
        question_id = f"{wanted}-{number}"
    return question_id
