"""What is shown of one question and of calibration: headlines, charts, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts import charts, frames
from forecasts.domain.days import minute_text
from forecasts.domain.percents import in_words
from forecasts.domain.questions import Kind, telling_outcomes
from forecasts.ui import widgets

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from forecasts.domain.forecasts import Forecast, Score
    from forecasts.domain.questions import Question
    from forecasts.services.reporting import QuestionReport, QuestionRow
    from forecasts.services.scoreboard import CalibrationReport

ALL = "All outcomes"
BAND = "The band holds the middle half of the forecasts, by weight."
MOST_LINES = 8
FEW_QUESTIONS = 20
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
        f"**{outcome}**, known since {known}. Source: {widgets.source(resolution.source)}",
        icon=":material/flag:",
    )
    if resolution.note:
        st.markdown(widgets.prose(resolution.note))


def headline(report: QuestionReport, outcome: str | None) -> None:
    """The crowd forecast of an outcome as a number, or of all outcomes as bars for None."""
    row, crowd = report.row, report.row.crowd or ()
    word = "forecaster" if row.forecasters == 1 else "forecasters"
    name = f"{widgets.METHOD_NAMES[report.method].lower()} of {row.forecasters} {word}"
    if outcome is None:
        st.caption(name[:1].upper() + name[1:])
        widgets.bars(row.question.outcomes, crowd)
        return
    index = row.question.outcomes.index(outcome)
    move = row.move if index == row.leader else None
    st.metric(
        f"{widgets.plain(outcome)}, {name}",
        in_words(crowd[index]),
        delta=widgets.move(move),
        delta_description=None if move is None else "in 7 days",
        delta_color="off",
    )


def history(report: QuestionReport, own: Sequence[Forecast], outcome: str | None) -> None:
    """How the crowd forecast of an outcome moved, or of the likeliest outcomes for None."""
    question = report.row.question
    names = _likeliest(report.row) if outcome is None else (outcome,)
    crowd, mine, others = (
        table[table["outcome"].isin(names)]
        for table in (
            frames.history(report.history, question.outcomes, until=report.until),
            frames.own_history(own, question.outcomes, until=report.until),
            frames.references(report.references, question.outcomes),
        )
    )
    if crowd.empty and (others.empty or outcome is None):
        return
    percents = ("probability", "low", "high")
    if outcome is None:
        picture = charts.all_outcomes_history(crowd, mine, opens=question.opens)
        alt = f"Crowd forecast of each outcome over time. {_leading(report)}"
        widgets.chart(picture, crowd, alt=alt, percents=percents, note=_note(report, mine))
        return
    picture = charts.outcome_history(crowd, mine, others, opens=question.opens)
    alt = f"Crowd forecast of {outcome} over time with its quartile band. {_leading(report)}"
    table = frames.together(crowd, mine, others).drop(columns="outcome")
    widgets.chart(picture, table, alt=alt, percents=percents, note=BAND)


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
        table = frames.forecasts(telling_outcomes(question), own)
        widgets.data(
            table,
            alt="Your forecasts, newest first",
            percents=list(table.columns[2:]),
            moments=("from", "until"),
        )


def standing(report: QuestionReport) -> None:
    """The standing forecasts of everybody, as a table."""
    table = frames.standing(report.standing, telling_outcomes(report.row.question))
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
    if report.questions < FEW_QUESTIONS:
        st.caption("So few questions say little yet: the band shows how far luck alone goes.")
    with st.container(horizontal=True, gap="medium"):
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


def choose_outcome(report: QuestionReport) -> str | None:
    """The outcome that pictures are about: Yes, or the one chosen, None for all."""
    question = report.row.question
    if question.kind is Kind.BINARY:
        return question.outcomes[0]
    if report.row.crowd is None and not report.references:
        return None
    names = [ALL, *question.outcomes]
    chosen = st.selectbox(
        "Outcome", range(len(names)), format_func=names.__getitem__, key=f"outcome-{question.id}"
    )
    return question.outcomes[chosen - 1] if chosen else None


def _likeliest(row: QuestionRow) -> tuple[str, ...]:
    """As many outcomes as a picture can tell apart, the likeliest ones."""
    crowd = row.crowd or (0.0,) * len(row.question.outcomes)
    order = sorted(range(len(crowd)), key=lambda index: -crowd[index])[:MOST_LINES]
    return tuple(row.question.outcomes[index] for index in sorted(order))


def _note(report: QuestionReport, mine: pd.DataFrame) -> str:
    parts = [] if mine.empty else ["Dashed lines are your own forecasts."]
    if len(report.row.question.outcomes) > MOST_LINES:
        parts.append(f"Only the {MOST_LINES} likeliest outcomes are drawn.")
    return " ".join(parts)


def _leading(report: QuestionReport) -> str:
    row = report.row
    if row.crowd is None:
        return "Nobody has a forecast now."
    outcome = row.question.outcomes[row.leader]
    return f"It stands at {in_words(row.crowd[row.leader])} for {outcome}."
