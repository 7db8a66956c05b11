"""What PostgreSQL's errors mean to whoever can mend them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg_pool import PoolClosed

from forecasts.storage.engine import BUSY, TOO_LONG, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

AWAY = "The database cannot be reached; nothing was changed. Please try again in a moment."
IN_DOUBT = (
    "The connection to the database broke in the last moment; please look whether it was kept, "
    "and try again if it was not."
)
CODES = {
    "25006": "The database cannot be written; it takes no changes.",
    "25P03": BUSY,
    "42501": "The database cannot be written; its user lacks the rights to that.",
    "53100": "The disk is full; nothing was changed.",
    "53300": "The database takes no more connections; please try again in a moment.",
    "55P03": BUSY,
    "57014": TOO_LONG,
}
"""By the code of an error, what it means."""


@contextmanager
def explained(otherwise: str = AWAY) -> Iterator[None]:
    """Raise what somebody can mend as `DatabaseError`; what remains is a bug and shows as one.

    A connection that is lost, or that there is none of, is said by `otherwise`.
    """
    try:
        yield
    except PoolClosed:
        raise
    except psycopg.Error as error:
        known = CODES.get(error.sqlstate or "")
        if known is None and not isinstance(error, psycopg.OperationalError):
            raise
        raise DatabaseError(known or otherwise) from error
