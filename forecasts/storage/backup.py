"""A SQLite site in one file more: taken while others write, and put back whole or not at all."""

from __future__ import annotations

import shutil
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from forecasts.errors import ForecastsError
from forecasts.storage.engine import PATIENCE, DatabaseError
from forecasts.storage.progress import silent
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.sqlite_file import alone_with, connect, explained, find, is_ours, looked_at
from forecasts.storage.store import Store
from forecasts.storage.verify import verify
from forecasts.storage.whole import file_errors, new_file, part_beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from forecasts.storage.engine import Engine
    from forecasts.storage.progress import Progress
    from forecasts.storage.sqlite_file import Connection

PAGES = 1000
"""So many pages are copied at a time."""

MAGIC = b"SQLite format 3\0"
HEAD = 100
"""How many bytes the head of a SQLite file has; MAGIC is how it begins."""


class BackupError(ForecastsError):
    """A file that cannot be made, or restored; the sentence says which and why."""


class OccupiedError(ForecastsError):
    """A restore to where there is a site already."""

    def __init__(self, target: Path, what: str) -> None:
        """Name the file, what is in it, and what to say for it to be replaced."""
        super().__init__(
            f"There is {what} in {target} already; with --replace the backup takes its place."
        )


def backup(engine: Engine, path: Path, progress: Progress = silent) -> None:
    """Write one state of a site, whatever is written meanwhile, to a new file.

    Raises `BackupError` on PostgreSQL, `TakenError` where `path` is there already, `FileError`
    and `DatabaseError`.
    """
    if not isinstance(engine, SqliteEngine):
        message = "A site on PostgreSQL is backed up with pg_dump, or by an export."
        raise BackupError(message)
    with new_file(path) as part:
        with (
            looked_at(part, path) as copy,
            explained(engine.path),
            closing(connect(engine.path, patience=PATIENCE.lock)) as source,
        ):
            _hold_still(source)
            _copy(source, copy, progress)
            copy.execute("PRAGMA journal_mode = DELETE")
        with _said_of(path, "written"):
            _check_file(part, path, "quick_check")


def _hold_still(connection: Connection) -> None:
    """Read one state from now on; a copy would begin anew whenever somebody wrote."""
    connection.execute("BEGIN")
    connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()


def _copy(source: Connection, copy: Connection, progress: Progress) -> None:
    source.backup(
        copy,
        pages=PAGES,
        progress=lambda _, left, whole: progress("pages", whole - left, whole),
    )


def restore(
    path: Path,
    target: Path,
    now: datetime,
    *,
    replace: bool = False,
    progress: Progress = silent,
) -> int:
    """Make the site in `target` what a backup holds; returns how many journal entries it has.

    A copy is brought up to date and verified first, without its sessions and codes, and then goes
    into `target` in one transaction of SQLite: after a kill at any moment there is the old site or
    the new one.
    Raises `BackupError` for a file that is not a whole backup that this version knows,
    `OccupiedError` where there is a site and `replace` is false, `FileError`, and
    `DatabaseError` also where somebody has the site open.
    """
    _check_size(path)
    find(target, make=True)
    if target.exists():
        with _to_fill(target, replace=replace):
            pass
    with part_beside(target) as part:
        with file_errors(path, "read"):
            for companion in ("", "-wal"):
                _take(path, part, companion)
        with _said_of(path, "restored"):
            entries = _check_site(part, path, now, progress)
        with _to_fill(target, replace=replace) as site, looked_at(part, path) as copy:
            _copy(copy, site, progress)
    return entries


@contextmanager
def _said_of(path: Path, doing: str) -> Iterator[None]:
    try:
        yield
    except ForecastsError as error:
        message = f"{path} cannot be {doing}. {error}"
        raise BackupError(message) from error


def _check_size(path: Path) -> None:
    """Raise `BackupError` for a file that is none of SQLite, or shorter than its head says."""
    with file_errors(path, "read"), path.open("rb") as file:
        head = file.read(HEAD)
        size = path.stat().st_size
    if not head.startswith(MAGIC):
        message = f"{path} is not a SQLite database."
        raise BackupError(message)
    page = int.from_bytes(head[16:18])
    whole = int.from_bytes(head[28:32]) * (65536 if page == 1 else page)
    if len(head) < HEAD or size < whole:
        message = f"{path} is cut short: it has {size:,} of {max(whole, HEAD):,} bytes."
        raise BackupError(message)


def _take(path: Path, part: Path, companion: str) -> None:
    """Copy a file; what a killed server left beside it belongs to it."""
    source = path.with_name(path.name + companion)
    if source.exists():
        shutil.copyfile(source, part.with_name(part.name + companion))


def _check_site(part: Path, path: Path, now: datetime, progress: Progress) -> int:
    _check_file(part, path, "integrity_check")
    with closing(SqliteEngine(part)) as engine:
        Store(engine, now)
        _sign_out(engine)
        return verify(engine, progress).entries


def _sign_out(engine: Engine) -> None:
    """Let nobody in again who signed out since the backup, and no code that was used since."""
    with engine.transaction():
        for statement in ("DELETE FROM sessions", "DELETE FROM codes"):
            engine.rows(statement)


def _check_file(part: Path, path: Path, check: str) -> None:
    with looked_at(part, path) as connection:
        if not is_ours(connection):
            message = f"{path} is a database of another program."
            raise DatabaseError(message)
        ((found,), *_) = connection.execute(f"PRAGMA {check}(1)")
        if found != "ok":
            message = f"It is damaged: {found}."
            raise DatabaseError(message)


@contextmanager
def _to_fill(target: Path, *, replace: bool) -> Iterator[Connection]:
    """A connection to a site that nobody has open and that may be overwritten."""
    with alone_with(target) as site:
        if not replace:
            _check_empty(site, target)
        yield site


def _check_empty(site: Connection, target: Path) -> None:
    try:
        with explained(target):
            tables = site.execute("SELECT name FROM sqlite_master").fetchall()
            ((entries,),) = (
                site.execute("SELECT COUNT(*) FROM journal") if ("journal",) in tables else [(0,)]
            )
    except DatabaseError as error:
        raise OccupiedError(target, "a damaged site") from error
    if entries:
        raise OccupiedError(target, f"a site of {entries} journal entries")
