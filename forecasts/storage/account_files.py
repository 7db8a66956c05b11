"""The file that takes people's password hashes from site to site; it is secret."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from forecasts.domain.shapes import TEXT, Rule
from forecasts.storage.lines import read_line, refuse_mistakes, to_line
from forecasts.storage.whole import file_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from forecasts.storage.lines import Line

HASH = re.compile(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
EXPECTED = "somebody of the journal who was not erased, and stand in one line only"
SHAPE = {
    "person": TEXT,
    "password_hash": Rule(
        "an argon2id hash",
        lambda value: isinstance(value, str) and HASH.fullmatch(value) is not None,
    ),
}


def write_accounts(path: Path, credentials: Iterable[tuple[str, str]]) -> int:
    """Fill the file, a person a line; returns how many. Raises `FileError`."""
    lines = [to_line({"person": one, "password_hash": kept}) for one, kept in credentials]
    with file_errors(path):
        path.write_bytes(b"".join(lines))
    return len(lines)


def read_accounts(path: Path, people: Collection[str]) -> list[tuple[str, str]]:
    """Who has which hash; raises `LinesError` with every mistake.

    `people` are the ids of those who may have one; nobody may have two.
    """
    with file_errors(path, "read"):
        texts = path.read_bytes().splitlines(keepends=True)
    lines = list(_lines(texts, people))
    refuse_mistakes(str(path), (told for line in lines for told in line.told))
    return [(line.values["person"], line.values["password_hash"]) for line in lines]


def _lines(texts: Iterable[bytes], people: Collection[str]) -> Iterator[Line]:
    left = set(people)
    for number, text in enumerate(texts, start=1):
        line = read_line(number, text, SHAPE)
        person_id = None if line.mistakes else line.values["person"]
        if person_id is not None and person_id not in left:
            line = replace(line, mistakes=[f"person must be {EXPECTED}; got {person_id}"])
        left.discard(person_id)
        yield line
