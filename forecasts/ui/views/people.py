"""People, their roles, and one-time links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts.domain.people import Person, Role
from forecasts.errors import InvalidValueError
from forecasts.services import accounts
from forecasts.ui import session, widgets

if TYPE_CHECKING:
    from forecasts.site import Site

TITLE = "People"
ICON = ":material/group:"


def render(site: Site, person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    people = accounts.everybody(site, person)
    st.caption(
        "A forecaster forecasts; a moderator also asks, resolves, annuls and undoes; an admin also "
        "looks after people and reads the journal."
    )
    by_name = {one.name: one for one in people if not one.erased}
    chosen = st.selectbox("Person", list(by_name), index=None, placeholder="Choose somebody")
    if chosen:
        _role(site, person, by_name[chosen])
        _password(site, person, by_name[chosen])
        _erase(site, person, by_name[chosen])
    _invite(site, person)
    st.subheader("Everybody", anchor=False)
    st.table(
        {widgets.plain(one.name): "erased" if one.erased else one.role.word for one in people},
        border="horizontal",
        width="content",
        alt="Everybody and their role",
    )


def _role(site: Site, admin: Person | None, person: Person) -> None:
    words = [role.word for role in Role]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word = st.selectbox(
            "Role", words, index=words.index(person.role.word), key=f"role-{person.id}", width=220
        )
        pressed = st.button("Change role")
    if pressed:
        with widgets.problems():
            accounts.set_role(site, admin, person.id, Role.of(word))
            session.leave_message(f"{widgets.plain(person.name)} is {word} now.")
            st.rerun()


def _password(site: Site, admin: Person | None, person: Person) -> None:
    if st.button("Make a one-time password link", icon=":material/key:"):
        with widgets.problems():
            code = accounts.reset_code(site, admin, person.name)
            _link(f"/reset?code={code}", f"Give this to {widgets.plain(person.name)}")


def _erase(site: Site, admin: Person | None, person: Person) -> None:
    with st.expander("Erase…", icon=":material/person_remove:"):
        st.markdown(accounts.ERASING)
        typed = st.text_input("To confirm, type the name", key=f"erase-{person.id}")
        if st.button("Erase for good"):
            with widgets.problems():
                if typed.strip() != person.name:
                    raise InvalidValueError("The name typed", f"be “{person.name}”", typed)
                erased = accounts.erase(site, admin, person.id)
                now = f"{widgets.plain(person.name)} is {erased.person.name} now."
                session.leave_message(f"{now} {erased.left}".strip())
                st.rerun()


def _invite(site: Site, admin: Person | None) -> None:
    if site.settings.signup != "invited":
        return
    st.subheader("Invite", anchor=False)
    if st.button("Make an invitation link", icon=":material/mail:"):
        with widgets.problems():
            code = accounts.invitation_code(site, admin)
            _link(f"/sign-up?code={code}", "It makes one account")


def _link(path: str, purpose: str) -> None:
    st.markdown(f"{purpose}. It is good for one use, for some days, and is not shown again.")
    st.code(widgets.address(path), language=None)
