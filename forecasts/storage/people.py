"""Readers of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasts.domain.people import Person, Role, name_key

if TYPE_CHECKING:
    from forecasts.storage.engine import Engine, Row


@dataclass(frozen=True, slots=True)
class People:
    """Who has an account."""

    engine: Engine

    def get(self, person_id: str) -> Person | None:
        """The person with this id."""
        rows = self.engine.rows(
            "SELECT id, name, role FROM people WHERE id = :id",
            id=person_id,
        )
        return _person(rows[0]) if rows else None

    def named(self, name: str) -> Person | None:
        """The person whose name this is, however it is written."""
        rows = self.engine.rows(
            "SELECT id, name, role FROM people WHERE name_key = :key",
            key=name_key(name),
        )
        return _person(rows[0]) if rows else None

    def all(self) -> list[Person]:
        """Everybody, by name."""
        rows = self.engine.rows("SELECT id, name, role FROM people ORDER BY name_key")
        return [_person(row) for row in rows]

    def scored(self) -> list[Person]:
        """Everybody who had a forecast that counted, by name."""
        rows = self.engine.rows(
            """
            SELECT id, name, role
            FROM totals
            JOIN people ON people.id = totals.person
            ORDER BY name_key
            """
        )
        return [_person(row) for row in rows]

    def names_on(self, question_id: str) -> dict[str, str]:
        """What each is called who ever forecast on a question, by id."""
        rows = self.engine.rows(
            """
            SELECT id, name
            FROM people
            WHERE id IN (SELECT person FROM forecasts WHERE question = :question)
            """,
            question=question_id,
        )
        return dict(rows)

    def names_since(self, entry: int) -> dict[str, str]:
        """What each is called of whom the journal speaks from an entry on, by id."""
        rows = self.engine.rows(
            """
            SELECT id, name
            FROM people
            WHERE id IN (
                SELECT actor FROM journal WHERE id >= :entry
                UNION
                SELECT subject FROM journal WHERE id >= :entry
            )
            """,
            entry=entry,
        )
        return dict(rows)

    def admins(self) -> int:
        """How many admins there are."""
        rows = self.engine.rows(
            "SELECT COUNT(*) FROM people WHERE role = :role",
            role=Role.ADMIN.word,
        )
        return int(rows[0][0])


def _person(row: Row) -> Person:
    person_id, name, role = row
    return Person(person_id, name, Role.of(role))
