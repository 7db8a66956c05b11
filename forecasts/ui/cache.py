"""Every cache of the app.

For each question or list one answer is kept, with the state it belongs to: the last journal entry
(of the question, or of the site for lists) and the minute, since a close passes without an entry.
Whether a visitor asks is part of the place, since visitors may be refused. Nothing here is one
person's own. What is kept is frozen and shared by all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from forecasts.services import reporting, scoreboard

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecasts.domain.people import Person
    from forecasts.services.reporting import QuestionReport, QuestionRow
    from forecasts.services.scoreboard import CalibrationReport, StandingsReport
    from forecasts.site import Site

PLACES = 2000

P = ParamSpec("P")
T = TypeVar("T")


def questions(site: Site, person: Person | None) -> list[QuestionRow]:
    """See `reporting.questions`."""
    return _keep(reporting.questions, site, person, site.store.revision())


def question(site: Site, person: Person | None, question_id: str) -> QuestionReport:
    """See `reporting.question`."""
    last_entry = site.store.questions.last_entry(question_id)
    return _keep(reporting.question, site, person, last_entry, question_id)


def ranking(site: Site, person: Person | None) -> StandingsReport:
    """See `scoreboard.ranking`."""
    return _keep(scoreboard.ranking, site, person, site.store.revision())


def crowd_calibration(site: Site, person: Person | None, method: str) -> CalibrationReport:
    """See `scoreboard.crowd_calibration`."""
    return _keep(scoreboard.crowd_calibration, site, person, site.store.revision(), method)


def person_calibration(site: Site, person: Person | None, of: str) -> CalibrationReport:
    """See `scoreboard.person_calibration`."""
    return _keep(scoreboard.person_calibration, site, person, site.store.revision(), of)


def _keep(
    read: Callable[Concatenate[Site, Person | None, P], T],
    site: Site,
    person: Person | None,
    last_entry: int,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    place = _place(read.__name__, site.key, person is None, args)
    state = (last_entry, site.now().replace(second=0, microsecond=0))
    kept = place.kept
    if kept is None or kept[0] != state:
        kept = place.kept = (state, read(site, person, *args, **kwargs))
    answer: T = kept[1]
    return answer


@dataclass(slots=True)
class _Place:
    """Where one answer is kept, with its state; both change at once, so threads need no lock."""

    kept: tuple[object, Any] | None = None


@st.cache_resource(max_entries=PLACES, show_spinner=False)
def _place(name: str, site: str, visitor: bool, args: tuple[object, ...]) -> _Place:  # noqa: ARG001, FBT001
    return _Place()
