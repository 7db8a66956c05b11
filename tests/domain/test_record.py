"""A record keeps its order, or is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

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
        ({"forecasts": np.full((3, 2), 0.5, dtype=object)}, "forecasts must hold numbers"),
        ({"forecasts": [[0.5, 0.5], [1]]}, "forecasts must hold numbers; got rows of different"),
        ({"person": [0, None, 0]}, "person must hold 3 integers"),
        ({"person": np.array([0, 2**64 - 1, 0], dtype=np.uint64)}, "person must be codes from 0"),
        ({"start": ["2026-01-01"] * 3}, "start must hold 3 moments"),
        ({"start": moments(1, 2, 2**61)}, "start must lie in the years 2 to 9998"),
        ({"end": moments(3, None, 2**61)}, "end must lie in the years 2 to 9998"),
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
        (date(2026, 1, 1), "opens must be a moment; got 2026-01-01."),
        ("2026-01-01", "opens must be a moment; got 2026-01-01."),
        (5, "opens must be a moment; got 5."),
        (None, "opens must be a moment; got None."),
        (
            datetime(9999, 1, 1, tzinfo=UTC),
            "opens must lie in the years 2 to 9998; got 9999-01-01T00:00:00.000000.",
        ),
    ],
)
def test_a_moment_without_a_place_in_time_is_refused(moment, sentence):
    with pytest.raises(InvalidValueError) as refusal:
        microsecond("opens", moment)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s", "25s", "ms", "us"])
@pytest.mark.parametrize("number", [2**60, -(2**60)])
def test_moments_that_microseconds_cannot_hold_are_refused(unit, number):
    moment = np.array([0, number], dtype=f"datetime64[{unit}]")
    with pytest.raises(InvalidValueError, match="entered must lie in the years 2 to 9998"):
        microseconds(moment, name="entered")
    with pytest.raises(InvalidValueError, match="opens must lie in the years 2 to 9998"):
        microsecond("opens", moment[1])


@pytest.mark.parametrize("unit", ["ns", "ps", "fs", "as"])
def test_units_finer_than_microseconds_hold_no_year_that_is_refused(unit):
    most = np.iinfo(np.int64).max // 2
    found = microseconds(np.array([-most, 0, most], dtype=f"datetime64[{unit}]"))
    assert (np.diff(found) > 0).all()
    assert found[1] == 0


@pytest.mark.parametrize(
    "given", [[1, 2], ["2026-01-01"], [datetime(2026, 1, 1, tzinfo=UTC)], None]
)
def test_what_is_no_moment_is_refused(given):
    with pytest.raises(InvalidValueError, match="moments must hold moments; got"):
        microseconds(given)


def test_a_record_of_lists_is_the_record_of_their_arrays():
    arrays = columns()
    record = ForecastRecord(**{name: list(column) for name, column in arrays.items()})
    for name, column in arrays.items():
        np.testing.assert_array_equal(getattr(record, name), column)
    assert record.person.dtype == np.int64
    assert ForecastRecord(**columns(person=np.uint64([0, 1, 0]))).person.dtype == np.int64


def test_a_record_copies_no_array_that_is_as_it_must_be():
    arrays = columns()
    record = ForecastRecord(**arrays)
    for name, column in arrays.items():
        assert getattr(record, name) is column


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
        moment_at("opens", int(np.datetime64(day, "us").astype(int)))
