"""Long lists, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 20

T = TypeVar("T")


def on_page(rows: Sequence[T], *, key: str) -> Sequence[T]:
    """The rows of the page that was chosen; `key` names the choice in the address."""
    pages = -(-len(rows) // ROWS)
    if pages <= 1:
        return rows
    number = st.pagination(pages, key=key, bind="query-params")
    return rows[(number - 1) * ROWS : number * ROWS]
