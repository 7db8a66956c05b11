"""Whose turn it is: a fair lock, and what a thread holds while it has one."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from forecasts.storage.engine import BUSY, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

C = TypeVar("C")


class Turns:
    """A lock for threads, taken in the order in which they asked.

    A plain `threading.Lock` may be taken again by the thread that just let it go, so that under
    load one writer gets nearly every turn.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def turn(self, seconds: float = threading.TIMEOUT_MAX) -> Iterator[None]:
        """Have the turn while the block runs; raises `DatabaseError` if it takes too long."""
        self._take(seconds)
        try:
            yield
        finally:
            self._hand_on()

    def _take(self, seconds: float) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if not mine.acquire(timeout=seconds):
            self._give_up(mine)

    def _give_up(self, mine: threading.Lock) -> None:
        """Leave the line, unless the turn came in this very moment."""
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise DatabaseError(BUSY)

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class Held(threading.local, Generic[C]):
    """The connection of the thread's own transaction or snapshot."""

    connection: C | None = None
    writes = False
    unhurried = False

    def check_free(self) -> None:
        """Raise `RuntimeError` where the thread is inside a transaction or snapshot."""
        if self.connection is not None:
            message = "a transaction inside a transaction"
            raise RuntimeError(message)

    def writer(self) -> C:
        """The connection of the thread's transaction; raises `RuntimeError` outside of one."""
        if self.connection is None or not self.writes:
            message = "many rows outside a transaction"
            raise RuntimeError(message)
        return self.connection

    @contextmanager
    def own_or(self, lent: AbstractContextManager[C]) -> Iterator[C]:
        """The thread's own connection, or where it has none one that is `lent` for the block."""
        if self.connection is not None:
            yield self.connection
        else:
            with lent as connection:
                yield connection

    @contextmanager
    def hold(self, connection: C, *, writes: bool, unhurried: bool = False) -> Iterator[None]:
        """Let the thread have `connection` while the block runs."""
        self.connection, self.writes, self.unhurried = connection, writes, unhurried
        try:
            yield
        finally:
            self.connection, self.writes, self.unhurried = None, False, False
