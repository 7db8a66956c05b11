"""What a page does while the database cannot be read."""

from __future__ import annotations

from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING

import streamlit as st

from forecasts.errors import DatabaseError
from forecasts.ui import session, widgets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAUSE = 1.0
"""Seconds until a page asks the database again."""

SEEN = (
    "<style>[data-stale='true']{opacity:1!important}"
    ".st-key-outage{position:fixed;top:4rem;left:50%;transform:translateX(-50%);z-index:999;"
    "width:min(40rem,94vw);border-radius:.5rem;background:Canvas;"
    "box-shadow:0 2px 12px rgba(0,0,0,.3)}</style>"
)
"""The reason stays in sight wherever somebody has scrolled to; what a run has not drawn yet, which
here is the whole page, does not fade as Streamlit has it.
"""


BEGUN = "begun"


@contextmanager
def outlasted(find_page: Callable[[], object]) -> Iterator[None]:
    """Leave the page on the screen as it is, below the reason, until the database can be read.

    A run that ends for the next one takes nothing off the screen and forgets nothing that was
    typed. But it forgets what was pressed, so nothing happens by itself when the next one works;
    and the first one forgets which page the address names, unless it calls `find_page`.
    """
    first = not session.has(BEGUN)
    session.put(BEGUN, value=True)
    banner = st.container(key="outage")
    try:
        yield
    except DatabaseError as error:
        with banner:
            st.html(SEEN)
            widgets.problem(error)
        if first:
            find_page()
        sleep(PAUSE)
        st.rerun()
