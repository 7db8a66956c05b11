"""Days and moments as people mean and read them; all in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

DAY = timedelta(days=1)


def beginning(day: date, zone: tzinfo = UTC) -> datetime:
    """The moment a day begins: what a date without a time means for an opening; in UTC.

    zone: whose midnight it is. Of two the first; one that the clocks skip is where they would
    have shown it.

    >>> beginning(date(2028, 8, 1)).isoformat()
    '2028-08-01T00:00:00+00:00'
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def calendar(first: datetime, end: datetime, zone: tzinfo) -> dict[date, datetime]:
    """The days of a zone that share time with [first, end), in order, and when each begins.

    Days of 23 and 25 hours are what they are, and one that a zone left out is not among them.

    >>> days = calendar(beginning(date(2028, 8, 1)), beginning(date(2028, 8, 3)), UTC)
    >>> [day_text(begins) for begins in days.values()]
    ['1 Aug 2028', '2 Aug 2028']
    """
    day = first.astimezone(zone).date()
    count = (end.astimezone(zone).date() - day).days + 1
    begins = [beginning(day + number * DAY, zone) for number in range(count + 1 + 1)]
    return {
        day + number * DAY: begun
        for number, (begun, over) in enumerate(pairwise(begins))
        if max(begun, first) < min(over, end)
    }


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
