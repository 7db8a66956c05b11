"""Connections to one SQLite file, lent to one thread at a time, and the line to write it."""

from __future__ import annotations

import os
import queue
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import sqlite_utils
from filelock import FileLock, Timeout

from forecasts.storage.engine import BUSY, DatabaseError, Patience
from forecasts.storage.sqlite_file import REASONS, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

POLL = 0.001
"""Writers of other processes look so often, in seconds, whether they are first in the line."""


class Pool:
    """So many databases on one file, each with more settings than a file's connections have."""

    def __init__(
        self, path: Path, patience: Patience, *, size: int, settings: tuple[str, ...] = ()
    ) -> None:
        self._size, self._patience = size, patience
        self._free: queue.LifoQueue[sqlite_utils.Database] = queue.LifoQueue()
        for _ in range(size):
            connection = connect(path, patience=patience.lock)
            for setting in settings:
                connection.execute(f"PRAGMA {setting}")
            self._free.put(sqlite_utils.Database(connection))

    @contextmanager
    def lent(self) -> Iterator[sqlite_utils.Database]:
        """A database for the block; raises `DatabaseError` where none comes free in time."""
        try:
            database = self._free.get(timeout=self._patience.connect)
        except queue.Empty:
            raise DatabaseError(BUSY) from None
        try:
            yield database
        finally:
            self._free.put(database)

    def close(self) -> None:
        """Wait for whoever has one, and close them all."""
        for database in [self._free.get() for _ in range(self._size)]:
            database.close()
            self._free.put(database)


class Line:
    """Where the processes that want to write a file stand, by the lock of a file beside it.

    SQLite's own waiting lets a process that asks again at once pass all others by for seconds.
    """

    def __init__(self, path: Path, *, patience: float) -> None:
        self._path = path
        _make_like(Path(f"{path}-line"), path)
        self._lock = FileLock(
            f"{path}-line",
            timeout=patience,
            poll_interval=POLL,
            preserve_lock_file=True,
            fallback_to_soft=False,
        )

    @contextmanager
    def first(self) -> Iterator[None]:
        """Be the next to write; raises `DatabaseError` where that takes too long."""
        try:
            self._lock.acquire()
        except Timeout:
            raise DatabaseError(BUSY) from None
        except OSError as error:
            raise DatabaseError(REASONS["readonly"].format(path=self._path)) from error
        try:
            yield
        finally:
            self._lock.release()


def _make_like(path: Path, model: Path) -> None:
    """Make an empty file whose owner and rights are those of another, as SQLite makes its own.

    Else a command that was once run by root would keep the site from writing.
    """
    with suppress(OSError, AttributeError):
        path.touch(mode=0o600, exist_ok=False)
        told = model.stat()
        path.chmod(stat.S_IMODE(told.st_mode))
        os.chown(path, told.st_uid, told.st_gid)
