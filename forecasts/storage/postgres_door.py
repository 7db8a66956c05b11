"""The first connection to a PostgreSQL: what is wrong with its address, and whose tables it has."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from forecasts.storage.engine import DatabaseError
from forecasts.storage.postgres_errors import explained
from forecasts.storage.postgres_pool import TAKE_TURN, set_up, way_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecasts.storage.engine import Patience, Row

MARK = "forecasts_mark"
"""The table, without rows or columns, that tells a site's schema from another program's."""

URL = "FORECASTS_DATABASE"
"""Where the operator says which database it is."""

UNREADABLE = f"{URL} must look like postgresql://user:password@host:5432/name."
UNREACHABLE = f"The database in {URL} cannot be reached; look at each part of the address."
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
    "invalid value": f"{URL} has an option of a value that PostgreSQL does not know.",
    "value: ": f"{URL} has a parameter of a value that PostgreSQL does not know.",
    "standby": f"{URL} asks for another kind of server than the one that answers.",
    "session is": f"{URL} asks for another kind of server than the one that answers.",
    "refused": NOBODY_THERE,
    "No such file": NOBODY_THERE,
    "timeout": NOBODY_THERE,
    "starting up": f"The database in {URL} is starting; please try again in a moment.",
    "URI": UNREADABLE,
    "percent-encoded": UNREADABLE,
}
"""By what libpq or the server says to somebody who comes: what it means; the first that fits."""


def knock(url: str, *, patience: Patience, make: bool) -> None:
    """Connect once, and make an empty schema ours.

    Raises `DatabaseError` where that cannot be, where another program's tables are there, or
    where none are and none shall be made. No sentence has a password.
    """
    with _explained():
        connection = psycopg.connect(url, **way_in(patience))
    with connection, explained():
        set_up(connection, patience)
        _claim(connection, make=make)


def _claim(connection: psycopg.Connection[Row], *, make: bool) -> None:
    """Mark an empty schema as ours.

    Raises `DatabaseError` for one that another program filled, or is empty and shall be.
    """
    connection.execute(TAKE_TURN)
    ((schema, tables, marked),) = connection.execute(
        """
        SELECT current_schema(), COUNT(tablename), COALESCE(BOOL_OR(tablename = %s), false)
        FROM pg_tables
        WHERE schemaname = current_schema()
        """,
        [MARK],
    ).fetchall()
    if schema is None:
        message = "The schema that FORECASTS_DATABASE names is not there; make it first."
        raise DatabaseError(message)
    if tables and not marked:
        message = f"The schema {schema} of the database has tables of another program."
        raise DatabaseError(message)
    if not make and not marked:
        message = "There is no site in the database; it is made when the site starts."
        raise DatabaseError(message)
    if not marked:
        connection.execute(f"CREATE TABLE {MARK} ()")
    connection.execute("COMMIT")


@contextmanager
def _explained() -> Iterator[None]:
    """For the first connection: say which part of the address is wrong, never the password."""
    try:
        yield
    except psycopg.Error as error:
        sentences = [sentence for sign, sentence in SIGNS.items() if sign in str(error)]
        raise DatabaseError((*sentences, UNREACHABLE)[0]) from None
