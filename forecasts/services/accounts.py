"""Accounts: signing up, in and out, new passwords, roles."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from forecasts.domain.events import PersonErased, PersonJoined, RoleChanged
from forecasts.domain.people import (
    PASSWORD_LENGTH,
    Person,
    Role,
    check_name,
    check_password,
    former_name,
    name_key,
    require,
)
from forecasts.errors import ForecastsError, InvalidValueError
from forecasts.services.acting import acting
from forecasts.services.codes import check_code, new_code
from forecasts.services.guessing import count_guess, forget_guesses

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.site import Site

SESSION_COOKIE = "forecasts_session"
"""The name of the cookie that holds the token of a session."""

SESSION_TIME = timedelta(days=30)
CLOSED = "This site takes no new accounts."
WITHOUT_CODE = {
    "setup": (
        "The first account is the admin’s: open the link that was printed in the terminal where "
        "the site was started."
    ),
    "invitation": "An account here takes an invitation: ask an admin for a link.",
}
ERASING = (
    "The name, the password, links and sessions go; forecasts and scores stay under “Former "
    "member” and a number, and so does what was written in questions and answers. This cannot be "
    "undone. Backups and exports made earlier still hold the name, and for their time "
    "so do the log and archives of PostgreSQL."
)
"""What erasing somebody does."""

UNCLEARED = (
    "Old pages of the database’s files may hold the name until a later change or erasing clears "
    "them: that could not be done just now."
)
"""What is said where that is so."""

ID_BYTES = 8
TOKEN_BYTES = 32

HASHER = PasswordHasher()
NOBODY = HASHER.hash(secrets.token_hex())
"""What a password for an account that does not exist is compared with, to take as long."""


class NameTakenError(ForecastsError):
    """A name that somebody has."""

    def __init__(self, name: str) -> None:
        """Name the name."""
        super().__init__(f"The name “{name}” is taken; please choose another.")


class SignUpClosedError(ForecastsError):
    """An account asked for where none is to be had."""


class WrongPasswordError(ForecastsError):
    """Name and password that do not belong together."""

    def __init__(self) -> None:
        """Say so without saying which half was wrong."""
        super().__init__("Name and password do not belong together.")


class LastAdminError(ForecastsError):
    """A change that would leave nobody to run the site."""

    def __init__(self) -> None:
        """Say what to do first."""
        super().__init__("A site must keep at least one admin; make somebody else admin first.")


class NoSuchPersonError(ForecastsError):
    """A name or id that nobody has."""

    def __init__(self, name: str) -> None:
        """Name what was asked for."""
        super().__init__(f"Nobody here is called “{name}”.")


class FormerMemberError(ForecastsError):
    """Something asked of somebody who was erased."""

    def __init__(self, name: str) -> None:
        """Name what they are called now."""
        super().__init__(f"{name} was erased and has no account any more.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody, and the token that stands for them from now on."""

    person: Person
    token: str


@dataclass(frozen=True, slots=True)
class Erased:
    """Somebody who was erased, as they are called now; `left` says what is not done yet."""

    person: Person
    left: str


def has_admin(site: Site) -> bool:
    """Whether the first account has been made."""
    return site.store.people.admins() > 0


def setup_code(site: Site) -> str | None:
    """A new one-time code for the first account; None once there is one."""
    with site.store.transaction():
        if has_admin(site):
            return None
        site.store.accounts.remove_codes("setup", None)
        return new_code(site, "setup")


def person_of(site: Site, token: str | None) -> Person | None:
    """Whoever a session token stands for, if anybody."""
    if not token:
        return None
    person_id = site.store.accounts.session_person(token, site.now())
    return None if person_id is None else site.store.people.get(person_id)


def sign_up(site: Site, *, name: str, password: str, code: str = "") -> SignedIn:
    """Make an account and sign in.

    The first account is the admin's and takes the code from the terminal. Raises
    `SignUpClosedError`, `BadCodeError`, `NameTakenError`, `InvalidValueError` for a bad name and
    `WeakPasswordError`.
    """
    name = check_name(name)
    check_password(password, name)
    password_hash = HASHER.hash(password)
    with site.store.transaction():
        now = site.now()
        role = _role_for_newcomer(site, code)
        if site.store.people.named(name) is not None:
            raise NameTakenError(name)
        person = Person(secrets.token_hex(ID_BYTES), name, role)
        event = PersonJoined(person.id, name, role)
        site.store.append(event, actor=person.id, now=now)
        site.store.accounts.set_password_hash(person.id, password_hash)
        return SignedIn(person, _open_session(site, person, now))


def sign_in(site: Site, *, name: str, password: str, address: str) -> SignedIn:
    """Start a session; `address` is where the wish comes from.

    Raises `WrongPasswordError`, and `TooManyGuessesError` after too many of them.
    """
    if not _possible(name, password):
        raise WrongPasswordError
    account = name_key(name)
    count_guess(site, account, address)
    person = site.store.people.named(name)
    kept = None if person is None else site.store.accounts.password_hash(person.id)
    if not _fits(kept or NOBODY, password) or person is None:
        raise WrongPasswordError
    renewed = HASHER.hash(password) if kept and HASHER.check_needs_rehash(kept) else None
    with site.store.transaction():
        now = site.now()
        if site.store.accounts.password_hash(person.id) != kept:
            raise WrongPasswordError
        forget_guesses(site, account, address, now)
        if renewed:
            site.store.accounts.set_password_hash(person.id, renewed)
        return SignedIn(person, _open_session(site, person, now))


def sign_out(site: Site, token: str) -> None:
    """End the session of a token."""
    with site.store.transaction():
        site.store.accounts.close_session(token)


def person_named(site: Site, name: str) -> Person:
    """The person called so, however it is written; raises `NoSuchPersonError`."""
    person = site.store.people.named(name)
    if person is None:
        raise NoSuchPersonError(name)
    return person


def reset_code(site: Site, by: Person | None, name: str, *, operator: bool = False) -> str:
    """A one-time code with which the person called `name` can choose a new password.

    Asked for by an admin, or by the operator at the machine. Raises `NotAllowedError` and
    `NoSuchPersonError`.
    """
    with acting(site, by, Role.ADMIN, "give out a password link", operator=operator):
        person = person_named(site, name)
        site.store.accounts.remove_codes("reset", person.id)
        return new_code(site, "reset", person.id)


def invitation_code(site: Site, by: Person | None) -> str:
    """A one-time code with which one account can be made where sign-up is by invitation."""
    with acting(site, by, Role.ADMIN, "invite somebody"):
        return new_code(site, "invitation")


def person_of_code(site: Site, code: str) -> Person:
    """Whose password a reset code changes; raises `BadCodeError`."""
    return _person(site, check_code(site, code, "reset").person or "")


def reset_password(site: Site, *, code: str, password: str) -> SignedIn:
    """Choose a new password with a one-time code; every older session ends.

    Raises `BadCodeError` and `WeakPasswordError`.
    """
    check_password(password, person_of_code(site, code).name)
    password_hash = HASHER.hash(password)
    with site.store.transaction():
        person = person_of_code(site, code)
        site.store.accounts.remove_code(code)
        site.store.accounts.set_password_hash(person.id, password_hash)
        site.store.accounts.close_sessions(person.id)
        return SignedIn(person, _open_session(site, person, site.now()))


def set_role(
    site: Site, by: Person | None, person_id: str, role: Role, *, operator: bool = False
) -> None:
    """Give somebody another role; asked for by an admin, or by the operator at the machine.

    Raises `NotAllowedError`, `NoSuchPersonError`, `FormerMemberError` and `LastAdminError`.
    """
    with acting(site, by, Role.ADMIN, "change a role", operator=operator) as actor:
        now = site.now()
        person = _person(site, person_id)
        if person.role is role:
            return
        _check_another_admin(site, person)
        site.store.append(RoleChanged(person_id, role), actor=actor, now=now)


def erase(site: Site, by: Person | None, person_id: str, *, operator: bool = False) -> Erased:
    """Take somebody's name and account away, as they wish.

    Asked for by themself, by an admin, or by the operator at the machine. Raises
    `NotAllowedError`, `NoSuchPersonError`, `FormerMemberError` and `LastAdminError`. What is
    erased is erased even where the files cannot be cleared of it at once.
    """
    own = by is not None and by.id == person_id
    role = Role.FORECASTER if own else Role.ADMIN
    with acting(site, by, role, "erase somebody", operator=operator) as actor:
        now = site.now()
        person = _person(site, person_id)
        _check_another_admin(site, person)
        joined = site.store.people.entry(person_id)
        site.store.append(PersonErased(person_id, (joined,)), actor=actor, now=now)
        site.store.accounts.forget(person_id, name_key(person.name))
    former = Person(person_id, former_name(joined), Role.FORECASTER, erased=True)
    return Erased(former, "" if site.store.purge() else UNCLEARED)


def everybody(site: Site, by: Person | None, *, operator: bool = False) -> list[Person]:
    """All people, for an admin or for the operator at the machine; who was erased comes last."""
    if not operator:
        require(by, Role.ADMIN, "see everybody’s role")
    return sorted(site.store.people.all(), key=lambda person: person.erased)


def needed_code(site: Site) -> str | None:
    """What the code must be for that makes an account now; None where it takes none.

    Raises `SignUpClosedError` where there are no accounts to be had.
    """
    if not has_admin(site):
        return "setup"
    if site.settings.signup == "closed":
        raise SignUpClosedError(CLOSED)
    return "invitation" if site.settings.signup == "invited" else None


def _role_for_newcomer(site: Site, code: str) -> Role:
    """The role of an account made now; uses the code up that it takes."""
    purpose = needed_code(site)
    if purpose is not None:
        if not code:
            raise SignUpClosedError(WITHOUT_CODE[purpose])
        check_code(site, code, purpose)
        site.store.accounts.remove_code(code)
    return Role.ADMIN if purpose == "setup" else Role.FORECASTER


def _person(site: Site, person_id: str) -> Person:
    person = site.store.people.get(person_id)
    if person is None:
        raise NoSuchPersonError(person_id)
    if person.erased:
        raise FormerMemberError(person.name)
    return person


def _check_another_admin(site: Site, person: Person) -> None:
    if person.role is Role.ADMIN and site.store.people.admins() == 1:
        raise LastAdminError


def _open_session(site: Site, person: Person, now: datetime) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    site.store.accounts.forget_expired(now)
    site.store.accounts.open_session(token, person.id, now + SESSION_TIME)
    return token


def _fits(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except VerificationError:
        return False


def _possible(name: str, password: str) -> bool:
    """Whether any account could have these; what none could is not worth counting or hashing."""
    try:
        check_name(name)
    except InvalidValueError:
        return False
    return len(password) <= PASSWORD_LENGTH[1]
