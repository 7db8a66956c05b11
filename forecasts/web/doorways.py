"""The four forms that end with somebody signed in: setup, sign-up, sign-in and reset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasts.domain.people import DISTINCT_CHARACTERS, NAME_LENGTH, PASSWORD_LENGTH
from forecasts.errors import DatabaseError, ForecastsError
from forecasts.services import accounts
from forecasts.services.codes import BadCodeError, check_code
from forecasts.web.kept import kept_note
from forecasts.web.pages import (
    NOTHING,
    Html,
    alert,
    code_field,
    fixed_name_field,
    form,
    kept_link,
    link,
    name_field,
    page,
    paragraph,
    password_field,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecasts.services.accounts import SignedIn
    from forecasts.site import Site
    from forecasts.web.forms import Sent

NAME_HINT = f"{NAME_LENGTH[0]} to {NAME_LENGTH[1]} characters; everybody here will see it"
PASSWORD_HINT = (
    f"{PASSWORD_LENGTH[0]} to {PASSWORD_LENGTH[1]} characters, "
    f"at least {DISTINCT_CHARACTERS} of them different"
)


@dataclass(frozen=True, slots=True)
class Doorway:
    """A form at `path` that ends with somebody signed in.

    `check` raises where the form is not to be had at all, `act` does what it asks for, given the
    address it came from, and `page` draws it, with the error of the last try if there was one.
    """

    path: str
    check: Callable[[Site, Sent], None]
    act: Callable[[Site, Sent, str], SignedIn]
    page: Callable[[Site, Sent, Html], Html]


class NoAdminYetError(ForecastsError):
    """A form that waits for the first account."""

    def __init__(self) -> None:
        """Say where the link to it is."""
        super().__init__(accounts.WITHOUT_CODE["setup"])


class OldSetupLinkError(ForecastsError):
    """A link for the first account that a later start has replaced."""

    def __init__(self) -> None:
        """Say where the newest is."""
        super().__init__(
            "This is not the newest link: every start of the site prints another one in the "
            "terminal, and only the last is good."
        )


class HasAdminError(ForecastsError):
    """A link for the first account where there is one."""

    def __init__(self) -> None:
        """Say what to do instead."""
        super().__init__("The first account has been made; sign in, or sign up for another.")


def _check_setup(site: Site, sent: Sent) -> None:
    if accounts.has_admin(site):
        raise HasAdminError
    try:
        check_code(site, sent.code, "setup")
    except BadCodeError:
        raise OldSetupLinkError from None


def _check_sign_up(site: Site, sent: Sent) -> None:
    """Also an invitation that is used up is better said before a name has been thought of."""
    _check_admin(site)
    purpose = accounts.needed_code(site)
    if purpose and sent.code:
        check_code(site, sent.code, purpose)


def _check_sign_in(site: Site, _: Sent) -> None:
    _check_admin(site)


def _check_reset(site: Site, sent: Sent) -> None:
    accounts.person_of_code(site, sent.code)


def _check_admin(site: Site) -> None:
    if not accounts.has_admin(site):
        raise NoAdminYetError


def _sign_up(site: Site, sent: Sent, _: str) -> SignedIn:
    return accounts.sign_up(site, name=sent.name, password=sent.password, code=sent.code)


def _sign_in(site: Site, sent: Sent, address: str) -> SignedIn:
    return accounts.sign_in(site, name=sent.name, password=sent.password, address=address)


def _reset(site: Site, sent: Sent, _: str) -> SignedIn:
    return accounts.reset_password(site, code=sent.code, password=sent.password)


def _setup_page(_: Site, sent: Sent, problem: Html) -> Html:
    fields = (
        name_field(sent.name, NAME_HINT),
        password_field("new-password", PASSWORD_HINT, focus=bool(sent.name)),
    )
    return page(
        "Make the first account",
        paragraph("It is the admin’s: who asks and resolves questions, and runs the site."),
        problem,
        form("/setup", "Make the account", *fields, hidden={"code": sent.code}),
    )


def _sign_up_page(site: Site, sent: Sent, problem: Html) -> Html:
    asks = site.settings.signup == "invited" and not sent.code
    fields = (
        name_field(sent.name, NAME_HINT),
        password_field("new-password", PASSWORD_HINT, focus=bool(sent.name)),
        code_field() if asks else NOTHING,
    )
    return page(
        "Sign up",
        kept_note(site, sent, when="with your account"),
        problem,
        form("/sign-up", "Sign up", *fields, hidden=_hidden(sent) | {"code": sent.code}),
        link(kept_link("/sign-in", sent), "Sign in", before="You have an account? "),
    )


def _sign_in_page(site: Site, sent: Sent, problem: Html) -> Html:
    fields = (
        name_field(sent.name),
        password_field("current-password", focus=bool(sent.name)),
    )
    closed = site.settings.signup == "closed"
    return page(
        "Sign in",
        kept_note(site, sent, when="when you sign in"),
        problem,
        form("/sign-in", "Sign in", *fields, hidden=_hidden(sent)),
        NOTHING if closed else link(kept_link("/sign-up", sent), "Sign up", before="New here? "),
        Html('<p class="on">Forgot your password? Ask an admin for a one-time link.</p>\n'),
    )


def _reset_page(site: Site, sent: Sent, problem: Html) -> Html:
    person = accounts.person_of_code(site, sent.code)
    password = password_field("new-password", PASSWORD_HINT, focus=True, label="New password")
    return page(
        "Choose a new password",
        problem,
        form(
            "/reset",
            "Keep it and sign in",
            fixed_name_field(person.name),
            password,
            hidden={"code": sent.code},
        ),
        Html('<p class="on">You will be signed out everywhere else.</p>\n'),
    )


def _hidden(sent: Sent) -> dict[str, str]:
    return {"next": sent.next, "question": sent.question, "p": sent.p}


DOORWAYS = (
    Doorway("/setup", _check_setup, _sign_up, _setup_page),
    Doorway("/sign-up", _check_sign_up, _sign_up, _sign_up_page),
    Doorway("/sign-in", _check_sign_in, _sign_in, _sign_in_page),
    Doorway("/reset", _check_reset, _reset, _reset_page),
)


def drawn(doorway: Doorway, site: Site, sent: Sent, error: ForecastsError | None) -> Html:
    """The form of `doorway`; raises what its `check` raises.

    Where the database failed, the form stays for another try, as far as it can be drawn without.
    """
    if not isinstance(error, DatabaseError):
        doorway.check(site, sent)
    return doorway.page(site, sent, NOTHING if error is None else alert(str(error)))


def entered(doorway: Doorway, site: Site, sent: Sent, address: str) -> SignedIn:
    """Whoever came through `doorway`; raises what its `check` and `act` raise."""
    doorway.check(site, sent)
    return doorway.act(site, sent, address)
