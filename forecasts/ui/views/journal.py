"""All that happened, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts import frames
from forecasts.domain.people import Role, require
from forecasts.services import chronicle
from forecasts.ui import widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.site import Site

TITLE = "Journal"
ICON = ":material/menu_book:"
COUNTS = (100, 1000, 10_000)


def render(site: Site, person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    require(person, Role.ADMIN, "read the journal")
    st.markdown(
        "Every act is one entry, sealed with the one before. "
        "`python -m forecasts verify` checks the seals and the tables."
    )
    count = st.selectbox("Show the last", COUNTS, width=160)
    lines = chronicle.lines(site, person, count)
    if not lines:
        st.info("Nothing has happened yet.")
        return
    table = frames.journal(lines)
    widgets.data(table, alt="Journal entries, newest first", moments=("When",))
