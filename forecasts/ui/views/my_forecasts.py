"""All of one's own forecasts with their scores, and one's own calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain.days import day_text
from forecasts.domain.percents import as_said, in_words
from forecasts.domain.questions import State
from forecasts.services import reporting
from forecasts.ui import cache, pictures, widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.services.reporting import OwnForecast
    from forecasts.site import Site

TITLE = "My forecasts"
ICON = ":material/person:"


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
    _list("Not scored yet", [one for one in mine if one.score is None])
    _list("Scored", [one for one in mine if one.score is not None])
    st.subheader("My calibration", anchor=False)
    report = cache.person_calibration(site, person, person.id)
    pictures.calibration(report, whose="your forecasts")


def _list(heading: str, mine: list[OwnForecast]) -> None:
    if not mine:
        return
    st.subheader(heading, anchor=False)
    for one in mine:
        with st.container(border=True, gap="xsmall"):
            widgets.question_link(one.row.question)
            st.caption(_line(one))
            if one.score is not None:
                st.markdown(widgets.score_line(one.score))


def _line(one: OwnForecast) -> str:
    outcome = widgets.plain(one.row.question.outcomes[one.row.leader])
    said = as_said(one.forecast.probabilities[one.row.leader])
    parts = [f"{outcome}: you said **{said}** on {day_text(one.forecast.starts)}"]
    if one.forecast.ends is not None:
        parts.append(f"withdrawn on {day_text(one.forecast.ends)}")
    if one.row.crowd is not None:
        parts.append(f"crowd {in_words(one.row.crowd[one.row.leader])}")
    if one.row.state is not State.OPEN:
        parts.append(widgets.STATE_WORDS[one.row.state])
    return " · ".join(parts)
