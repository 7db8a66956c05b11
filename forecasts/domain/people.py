"""People, what they are called, and what they may do."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum

from forecasts.errors import ForecastsError, InvalidValueError

NAME_LENGTH = (2, 40)
PASSWORD_LENGTH = (10, 200)
DISTINCT_CHARACTERS = 5


class Role(IntEnum):
    """What somebody may do; each role may also do what the lower ones may."""

    FORECASTER = 1
    MODERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The role as it is written in events, pages and commands."""
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> Role:
        """The role called `word`; raises `InvalidValueError` for another word."""
        for role in cls:
            if role.word == word:
                return role
        raise InvalidValueError("A role", f"be one of {', '.join(r.word for r in cls)}", word)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: str
    name: str
    role: Role


class NotAllowedError(ForecastsError):
    """Somebody without the role tried something."""

    def __init__(self, doing: str, role: Role) -> None:
        """Say which `role` it takes for `doing`, such as "resolve a question"."""
        article = "an" if role is Role.ADMIN else "a"
        super().__init__(f"To {doing} you must be signed in as {article} {role.word}.")


class WeakPasswordError(ForecastsError):
    """A password that is too easy to guess."""


def require(person: Person | None, role: Role, doing: str) -> Person:
    """`person`, if they have `role` or a higher one; raises `NotAllowedError` otherwise."""
    if person is None or person.role < role:
        raise NotAllowedError(doing, role)
    return person


def check_name(name: str) -> str:
    """The name as it will be kept: trimmed and in Unicode's composed form.

    Raises `InvalidValueError` where it is not 2 to 40 characters long, or has characters that
    cannot be seen.

    >>> check_name("  Ada  ")
    'Ada'
    """
    kept = unicodedata.normalize("NFC", name).strip()
    shortest, longest = NAME_LENGTH
    if not shortest <= len(kept) <= longest:
        rule = f"have {shortest} to {longest} characters"
        raise InvalidValueError("A name", rule, f"{len(kept)}")
    if any(unicodedata.category(character)[0] == "C" for character in kept):
        raise InvalidValueError("A name", "have only characters that can be seen", repr(kept))
    return kept


def name_key(name: str) -> str:
    """What two names must differ in, so that nobody can pass for another.

    >>> name_key("Ada") == name_key("ＡＤＡ")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def check_password(password: str, name: str) -> None:
    """Raise `WeakPasswordError` where a password is too short, too long or too plain."""
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        message = f"A password must have {shortest} to {longest} characters; got {len(password)}."
        raise WeakPasswordError(message)
    if len(set(password)) < DISTINCT_CHARACTERS:
        message = f"A password must have at least {DISTINCT_CHARACTERS} different characters."
        raise WeakPasswordError(message)
    if _plain(password, name):
        message = "That password is among the first anybody would try; please choose another."
        raise WeakPasswordError(message)


def _plain(password: str, name: str) -> bool:
    folded = password.casefold()
    letters = "".join(character for character in folded if character.isalpha())
    runs = ("0123456789012345", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
    words = {"password", "passwort", "letmein", "forecast", "forecasts", "admin", name_key(name)}
    return letters in words or any(folded in run or folded in run[::-1] for run in runs)
