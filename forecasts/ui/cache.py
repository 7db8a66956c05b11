"""Every cache of the app.

For each question or list one answer is kept, with the state it belongs to: the last journal entry
that changed it, and the minute where time matters, since a close passes without an entry.
Whether a visitor asks is part of the place, since visitors may be refused. Nothing here is one
person's own. What is kept is frozen and shared by all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from forecasts.services import reporting, scoreboard

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from forecasts.domain.people import Person
    from forecasts.services.reporting import ListedQuestion, QuestionReport, QuestionRow
    from forecasts.services.scoreboard import CalibrationReport, StandingsReport
    from forecasts.site import Site

PLACES = 2000

T = TypeVar("T")


def questions(site: Site, person: Person | None) -> list[ListedQuestion]:
    """See `reporting.questions`."""
    state = site.store.revision(), _minute(site)
    return _keep(site, person, ("questions",), state, lambda: reporting.questions(site, person))


def row(site: Site, person: Person | None, listed: ListedQuestion) -> QuestionRow:
    """See `reporting.row`."""
    place, state = ("row", listed.question.id), (listed.last_entry, _minute(site))
    return _keep(site, person, place, state, lambda: reporting.row(site, person, listed))


def question(site: Site, person: Person | None, question_id: str) -> QuestionReport:
    """See `reporting.question`."""
    place = "question", question_id
    last_entry = site.store.questions.last_entry(question_id)
    state = last_entry, site.store.people.last_erasure(), _minute(site)
    return _keep(site, person, place, state, lambda: reporting.question(site, person, question_id))


def ranking(site: Site, person: Person | None) -> StandingsReport:
    """See `scoreboard.ranking`."""
    return _keep_scored(site, person, ("ranking",), lambda: scoreboard.ranking(site, person))


def scored_people(site: Site, person: Person | None) -> list[Person]:
    """See `scoreboard.scored_people`."""
    place = ("scored_people",)
    return _keep_scored(site, person, place, lambda: scoreboard.scored_people(site, person))


def crowd_calibration(site: Site, person: Person | None, method: str) -> CalibrationReport:
    """See `scoreboard.crowd_calibration`."""
    place = "crowd_calibration", method
    read = scoreboard.crowd_calibration
    return _keep_scored(site, person, place, lambda: read(site, person, method))


def person_calibration(site: Site, person: Person | None, of: str) -> CalibrationReport:
    """See `scoreboard.person_calibration`."""
    place = "person_calibration", of
    read = scoreboard.person_calibration
    return _keep_scored(site, person, place, lambda: read(site, person, of))


def _keep_scored(
    site: Site, person: Person | None, name: tuple[str, ...], read: Callable[[], T]
) -> T:
    """Keep what only resolutions and names change, neither forecasts nor time."""
    return _keep(site, person, name, site.store.scores.last_entry(), read)


def _keep(
    site: Site, person: Person | None, name: tuple[str, ...], state: object, read: Callable[[], T]
) -> T:
    place = _place(site.key, person is None, name)
    kept = place.kept
    if kept is None or kept[0] != state:
        kept = place.kept = (state, read())
    answer: T = kept[1]
    return answer


def _minute(site: Site) -> datetime:
    return site.now().replace(second=0, microsecond=0)


@dataclass(slots=True)
class _Place:
    """Where one answer is kept, with its state; both change at once, so threads need no lock."""

    kept: tuple[object, Any] | None = None


@st.cache_resource(max_entries=PLACES, show_spinner=False)
def _place(site: str, visitor: bool, name: tuple[str, ...]) -> _Place:  # noqa: ARG001, FBT001
    return _Place()
