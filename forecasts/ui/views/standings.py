"""Who did how well over all resolved questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts import frames
from forecasts.services import scoreboard
from forecasts.ui import cache, widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.site import Site

TITLE = "Standings"
ICON = ":material/leaderboard:"


def render(site: Site, person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    report = cache.ranking(site, person)
    if not report.names:
        st.info("No question is scored yet. Standings begin with the first that is resolved.")
        widgets.page_link("how-it-works", "How scores work")
        return
    by = st.segmented_control(
        "Rank by", list(scoreboard.RANKINGS), default="Mean peer", required=True, key="rank-by"
    )
    st.caption(scoreboard.RANKINGS[by].explained)
    table = frames.standings(report.names, report.table, scoreboard.places(report, by))
    widgets.data(
        table,
        alt=f"Standings by {by.lower()}",
        scores=("Mean peer", "Total peer", "Baseline"),
        fine=("Brier", "Coverage"),
    )
    word = "question" if report.questions == 1 else "questions"
    st.caption(f"Over {report.questions} scored {word}.")
