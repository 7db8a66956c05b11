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

READABLE = "<style>[data-stale='true']{opacity:1!important}</style>"
"""Streamlit fades what a run has not drawn yet, which here is the whole page, for long."""


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
    banner = st.container()
    try:
        yield
    except DatabaseError as error:
        with banner:
            st.html(READABLE)
            widgets.problem(error)
        if first:
            find_page()
        sleep(PAUSE)
        st.rerun()
