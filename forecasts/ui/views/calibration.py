"""When we said 70 %, how often did it happen?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts.services import reporting
from forecasts.ui import cache, pictures, widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
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
    people = {one.name: one.id for one in reporting.scored_people(site, person)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        whose = st.selectbox("Whose", [CROWD, *people], width=280)
        method = None
        if whose == CROWD:
            names = {name: method for method, name in widgets.METHOD_NAMES.items()}
            method = names[st.selectbox("Crowd forecast by", list(names), width=280)]
    if method is not None:
        report = cache.crowd_calibration(site, person, method)
        pictures.calibration(report, whose="the crowd forecast")
    else:
        report = cache.person_calibration(site, person, people[whose])
        pictures.calibration(report, whose=f"the forecasts of {whose}")
