"""The list of questions: what waits for me first."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain.days import end_text, minute_text
from forecasts.domain.percents import as_said, in_words
from forecasts.domain.questions import Kind, State
from forecasts.services import listing, reporting
from forecasts.ui import cache, paging, widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.services.reporting import ListedQuestion, QuestionRow
    from forecasts.site import Site

TITLE = "Questions"
ICON = ":material/quiz:"


def render(site: Site, person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE)
    rows = cache.questions(site, person)
    mine = reporting.standing_forecasts(site, person)
    waiting = listing.waiting(rows, mine) if person else frozenset[str]()
    shown = _chosen(rows, waiting)
    if not rows:
        st.info("No questions yet. An admin asks them under *Admin › Ask a question*.")
    elif not shown:
        st.info("No question fits. Take a filter away, or search for another word.")
    if turns := sum(row.question.id in waiting for row in shown):
        st.caption(f"{turns} open without your forecast, shown first.")
    for listed in paging.on_page(shown, key="page"):
        row = cache.row(site, person, listed)
        _draw(row, mine.get(row.question.id), waits=row.question.id in waiting)


def _chosen(rows: list[ListedQuestion], waiting: frozenset[str]) -> list[ListedQuestion]:
    words = {widgets.STATE_WORDS[state]: state for state in State}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Search", key="search", type="search", bind="query-params", width=346)
        states = st.multiselect("State", list(words), key="state", bind="query-params", width=165)
        tags = st.multiselect("Tag", listing.tags(rows), key="tag", bind="query-params", width=165)
        order = st.selectbox(
            "Sort", list(listing.ORDERS), key="sort", bind="query-params", width=165
        )
    chosen = listing.select(
        rows, text=text or "", states=[words[word] for word in states], tags=tags
    )
    return listing.arrange(chosen, order=order, waiting=waiting)


def _draw(row: QuestionRow, mine: tuple[float, ...] | None, *, waits: bool) -> None:
    with st.container(border=True, gap="xsmall"):
        widgets.question_link(row.question)
        if waits:
            st.badge("your turn", color="primary", icon=":material/edit:")
        elif row.state is not State.OPEN:
            st.badge(widgets.STATE_WORDS[row.state], color=widgets.STATE_COLORS[row.state])
        st.html(_numbers(row, mine))


def _numbers(row: QuestionRow, mine: tuple[float, ...] | None) -> str:
    crowd = None if row.crowd is None else row.crowd[row.leader]
    leader = row.question.outcomes[row.leader]
    number = "–" if crowd is None else in_words(crowd)
    said = "no forecast yet" if crowd is None else f"{number} {leader}"
    facts = [
        leader if row.question.kind is Kind.CHOICE and crowd is not None else "",
        f"you {as_said(mine[row.leader])}" if mine else "",
        _move(row.move),
        f"{row.forecasters} forecaster{'' if row.forecasters == 1 else 's'}",
        _when(row),
    ]
    listed = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;align-items:center;'
        'font-size:.875rem"><strong style="font-size:1.05rem;width:3.6rem">'
        f'{number}</strong><div style="flex:1 1 9rem;max-width:14rem">'
        f"{widgets.bar(crowd, label=f'Crowd forecast: {said}')}</div>{listed}</div>"
    )


def _move(move: float | None) -> str:
    if move is None:
        return ""
    if abs(move) < widgets.LEAST_MOVE:
        return "unmoved in 7 days"
    steps = f"{100 * abs(move):.1f}".removesuffix(".0")
    return f"{'▲' if move > 0 else '▼'} {steps} in 7 days"


def _when(row: QuestionRow) -> str:
    asked = row.question
    if asked.resolution is not None and asked.resolution.outcome is not None:
        return f"answer: {asked.outcomes[asked.resolution.outcome]}"
    if row.state is State.ANNULLED:
        return ""
    if row.state is State.SCHEDULED:
        return f"opens {minute_text(asked.opens)}"
    closes = "closes" if row.state is State.OPEN else "closed"
    return f"{closes} {end_text(asked.closes)}"
