"""Clearing a database's files of what was deleted: for a moment at once, or after a later commit.

Whoever reads an older state is not waited for while others wait to write.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from forecasts.storage.engine import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES = 20
BREATH = 0.05
"""Seconds between the tries of somebody who waits for them; others write meanwhile."""

REST = 5
"""After so many seconds at the earliest a commit tries what could not be done at once."""


class Purging:
    """Whether it is due, and when to try it again; a try says whether nothing is left to do."""

    def __init__(self) -> None:
        self._next = math.inf

    def insist(self, clear: Callable[[], bool]) -> bool:
        """Try for a moment; whether it was done, or is still due."""
        with suppress(DatabaseError):
            for _ in range(TRIES):
                if self._done(clear):
                    return True
                time.sleep(BREATH)
        return False

    def again(self, clear: Callable[[], bool]) -> None:
        """Try once where it is due; that it fails is no failure of what was done before."""
        if time.monotonic() >= self._next:
            with suppress(DatabaseError):
                self._done(clear)

    def _done(self, clear: Callable[[], bool]) -> bool:
        self._next = time.monotonic() + REST
        done = clear()
        if done:
            self._next = math.inf
        return done
