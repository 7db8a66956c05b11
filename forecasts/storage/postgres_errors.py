"""What PostgreSQL's errors mean to whoever can mend them; no sentence has a password."""

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
URL = "FORECASTS_DATABASE"
"""Where the operator says which database it is."""

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

UNREADABLE = f"{URL} must look like postgresql://user:password@host:5432/name."
NOBODY_THERE = f"Nothing answers at the host and port in {URL}; is the database running?"

SIGNS = {
    "resolve host": f"The host in {URL} is not known.",
    "translate host name": f"The host in {URL} is not known.",
    "port number": f"The port in {URL} must be a number from 1 to 65535.",
    'option "port"': f"The port in {URL} must be a number from 1 to 65535.",
    'role "': f"The database does not know the user in {URL}.",
    "password": f"The database refuses the user and password in {URL}.",
    "pg_hba.conf": f"The database does not let the user in {URL} in from here; see pg_hba.conf.",
    'database "': f"There is no database of the name in {URL}; make it with createdb.",
    "query parameter": f"{URL} has a parameter behind the ? that PostgreSQL does not know.",
    "configuration parameter": f"{URL} has an option that PostgreSQL does not know.",
    "URI": UNREADABLE,
    "percent-encoded": UNREADABLE,
}
"""By what libpq or the server says to somebody who comes: what it means; the first that fits."""


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


@contextmanager
def explained_at_the_door() -> Iterator[None]:
    """For the first connection: say which part of the address is wrong, never the password."""
    try:
        yield
    except psycopg.Error as error:
        sentences = [sentence for sign, sentence in SIGNS.items() if sign in str(error)]
        raise DatabaseError((*sentences, NOBODY_THERE)[0]) from None
