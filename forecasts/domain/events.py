"""Everything that can happen on a site, to and from JSON.

An event says what was decided, in full: tables are projected from it and can be made again.
The subject (which question, which person) and the body are kept apart, since the journal has a
column for each. Who did it and when are the journal's, not the event's.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, get_origin, get_type_hints

from forecasts.clock import from_text, to_text
from forecasts.domain.people import Role
from forecasts.domain.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

NONCE_BYTES = 16
SITE = "site"
"""The actor of what nobody in person did, such as planting the seeds."""


def _nonce() -> str:
    return secrets.token_hex(NONCE_BYTES)


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """Somebody made an account; the nonce keeps the digest from giving an erased name away."""

    subject: str
    name: str
    role: Role
    nonce: str = field(default_factory=_nonce)


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """A person was given another role."""

    subject: str
    role: Role


@dataclass(frozen=True, slots=True)
class PersonErased:
    """A person wished to be forgotten; the bodies of these journal entries were taken away.

    The first of `entries` is the one by which the person joined.
    """

    subject: str
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """A question was put up."""

    subject: str
    question_kind: Kind
    title: str
    criteria: str
    background: str
    outcomes: tuple[str, ...]
    opens: datetime
    closes: datetime
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForecastMade:
    """The actor put a probability on every outcome of the question."""

    subject: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ForecastWithdrawn:
    """The actor took their forecast back."""

    subject: str


@dataclass(frozen=True, slots=True)
class QuestionResolved:
    """It was entered which outcome happened, and since when that was known."""

    subject: str
    outcome: int
    known_since: datetime
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class QuestionAnnulled:
    """The question was declared void, for a reason."""

    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResolutionUndone:
    """A resolution or an annulment was taken back."""

    subject: str


@dataclass(frozen=True, slots=True)
class ReferenceRecorded:
    """Somebody else's probability for the question, with where and when it was read."""

    subject: str
    source: str
    url: str
    at: datetime
    probabilities: tuple[float, ...]


Event = (
    PersonJoined
    | RoleChanged
    | PersonErased
    | QuestionAsked
    | ForecastMade
    | ForecastWithdrawn
    | QuestionResolved
    | QuestionAnnulled
    | ResolutionUndone
    | ReferenceRecorded
)


@dataclass(frozen=True, slots=True)
class Redacted:
    """What is left of an event of this kind whose body was taken away."""

    subject: str
    kind: str


KINDS: dict[str, type[Event]] = {
    "person-joined": PersonJoined,
    "role-changed": RoleChanged,
    "person-erased": PersonErased,
    "question-asked": QuestionAsked,
    "forecast-made": ForecastMade,
    "forecast-withdrawn": ForecastWithdrawn,
    "question-resolved": QuestionResolved,
    "question-annulled": QuestionAnnulled,
    "resolution-undone": ResolutionUndone,
    "reference-recorded": ReferenceRecorded,
}
_KIND_OF = {event_type: kind for kind, event_type in KINDS.items()}


_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical(value: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    """JSON in the one form that digests are taken of: keys sorted, no spaces.

    >>> canonical({"b": [1, 0.5], "a": "é"})
    '{"a":"é","b":[1,0.5]}'
    """
    return _ENCODER.encode(value)


def kind_of(event: Event) -> str:
    """The word for an event's kind in the journal."""
    return _KIND_OF[type(event)]


def body_of(event: Event) -> str:
    """All of an event but its subject, as canonical JSON."""
    values = {one.name: _plain(getattr(event, one.name)) for one in fields(event)}
    del values["subject"]
    return canonical(values)


def event_from(kind: str, subject: str, body: str) -> Event:
    """The event that `kind_of`, its subject and `body_of` describe."""
    values = _said(body) if kind == "forecast-made" else _values(kind, body)
    return KINDS[kind](subject=subject, **values)


@lru_cache(maxsize=4096)
def _said(body: str) -> dict[str, Any]:
    """What a forecast says; kept, since most say what others said before, and none is erased."""
    return _values("forecast-made", body)


def _values(kind: str, body: str) -> dict[str, Any]:
    readers = _readers(kind)
    return {name: readers[name](value) for name, value in json.loads(body).items()}


def redacted_by(event: Event | Redacted) -> tuple[int, ...]:
    """The numbers of the journal entries that lose their bodies by an event."""
    return event.entries if isinstance(event, PersonErased) else ()


def _plain(value: Any) -> Any:  # noqa: ANN401 - a field of any event
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, Role):
        return value.word
    if isinstance(value, Enum):
        return value.value
    return value


@cache
def _readers(kind: str) -> dict[str, Callable[[Any], Any]]:
    return {name: _reader(hint) for name, hint in get_type_hints(KINDS[kind]).items()}


def _reader(hint: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - a type as an annotation says it
    if get_origin(hint) is tuple:
        return tuple
    return {datetime: from_text, Role: Role.of, Kind: Kind}.get(hint, lambda value: value)
