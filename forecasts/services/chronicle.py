"""The journal in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from forecasts.domain.days import minute_text
from forecasts.domain.events import (
    SITE,
    Event,
    ForecastMade,
    ForecastWithdrawn,
    PersonErased,
    PersonJoined,
    QuestionAnnulled,
    QuestionAsked,
    QuestionResolved,
    Redacted,
    ReferenceRecorded,
    ResolutionUndone,
    RoleChanged,
)
from forecasts.domain.people import Person, Role, require
from forecasts.domain.percents import as_said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from forecasts.site import Site

Line = tuple[int, "datetime", str, str]
"""An entry's number, its moment, who did it, and what they did."""


def lines(site: Site, person: Person | None, count: int) -> list[Line]:
    """The last `count` entries, newest first, for an admin."""
    require(person, Role.ADMIN, "read the journal")
    entries = site.store.newest_entries(count)
    first = min((entry.id for entry in entries), default=0)
    names = site.store.people.names_since(first) | {SITE: "the site"}
    outcomes = site.store.questions.outcomes_since(first)
    return [
        (
            entry.id,
            entry.at,
            names[entry.actor],
            sentence(entry.event, names, outcomes.get(entry.event.subject, ())),
        )
        for entry in entries
    ]


def sentence(event: Event | Redacted, names: Mapping[str, str], outcomes: Sequence[str]) -> str:  # noqa: C901, PLR0911 - one for each kind
    """What happened; `names` by person id, `outcomes` of the question it is about."""
    match event:
        case PersonJoined():
            return f"joined as {event.role.word}"
        case PersonErased():
            return f"erased {names[event.subject]}"
        case Redacted():
            return "joined; what else was written here is erased"
        case RoleChanged():
            return f"made {names[event.subject]} {event.role.word}"
        case QuestionAsked():
            return f"asked {event.subject}: {event.title}"
        case ForecastMade():
            return f"forecast {event.subject}: {_said(event.probabilities, outcomes)}"
        case ForecastWithdrawn():
            return f"withdrew their forecast on {event.subject}"
        case QuestionResolved():
            known = f"known since {minute_text(event.known_since)}"
            return f"resolved {event.subject}: {outcomes[event.outcome]}, {known}"
        case QuestionAnnulled():
            return f"annulled {event.subject}: {event.reason}"
        case ResolutionUndone():
            return f"undid the resolution of {event.subject}"
        case ReferenceRecorded():
            said = _said(event.probabilities, outcomes)
            return f"recorded {event.source} on {event.subject}: {said}"
        case _:  # pragma: no cover - the type checker holds that no kind is left
            assert_never(event)


def _said(probabilities: Sequence[float], outcomes: Sequence[str]) -> str:
    return ", ".join(
        f"{outcome} {as_said(probability)}"
        for outcome, probability in zip(outcomes, probabilities, strict=True)
    )
