"""The folder of an export: the journal as JSON Lines, its digest, and every table as CSV.

`journal.jsonl` has an entry a line with all that the journal keeps, the body as the very text that
was sealed; `digest.json` says how many there are, the digest of the last, and the SHA-256 of the
file. They are the site. `tables/*.csv` are for people; nothing reads them again.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from forecasts.domain.events import KINDS
from forecasts.domain.shapes import RULES, TEXT, WHOLE, Rule, body_mistakes, mistakes
from forecasts.errors import ForecastsError
from forecasts.storage import journal
from forecasts.storage.lines import Line, read_line, refuse_mistakes, to_line
from forecasts.storage.progress import silent
from forecasts.storage.tables import TABLES, rows_of
from forecasts.storage.whole import file_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from forecasts.storage.engine import Engine, Row
    from forecasts.storage.progress import Progress

FORMAT = 1
"""The number of this form of an export; a reader refuses higher ones."""

JOURNAL = "journal.jsonl"
DIGEST = "digest.json"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets calculate a cell that begins so."""

SHA256 = re.compile("[0-9a-f]{64}")
DIGITS = Rule(
    "64 hexadecimal digits",
    lambda value: isinstance(value, str) and bool(SHA256.fullmatch(value)),
)
ENTRY = {
    "id": WHOLE,
    "at": RULES[datetime],
    "actor": TEXT,
    "kind": TEXT,
    "subject": TEXT,
    "body": Rule("text or null", lambda value: value is None or TEXT.holds(value)),
    "body_digest": DIGITS,
    "digest": DIGITS,
}
"""What stands in a line of the journal."""

DIGEST_FIELDS = {"format": WHOLE, "entries": WHOLE, "digest": TEXT, "sha256": DIGITS}


class ExportError(ForecastsError):
    """An export that cannot be imported; the sentence names the file, and the line if it is one."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What `digest.json` says of the journal."""

    format: int
    entries: int
    digest: str
    sha256: str


def write_export(engine: Engine, folder: Path, progress: Progress = silent) -> Digest:
    """Fill an empty folder, inside the caller's snapshot.

    Raises `FileError`, and `JournalError` for a journal that is not whole: nobody could import it.
    """
    digest = _write_journal(engine, folder / JOURNAL, progress)
    with file_errors(folder):
        (folder / DIGEST).write_text(f"{json.dumps(asdict(digest), indent=2)}\n", encoding="utf-8")
        (folder / "tables").mkdir()
    for number, name in enumerate(TABLES):
        progress("tables", number, len(TABLES))
        _write_table(engine, name, folder / "tables" / f"{name}.csv")
    return digest


def _write_journal(engine: Engine, path: Path, progress: Progress) -> Digest:
    entries, seal, sha256 = 0, "", hashlib.sha256()
    whole = journal.revision(engine)
    _append(path, b"")
    for block in journal.blocks(journal.checked(journal.read(engine))):
        lines = b"".join(to_line(dict(zip(journal.NAMES, row, strict=True))) for row, _ in block)
        _append(path, lines)
        sha256.update(lines)
        entries, seal = block[-1][1].id, block[-1][0][-1]
        progress("journal", entries, whole)
    return Digest(FORMAT, entries, seal, sha256.hexdigest())


def _append(path: Path, lines: bytes) -> None:
    with file_errors(path), path.open("ab") as file:
        file.write(lines)


def _write_table(engine: Engine, name: str, path: Path) -> None:
    with file_errors(path), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(TABLES[name].columns)
        writer.writerows(map(_cell, row) for row in rows_of(engine, name))


def _cell(value: object) -> object:
    """A value for people: text that a spreadsheet would calculate is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def read_digest(folder: Path) -> Digest:
    """What an export says it is; raises `ExportError` where it is none that can be read."""
    path = folder / DIGEST
    if not path.is_file():
        message = f"{folder} is no export: it has no {DIGEST}."
        raise ExportError(message)
    try:
        with file_errors(path, "read"):
            values = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        message = f"{path} must be JSON."
        raise ExportError(message) from None
    if isinstance(values, dict) and WHOLE.holds(values.get("format")) and values["format"] > FORMAT:
        message = f"{folder} was exported by a newer version; please update."
        raise ExportError(message)
    for mistake in mistakes(values, DIGEST_FIELDS):
        message = f"{path}: {mistake}."
        raise ExportError(message)
    return Digest(**values)


def check_journal(folder: Path, digest: Digest, progress: Progress = silent) -> None:
    """Look at each line for itself; raises `LinesError` with every mistake."""
    path = folder / JOURNAL
    with file_errors(path, "read"), path.open("rb") as file:
        sealed = hashlib.file_digest(file, "sha256").hexdigest() == digest.sha256
    found = _mistakes(_lines(path), digest.entries, progress, sealed=sealed)
    refuse_mistakes(str(path), found)


def _lines(path: Path) -> Iterator[bytes]:
    with file_errors(path, "read"), path.open("rb") as file:
        yield from file


def _mistakes(
    file: Iterable[bytes], whole: int, progress: Progress, *, sealed: bool
) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        entry = _entry_line(number, line, sealed=sealed)
        if entry.mistakes:
            yield from entry.told
        if number % journal.BLOCK == 0:
            progress("lines", number, whole)


def _entry_line(number: int, text: bytes, *, sealed: bool) -> Line:
    line = read_line(number, text, ENTRY, sealed=sealed)
    wrong = line.mistakes or _wrong_entry(number, **line.values)
    return replace(line, mistakes=wrong) if wrong else line


def _wrong_entry(number: int, *, id: int, kind: str, body: str | None, **_: object) -> list[str]:  # noqa: A002 - as the column is called
    if id != number:
        return [f"id must be {number}, the number of the line; got {id}"]
    if kind not in KINDS:
        return [f"kind is unknown to this version; got {kind}"]
    return [] if body is None else list(body_mistakes(kind, body))


def read_journal(folder: Path, digest: Digest) -> Iterator[Row]:
    """Every entry in order, as it is kept, of a journal that was checked.

    Raises `ExportError` at the end where that is not the end that `digest` tells of.
    """
    path, entries, seal, sha256 = folder / JOURNAL, 0, "", hashlib.sha256()
    for line in _lines(path):
        sha256.update(line)
        values = json.loads(line.decode())
        entries, seal = entries + 1, values["digest"]
        yield tuple(values[name] for name in journal.NAMES)
    found = Digest(digest.format, entries, seal, sha256.hexdigest())
    for name, value in asdict(found).items():
        told = getattr(digest, name)
        if value != told:
            message = f"{path} is not what {DIGEST} tells of: {name} is {value} and not {told}."
            raise ExportError(message)
