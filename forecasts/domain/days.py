"""Days and moments as people mean and read them; all in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)


def beginning(day: date) -> datetime:
    """The moment a day begins: what a date without a time means for an opening.

    >>> beginning(date(2028, 8, 1)).isoformat()
    '2028-08-01T00:00:00+00:00'
    """
    return datetime.combine(day, time(), UTC)


def end(day: date) -> datetime:
    """The moment a day ends, 24:00: what a date without a time means for a close.

    >>> end(date(2028, 8, 1)).isoformat()
    '2028-08-02T00:00:00+00:00'
    """
    return beginning(day) + DAY


def day_text(moment: datetime) -> str:
    """The day of a moment.

    >>> day_text(datetime(2028, 8, 1, 12, tzinfo=UTC))
    '1 Aug 2028'
    """
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y}"


def minute_text(moment: datetime) -> str:
    """Day and time of a moment.

    >>> minute_text(datetime(2028, 8, 1, 12, tzinfo=UTC))
    '1 Aug 2028 12:00 UTC'
    """
    return f"{day_text(moment)} {moment.astimezone(UTC):%H:%M} UTC"


def end_text(moment: datetime) -> str:
    """When something ends: midnight belongs to the day before.

    >>> end_text(datetime(2028, 8, 2, tzinfo=UTC))
    'end of 1 Aug 2028 UTC'
    """
    moment = moment.astimezone(UTC)
    if moment == beginning(moment.date()):
        return f"end of {day_text(moment - DAY)} UTC"
    return minute_text(moment)
