"""Days and moments in UTC, as people mean and read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.domain import days

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FAR_EAST = timezone(timedelta(hours=14))

some_days = st.dates(max_value=date(9999, 12, 30))
some_moments = st.timedeltas(timedelta(days=-10_000), timedelta(days=10_000)).map(MARCH.__add__)


@given(some_days)
def test_a_day_ends_where_the_next_begins(day):
    assert days.end(day) == days.beginning(day + timedelta(days=1))
    assert days.end(day) - days.beginning(day) == days.DAY
    assert days.beginning(day).tzinfo is UTC
    assert days.beginning(day).date() == day


def test_days_begin_and_end_at_midnight():
    assert days.beginning(date(2026, 3, 1)) == MARCH
    assert days.end(date(2026, 2, 28)) == MARCH


def test_a_day_and_a_minute_are_said_without_leading_zeros_of_the_day():
    moment = MARCH + timedelta(hours=9, minutes=5)
    assert days.day_text(moment) == "1 Mar 2026"
    assert days.minute_text(moment) == "1 Mar 2026 09:05 UTC"
    assert days.minute_text(MARCH) == "1 Mar 2026 00:00 UTC"
    assert days.minute_text(MARCH - MICROSECOND) == "28 Feb 2026 23:59 UTC"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (MARCH, "end of 28 Feb 2026 UTC"),
        (datetime(2026, 3, 1, 18, 5, tzinfo=UTC), "1 Mar 2026 18:05 UTC"),
        (MARCH + MICROSECOND, "1 Mar 2026 00:00 UTC"),
        (MARCH - MICROSECOND, "28 Feb 2026 23:59 UTC"),
        (datetime(2026, 1, 1, tzinfo=UTC), "end of 31 Dec 2025 UTC"),
    ],
)
def test_what_ends_at_midnight_ends_at_the_end_of_the_day_before(moment, said):
    assert days.end_text(moment) == said


@given(some_days.filter(lambda day: day.year > 1))
def test_the_end_of_a_day_is_said_with_that_day(day):
    assert days.end_text(days.end(day)) == f"end of {days.day_text(days.beginning(day))} UTC"


@pytest.mark.parametrize("text", [days.day_text, days.minute_text, days.end_text])
@given(moment=some_moments)
def test_a_moment_of_another_zone_is_said_in_utc(text, moment):
    assert text(moment.astimezone(FAR_EAST)) == text(moment)
