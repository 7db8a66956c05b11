"""Guessing passwords: every try is counted, and many slow down."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from forecasts.clock import from_text
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from datetime import datetime

    from forecasts.site import Site

GUESSING_TIME = timedelta(minutes=15)
FREE_GUESSES = 5
FREE_GUESSES_ANYWHERE = 50
LONGEST_WAIT = 900
LONGEST_WAIT_ANYWHERE = 60


class TooManyGuessesError(ForecastsError):
    """Another try too soon after wrong passwords."""

    def __init__(self, seconds: int) -> None:
        """Say how long to wait."""
        wait = "1 second" if seconds == 1 else f"{seconds} seconds"
        super().__init__(f"Too many wrong passwords; please try again in {wait}.")


def count_guess(site: Site, account: str, address: str) -> None:
    """Note a guess before it is tried, so that guesses side by side count too.

    Raises `TooManyGuessesError` where this one comes too soon.
    """
    with site.store.transaction():
        now = site.now()
        failures = site.store.accounts.failures(account, now - GUESSING_TIME)
        here = [at for where, at in failures if where == address]
        anywhere = [at for _, at in failures]
        wait = max(
            _wait(here, now, FREE_GUESSES, LONGEST_WAIT),
            _wait(anywhere, now, FREE_GUESSES_ANYWHERE, LONGEST_WAIT_ANYWHERE),
        )
        if wait > 0:
            raise TooManyGuessesError(wait)
        site.store.accounts.add_failure(account, address, now)


def forget_guesses(site: Site, account: str, address: str, now: datetime) -> None:
    """Forget those from an address that turned out right; only inside a transaction."""
    site.store.accounts.forget_failures(account, address, now - GUESSING_TIME)


def _wait(guesses: list[str], now: datetime, free: int, longest: int) -> int:
    """Seconds still to wait: 2, 4, 8 … from the last guess on once the free ones are used."""
    if len(guesses) < free:
        return 0
    pause = min(1 << (len(guesses) - free + 1), longest)
    passed = (now - from_text(guesses[-1])).total_seconds()
    return max(0, math.ceil(pause - passed))
