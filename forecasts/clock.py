"""The only place that asks the machine the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""What tells the time: called, it returns a moment in UTC."""


def utc_now() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


def stopped_at(moment: datetime) -> Clock:
    """A clock that always tells `moment`, for demonstrations, pictures and tests."""
    return lambda: moment


def to_text(moment: datetime) -> str:
    """A moment as ISO 8601 of fixed width, so that the order of texts is the order of time.

    >>> to_text(datetime(2028, 11, 7, 12, 30, tzinfo=UTC))
    '2028-11-07T12:30:00.000000Z'
    """
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The moment that `to_text` wrote, or any ISO 8601 date or time; without a zone it is UTC.

    Raises `ValueError` for anything else.

    >>> from_text("2028-11-07").isoformat()
    '2028-11-07T00:00:00+00:00'
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
