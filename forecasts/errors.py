"""Everything that can go wrong and that a person can fix: one class each, one sentence each."""

from __future__ import annotations


class ForecastsError(Exception):
    """The base of the tree; its text is one sentence for the person who can fix it."""


class InvalidValueError(ForecastsError, ValueError):
    """A value that breaks a stated limit; the sentence names the offender and the limit."""

    def __init__(self, name: str, rule: str, value: object) -> None:
        """Say that `name` must keep `rule`, and what `value` came instead."""
        super().__init__(f"{name} must {rule}; got {value}.")


class DatabaseError(ForecastsError):
    """The database cannot be used as it is; the sentence says why."""
