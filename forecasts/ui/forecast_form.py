"""The form in which a person says how likely each outcome is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain.percents import in_tenths
from forecasts.domain.questions import Kind
from forecasts.services import forecasting
from forecasts.ui import cache, session, widgets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasts.domain.people import Person
    from forecasts.domain.questions import Question
    from forecasts.services.reporting import QuestionReport, QuestionRow
    from forecasts.site import Site

LOWEST, HIGHEST = 0.1, 99.9
FINE_BELOW, FINE_ABOVE = 5.0, 95.0
STEPS = (
    *(tenth / 10 for tenth in range(1, 50)),
    *(float(whole) for whole in range(5, 96)),
    *(tenth / 10 for tenth in range(951, 1000)),
)
"""Where the slider stops, in percent: tenths at both ends, whole percents between."""


def forecast_form(
    site: Site,
    person: Person | None,
    report: QuestionReport,
    current: tuple[float, ...] | None,
) -> None:
    """Draw the form, starting from the `current` forecast; sign-up keeps a visitor's choice.

    What submits is outside the fragment: it runs the whole script, which asks again who it is.
    """
    question = report.row.question
    _choosers(question, current, visitor=person is None)
    if person is None and not was_pressed(question):
        return
    with st.container(horizontal=True):
        if st.button(
            "Submit", key=_pressed(question, "submit"), type="primary", icon=":material/send:"
        ):
            _submit(site, person, report)
        if current is not None and st.button(
            "Withdraw", key=_pressed(question, "withdraw"), icon=":material/undo:"
        ):
            _withdraw(site, person, question)


def was_pressed(question: Question) -> bool:
    """Whether the form was pressed: it must answer even if the question closed meanwhile.

    The same holds where somebody signed out in another tab.
    """
    return any(session.get(_pressed(question, doing)) for doing in ("submit", "withdraw"))


@st.fragment
def _choosers(question: Question, current: tuple[float, ...] | None, *, visitor: bool) -> None:
    asked = question.outcomes[:1] if question.kind is Kind.BINARY else question.outcomes
    start = in_tenths(current or [1] * len(question.outcomes))
    for index, outcome in enumerate(asked):
        _chooser(_key(question, index), outcome, start[index])
    chosen = _chosen(question)
    if question.kind is Kind.CHOICE:
        _sum(question, chosen)
    if visitor:
        _sign_up(question, chosen)


def _chooser(key: str, outcome: str, start: float) -> None:
    """A slider and a number that move together."""
    slider, number = f"{key}-slider", f"{key}-number"
    if not session.has(number):
        session.put(number, start)
        session.put(slider, _nearest(start))
    value = session.number(number)
    left, right = st.columns([3, 1], vertical_alignment="bottom", wrap=False, gap="small")
    left.select_slider(
        widgets.plain(outcome),
        STEPS,
        key=slider,
        format_func=lambda step: widgets.percent(step / 100),
        on_change=lambda: session.put(number, session.number(slider)),
    )
    right.number_input(
        f"{widgets.plain(outcome)} in percent",
        LOWEST,
        HIGHEST,
        step=1.0 if FINE_BELOW <= value <= FINE_ABOVE else 0.1,
        format="%.1f",
        key=number,
        label_visibility="collapsed",
        on_change=lambda: session.put(slider, _nearest(session.number(number))),
    )


def _chosen(question: Question) -> tuple[float, ...]:
    if question.kind is Kind.BINARY:
        yes = _probability(question, 0)
        return yes, round(1 - yes, 6)
    return tuple(_probability(question, index) for index in range(len(question.outcomes)))


def _probability(question: Question, index: int) -> float:
    return round(session.number(f"{_key(question, index)}-number") / 100, 6)


def _sum(question: Question, chosen: Sequence[float]) -> None:
    total = round(100 * sum(chosen), 4)
    if total == 100:  # noqa: PLR2004 - all of it
        st.caption("Sum: 100 %")
        return
    st.warning(f"Sum: {total:g} %. It must be 100 % to be submitted.")
    st.button("Scale to 100 %", on_click=lambda: _scale(question, chosen))


def _scale(question: Question, chosen: Sequence[float]) -> None:
    for index, percents in enumerate(in_tenths(chosen)):
        key = _key(question, index)
        session.put(f"{key}-number", percents)
        session.put(f"{key}-slider", _nearest(percents))


def _sign_up(question: Question, chosen: Sequence[float]) -> None:
    query = {
        "question": question.id,
        "p": ",".join(f"{one:g}" for one in chosen),
        "next": f"/question?id={question.id}",
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        widgets.account_link("/sign-up", "Sign up to submit", query, button=True)
        widgets.account_link("/sign-in", "Sign in", query)


def _submit(site: Site, person: Person | None, report: QuestionReport) -> None:
    question = report.row.question
    with widgets.problems():
        forecasting.submit(site, person, question.id, _chosen(question))
        after = cache.question(site, person, question.id).row
        session.leave_message(_moved(report.row, after))
        st.rerun()


def _moved(before: QuestionRow, after: QuestionRow) -> str:
    if after.crowd is None or before.crowd is None:
        return "Your forecast stands; it is the first."
    old, new = (widgets.percent(row.crowd[after.leader]) for row in (before, after) if row.crowd)
    outcome = widgets.plain(after.question.outcomes[after.leader])
    if old == new:
        return f"Your forecast stands; the crowd forecast stays at {new} {outcome}."
    return f"Your forecast stands; the crowd forecast moved from {old} to {new} {outcome}."


def _withdraw(site: Site, person: Person | None, question: Question) -> None:
    with widgets.problems():
        forecasting.withdraw(site, person, question.id)
        session.forget(_prefix(question))
        session.leave_message("Your forecast is withdrawn.")
        st.rerun()


def _nearest(percents: float) -> float:
    return min(STEPS, key=lambda step: abs(step - percents))


def _prefix(question: Question) -> str:
    return f"chance-{question.id}-"


def _key(question: Question, index: int) -> str:
    return f"{_prefix(question)}{index}"


def _pressed(question: Question, doing: str) -> str:
    return f"{doing}-{question.id}"
