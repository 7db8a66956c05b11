"""The script that Streamlit runs: who is it, what is the menu, which page."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from forecasts.errors import DatabaseError, ForecastsError
from forecasts.services import accounts
from forecasts.site import this_site
from forecasts.ui import outage, session, widgets
from forecasts.ui.navigation import pages

ICON = Path(__file__).parent / "icon.svg"

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.site import Site


def run(site: Site, token: str | None) -> None:
    """Draw the page that was asked for, for whoever the cookie's `token` stands for."""
    st.set_page_config(page_title="Forecasts", page_icon=ICON, layout="wide")
    widgets.style()
    with outage.outlasted(lambda: st.navigation(pages(site, None), position="hidden")):
        _draw(site, token)


def _draw(site: Site, token: str | None) -> None:
    person = accounts.person_of(site, token)
    page = st.navigation(pages(site, person), position="top")
    here = _address(page)
    _account(person, here)
    with st.container():
        _notices(site)
    if person is None and site.settings.visitors == "none":
        widgets.invitation("read this site", back=here)
        return
    try:
        page.run()
    except DatabaseError:
        raise
    except ForecastsError as error:
        widgets.problem(error)


def _notices(site: Site) -> None:
    """What is said above a page; in a place of its own, so that nothing below it is rebuilt."""
    if not accounts.has_admin(site):
        st.info(
            "This site has no admin yet. The link for the first account is in the terminal "
            "where the site was started.",
            icon=":material/key:",
        )
    if message := session.take_message():
        text, done = message
        if done:
            st.success(text, icon=":material/check_circle:")
        else:
            st.warning(text, icon=":material/replay:")


def _address(page: st.Page) -> str:
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    query = urlencode(asked, doseq=True)
    return f"/{page.url_path}?{query}" if query else f"/{page.url_path}"


def _account(person: Person | None, here: str) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
    ):
        if person is None:
            widgets.account_link("/sign-in", "Sign in", {"next": here})
            widgets.account_link("/sign-up", "Sign up", {"next": here})
        else:
            st.html(f"<span>{escape(person.name)}</span>", width="content")
            widgets.sign_out_button()


if __name__ == "__main__":
    run(this_site(), st.context.cookies.get(accounts.SESSION_COOKIE))
