"""One question: what it asks, what the crowd and oneself say, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain.days import minute_text
from forecasts.domain.people import Role
from forecasts.domain.percents import as_said
from forecasts.domain.questions import State
from forecasts.services import reporting
from forecasts.ui import cache, pictures, widgets
from forecasts.ui.forecast_form import forecast_form, was_pressed

if TYPE_CHECKING:
    from forecasts.domain.forecasts import Forecast
    from forecasts.domain.people import Person
    from forecasts.services.reporting import QuestionReport, QuestionRow
    from forecasts.site import Site

TITLE = "Question"
ICON = ":material/help:"


def render(site: Site, person: Person | None) -> None:
    """Draw the page of the question that the address names."""
    widgets.page_link("", "All questions", icon=":material/arrow_back:")
    if "id" not in st.query_params:
        st.info("Choose a question from the list.")
        return
    report = cache.question(site, person, st.query_params["id"])
    own = reporting.own_history(site, person, report.row.question.id)
    question = report.row.question
    st.set_page_config(page_title=question.title)
    st.title(widgets.plain(question.title), anchor=False)
    widgets.badges(question, report.row.state)
    if person is not None and person.role >= Role.MODERATOR:
        widgets.page_link("resolve", "Resolve or undo", icon=":material/gavel:", id=question.id)
    pictures.answer(question)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        outcome = _crowd(report, own)
        st.subheader("What counts", anchor=False)
        st.markdown(widgets.prose(question.criteria))
    with right:
        _own(site, person, report, own)
        pictures.spread(report, outcome)
    if report.row.state is State.RESOLVED:
        pictures.scores(report.scores)
    if question.background:
        st.subheader("Background", anchor=False)
        st.markdown(widgets.prose(question.background))
    if report.standing:
        st.subheader("Latest forecasts", anchor=False)
        pictures.standing(report)


def _crowd(report: QuestionReport, own: list[Forecast]) -> str | None:
    st.subheader("Crowd forecast", anchor=False)
    if report.row.crowd is None:
        st.info(_nobody(report.row))
    outcome = pictures.choose_outcome(report)
    if report.row.crowd is not None:
        pictures.headline(report, outcome)
    pictures.history(report, own, outcome)
    return outcome


def _nobody(row: QuestionRow) -> str:
    if row.state is State.OPEN:
        return f"Nobody has a forecast here{' now' if row.forecasts else ' yet'}. Make one!"
    if row.state is State.SCHEDULED:
        return "Nobody has a forecast here yet."
    return "Nobody had a forecast here at the end."


def _own(site: Site, person: Person | None, report: QuestionReport, own: list[Forecast]) -> None:
    question = report.row.question
    standing = own[-1].probabilities if own and own[-1].stands else None
    st.subheader("Your forecast", anchor=False)
    with st.container(border=True):
        if report.row.state is State.OPEN or was_pressed(question):
            forecast_form(site, person, report, standing)
        elif report.row.state is State.SCHEDULED:
            st.caption(f"It opens {minute_text(question.opens)}.")
        elif standing is None:
            st.caption("You have no forecast here, and the question takes no more.")
        else:
            for outcome, probability in zip(question.outcomes, standing, strict=True):
                st.markdown(f"{widgets.plain(outcome)}: **{as_said(probability)}**")
    if own:
        pictures.own_history(question, own)
