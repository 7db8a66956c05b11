"""Questions: their kinds, the states they pass through, and which moves are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from forecasts.domain.days import end_text, minute_text
from forecasts.domain.text import has_unseen
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from datetime import datetime

YES_NO = ("Yes", "No")
TITLE_LENGTH = (10, 200)
TEXT_LENGTH = 20_000
OUTCOME_LENGTH = 100
OUTCOMES = (2, 50)
ID_LENGTH = 60
SHORTENED_ID_LENGTH = 40
TAG_LENGTH = 30


Mistakes = Iterator[tuple[str, str]]


class Kind(Enum):
    """What the possible answers of a question are."""

    BINARY = "binary"
    CHOICE = "choice"


class State(Enum):
    """Where a question stands; opening and closing are matters of time."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    RESOLVED = "resolved"
    ANNULLED = "annulled"


@dataclass(frozen=True, slots=True)
class Resolution:
    """Which outcome happened, and since when it was known.

    Where a question was annulled, `outcome` and `known_since` are None and `note` says why.
    """

    outcome: int | None
    known_since: datetime | None
    source: str
    note: str
    entered: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Something that will be known: what is asked, and what became of it."""

    id: str
    kind: Kind
    title: str
    criteria: str
    background: str
    outcomes: tuple[str, ...]
    opens: datetime
    closes: datetime
    tags: tuple[str, ...] = ()
    resolution: Resolution | None = None


class NoSuchQuestionError(ForecastsError):
    """An id that no question has."""

    def __init__(self, question_id: str) -> None:
        """Name the id."""
        super().__init__(f"There is no question “{question_id}”.")


class NotOpenError(ForecastsError):
    """A forecast on a question that takes none now."""

    def __init__(self, question: Question, now: datetime) -> None:
        """Say why `question` takes no forecasts at `now`."""
        reasons = {
            State.SCHEDULED: f"it opens {minute_text(question.opens)}",
            State.CLOSED: f"it closed, {end_text(question.closes)}",
            State.RESOLVED: "it is resolved",
            State.ANNULLED: "it is annulled",
        }
        super().__init__(
            f"“{question.title}” takes no forecasts: {reasons[state_at(question, now)]}."
        )


class ResolutionError(ForecastsError):
    """A resolution that cannot be."""


def state_at(question: Question, now: datetime) -> State:
    """The state of `question` at `now`."""
    if question.resolution is not None:
        return State.ANNULLED if question.resolution.outcome is None else State.RESOLVED
    if now < question.opens:
        return State.SCHEDULED
    return State.OPEN if now < question.closes else State.CLOSED


def check_open(question: Question, now: datetime) -> None:
    """Raise `NotOpenError` unless `question` takes forecasts at `now`."""
    if state_at(question, now) is not State.OPEN:
        raise NotOpenError(question, now)


def check_resolution(
    question: Question, *, outcome: int, known_since: datetime, now: datetime
) -> None:
    """Raise `ResolutionError` unless `question` can be resolved so at `now`."""
    check_annulment(question, now)
    if not 0 <= outcome < len(question.outcomes):
        known = ", ".join(question.outcomes)
        message = f"The outcome must be one of {known}; got number {outcome + 1}."
        raise ResolutionError(message)
    if known_since > now:
        message = f"An answer cannot be known in the future; got {minute_text(known_since)}."
        raise ResolutionError(message)
    if known_since < question.opens:
        message = (
            f"An answer cannot be known before the question opened, {minute_text(question.opens)}; "
            f"got {minute_text(known_since)}. Annul the question instead."
        )
        raise ResolutionError(message)


def check_annulment(question: Question, now: datetime) -> None:
    """Raise `ResolutionError` unless `question` can be annulled at `now`."""
    if question.resolution is not None:
        message = f"“{question.title}” is {state_at(question, now).value} already; undo that first."
        raise ResolutionError(message)


def check_undoing(question: Question) -> None:
    """Raise `ResolutionError` unless there is a resolution or annulment to undo."""
    if question.resolution is None:
        message = f"“{question.title}” is neither resolved nor annulled."
        raise ResolutionError(message)


def check_question(question: Question) -> list[str]:
    """Every limit that `question` breaks, one sentence each; none for a good one."""
    return [sentence for _, sentence in mistakes(question)]


def mistakes(question: Question) -> list[tuple[str, str]]:
    """Every limit that `question` breaks: which field, and a sentence; none for a good one."""
    return [
        *_mistakes_of_id(question.id),
        *_mistakes_of_texts(question),
        *_mistakes_of_outcomes(question),
        *_mistakes_of_times(question),
        *_mistakes_of_names("tags", "A tag", question.tags, TAG_LENGTH),
    ]


def _mistakes_of_id(question_id: str) -> Mistakes:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", question_id) or len(question_id) > ID_LENGTH:
        sentence = (
            f"An id must be at most {ID_LENGTH} lower-case letters, digits and single hyphens; "
            f"got “{question_id:.{ID_LENGTH}}”."
        )
        yield "id", sentence


def _mistakes_of_texts(question: Question) -> Mistakes:
    shortest, longest = TITLE_LENGTH
    if not shortest <= len(question.title) <= longest:
        sentence = (
            f"A title must have {shortest} to {longest} characters; got {len(question.title)}."
        )
        yield "title", sentence
    if not question.criteria:
        yield "criteria", "A question must have resolution criteria: what exactly makes it so?"
    texts = {"title": "A title", "criteria": "Criteria", "background": "A background"}
    for field, name in texts.items():
        text = getattr(question, field)
        if len(text) > TEXT_LENGTH:
            sentence = f"{name} must have at most {TEXT_LENGTH} characters; got {len(text)}."
            yield field, sentence
        if has_unseen(text):
            yield field, f"{name} must have only characters that can be seen."


def _mistakes_of_outcomes(question: Question) -> Mistakes:
    fewest, most = OUTCOMES
    count = len(question.outcomes)
    if question.kind is Kind.BINARY:
        if question.outcomes != YES_NO:
            yield "outcomes", "A binary question has the outcomes Yes and No."
        return
    if not fewest <= count <= most:
        yield "outcomes", f"A choice must have {fewest} to {most} outcomes; got {count}."
    if len({name.casefold() for name in question.outcomes}) < count:
        yield "outcomes", "Every outcome must have a name of its own."
    yield from _mistakes_of_names("outcomes", "An outcome", question.outcomes, OUTCOME_LENGTH)


def _mistakes_of_times(question: Question) -> Mistakes:
    if question.opens >= question.closes:
        opens, closes = minute_text(question.opens), minute_text(question.closes)
        yield "closes", f"A question must close after it opens; got {opens} to {closes}."


def _mistakes_of_names(field: str, name: str, names: tuple[str, ...], longest: int) -> Mistakes:
    for one in names:
        if not 1 <= len(one) <= longest:
            yield field, f"{name} must have 1 to {longest} characters; got {len(one)}."
        if has_unseen(one):
            yield field, f"{name} must have only characters that can be seen."


def id_from_title(title: str) -> str:
    """A short id that can stand in an address.

    >>> id_from_title("Will Kamala Harris run for president in 2028?")
    'will-kamala-harris-run-for-president-in'
    """
    words: list[str] = re.findall(r"[a-z0-9]+", title.casefold()) or ["question"]
    kept = words[0][:SHORTENED_ID_LENGTH]
    for word in words[1:]:
        if len(kept) + 1 + len(word) > SHORTENED_ID_LENGTH:
            break
        kept = f"{kept}-{word}"
    return kept


def telling_outcomes(question: Question) -> tuple[str, ...]:
    """The outcomes whose probabilities tell all: Yes alone, or each of several."""
    return question.outcomes[:1] if question.kind is Kind.BINARY else question.outcomes
