"""The port between the store and a database.

The contract, for every engine:

- SQL is in the part that SQLite and PostgreSQL share, with `:name` placeholders; values never
  stand in the text. Rows come back as plain tuples, in the order of the statement's columns.
- `rows` outside a transaction sees everything that was committed before it began, waits for no
  writer, and only reads. Inside a transaction of the same thread it sees and joins that.
- `transaction` gives one writer at a time the database, in the order in which they asked, waits
  for others in this process and elsewhere, and commits durably at its end or, on any error,
  leaves no trace. A thread cannot open a second one inside the first.
- `many` runs one statement for many rows; only inside a transaction.
- Engines may be used by any number of threads. `close` ends all connections, once those who
  use them have finished; nothing can be read or written any more.
- Moments are text of fixed width in UTC; the database is never asked the time.
- Opening a database marks an empty one as ours. One that another program has filled is refused
  and left as it was, and so is, where `make` is false, one that is not there.
- What the operator or a later try can mend is raised as `DatabaseError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from forecasts.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

__all__ = ["DatabaseError", "Engine", "Row"]

Row = tuple[Any, ...]


class Engine(Protocol):
    """Four members; the module says what they promise."""

    def rows(self, sql: str, /, **params: object) -> list[Row]:
        """Run one statement and return its rows, none for a statement that gives none."""

    def many(self, sql: str, params: Iterable[dict[str, object]], /) -> None:
        """Run one statement once for each of `params`."""

    def transaction(self) -> AbstractContextManager[None]:
        """Hold the database for writing while the block runs; commit at its end."""

    def close(self) -> None:
        """Close every connection."""
