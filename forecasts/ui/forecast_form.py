"""The form in which a person says how likely each outcome is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain.percents import FINE_ABOVE, FINE_BELOW, STEPS, as_said, in_tenths, in_words
from forecasts.domain.probability import check_forecast
from forecasts.domain.questions import Kind, telling_outcomes
from forecasts.errors import DatabaseError
from forecasts.services import forecasting
from forecasts.ui import cache, session, widgets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasts.domain.people import Person
    from forecasts.domain.questions import Question
    from forecasts.services.reporting import QuestionReport, QuestionRow
    from forecasts.site import Site


NUMBER_WIDTH = 150
"""In pixels: digits, a cross to empty it, less and more."""

AGAIN = "The site was started anew meanwhile: look at the number, please, and press Submit again."
"""Said to whoever presses on a page of a process that is gone: see `_find`."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What a chooser holds: percents (None for an empty number) and where its slider stands.

    `echo` is where the slider stood before a typed number moved it: a press that follows at once
    still reports that, since the browser had no time to hear of the move.
    """

    percents: float | None
    slider: float
    echo: float | None = None


def forecast_form(
    site: Site,
    person: Person | None,
    report: QuestionReport,
    current: tuple[float, ...] | None,
) -> None:
    """Draw the form, starting from the `current` forecast; sign-up keeps a visitor's choice.

    It is no fragment: a browser sends a typed number and the press right after it as one message,
    and who presses has to be asked again, which only a run of the whole script does.
    """
    question = report.row.question
    found = _choosers(question, current, visitor=person is None)
    if person is not None or was_pressed(question):
        _buttons(site, person, report, current, found=found)
    if found:
        st.rerun()


def _buttons(
    site: Site,
    person: Person | None,
    report: QuestionReport,
    current: tuple[float, ...] | None,
    *,
    found: bool,
) -> None:
    question = report.row.question
    submit, withdraw = _press(question, "submit"), _press(question, "withdraw")
    with st.container(horizontal=True):
        if st.button("Submit", key=submit, type="primary", icon=":material/send:"):
            if found:
                session.leave_message(AGAIN, done=False)
            else:
                _submit(site, person, report)
        standing = current is not None or session.get(withdraw)
        if standing and st.button("Withdraw", key=withdraw, icon=":material/undo:"):
            _withdraw(site, person, question)


def was_pressed(question: Question) -> bool:
    """Whether the form was pressed: it must answer even if the question closed meanwhile.

    The same holds where somebody signed out, or withdrew, in another tab.
    """
    return any(session.get(_press(question, doing)) for doing in ("submit", "withdraw"))


def _choosers(question: Question, current: tuple[float, ...] | None, *, visitor: bool) -> bool:
    """Draw a chooser an outcome; says whether they were found on the screen of the browser."""
    start = in_tenths(current or [1] * len(question.outcomes))
    pressed = was_pressed(question)
    found = session.came_back() and not _is_known(_key(question, 0))
    for index, outcome in enumerate(telling_outcomes(question)):
        key = _key(question, index)
        if found:
            _find(key, outcome, start[index])
        else:
            _chooser(key, outcome, _settled(key, start[index], pressed=pressed))
    if question.kind is Kind.CHOICE:
        with st.container():
            _sum(question)
    if visitor:
        _sign_up(question)
    return found


def _is_known(key: str) -> bool:
    """Whether the last run of this session drew the chooser."""
    return isinstance(session.get(key), _Held) and session.has(f"{key}-number")


def _find(key: str, outcome: str, start: float) -> None:
    """Draw a chooser that the browser may have on its screen, from a process that is gone.

    It is drawn untouched, so that what the browser sends along stays, and can be read in the next
    run: what is not where the chooser starts was moved. Until then nobody knows what was meant.
    """
    held = _Held(start, _nearest(start))
    _chooser(key, outcome, held, first=True)
    session.put(key, held)


def _settled(key: str, start: float, *, pressed: bool) -> _Held:
    """Let slider and number agree: whichever of them was moved since the last run leads."""
    held = session.get(key)
    if not isinstance(held, _Held) or not _is_known(key):
        held = _Held(start, _nearest(start))
        session.put(f"{key}-number", held.percents)
        session.put(f"{key}-slider", held.slider)
    number, slider = session.number(f"{key}-number"), session.number(f"{key}-slider")
    if number != held.percents:
        percents = None if number is None else round(number, 1)
        held = _Held(percents, held.slider if percents is None else _nearest(percents), echo=slider)
    elif slider is not None and slider != held.slider and not (pressed and slider == held.echo):
        held = _Held(slider, slider)
    for name, value, shown in (
        ("number", held.percents, number),
        ("slider", held.slider, slider),
    ):
        if value != shown:
            session.put(f"{key}-{name}", value)
    session.put(key, held)
    return held


def _chooser(key: str, outcome: str, held: _Held, *, first: bool = False) -> None:
    """A slider and a number that move together; `first` if they start at what is held.

    The number has no bounds of its own: what lies beyond gets the sentence that says so.
    """
    fine = held.percents is None or not FINE_BELOW <= held.percents <= FINE_ABOVE
    name = widgets.plain(outcome)
    with st.container(gap="xsmall"):
        with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
            st.markdown(name, width="stretch")
            st.number_input(
                f"{name} in percent",
                value=held.percents if first else None,
                step=0.1 if fine else 1.0,
                format="%.1f",
                key=f"{key}-number",
                label_visibility="collapsed",
                width=NUMBER_WIDTH,
            )
        st.select_slider(
            name,
            STEPS,
            held.slider if first else None,
            key=f"{key}-slider",
            format_func=lambda step: in_words(step / 100),
            label_visibility="collapsed",
        )


def _chosen(question: Question) -> tuple[float | str, ...]:
    """A probability an outcome as it was given; a word where there is none."""
    given = [_percents(question, index) for index in range(len(telling_outcomes(question)))]
    chosen: list[float | str] = [
        "nothing" if percents is None else round(percents / 100, 6) for percents in given
    ]
    if question.kind is Kind.BINARY:
        chosen.append("nothing" if given[0] is None else round(1 - given[0] / 100, 6))
    return tuple(chosen)


def _percents(question: Question, index: int) -> float | None:
    held = session.get(_key(question, index))
    return held.percents if isinstance(held, _Held) else None


def _sum(question: Question) -> None:
    given = [_percents(question, index) for index in range(len(telling_outcomes(question)))]
    numbers = [percents for percents in given if percents is not None]
    total = round(sum(numbers), 4)
    if total == 100:  # noqa: PLR2004 - all of it
        st.caption("Sum: 100 %")
        return
    st.warning(f"Sum: {total:g} %. It must be 100 % to be submitted.")
    if len(numbers) == len(given) and min(numbers) > 0:
        st.button("Scale to 100 %", on_click=lambda: _scale(question, numbers))


def _scale(question: Question, numbers: Sequence[float]) -> None:
    for index, percents in enumerate(in_tenths(numbers)):
        session.put(f"{_key(question, index)}-number", percents)


def _sign_up(question: Question) -> None:
    """Links that keep what was chosen; what could not be submitted gets its sentence instead.

    A link says what it keeps, since a press right after typing may still meet the one before.
    """
    with widgets.problems():
        chosen = check_forecast(_chosen(question))
        query = {
            "question": question.id,
            "p": ",".join(f"{one:g}" for one in chosen),
            "next": f"/question?id={question.id}",
        }
        said = f" {as_said(chosen[0])}" if question.kind is Kind.BINARY else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            widgets.account_link("/sign-up", f"Sign up to submit{said}", query, button=True)
            widgets.account_link("/sign-in", "Sign in", query)


def _submit(site: Site, person: Person | None, report: QuestionReport) -> None:
    question = report.row.question
    with widgets.problems():
        forecasting.submit(site, person, question.id, _chosen(question))
        session.leave_message(_stands(site, person, report))
        st.rerun()


def _stands(site: Site, person: Person | None, report: QuestionReport) -> str:
    """What a submitted forecast did; that it stands is said even if no more can be read."""
    try:
        after = cache.question(site, person, report.row.question.id).row
    except DatabaseError:
        return "Your forecast stands."
    return _moved(report.row, after)


def _moved(before: QuestionRow, after: QuestionRow) -> str:
    if after.crowd is None or before.crowd is None:
        return "Your forecast stands; nobody else has one now."
    old, new = (in_words(row.crowd[after.leader]) for row in (before, after) if row.crowd)
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


def _press(question: Question, doing: str) -> str:
    return f"{doing}-{question.id}"
