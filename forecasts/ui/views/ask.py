"""Putting up a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain import days
from forecasts.domain.people import Role, require
from forecasts.domain.questions import TITLE_LENGTH, YES_NO, Kind
from forecasts.services import asking
from forecasts.services.asking import Draft
from forecasts.ui import session, widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.site import Site

TITLE = "Ask a question"
ICON = ":material/add_circle:"
KINDS = {"Yes or No": Kind.BINARY, "One of several": Kind.CHOICE}


def render(site: Site, person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    require(person, Role.MODERATOR, "ask a question")
    kind = KINDS[st.segmented_control("Kind", list(KINDS), default="Yes or No", required=True)]
    title = st.text_input("Title", max_chars=TITLE_LENGTH[1], key="ask-title")
    outcomes = YES_NO if kind is Kind.BINARY else _outcomes()
    criteria = st.text_area(
        "Resolution criteria",
        key="ask-criteria",
        help="What exactly has to happen, by when, and who says so? Markdown without HTML.",
    )
    background = st.text_area("Background, with sources", key="ask-background")
    with st.container(horizontal=True):
        opens = widgets.day_input("Opens (empty: now)", key="ask-opens")
        closes = widgets.day_input("Closes (end of that day, UTC)", key="ask-closes")
    tags = st.text_input("Tags, separated by commas", key="ask-tags")
    if not st.button("Ask", type="primary", icon=":material/send:"):
        return
    if closes is None:
        st.error("A question must have a day on which it closes.", icon=":material/error:")
        return
    _ask(
        site,
        person,
        Draft(
            kind=kind,
            title=title,
            criteria=criteria,
            background=background,
            outcomes=outcomes,
            opens=None if opens is None else days.beginning(opens),
            closes=days.end(closes),
            tags=tuple(tag for tag in tags.split(",") if tag.strip()),
        ),
    )


def _outcomes() -> tuple[str, ...]:
    lines = st.text_area(
        "Outcomes, one a line",
        key="ask-outcomes",
        help="Exactly one of them must happen; add “Another” where something else could.",
    )
    return tuple(line for line in lines.splitlines() if line.strip())


def _ask(site: Site, person: Person | None, draft: Draft) -> None:
    with widgets.problems():
        question_id = asking.ask(site, person, draft)
        session.forget("ask-")
        session.leave_message("Your question is up.")
        widgets.go_to_question(question_id)
