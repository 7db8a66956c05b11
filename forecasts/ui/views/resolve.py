"""What waits for an answer; resolving, annulling, undoing."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain.people import Role, require
from forecasts.domain.questions import State
from forecasts.services import resolving
from forecasts.ui import cache, pictures, session, widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.domain.questions import Question
    from forecasts.services.reporting import ListedQuestion
    from forecasts.site import Site

TITLE = "Resolve"
ICON = ":material/gavel:"
ENDED = (State.RESOLVED, State.ANNULLED)


def render(site: Site, person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    require(person, Role.MODERATOR, "resolve a question")
    rows = cache.questions(site, person)
    waiting = [row for row in rows if row.state is State.CLOSED]
    if waiting:
        st.caption(f"{len(waiting)} closed and waiting for an answer, listed first.")
    else:
        st.caption("Nothing waits for an answer. An open question can be resolved early.")
    row = _pick(rows)
    if row is None:
        return
    widgets.badges(row.question, row.state)
    widgets.question_link(row.question, label="See the question")
    if row.state in ENDED:
        _undo(site, person, row)
    else:
        _resolve(site, person, row.question)
        _annul(site, person, row.question)


def _pick(rows: list[ListedQuestion]) -> ListedQuestion | None:
    order = [State.CLOSED, State.OPEN, State.SCHEDULED, *ENDED]
    rows = sorted(rows, key=lambda row: (order.index(row.state), row.question.closes))
    found = {row.question.id: row for row in rows}
    chosen = st.selectbox(
        "Question",
        list(found),
        index=_first(list(found), sum(row.state is State.CLOSED for row in rows)),
        placeholder="Choose a question",
        key="resolve-question",
        format_func=lambda key: (
            f"{found[key].question.title} ({widgets.STATE_WORDS[found[key].state]})"
        ),
    )
    return found.get(chosen) if chosen else None


def _first(ids: list[str], waiting: int) -> int | None:
    """Which question is chosen at first: the one the address names, or the first that waits."""
    named = st.query_params.get("id")
    if named in ids:
        return ids.index(named)
    return 0 if waiting else None


def _resolve(site: Site, person: Person | None, question: Question) -> None:
    st.subheader("What happened?", anchor=False)
    key = f"resolve-{question.id}"
    outcome = st.radio("Outcome", question.outcomes, None, widgets.plain, key=f"{key}-outcome")
    with st.container(horizontal=True):
        day = widgets.day_input("Known since (UTC)", key=f"{key}-day")
        hour = st.time_input("at (UTC)", time(), key=f"{key}-time", width=160)
    source = st.text_input("Source, such as a link", key=f"{key}-source")
    note = st.text_area("Note (may stay empty)", key=f"{key}-note")
    if outcome is None or day is None:
        st.caption("Choose what happened and since when it was known to see what it gives.")
        return
    known, index = datetime.combine(day, hour, UTC), question.outcomes.index(outcome)
    with widgets.problems():
        given = resolving.preview(site, person, question.id, outcome=index, known_since=known)
        pictures.scores(given, "What it gives")
        if st.button("Resolve", type="primary", icon=":material/gavel:"):
            resolving.resolve(
                site,
                person,
                question.id,
                outcome=index,
                known_since=known,
                source=source,
                note=note,
            )
            session.leave_message("The question is resolved.")
            widgets.go_to_question(question.id)


def _annul(site: Site, person: Person | None, question: Question) -> None:
    with st.expander("Annul instead", icon=":material/block:"):
        reason = st.text_input("Why it cannot be answered", key=f"annul-{question.id}")
        if st.button("Annul", key="annul"):
            with widgets.problems():
                resolving.annul(site, person, question.id, reason=reason)
                session.leave_message("The question is annulled; nobody is scored.")
                widgets.go_to_question(question.id)


def _undo(site: Site, person: Person | None, row: ListedQuestion) -> None:
    pictures.answer(row.question)
    st.markdown("Undoing takes back the scores it gave; it can be resolved again.")
    if st.button("Undo", icon=":material/undo:"):
        with widgets.problems():
            resolving.undo(site, person, row.question.id)
            session.leave_message("It is undone; the question stands as before.")
            widgets.go_to_question(row.question.id)
