"""What is shown of one question and of calibration: headlines, charts, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts import charts, frames
from forecasts.domain.days import minute_text
from forecasts.domain.percents import in_words
from forecasts.domain.questions import Kind
from forecasts.ui import widgets

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from forecasts.domain.forecasts import Forecast, Score
    from forecasts.domain.questions import Question
    from forecasts.services.reporting import QuestionReport, QuestionRow
    from forecasts.services.scoreboard import CalibrationReport

ALL = "All outcomes"
WIDTH = 680
"""Of a picture that should be about as wide as high, in pixels."""


def answer(question: Question) -> None:
    """What became of a question, if anything has."""
    resolution = question.resolution
    if resolution is None:
        return
    if resolution.outcome is None or resolution.known_since is None:
        st.info(f"Annulled: {widgets.plain(resolution.note)}", icon=":material/block:")
        return
    outcome = widgets.plain(question.outcomes[resolution.outcome])
    known = minute_text(resolution.known_since)
    st.success(
        f"**{outcome}**, known since {known}. Source: {widgets.prose(resolution.source)}",
        icon=":material/flag:",
    )
    if resolution.note:
        st.markdown(widgets.prose(resolution.note))


def headline(row: QuestionRow, method: str) -> None:
    """The crowd forecast by `method` as a number."""
    crowd = row.crowd or ()
    outcome = widgets.plain(row.question.outcomes[row.leader])
    word = "forecaster" if row.forecasters == 1 else "forecasters"
    name = widgets.METHOD_NAMES[method].lower()
    st.metric(
        f"{outcome}, {name} of {row.forecasters} {word}",
        in_words(crowd[row.leader]),
        delta=widgets.move(row.move),
        delta_description=None if row.move is None else "in 7 days",
        delta_color="off",
    )


def history(report: QuestionReport, own: Sequence[Forecast], outcome: str | None) -> None:
    """How the crowd forecast of an outcome moved, or of all for None."""
    question = report.row.question
    crowd = frames.history(report.history, question.outcomes, until=report.until)
    others = frames.references(report.references, question.outcomes)
    if crowd.empty and (others.empty or outcome is None):
        return
    if outcome is None:
        picture = charts.all_outcomes_history(crowd, opens=question.opens)
        alt = f"Crowd forecast of each outcome over time. {_leading(report)}"
        widgets.chart(picture, crowd, alt=alt, percents=("probability", "low", "high"))
        return
    mine = frames.own_history(own, question.outcomes, until=report.until)
    crowd, mine, others = (_only(table, outcome) for table in (crowd, mine, others))
    picture = charts.outcome_history(crowd, mine, others, opens=question.opens)
    alt = f"Crowd forecast of {outcome} over time with its quartile band. {_leading(report)}"
    table = frames.together(crowd, mine, others)
    widgets.chart(picture, table, alt=alt, percents=("probability", "low", "high"))


def spread(report: QuestionReport, outcome: str | None) -> None:
    """How current forecasts of an outcome are spread, of the likeliest for None."""
    if len(report.standing) < 2:  # noqa: PLR2004 - one forecast is not spread
        return
    outcomes = report.row.question.outcomes
    index = report.row.leader if outcome is None else outcomes.index(outcome)
    table = frames.spread([one.probabilities[index] for one in report.standing])
    st.markdown(f"**How current forecasts of {widgets.plain(outcomes[index])} are spread**")
    count = len(report.standing)
    alt = f"How many of {count} current forecasts of {outcomes[index]} lie in each tenth."
    widgets.chart(charts.spread(table), table, alt=alt, percents=("from", "to"))


def own_history(question: Question, own: Sequence[Forecast]) -> None:
    """What oneself said, as a table, newest first."""
    with st.expander(f"Your history ({len(own)})", icon=":material/history:"):
        table = frames.forecasts(question.outcomes, own)
        widgets.data(
            table,
            alt="Your forecasts, newest first",
            percents=list(table.columns[2:]),
            moments=("from", "until"),
        )


def standing(report: QuestionReport, *, outcomes: int) -> None:
    """The standing forecasts of everybody, as a table."""
    names = report.row.question.outcomes[:outcomes]
    table = frames.standing(report.standing, names)
    widgets.data(
        table,
        alt="The standing forecast of everybody, newest first",
        percents=list(table.columns[2:]),
        moments=("since",),
    )


def scores(given: Sequence[tuple[str, Score]], heading: str = "Scores") -> None:
    """What a question gives everybody, as a table."""
    st.subheader(heading, anchor=False)
    if not given:
        st.caption("Nobody had a forecast here that counts, so nobody is scored.")
        return
    widgets.data(
        frames.scores(given),
        alt="Scores on this question, best peer score first",
        scores=("Peer", "Baseline"),
        fine=("Brier", "Log"),
        percents=("Coverage",),
    )


def calibration(report: CalibrationReport, *, whose: str) -> None:
    """The reliability curve of a series with its decomposition, or what is missing for one."""
    curve = report.reliability
    if curve is None:
        st.info(f"Nothing of {whose} is scored yet. It takes a resolved question.")
        return
    numbers = {
        "Brier": curve.brier,
        "Miscalibration": curve.miscalibration,
        "Discrimination": curve.discrimination,
        "Uncertainty": curve.uncertainty,
    }
    with st.container(horizontal=True, gap="large"):
        st.metric("Questions", report.questions, width="content")
        for name, value in numbers.items():
            st.metric(name, f"{value:.3f}", width="content", help=EXPLAINED[name])
    table = frames.reliability(curve)
    alt = f"Reliability of {whose}: what was said against how often it happened."
    percents = ("forecast", "happened", "low", "high", "share")
    with st.container(width=WIDTH):
        widgets.chart(charts.reliability(table), table, alt=alt, percents=percents)


EXPLAINED = {
    "Brier": "The mean squared distance of forecasts from what happened; lower is better.",
    "Miscalibration": "What reading each forecast off the curve would save; lower is better.",
    "Discrimination": "What telling cases apart gains over always giving the overall frequency.",
    "Uncertainty": "The Brier score of always giving the overall frequency.",
}


def choose_outcome(question: Question) -> str | None:
    """The outcome that pictures are about: Yes, or the one chosen, None for all."""
    if question.kind is Kind.BINARY:
        return question.outcomes[0]
    names = [ALL, *question.outcomes]
    chosen = st.selectbox(
        "Outcome", range(len(names)), format_func=names.__getitem__, key=f"outcome-{question.id}"
    )
    return question.outcomes[chosen - 1] if chosen else None


def _only(table: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return table[table["outcome"] == outcome].drop(columns="outcome")


def _leading(report: QuestionReport) -> str:
    row = report.row
    if row.crowd is None:
        return "Nobody has a forecast now."
    outcome = row.question.outcomes[row.leader]
    return f"It stands at {in_words(row.crowd[row.leader])} for {outcome}."
