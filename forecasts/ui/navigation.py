"""The pages, in order, and who sees them in the menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from forecasts.domain.people import Role
from forecasts.ui.views import (
    ask,
    calibration,
    how_it_works,
    journal,
    my_forecasts,
    people,
    question,
    questions,
    resolve,
    standings,
)

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.site import Site


class View(Protocol):
    """What the module of a page holds."""

    TITLE: str
    ICON: str

    def render(self, site: Site, person: Person | None) -> None:
        """Draw the page for `person`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page at the address `path`, in the menu of those who have `role`.

    The role hides what one could not use; what is allowed, the services decide.
    """

    path: str
    view: View
    role: Role | None = None
    in_menu: bool = True


PAGES = (
    Entry("", questions),
    Entry("question", question, in_menu=False),
    Entry("my-forecasts", my_forecasts),
    Entry("standings", standings),
    Entry("calibration", calibration),
    Entry("how-it-works", how_it_works),
    Entry("resolve", resolve, Role.MODERATOR),
    Entry("ask", ask, Role.MODERATOR),
    Entry("people", people, Role.ADMIN),
    Entry("journal", journal, Role.ADMIN),
)


def pages(site: Site, person: Person | None) -> dict[str, list[st.Page]]:
    """The menu of `person`: everybody's pages, and those of running the site apart.

    What somebody may not see has its address all the same, where a sentence says who may.
    """
    role = person.role if person else 0
    running = [entry for entry in PAGES if entry.role is not None and entry.role <= role]
    others = [entry for entry in PAGES if entry not in running]
    return {
        "": [_page(entry, site, person) for entry in others],
        "Admin": [_page(entry, site, person) for entry in running],
    }


def _page(entry: Entry, site: Site, person: Person | None) -> st.Page:
    role = person.role if person else 0
    visible = entry.in_menu and (entry.role is None or entry.role <= role)
    return st.Page(
        lambda: entry.view.render(site, person),
        title=entry.view.TITLE,
        icon=entry.view.ICON,
        url_path=entry.path,
        default=entry is PAGES[0],
        visibility="visible" if visible else "hidden",
    )
