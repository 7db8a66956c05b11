"""Seeding: the questions a new site starts with, read from TOML and planted once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from forecasts.domain.events import SITE, ReferenceRecorded
from forecasts.domain.questions import YES_NO, Kind, check_question
from forecasts.services.asking import Draft, asked, question_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from forecasts.site import Site

DAY = timedelta(days=1)
TEXTS = ("id", "kind", "title", "criteria")
KEYS = {*TEXTS, "background", "outcomes", "opens", "closes", "tags", "reference"}
REFERENCE_KEYS = {"source", "url", "values"}


@dataclass(frozen=True, slots=True)
class Seed:
    """A question to plant, with what others said of it (each event's subject is its id)."""

    id: str
    draft: Draft
    references: tuple[ReferenceRecorded, ...]


def read_seeds(path: Path) -> tuple[list[Seed], list[str]]:
    """The seeds of a file, and a sentence for every mistake in it, naming file and key."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return [], [f"{path.name}: {error}"]
    seeds: list[Seed] = []
    errors = [f"{path.name}: {key}: is not known here" for key in raw if key != "question"]
    for number, table in enumerate(raw.get("question", []), start=1):
        where = f"{path.name}: question {number} ({table.get('id', 'without id')})"
        problems = _problems(table) or _question_problems(table)
        errors += [f"{where}: {problem}" for problem in problems]
        if not problems:
            seeds.append(_seed(table))
    return seeds, errors + _twins(path, seeds)


def plant(site: Site, seeds: Sequence[Seed]) -> int:
    """Put up the questions that the site does not have yet, and return how many.

    What could not be forecast for a single moment, since it closes before it would open, is left.
    """
    planted = 0
    with site.store.transaction():
        now = site.now()
        for seed in seeds:
            question = question_from(seed.draft, seed.id, now)
            if site.store.questions.exists(seed.id) or question.opens >= question.closes:
                continue
            for event in (asked(question), *seed.references):
                site.store.append(event, actor=SITE, now=now)
            planted += 1
    return planted


def _problems(table: dict[str, Any]) -> list[str]:
    """What keeps a table from being read at all."""
    problems = [f"{key}: is not known here" for key in table if key not in KEYS]
    problems += [
        f"{key}: must be a text; got {table.get(key, 'nothing')}"
        for key in TEXTS
        if not isinstance(table.get(key), str)
    ]
    if table.get("kind") not in {kind.value for kind in Kind}:
        problems.append(f"kind: must be binary or choice; got {table.get('kind', 'nothing')}")
    if not isinstance(table.get("background", ""), str):
        problems.append(f"background: must be a text; got {table['background']}")
    for key in ("opens", "closes"):
        if not isinstance(table.get(key, None if key == "closes" else date.min), date):
            problems.append(f"{key}: must be a date; got {table.get(key, 'nothing')}")
    for key in ("outcomes", "tags"):
        if not _texts(table.get(key, [])):
            problems.append(f"{key}: must be a list of texts; got {table[key]}")
    for reference in table.get("reference", []):
        problems += _reference_problems(reference)
    return problems


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _reference_problems(table: dict[str, Any]) -> list[str]:
    if set(table) != REFERENCE_KEYS:
        return [f"reference: must have source, url and values; got {', '.join(table) or 'nothing'}"]
    return [
        f"reference: a value must be a date and a probability; got {value}"
        for value in table["values"]
        if not _dated_probability(value)
    ]


def _dated_probability(value: object) -> bool:
    match value:
        case [date(), float(probability)]:
            return 0 <= probability <= 1
    return False


def _question_problems(table: dict[str, Any]) -> list[str]:
    draft = _draft(table)
    question = question_from(draft, table["id"], draft.closes - DAY)
    return check_question(question)


def _twins(path: Path, seeds: Sequence[Seed]) -> list[str]:
    ids = [seed.id for seed in seeds]
    return [
        f"{path.name}: id: “{one}” stands twice" for one in dict.fromkeys(ids) if ids.count(one) > 1
    ]


def _seed(table: dict[str, Any]) -> Seed:
    references = tuple(
        ReferenceRecorded(
            subject=table["id"],
            source=reference["source"],
            url=reference["url"],
            at=_beginning(day),
            probabilities=(value, round(1 - value, 12)),
        )
        for reference in table.get("reference", [])
        for day, value in reference["values"]
    )
    return Seed(table["id"], _draft(table), references)


def _draft(table: dict[str, Any]) -> Draft:
    opens = table.get("opens")
    return Draft(
        kind=Kind(table["kind"]),
        title=table["title"],
        criteria=table["criteria"],
        background=table.get("background", ""),
        outcomes=tuple(table.get("outcomes", YES_NO)),
        opens=None if opens is None else _beginning(opens),
        closes=_end(table["closes"]),
        tags=tuple(table.get("tags", ())),
    )


def _beginning(day: date) -> datetime:
    if isinstance(day, datetime):
        return day if day.tzinfo else day.replace(tzinfo=UTC)
    return datetime.combine(day, time(), UTC)


def _end(day: date) -> datetime:
    return _beginning(day) if isinstance(day, datetime) else _beginning(day) + DAY
