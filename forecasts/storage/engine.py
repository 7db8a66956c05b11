"""The port between the store and a database.

The contract, for every engine:

- SQL is in the part that SQLite and PostgreSQL share, with `:name` placeholders; values never
  stand in the text. Rows come back as plain tuples, in the order of the statement's columns.
  Texts are ordered by their code points.
- `rows` outside a transaction sees everything that was committed before it began, waits for no
  writer, and only reads. Inside a transaction or a snapshot of the same thread it joins that.
- `transaction` gives one writer at a time the database, in the order in which they asked, waits
  for others in this process and elsewhere, and commits durably at its end or, on any error,
  leaves no trace.
- `snapshot` lets all statements of its block read one state; it waits for no writer, no writer
  for it. A thread has one transaction or one snapshot at a time, and none inside another.
- `purge` takes what was deleted from the named tables, or overwritten, out of the database's own
  files too, as far as the database can be told to. It waits its turn as a writer does and may take
  as long as copying them, but waits for readers a moment only: where it returns False it could not
  be done yet, and later commits of this engine try it again.
- `many` runs one statement for many rows; only inside a transaction.
- Nothing waits for ever: see `Patience`.
- Engines may be used by any number of threads. `close` ends all connections, once those who
  use them have finished; nothing can be read or written any more.
- Moments are text of fixed width in UTC; the database is never asked the time.
- Opening a database marks an empty one as ours. One that another program has filled is refused
  and left as it was, and so is, where `make` is false, one that is not there.
- What the operator or a later try can mend is raised as `DatabaseError`; after it, an engine
  works again as soon as its database does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from forecasts.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

__all__ = ["BUSY", "PATIENCE", "TOO_LONG", "DatabaseError", "Engine", "Patience", "Row"]

Row = tuple[Any, ...]

BUSY = "The database is busy; nothing was changed. Please try again in a moment."
TOO_LONG = "The database took too long to answer; nothing was changed. Please try again."


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds something may take before it ends with a `DatabaseError`.

    `connect`: to get a connection; `lock`: to wait for other writers; `statement`: one statement.
    """

    connect: float = 3
    lock: float = 10
    statement: float = 30


PATIENCE = Patience()


class Engine(Protocol):
    """Six members; the module says what they promise."""

    def rows(self, sql: str, /, **params: object) -> list[Row]:
        """Run one statement and return its rows, none for a statement that gives none."""

    def many(self, sql: str, params: Iterable[dict[str, object]], /) -> None:
        """Run one statement once for each of `params`."""

    def transaction(self, *, unhurried: bool = False) -> AbstractContextManager[None]:
        """Hold the database for writing while the block runs; commit at its end.

        `unhurried` is for what may take long, such as a migration: no statement has a limit.
        """

    def snapshot(self) -> AbstractContextManager[None]:
        """Let the block read one state of the database, whatever is written meanwhile."""

    def purge(self, *tables: str) -> bool:
        """Leave nothing of what was deleted in the files; outside any transaction."""

    def close(self) -> None:
        """Close every connection."""
