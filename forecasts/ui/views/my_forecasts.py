"""All of one's own forecasts with their scores, and one's own calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain.days import day_text
from forecasts.domain.percents import as_said, in_words
from forecasts.domain.questions import State
from forecasts.services import reporting
from forecasts.ui import cache, paging, pictures, widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.services.reporting import OwnForecast, QuestionRow
    from forecasts.site import Site

TITLE = "My forecasts"
ICON = ":material/person:"
SECTIONS = {"Not scored yet": False, "Scored": True}


def render(site: Site, person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    if person is None:
        widgets.invitation("see your forecasts, scores and calibration", back="/my-forecasts")
        return
    mine = reporting.own_forecasts(site, person, cache.questions(site, person))
    if not mine:
        st.info("You have no forecasts yet. Pick a question that you have an opinion on.")
        widgets.page_link("", "All questions", icon=":material/arrow_back:")
        return
    for heading, scored in SECTIONS.items():
        _list(site, person, heading, [one for one in mine if (one.score is not None) == scored])
    st.subheader("My calibration", anchor=False)
    report = cache.person_calibration(site, person, person.id)
    pictures.calibration(report, whose="your forecasts")


def _list(site: Site, person: Person, heading: str, mine: list[OwnForecast]) -> None:
    if not mine:
        return
    st.subheader(heading, anchor=False)
    for one in paging.on_page(mine, key=heading.lower().replace(" ", "-")):
        row = cache.row(site, person, one.listed)
        with st.container(border=True, gap="xsmall"):
            widgets.question_link(row.question)
            st.caption(_line(one, row))
            if one.score is not None:
                st.markdown(widgets.score_line(one.score))


def _line(one: OwnForecast, row: QuestionRow) -> str:
    outcome = widgets.plain(row.question.outcomes[row.leader])
    said = as_said(one.forecast.probabilities[row.leader])
    parts = [f"{outcome}: you said **{said}** on {day_text(one.forecast.starts)}"]
    if one.forecast.ends is not None:
        parts.append(f"withdrawn on {day_text(one.forecast.ends)}")
    if row.crowd is not None:
        parts.append(f"crowd {in_words(row.crowd[row.leader])}")
    if row.state is not State.OPEN:
        parts.append(widgets.STATE_WORDS[row.state])
    return " · ".join(parts)
