"""How long which probability stood, against hand arithmetic and the plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasts.domain.aggregation import aggregate_history
from forecasts.domain.calibration import reliability
from forecasts.domain.record import ForecastRecord
from forecasts.domain.time_shares import standing_times
from forecasts.errors import InvalidValueError


def moments(*numbers):
    return np.array(["NaT" if n is None else n for n in numbers], dtype="datetime64[us]")


def shares(probability, start, end=None, *, opens=0, until=10):
    found = standing_times(
        probability=probability,
        start=moments(*start),
        end=None if end is None else moments(*end),
        opens=np.datetime64(opens, "us"),
        until=np.datetime64(until, "us"),
    )
    return [cell / 1000 for cell in found.cell.tolist()], found.time.tolist()


def test_shares_of_one_person():
    said = shares([0.7, 0.2, 0.7, 0.9], [-5, 2, 4, 12], [2, 4, 8, None])
    assert said == ([0.2, 0.7], [2, 6])


def test_shares_of_an_aggregate_history():
    record = ForecastRecord(
        person=np.array([0, 1, 0]),
        start=moments(-2, 3, 7),
        end=moments(4, 6, None),
        forecasts=np.array([[0.2, 0.8], [0.4, 0.6], [0.9, 0.1]]),
    )
    history = aggregate_history(record, method="mean")
    found = standing_times(
        probability=history.centre[:, 0],
        start=history.times,
        opens=np.datetime64(0, "us"),
        until=np.datetime64(10, "us"),
    )
    assert found.cell.tolist() == [200, 300, 400, 900]
    assert found.time.tolist() == [3, 1, 2, 3]


def test_where_nothing_stood_there_are_no_shares():
    empty = ([], [])
    assert shares([], []) == empty
    assert shares([0.5], [12]) == empty
    assert shares([0.5], [-5], [0]) == empty
    assert shares([0.5], [3], [3]) == empty
    assert shares([np.nan], [1]) == empty
    assert shares([0.5], [1], opens=5, until=5) == empty
    assert shares([0.5], [1], opens=5, until=2) == empty


def test_probabilities_are_rounded_halves_up():
    said = [0.0004, 0.0005, 0.1235, 0.9994, 0.9995, 0.2344999]
    assert shares(said, range(6), range(1, 7))[0] == [0, 0.001, 0.124, 0.234, 0.999, 1]
    for half in range(1, 2000, 2):
        assert shares([half / 2000], [0])[0] == [(half + 1) // 2 / 1000]
        assert shares([1 - half / 2000], [0])[0] == [(2001 - half) // 2 / 1000]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-3, 13), st.integers(0, 9), st.integers(0, 1000)), max_size=9)
)
def test_shares_are_the_plain_loop(rows):
    start, length, cells = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 3
    )
    end = [begun + lasting for begun, lasting in zip(start, length, strict=True)]
    ticks = [
        cell
        for now in range(10)
        for begun, ended, cell in zip(start, end, cells, strict=True)
        if begun <= now < ended
    ]
    values, weights = shares([cell / 1000 for cell in cells], start, end)
    assert values == [cell / 1000 for cell in sorted(set(ticks))]
    assert weights == [ticks.count(cell) for cell in sorted(set(ticks))]


@pytest.mark.parametrize(
    ("probability", "start", "end", "blamed"),
    [
        ([0.5], [1, 2], None, "probability must have one start, end and series each"),
        ([0.5], [1], [2, 3], "probability must have one start, end and series each"),
        ([[0.5]], [1], None, "probability must have one start, end and series each"),
        ([0.5, 0.6], [2, 1], None, "end must not precede its start"),
        ([0.5], [2], [1], "end must not precede its start"),
        ([1.5], [1], None, "probability must lie between 0 and 1; got 1.5"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(probability, start, end, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        shares(probability, start, end)


@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"probability": ["a", "b"]}, "probability must hold numbers"),
        ({"probability": 0.5}, "probability must have one start"),
        ({"start": [0, 3]}, "start must hold moments; got .0, 3."),
        ({"start": np.datetime64(0, "us")}, "probability must have one start"),
        ({"end": ["now", "then"]}, "end must hold moments"),
        ({"start": moments(0, 2**61)}, "start must lie in the years 2 to 9998"),
        ({"until": np.datetime64(2**62, "us")}, "until must lie in the years 2 to 9998"),
        ({"opens": "now"}, "opens must be a moment; got now"),
        ({"series": [0.5, 1]}, "series must be codes from 0"),
        ({"series": [0, -1]}, "series must be codes from 0, below .*; got -1"),
        ({"series": [0, 2**60]}, "series must be codes from 0, below"),
        ({"series": np.uint64([0, 2**64 - 1])}, "series must be codes from 0"),
    ],
)
def test_what_is_no_series_of_moments_is_refused(changed, blamed):
    sound = {
        "probability": [0.7, 0.2],
        "start": moments(0, 3),
        "opens": np.datetime64(0, "us"),
        "until": np.datetime64(10, "us"),
    }
    with pytest.raises(InvalidValueError, match=blamed):
        standing_times(**sound | changed)


def test_lists_of_moments_and_codes_will_do():
    found = standing_times(
        probability=[0.7, 0.2],
        start=list(moments(0, 3)),
        end=list(moments(3, None)),
        series=[1, 0],
        opens=np.datetime64(0, "us"),
        until=np.datetime64(10, "us"),
    )
    assert found.series.tolist() == [0, 1]
    assert found.time.tolist() == [7, 3]


def test_several_series_are_counted_apart_in_whole_microseconds():
    found = standing_times(
        probability=[0.7, 0.2, 0.7, 0.7, 0.1],
        start=moments(0, 0, 3, 4, 9),
        end=moments(3, None, 4, 6, 9),
        opens=np.datetime64(0, "us"),
        until=np.datetime64(10, "us"),
        series=np.array([2, 0, 2, 0, 1]),
    )
    assert found.series.tolist() == [0, 0, 2]
    assert found.cell.tolist() == [200, 700, 700]
    assert found.time.tolist() == [10, 2, 4]


def test_series_must_be_as_many_as_probabilities():
    with pytest.raises(InvalidValueError, match="have one start, end and series each"):
        standing_times(
            probability=[0.5],
            start=moments(0),
            opens=np.datetime64(0, "us"),
            until=np.datetime64(10, "us"),
            series=np.array([0, 1]),
        )


def test_compressed_shares_give_what_the_forecasts_give():
    draw = np.random.default_rng(7)
    said, weights, question = [], [], []
    for code in range(6):
        start = np.sort(draw.integers(0, 10, 8))
        values, stood = shares(draw.random(8), start)
        said += values
        weights += [time / sum(stood) for time in stood]
        question += [code] * len(values)
    happened = np.array(question) % 2
    found = reliability(forecast=said, happened=happened, weight=weights, question=question)
    assert found.weight.sum() == pytest.approx(6)
    assert found.uncertainty == pytest.approx(0.25)
