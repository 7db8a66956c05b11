"""A record keeps its order, or is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from forecasts.domain.record import (
    NEVER,
    ForecastRecord,
    microsecond,
    microseconds,
    moment_at,
    totals,
)
from forecasts.errors import InvalidValueError


def moments(*numbers):
    return np.array(["NaT" if n is None else n for n in numbers], dtype="datetime64[us]")


def columns(**changed):
    sound = {
        "person": np.array([0, 1, 0]),
        "start": moments(1, 2, 3),
        "end": moments(3, None, 9),
        "forecasts": np.array([[0.5, 0.5], [0.2, 0.8], [1, 0]]),
    }
    return sound | changed


def test_a_sound_record_knows_its_people_and_spans():
    record = ForecastRecord(**columns())
    assert record.people == 2
    start, end = record.spans()
    assert start.tolist() == [1, 2, 3]
    assert end.tolist() == [3, NEVER, 9]


def test_nobody_is_a_record_too():
    nobody = ForecastRecord(
        person=np.array([], dtype=np.int64),
        start=moments(),
        end=moments(),
        forecasts=np.empty((0, 2)),
    )
    assert nobody.people == 0


def test_a_forecast_replaced_at_once_has_no_length():
    record = ForecastRecord(
        **columns(person=np.array([0, 0, 1]), start=moments(1, 1, 3), end=moments(1, None, None))
    )
    assert record.people == 2


@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"forecasts": np.array([0.5, 0.5])}, "forecasts must have one row a forecast"),
        ({"forecasts": np.full((3, 1, 2), 0.5)}, "forecasts must have one row a forecast"),
        ({"forecasts": np.full((3, 2), 0.4)}, "forecasts must sum to 1"),
        ({"forecasts": np.full((2, 2), 0.5)}, "person must hold 2 integers"),
        ({"person": np.array([0.0, 1.0, 0.0])}, "person must hold 3 integers"),
        ({"person": np.array([0, -1, 0])}, "person must be codes from 0; got -1"),
        ({"start": np.array([1, 2, 3])}, "start must hold 3 moments"),
        ({"start": moments(2, 1, 3)}, "start must be sorted and known"),
        ({"start": moments(1, 2, None)}, "start must be sorted and known"),
        ({"end": moments(3, None)}, "end must hold 3 moments"),
        ({"end": moments(3, 1, 9)}, "end must not precede its start"),
        ({"end": moments(4, None, 9)}, "A person must have one forecast at a time; got two of 0"),
        ({"end": moments(None, 5, 9)}, "A person must have one forecast at a time; got two of 0"),
    ],
)
def test_a_record_out_of_order_is_refused(changed, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        ForecastRecord(**columns(**changed))


def test_moments_of_any_unit_are_microseconds():
    assert microseconds(np.array(["1970-01-02"], dtype="datetime64[D]")).tolist() == [
        86_400_000_000
    ]
    assert microsecond("opens", np.datetime64("1970-01-01T00:00:00.000002")) == 2
    assert microsecond("opens", datetime(1970, 1, 1, 0, 0, 0, 3, tzinfo=UTC)) == 3
    east = timezone(timedelta(hours=2))
    assert microsecond("opens", datetime(1970, 1, 1, 2, 0, 1, tzinfo=east)) == 1_000_000


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        (datetime(2026, 1, 1), "opens must have a time zone; got 2026-01-01 00:00:00."),  # noqa: DTZ001
        (np.datetime64("NaT"), "opens must be a moment; got NaT."),
    ],
)
def test_a_moment_without_a_place_in_time_is_refused(moment, sentence):
    with pytest.raises(InvalidValueError) as refusal:
        microsecond("opens", moment)
    assert str(refusal.value) == sentence


def test_totals_of_nobody_are_empty():
    assert totals(np.array([], dtype=np.int64), np.array([])).dtype == np.float64


def test_a_row_is_ended_by_the_one_that_replaced_it_or_by_a_number_of_its_own():
    record = ForecastRecord(
        person=np.array([0, 1, 0, 0, 1]),
        start=moments(1, 2, 3, 3, 9),
        end=moments(3, 8, 3, None, None),
        forecasts=np.full((5, 2), 0.5),
    )
    assert record.ended_by().tolist() == [2, 5, 3, 6, 7]


def test_a_number_is_the_moment_it_came_from():
    moment = datetime(2026, 2, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert moment_at("opens", microsecond("opens", moment)) == moment


@pytest.mark.parametrize("day", ["0001-12-31", "9999-01-01", "20000-01-01"])
def test_days_are_counted_in_the_years_2_to_9998_only(day):
    with pytest.raises(InvalidValueError, match="opens must lie in the years 2 to 9998"):
        moment_at("opens", microsecond("opens", np.datetime64(day)))
