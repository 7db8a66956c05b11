"""What the services read and write through: one site's journal and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.storage import journal
from forecasts.storage.accounts import Accounts
from forecasts.storage.bulk import Projector
from forecasts.storage.forecasts import Forecasts
from forecasts.storage.migrations import migrate
from forecasts.storage.people import People
from forecasts.storage.progress import silent
from forecasts.storage.projections import project
from forecasts.storage.questions import Questions
from forecasts.storage.scores import Scores

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from forecasts.domain.events import Event
    from forecasts.storage.engine import Engine
    from forecasts.storage.journal import Act, Entry, Sealed
    from forecasts.storage.progress import Progress

NAMING = ("people", "journal", "failures")
"""The tables that have names of people in them."""


class Store:
    """The journal, `append` that is the only way to change it, and the readers of the tables."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        """Bring the engine's tables up to date; raises `DatabaseError` where that cannot be."""
        migrate(engine, now)
        self.engine = engine
        self.people = People(engine)
        self.questions = Questions(engine)
        self.forecasts = Forecasts(engine)
        self.scores = Scores(engine)
        self.accounts = Accounts(engine)

    def transaction(self, *, unhurried: bool = False) -> AbstractContextManager[None]:
        """Hold the site for writing: what the block does happens whole or not at all."""
        return self.engine.transaction(unhurried=unhurried)

    def append(self, event: Event, *, actor: str, now: datetime) -> Entry:
        """Write an event to the journal, and what follows from it to the tables.

        Only inside `transaction`; `now` was read there.
        """
        entry = journal.append(self.engine, event, actor=actor, now=now)
        project(self.engine, entry)
        return entry

    def append_all(self, acts: Iterable[Act]) -> None:
        """As `append` for each act in turn, but quicker the more there are."""
        self.write(journal.sealed(self.engine, acts))

    def write(self, entries: Iterable[Sealed], whole: int = 0, progress: Progress = silent) -> None:
        """Write entries that are sealed already, and what follows from them to the tables.

        Only inside `transaction`, and only what comes next in this journal. After each block
        `progress` is told the number of its last entry, and that there will be `whole`.
        """
        projector = Projector(self.engine)
        for block in journal.blocks(entries):
            journal.write(self.engine, [row for row, _ in block])
            projector.project(block)
            progress("entries", block[-1][1].id, whole)

    def revision(self) -> int:
        """The number of the last journal entry, 0 on an empty site."""
        return journal.revision(self.engine)

    def newest_entries(self, count: int) -> list[Entry]:
        """The last entries of the journal, newest first."""
        return journal.newest(self.engine, count)

    def purge(self) -> bool:
        """Leave nothing of erased names in the files; False where that could not be done yet."""
        return self.engine.purge(*NAMING)

    def close(self) -> None:
        """Let the database go."""
        self.engine.close()
