"""Every cache of the app.

A key holds the site, the last journal entry (of the question, or of the site for lists), the
minute, since a close passes without an entry, and whether a visitor asks, since visitors may be
refused. Nothing here is one person's own. What is kept is frozen and shared by all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import streamlit as st

from forecasts.services import reporting

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecasts.domain.people import Person
    from forecasts.services.reporting import (
        CalibrationReport,
        QuestionReport,
        QuestionRow,
        StandingsReport,
    )
    from forecasts.site import Site

MOST_ENTRIES = 500

P = ParamSpec("P")
T = TypeVar("T")
Key = tuple[str, str, int, str, bool, tuple[object, ...]]


def questions(site: Site, person: Person | None) -> list[QuestionRow]:
    """See `reporting.questions`."""
    return _keep(reporting.questions, site, person, site.store.revision())


def question(site: Site, person: Person | None, question_id: str) -> QuestionReport:
    """See `reporting.question`."""
    last_entry = site.store.questions.last_entry(question_id)
    return _keep(reporting.question, site, person, last_entry, question_id)


def ranking(site: Site, person: Person | None) -> StandingsReport:
    """See `reporting.ranking`."""
    return _keep(reporting.ranking, site, person, site.store.revision())


def crowd_calibration(site: Site, person: Person | None, method: str) -> CalibrationReport:
    """See `reporting.crowd_calibration`."""
    return _keep(reporting.crowd_calibration, site, person, site.store.revision(), method)


def person_calibration(site: Site, person: Person | None, of: str) -> CalibrationReport:
    """See `reporting.person_calibration`."""
    return _keep(reporting.person_calibration, site, person, site.store.revision(), of)


def _keep(
    read: Callable[Concatenate[Site, Person | None, P], T],
    site: Site,
    person: Person | None,
    last_entry: int,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    minute = site.now().isoformat(timespec="minutes")
    key = (read.__name__, site.key, last_entry, minute, person is None, args)
    return _kept(key, lambda: read(site, person, *args, **kwargs))


@st.cache_resource(max_entries=MOST_ENTRIES, show_spinner=False)
def _kept(key: Key, _read: Callable[[], T]) -> T:  # noqa: ARG001 - Streamlit looks by the key
    return _read()
