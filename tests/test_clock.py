"""Moments as text whose order is the order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.clock import from_text, stopped_at, to_text, utc_now

MOMENTS = st.datetimes(timezones=st.just(UTC))


def test_the_machine_is_asked_in_utc():
    before = utc_now()
    assert before.tzinfo is UTC
    assert before <= utc_now() < before + timedelta(minutes=1)


def test_a_stopped_clock_stands_still():
    noon = datetime(2028, 11, 7, 12, tzinfo=UTC)
    clock = stopped_at(noon)
    assert clock() == clock() == noon


@given(MOMENTS)
def test_a_moment_comes_back_as_it_was(moment):
    assert from_text(to_text(moment)) == moment
    assert from_text(to_text(moment)).tzinfo is UTC


@given(MOMENTS, MOMENTS)
def test_the_order_of_texts_is_the_order_of_time(one, other):
    assert len(to_text(one)) == len(to_text(other)) == 27
    assert (to_text(one) < to_text(other)) == (one < other)


def test_another_zone_is_told_in_utc():
    berlin = timezone(timedelta(hours=2))
    assert to_text(datetime(2028, 7, 1, 1, tzinfo=berlin)) == "2028-06-30T23:00:00.000000Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2028-11-07", datetime(2028, 11, 7, tzinfo=UTC)),
        ("2028-11-07T12:30", datetime(2028, 11, 7, 12, 30, tzinfo=UTC)),
        ("2028-11-07T12:30:00Z", datetime(2028, 11, 7, 12, 30, tzinfo=UTC)),
        ("2028-11-07T12:30:00+02:00", datetime(2028, 11, 7, 10, 30, tzinfo=UTC)),
    ],
)
def test_any_iso_text_is_read(text, moment):
    assert from_text(text) == moment


@pytest.mark.parametrize("text", ["", "soon", "2028-13-01", "07.11.2028"])
def test_anything_else_is_not(text):
    with pytest.raises(ValueError, match=r"isoformat string|month must be"):
        from_text(text)
