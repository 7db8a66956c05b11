"""How far something long has come: told now and then to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


def silent(_doing: str, _done: int, _whole: int) -> None:
    """For those who do not want to know."""
