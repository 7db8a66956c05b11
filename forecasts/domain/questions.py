"""Questions: their kinds, the states they pass through, and which moves are allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from forecasts.clock import to_text
from forecasts.errors import ForecastsError, InvalidValueError

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
            State.SCHEDULED: f"it opens on {to_text(question.opens)[:10]}",
            State.CLOSED: f"it closed on {to_text(question.closes)[:16].replace('T', ' ')} UTC",
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
    if question.resolution is not None:
        message = f"“{question.title}” is {state_at(question, now).value} already; undo that first."
        raise ResolutionError(message)
    if not 0 <= outcome < len(question.outcomes):
        known = ", ".join(question.outcomes)
        message = f"The outcome must be one of {known}; got number {outcome + 1}."
        raise ResolutionError(message)
    if known_since > now:
        message = f"An answer cannot be known in the future; got {to_text(known_since)}."
        raise ResolutionError(message)
    if known_since < question.opens:
        message = (
            f"An answer cannot be known before the question opened on {to_text(question.opens)}; "
            f"got {to_text(known_since)}. Annul the question instead."
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
    return [
        *_check_texts(question),
        *_check_outcomes(question),
        *_check_times(question),
        *_check_tags(question.tags),
    ]


def _check_texts(question: Question) -> list[str]:
    shortest, longest = TITLE_LENGTH
    problems = []
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", question.id) or len(question.id) > ID_LENGTH:
        problems.append(
            f"An id must be at most {ID_LENGTH} lower-case letters, digits and single hyphens; "
            f"got “{question.id}”."
        )
    if not shortest <= len(question.title) <= longest:
        problems.append(
            f"A title must have {shortest} to {longest} characters; got {len(question.title)}."
        )
    if not question.criteria:
        problems.append("A question must have resolution criteria: what exactly makes it so?")
    for name, text in (("Criteria", question.criteria), ("A background", question.background)):
        if len(text) > TEXT_LENGTH:
            problems.append(f"{name} must have at most {TEXT_LENGTH} characters; got {len(text)}.")
    return problems


def _check_outcomes(question: Question) -> list[str]:
    fewest, most = OUTCOMES
    count = len(question.outcomes)
    if question.kind is Kind.BINARY:
        right = question.outcomes == YES_NO
        return [] if right else ["A binary question has the outcomes Yes and No."]
    problems = []
    if not fewest <= count <= most:
        problems.append(f"A choice must have {fewest} to {most} outcomes; got {count}.")
    if len({name.casefold() for name in question.outcomes}) < count:
        problems.append("Every outcome must have a name of its own.")
    problems += [
        f"An outcome must have 1 to {OUTCOME_LENGTH} characters; got {len(name)}."
        for name in question.outcomes
        if not 1 <= len(name) <= OUTCOME_LENGTH
    ]
    return problems


def _check_times(question: Question) -> list[str]:
    if question.opens < question.closes:
        return []
    opens, closes = to_text(question.opens), to_text(question.closes)
    return [f"A question must close after it opens; got {opens} to {closes}."]


def _check_tags(tags: tuple[str, ...]) -> list[str]:
    return [
        f"A tag must have 1 to {TAG_LENGTH} characters; got {len(tag)}."
        for tag in tags
        if not 1 <= len(tag) <= TAG_LENGTH
    ]


def id_from_title(title: str) -> str:
    """A short id that can stand in an address.

    >>> id_from_title("Will Kamala Harris run for president in 2028?")
    'will-kamala-harris-run-for-president-in'
    """
    words = re.findall(r"[a-z0-9]+", title.casefold()) or ["question"]
    kept = words[0][:SHORTENED_ID_LENGTH]
    for word in words[1:]:
        if len(kept) + 1 + len(word) > SHORTENED_ID_LENGTH:
            break
        kept = f"{kept}-{word}"
    return kept


def outcome_index(question: Question, name: str) -> int:
    """Which outcome is called `name`; raises `InvalidValueError` where none is."""
    if name not in question.outcomes:
        rule = f"be one of {', '.join(question.outcomes)}"
        raise InvalidValueError("The outcome", rule, name)
    return question.outcomes.index(name)
