"""Which fields JSON must have that others may have written, and what may stand in them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from forecasts.clock import from_text
from forecasts.domain.events import KINDS
from forecasts.domain.people import Role
from forecasts.domain.questions import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


MOMENT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T([01][0-9]|2[0-3])(:[0-9]{2}){2}\.[0-9]{6}Z")
"""What `to_text` writes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What may stand in a field, in words and as a test."""

    words: str
    holds: Callable[[Any], bool]


def _is_text(value: object) -> bool:
    """PostgreSQL keeps no NUL, and half a character has no bytes."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return (isinstance(value, float) and math.isfinite(value)) or _is_whole(value)


def _is_moment(value: object) -> bool:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return False
    try:
        from_text(value)
    except ValueError:
        return False
    return True


def one_of(words: Iterable[str]) -> Rule:
    """One of these words."""
    known = tuple(words)
    return Rule(f"one of {', '.join(known)}", lambda value: value in known)


def listed(item: Rule) -> Rule:
    """A list of what `item` allows."""
    return Rule(
        f"a list, each {item.words}",
        lambda value: isinstance(value, list) and all(map(item.holds, value)),
    )


TEXT = Rule("text", _is_text)
WHOLE = Rule("a whole number", _is_whole)
RULES: dict[Any, Rule] = {
    str: TEXT,
    int: WHOLE,
    float: Rule("a number", _is_number),
    datetime: Rule("a moment such as 2028-11-07T12:30:00.000000Z", _is_moment),
    Role: one_of(role.word for role in Role),
    Kind: one_of(kind.value for kind in Kind),
}
"""By the type of an event's field, what may stand in it."""


def mistakes(value: object, shape: Mapping[str, Rule], name: str = "") -> list[str]:
    """What is wrong with an object that shall have exactly the fields of `shape`.

    A sentence a field, without its full stop; `name` is of the object, where it is a part.

    >>> mistakes({"id": "1", "at": 2}, {"id": WHOLE, "kind": TEXT})
    ['id must be a whole number', 'kind is missing', 'at is unknown to this version']
    """
    if not isinstance(value, dict):
        return [f"{name or 'it'} must be a JSON object"]
    dotted = f"{name}." if name else ""
    wrong = [
        f"{dotted}{field} must be {rule.words}" if field in value else f"{dotted}{field} is missing"
        for field, rule in shape.items()
        if field not in value or not rule.holds(value[field])
    ]
    unknown = [f"{dotted}{field} is unknown to this version" for field in value.keys() - shape]
    return wrong + sorted(unknown)


@lru_cache(maxsize=4096)
def body_mistakes(kind: str, body: str) -> tuple[str, ...]:
    """What is wrong with the body of an event of a known kind; most say what others said before."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return ("body must be JSON",)
    return tuple(mistakes(values, _shape(kind), "body"))


@cache
def _shape(kind: str) -> dict[str, Rule]:
    hints = get_type_hints(KINDS[kind])
    return {name: _rule(hint) for name, hint in hints.items() if name != "subject"}


def _rule(hint: Any) -> Rule:  # noqa: ANN401 - a type as an annotation says it
    return listed(RULES[get_args(hint)[0]]) if get_origin(hint) is tuple else RULES[hint]
