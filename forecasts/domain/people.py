"""People, what they are called, and what they may do."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum

from forecasts.errors import ForecastsError, InvalidValueError

NAME_LENGTH = (2, 40)
FORMER = "Former member"
PASSWORD_LENGTH = (10, 200)
DISTINCT_CHARACTERS = 5
HIDDEN_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
HIDDEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U00016fe4\U0001d159"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""What shows nothing although Unicode counts it as letter, mark or symbol.

Its Default_Ignorable_Code_Point outside the categories above, the empty Braille pattern, the
Khitan filler and the musical null notehead.
"""


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
    """Somebody with an account, or who had one until they were erased."""

    id: str
    name: str
    role: Role
    erased: bool = False


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

    Raises `InvalidValueError` where it is not 2 to 40 characters long, has characters that cannot
    be seen, neither letter nor digit, or reads like that of somebody who was erased.

    >>> check_name("  Ada  ")
    'Ada'
    """
    kept = unicodedata.normalize("NFC", name).strip()
    shortest, longest = NAME_LENGTH
    if not shortest <= len(kept) <= longest:
        rule = f"have {shortest} to {longest} characters"
        raise InvalidValueError("A name", rule, f"{len(kept)}")
    for character in kept:
        if character in HIDDEN or unicodedata.category(character) in HIDDEN_CATEGORIES:
            offender = f"U+{ord(character):04X}"
            raise InvalidValueError("A name", "have only characters that can be seen", offender)
    if not any(character.isalnum() for character in kept):
        raise InvalidValueError("A name", "have at least one letter or digit", kept)
    if name_key(kept).startswith(name_key(FORMER)):
        raise InvalidValueError("A name", f"not begin with “{FORMER}”", kept)
    return kept


def name_key(name: str) -> str:
    """What two names must differ in: it folds case, width and spaces.

    It does not know letters of other scripts that look alike.

    >>> name_key("Ada") == name_key(" ＡＤＡ")
    True
    >>> name_key("Ada") == name_key("\N{CYRILLIC CAPITAL LETTER A}da")
    False
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def former_name(number: int) -> str:
    """What somebody is called who was erased; the number is that of the entry they joined by.

    >>> former_name(17)
    'Former member 17'
    """
    return f"{FORMER} {number}"


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
