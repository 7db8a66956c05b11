"""Seeding: the questions a new site starts with, read from TOML and planted once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from forecasts.domain import days
from forecasts.domain.events import SITE, ReferenceRecorded
from forecasts.domain.questions import YES_NO, Kind, Mistakes, mistakes
from forecasts.services.asking import Draft, asked, question_from

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from forecasts.domain.events import Event
    from forecasts.site import Site

DAY = timedelta(days=1)
NEEDED = ("id", "kind", "title", "criteria", "closes")
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
        return [], [f"{path.name}: {error}."]
    tables = raw.get("question", [])
    if not _are_tables(tables):
        return [], [f"{path.name}: question: must be written as [[question]]."]
    errors = [f"{path.name}: {key}: is not known here." for key in raw if key != "question"]
    seeds: list[Seed] = []
    for number, table in enumerate(tables, start=1):
        where = f"{path.name}: question {number} ({table.get('id', 'without id')})"
        wrong = [f"{where}: {key}: {problem}" for key, problem in _mistakes(table, seeds)]
        errors += wrong
        if not wrong:
            seeds.append(_seed(table))
    return seeds, errors


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
            events: tuple[Event, ...] = (asked(question), *seed.references)
            for event in events:
                site.store.append(event, actor=SITE, now=now)
            planted += 1
    return planted


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _is_kind(value: object) -> bool:
    return value in [kind.value for kind in Kind]


def _is_day(value: object) -> bool:
    return isinstance(value, date) and date.min.year < value.year < date.max.year


Rule = tuple["Callable[[object], bool]", str]
TEXT: Rule = (_is_text, "be a text")
TEXTS: Rule = (_are_texts, "be a list of texts")
DAY_OR_TIME: Rule = (_is_day, "be a date such as 2028-11-07, without quotes")
RULES: dict[str, Rule] = {
    "id": TEXT,
    "kind": (_is_kind, "be binary or choice"),
    "title": TEXT,
    "criteria": TEXT,
    "background": TEXT,
    "outcomes": TEXTS,
    "opens": DAY_OR_TIME,
    "closes": DAY_OR_TIME,
    "tags": TEXTS,
    "reference": (_are_tables, "be written as [[question.reference]]"),
}
"""What may stand in a question, and what each key must hold."""


def _mistakes(table: dict[str, Any], before: Sequence[Seed]) -> Mistakes:
    """Every mistake in a question's table, with its key; limits only of what can be read."""
    for key in table:
        if key not in RULES:
            yield key, "is not known here."
    broken = set()
    for key, (fits, rule) in RULES.items():
        if key not in table and key in NEEDED:
            broken.add(key)
            yield key, "must be given."
        elif key in table and not fits(table[key]):
            broken.add(key)
            yield key, f"must {rule}; got {table[key]}."
    if "kind" in broken:
        broken.add("outcomes")
    kept = {key: value for key, value in table.items() if key not in broken}
    draft = _draft(kept)
    question = question_from(draft, kept.get("id", ""), draft.closes - DAY)
    yield from ((key, problem) for key, problem in mistakes(question) if key not in broken)
    for reference in kept.get("reference", []):
        yield from (("reference", problem) for problem in _reference_mistakes(reference))
    if "reference" in kept and draft.kind is not Kind.BINARY:
        yield "reference", "only a binary question can have one."
    if any(seed.id == kept.get("id") for seed in before):
        yield "id", f"“{kept['id']}” stands twice."


def _reference_mistakes(reference: dict[str, Any]) -> list[str]:
    if set(reference) != REFERENCE_KEYS:
        return [f"must have source, url and values; got {', '.join(reference) or 'nothing'}."]
    wrong = [f"{key} must be a text." for key in ("source", "url") if not _is_text(reference[key])]
    if not isinstance(reference["values"], list):
        return [*wrong, "values must be a list."]
    return wrong + [
        f"a value must be a date and a probability, such as [2028-11-07, 0.5]; got {value}."
        for value in reference["values"]
        if not _is_dated_probability(value)
    ]


def _is_dated_probability(value: object) -> bool:
    match value:
        case [date(), float(probability)]:
            return 0 <= probability <= 1
    return False


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
    kind = Kind(table.get("kind", Kind.BINARY))
    opens = table.get("opens")
    return Draft(
        kind=kind,
        title=table.get("title", ""),
        criteria=table.get("criteria", ""),
        background=table.get("background", ""),
        outcomes=tuple(table.get("outcomes", YES_NO if kind is Kind.BINARY else ())),
        opens=None if opens is None else _beginning(opens),
        closes=_end(table.get("closes", date.max - DAY)),
        tags=tuple(table.get("tags", ())),
    )


def _beginning(day: date) -> datetime:
    return _moment(day) if isinstance(day, datetime) else days.beginning(day)


def _end(day: date) -> datetime:
    return _moment(day) if isinstance(day, datetime) else days.end(day)


def _moment(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
