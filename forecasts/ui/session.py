"""Typed access to what a browser tab remembers between two reruns."""

from __future__ import annotations

import streamlit as st

MESSAGE = "message"


def leave_message(text: str, *, done: bool = True) -> None:
    """Keep a sentence for the next rerun: of something done, or of what is still to be done."""
    st.session_state[MESSAGE] = text, done


def take_message() -> tuple[str, bool] | None:
    """The sentence kept for this rerun, once, and whether it tells of something done."""
    message: tuple[str, bool] | None = st.session_state.pop(MESSAGE, None)
    return message


def came_back() -> bool:
    """Whether the browser had this page before, from this session or from one that is gone.

    When it connects again it names the session that it knew, third in its list of protocols.
    """
    protocols = st.context.headers.get("Sec-WebSocket-Protocol") or ""
    return protocols.count(",") > 1 and bool(protocols.split(",")[2].strip())


def number(key: str) -> float | None:
    """The number that the widget called `key` holds, None where it is empty."""
    held: float | None = st.session_state[key]
    return held


def put(key: str, value: object) -> None:
    """Let the widget called `key` show `value`; only before it is drawn in a rerun."""
    st.session_state[key] = value


def has(key: str) -> bool:
    """Whether a widget called `key` holds anything; it does not once its page was left."""
    return key in st.session_state


def forget(prefix: str) -> None:
    """Let every widget whose key begins so start afresh."""
    for key in [key for key in st.session_state if str(key).startswith(prefix)]:
        del st.session_state[key]


def get(key: str) -> object:
    """What the widget called `key` holds, None where there is none."""
    return st.session_state.get(key)
