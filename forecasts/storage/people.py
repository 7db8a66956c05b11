"""Readers of people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasts.domain.people import Person, Role, name_key
from forecasts.domain.text import has_unseen

if TYPE_CHECKING:
    from forecasts.storage.engine import Engine, Row


@dataclass(frozen=True, slots=True)
class People:
    """Who has an account."""

    engine: Engine

    def get(self, person_id: str) -> Person | None:
        """The person with this id."""
        rows = self.engine.rows(
            "SELECT id, name, role, erased FROM people WHERE id = :id",
            id=person_id,
        )
        return _person(rows[0]) if rows else None

    def named(self, name: str) -> Person | None:
        """The person whose name this is, however it is written; nobody has what cannot be kept."""
        if has_unseen(name):
            return None
        rows = self.engine.rows(
            "SELECT id, name, role, erased FROM people WHERE name_key = :key",
            key=name_key(name),
        )
        return _person(rows[0]) if rows else None

    def all(self) -> list[Person]:
        """Everybody, by name."""
        rows = self.engine.rows("SELECT id, name, role, erased FROM people ORDER BY name_key")
        return [_person(row) for row in rows]

    def scored(self) -> list[Person]:
        """Everybody who had a forecast that counted, by name."""
        rows = self.engine.rows(
            """
            SELECT id, name, role, erased
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

    def entry(self, person_id: str) -> int:
        """The number of the journal entry by which somebody joined."""
        rows = self.engine.rows("SELECT entry FROM people WHERE id = :id", id=person_id)
        return int(rows[0][0])

    def last_erasure(self) -> int:
        """The number of the last journal entry by which somebody was erased; 0 before the first."""
        rows = self.engine.rows("SELECT MAX(entry) FROM changes WHERE topic = 'erasures'")
        return int(rows[0][0] or 0)

    def admins(self) -> int:
        """How many admins there are."""
        rows = self.engine.rows(
            "SELECT COUNT(*) FROM people WHERE role = :role",
            role=Role.ADMIN.word,
        )
        return int(rows[0][0])


def _person(row: Row) -> Person:
    person_id, name, role, erased = row
    return Person(person_id, name, Role.of(role), erased=erased is not None)
