"""The tables that events make, whole: what is compared, and what people get who want tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecasts.storage.engine import Engine, Row

BLOCK = 10_000
"""So many rows are read at a time."""


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table: those that tell its rows apart, and the others."""

    key: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the order in which `rows_of` gives them."""
        return self.key + self.rest


TABLES = {
    "people": Table(("id",), ("name", "name_key", "role", "joined", "entry", "erased")),
    "questions": Table(
        ("id",),
        (
            "kind",
            "title",
            "criteria",
            "background",
            "outcomes",
            "tags",
            "opens",
            "closes",
            "first_entry",
            "last_entry",
        ),
    ),
    "forecasts": Table(("id",), ("question", "person", "starts", "ends", "probabilities")),
    "crowds": Table(("question",), ("forecasts", "forecasters", "sums", "squares")),
    "resolutions": Table(("question",), ("outcome", "known_since", "source", "note", "entered")),
    "scores": Table(("question", "person"), ("coverage", "brier", "log", "baseline", "peer")),
    "totals": Table(("person",), ("questions", "coverage", "peer", "baseline", "brier")),
    "calibration": Table(("series", "question"), ("times",)),
    "reference_values": Table(("id",), ("question", "source", "url", "at", "probabilities")),
    "changes": Table(("topic",), ("entry",)),
}
"""Every table that events make."""


def rows_of(engine: Engine, name: str) -> Iterator[Row]:
    """All rows of a table in the order of its key, a block at a time; inside a snapshot."""
    table = TABLES[name]
    keys = ", ".join(table.key)
    columns = ", ".join(table.columns)
    after: dict[str, object] = {}
    while rows := engine.rows(
        f"""
        SELECT {columns}
        FROM {name}
        {_beyond(table, keys) if after else ""}
        ORDER BY {keys}
        LIMIT :block
        """,  # noqa: S608 - names of our own tables, and no values
        block=BLOCK,
        **after,
    ):
        yield from rows
        after = dict(zip(table.key, rows[-1], strict=False))


def _beyond(table: Table, keys: str) -> str:
    return f"WHERE ({keys}) > ({', '.join(f':{key}' for key in table.key)})"
