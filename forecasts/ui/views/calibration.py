"""When we said 70 %, how often did it happen?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts.ui import cache, pictures, widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.services.scoreboard import CalibrationReport
    from forecasts.site import Site

TITLE = "Calibration"
ICON = ":material/target:"
CROWD = "The crowd"


def render(site: Site, person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    st.markdown(
        "When we said 70 %, did it happen seven times in ten? Points on the diagonal say yes. "
        "The band is how far luck alone would carry somebody perfectly calibrated, "
        "nine times in ten."
    )
    names = {"": CROWD} | {one.id: one.name for one in cache.scored_people(site, person)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        whose = st.selectbox("Whose", list(names), format_func=names.__getitem__, width=280)
        if whose:
            report = cache.person_calibration(site, person, whose)
            of = f"the forecasts of {names[whose]}"
        else:
            report, of = _crowd(site, person), "the crowd forecast"
    pictures.calibration(report, whose=of)


def _crowd(site: Site, person: Person | None) -> CalibrationReport:
    method = st.selectbox(
        "Crowd forecast by",
        list(widgets.METHOD_NAMES),
        format_func=widgets.METHOD_NAMES.__getitem__,
        help="What each of them does is told by *How it works*.",
        width=280,
    )
    return cache.crowd_calibration(site, person, method)
