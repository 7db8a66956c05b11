"""What two pages or more draw alike: text, numbers, links, charts with their tables."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode, urljoin

import streamlit as st

from forecasts.domain.days import end_text, minute_text
from forecasts.domain.percents import in_words
from forecasts.domain.questions import State
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from forecasts.charts import Chart
    from forecasts.domain.forecasts import Score
    from forecasts.domain.questions import Question

Color = Literal["gray", "green", "orange", "blue"]

LEAST_MOVE = 0.0005
DAYS = (date(1900, 1, 1), date(2999, 12, 31))
ACCENT = "#0f6e84"
"""The theme's primary colour, for HTML that Streamlit does not colour itself."""

DRAWN = re.compile(r"(:(?=[A-Za-z_+/-]|\d+:)|@(?=\w)|[-<](?=[->])|\bwww(?=\.))")
"""Where Streamlit would begin to draw something else than was written."""

JOINER = "\N{WORD JOINER}"
STATE_COLORS: dict[State, Color] = {
    State.SCHEDULED: "gray",
    State.OPEN: "green",
    State.CLOSED: "orange",
    State.RESOLVED: "blue",
    State.ANNULLED: "gray",
}
STATE_WORDS = {
    State.SCHEDULED: "scheduled",
    State.OPEN: "open",
    State.CLOSED: "closed, waiting for an answer",
    State.RESOLVED: "resolved",
    State.ANNULLED: "annulled",
}
METHOD_NAMES = {
    "recency_weighted_median": "Recency-weighted median",
    "recency_weighted_mean": "Recency-weighted mean",
    "median": "Median",
    "mean": "Mean",
    "log_pool": "Log pool",
    "extremised": "Extremised log pool",
    "neyman_roughgarden": "Neyman–Roughgarden",
}


def plain(text: str) -> str:
    """Text from people, so that Markdown shows every character as it is.

    Escapes do not keep Streamlit from drawing `:name:` and `->`, nor from linking addresses; a
    character that nobody sees, put between, does.
    """
    apart = DRAWN.sub(rf"\1{JOINER}", text)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(apart.split()))


def prose(text: str) -> str:
    """Markdown from people without images; Streamlit leaves out HTML by itself."""
    return text.replace("![", "!\\[")


def source(text: str) -> str:
    """Where an answer stands, as Markdown: a link where it is an address, else plain text."""
    return f"<{text}>" if re.fullmatch(r"https?://[^\s<>]+", text) else plain(text)


def points(value: float) -> str:
    """A score in points, with its sign."""
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "\N{MINUS SIGN}")


def score_line(score: Score) -> str:
    """A score in a line."""
    parts = [f"peer **{points(score.peer)}**", f"baseline **{points(score.baseline)}**"]
    if score.brier is not None:
        parts.append(f"Brier **{score.brier:.3f}**")
    return " · ".join([*parts, f"coverage **{in_words(score.coverage)}**"])


def move(change: float | None) -> str | int | None:
    """A change of a probability in percentage points for `st.metric`, 0 where it is too small."""
    if change is None:
        return None
    return f"{100 * change:+.1f}".removesuffix(".0") if abs(change) >= LEAST_MOVE else 0


@contextmanager
def problems() -> Iterator[None]:
    """Show what a person can mend as a sentence; what remains is a bug and shows as one."""
    try:
        yield
    except ForecastsError as error:
        problem(error)


def problem(error: ForecastsError) -> None:
    """Show what went wrong as a sentence."""
    st.error(plain(str(error)), icon=":material/error:")


def question_link(question: Question, *, label: str | None = None) -> None:
    """A link to the page of a question."""
    page = st.Page(_nothing, url_path="question", title="Question")
    st.page_link(
        page, label=label or f"**{plain(question.title)}**", query_params={"id": question.id}
    )


def go_to_question(question_id: str) -> None:
    """Leave for the page of a question."""
    page = st.Page(_nothing, url_path="question", title="Question")
    st.switch_page(page, query_params={"id": question_id})


def address(path: str) -> str:
    """A path of this site as a whole address, as this browser reaches it."""
    return urljoin(st.context.url or "", path)


def page_link(url_path: str, label: str, *, icon: str | None = None, **query: str) -> None:
    """A link to a page by the last part of its address, empty for the first page."""
    page = st.Page(_nothing, url_path=url_path, title=label, default=not url_path)
    st.page_link(page, label=label, icon=icon, query_params=query)


def account_link(path: str, label: str, query: Mapping[str, str], *, button: bool = False) -> None:
    """A plain link to a page outside Streamlit, in the same tab."""
    address = escape(f"{path}?{urlencode(query)}" if query else path)
    style = BUTTON_STYLE if button else LINK_STYLE
    st.html(
        f'<a href="{address}" target="_self" style="{style}">{escape(label)}</a>', width="content"
    )


def sign_out_button() -> None:
    """A form of its own, since signing out changes something and takes a POST."""
    st.html(
        '<form method="post" action="/sign-out" style="margin:0"><button type="submit" '
        f'style="{LINK_STYLE};background:none;border:0;font:inherit;cursor:pointer">'
        "Sign out</button></form>",
        width="content",
    )


def style() -> None:
    """What Streamlit cannot be told otherwise: a link wraps, and stands flush with its text."""
    st.html(
        "<style>[data-testid='stPageLink-NavLink']{padding-left:0;line-height:1.35}"
        "[data-testid='stPageLink-NavLink'] span,"
        "[data-testid='stPageLink-NavLink'] span *{white-space:normal}</style>"
    )


BUTTON_STYLE = (
    f"display:inline-block;padding:.45rem .9rem;border-radius:.5rem;background:{ACCENT};"
    "color:#fff;text-decoration:none;font-weight:600"
)
LINK_STYLE = "display:inline-block;padding:.25rem 0;text-decoration:underline;color:inherit"


def badges(question: Question, state: State) -> None:
    """The state and the tags of a question, and from when to when it takes forecasts."""
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(STATE_WORDS[state], color=STATE_COLORS[state])
        for tag in question.tags:
            st.badge(_in_badge(tag), color="gray")
    st.caption(_span(question, state))


def _span(question: Question, state: State) -> str:
    opens, closes = minute_text(question.opens), end_text(question.closes)
    opened = "Opens" if state is State.SCHEDULED else "Opened"
    closed = "closes" if state in (State.SCHEDULED, State.OPEN) else "scheduled to close"
    return f"{opened} {opens}, {closed} {closes}."


def _in_badge(text: str) -> str:
    """As `plain`, but for the brackets, which badges escape themselves."""
    return plain(text).replace("\\[", "[").replace("\\]", "]")


def bar(probability: float | None, *, label: str) -> str:
    """A bar as long as a probability, as HTML for `st.html`."""
    width = 0 if probability is None else 100 * probability
    return (
        f'<div role="img" aria-label="{escape(label)}" style="height:.5rem;border-radius:.25rem;'
        'background:rgba(127,145,153,.25);overflow:hidden">'
        f'<div style="height:100%;width:{width:.1f}%;background:{ACCENT}"></div></div>'
    )


def bars(outcomes: Sequence[str], crowd: Sequence[float]) -> None:
    """The probability of each outcome, likeliest first."""
    rows = sorted(zip(outcomes, crowd, strict=True), key=lambda row: -row[1])
    st.html(
        '<div style="display:grid;grid-template-columns:minmax(6rem,1fr) 2fr 3.5rem;'
        'gap:.35rem .8rem;align-items:center">'
        + "".join(
            f"<span>{escape(outcome)}</span>{bar(chance, label=f'{outcome}: {in_words(chance)}')}"
            f"<strong>{in_words(chance)}</strong>"
            for outcome, chance in rows
        )
        + "</div>"
    )


def chart(
    picture: Chart,
    table: pd.DataFrame,
    *,
    alt: str,
    percents: Sequence[str] = (),
    note: str = "",
) -> None:
    """A chart, what it says in words, and the table behind it."""
    st.altair_chart(picture, alt=alt)
    if note:
        st.caption(note)
    with st.expander("Table", icon=":material/table:"):
        data(table, alt=f"{alt} (table)", percents=percents)


def data(
    table: pd.DataFrame,
    *,
    alt: str,
    percents: Sequence[str] = (),
    scores: Sequence[str] = (),
    fine: Sequence[str] = (),
    moments: Sequence[str] = (),
) -> None:
    """A table whose columns of probabilities, points, small numbers and times read as such."""
    number, time = st.column_config.NumberColumn, st.column_config.DatetimeColumn
    st.dataframe(
        table,
        alt=alt,
        hide_index=True,
        placeholder="–",
        column_config={
            **{name: _heading(name) for name in table.columns},
            **{name: number(_heading(name), format="percent") for name in percents},
            **{name: number(_heading(name), format="%+.2f") for name in scores},
            **{name: number(_heading(name), format="%.3f") for name in fine},
            **{
                name: time(_heading(name), format="D MMM YYYY HH:mm", timezone="UTC")
                for name in moments
            },
        },
    )


def _heading(name: str) -> str:
    return name[:1].upper() + name[1:]


def day_input(label: str, *, key: str) -> date | None:
    """A day, empty at first.

    Left to itself, Streamlit takes only ten years around the machine's own day.
    """
    first, last = DAYS
    return st.date_input(label, None, first, last, key=key, format="YYYY-MM-DD", width=220)


def invitation(doing: str, *, back: str) -> None:
    """Ask a visitor to sign in for `doing`, and come `back` to that path."""
    st.info(f"Sign in to {doing}.", icon=":material/login:")
    with st.container(horizontal=True, vertical_alignment="center"):
        account_link("/sign-in", "Sign in", {"next": back}, button=True)
        account_link("/sign-up", "Sign up", {"next": back})


def _nothing() -> None:
    """What a page made only to link to it draws."""
