"""Counts against a plain dictionary, on the grid and beside it."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from forecasts.domain import counts
from forecasts.domain.counts import compressed
from forecasts.errors import InvalidValueError

BESIDE = [0.1 + 0.2, 1 - 0.9, 5e-324, np.nextafter(0.5, 1), 1 - 2**-53, 0.0005, 1 / 3]
PLAIN = {"forecast": [0.5, 0.6], "happened": [0, 1]}

said = st.integers(0, 1000).map(lambda step: step / 1000) | st.sampled_from(BESIDE)
rows = st.lists(
    st.tuples(said, st.integers(0, 1), st.integers(0, 3), st.integers(0, 4)),
    min_size=1,
    max_size=40,
).filter(lambda drawn: sum(row[2] for row in drawn) > 0)
shapes = st.fixed_dictionaries({"weighed": st.booleans(), "asked": st.booleans()})


@pytest.fixture(params=["as it is", "in small blocks", "by sorting"])
def way(request, monkeypatch):
    """Each way there is to count."""
    if request.param == "in small blocks":
        monkeypatch.setattr(counts, "_BLOCK", 4)
    if request.param == "by sorting":
        monkeypatch.setattr(counts, "_LARGEST_TABLE", 0)
        monkeypatch.setattr(counts, "_events", lambda *_: None)
    return request.param


def columns(drawn, *, weighed, asked):
    forecast, happened, weight, question = map(list, zip(*drawn, strict=True))
    named = {"forecast": forecast, "happened": happened}
    named |= {"weight": weight} if weighed else {}
    return named | ({"question": question} if asked else {})


def plain_counts(forecast, happened, weight=None, question=None):
    """A dictionary of sums, row by row."""
    weight = weight or [1] * len(forecast)
    sums = {}
    for row, value in enumerate(forecast):
        key = (value, question[row] if question else 0)
        total, truth = sums.get(key, (0, 0))
        sums[key] = (total + weight[row], truth + weight[row] * happened[row])
    kept = {key: sums[key] for key in sorted(sums) if sums[key][0] > 0}
    names = sorted({name for _, name in kept})
    return [
        [value for value, _ in kept],
        [total for total, _ in kept.values()],
        [truth / total for total, truth in kept.values()],
        [names.index(name) for _, name in kept],
    ]


def assert_same(found, other):
    assert_array_equal(found.forecast, other.forecast)
    assert_array_equal(found.question, other.question)
    assert_allclose(found.weight, other.weight, rtol=1e-12)
    assert_allclose(found.happened, other.happened, rtol=0, atol=1e-12)


@pytest.mark.usefixtures("way")
@settings(deadline=None, max_examples=60)
@given(drawn=rows, shape=shapes)
def test_counts_are_the_plain_sums(drawn, shape):
    named = columns(drawn, **shape)
    found = compressed(**named)
    forecast, weight, happened, question = plain_counts(**named)
    assert found.forecast.tolist() == forecast
    assert_allclose(found.weight, weight)
    assert_allclose(found.happened, happened)
    assert (None if found.question is None else found.question.tolist()) == (
        question if shape["asked"] else None
    )


@pytest.mark.usefixtures("way")
@settings(deadline=None, max_examples=30)
@given(drawn=rows, shape=shapes)
def test_counting_the_counts_again_changes_nothing(drawn, shape):
    found = compressed(**columns(drawn, **shape))
    again = compressed(
        forecast=found.forecast,
        happened=found.happened,
        weight=found.weight,
        question=found.question,
    )
    assert_same(again, found)


@pytest.mark.usefixtures("way")
def test_what_lies_beside_the_grid_is_not_moved_onto_it():
    found = compressed(forecast=[0.3, 0.1 + 0.2, 0.3, 1 - 0.7], happened=[1, 1, 0, 0])
    assert found.forecast.tolist() == [0.3, 0.1 + 0.2]
    assert found.weight.tolist() == [2, 2]


def test_every_step_of_the_grid_is_counted_as_itself():
    steps = np.arange(1001) / 1000
    found = compressed(forecast=np.tile(steps, 3), happened=np.repeat([0, 1, 1], 1001))
    assert_array_equal(found.forecast, steps)
    assert_array_equal(found.weight, np.full(1001, 3))
    assert_array_equal(found.happened, np.full(1001, 2 / 3))


@pytest.mark.parametrize("kind", [bool, np.int8, np.int64, np.float32, float])
def test_what_happened_may_be_of_any_kind(kind):
    truth = np.array([0, 1, 1], dtype=kind)
    found = compressed(forecast=[0.2, 0.2, 0.7], happened=truth)
    assert found.happened.tolist() == [0.5, 1]


def test_what_happened_in_part_is_counted_in_part():
    found = compressed(forecast=[0.2, 0.2, 0.7], happened=[0.25, 1, 0.5])
    assert found.happened.tolist() == [0.625, 0.5]


@pytest.mark.parametrize(
    "names",
    [
        [7, 3, 9],
        [0, -5, 3],
        np.array([0, -100, 100], dtype=np.int8),
        np.array([2**63 + 1, 0, 2**64 - 1], dtype=np.uint64),
        np.array([2**64 - 2, 2**64 - 3, 2**64 - 1], dtype=np.uint64),
        [0, -(2**62), 2**62],
        [0.5, 0.1, 0.7],
        ["b", "a", "c"],
        np.array(["2026-01-02", "2026-01-01", "2026-01-03"], dtype="datetime64[D]"),
    ],
)
def test_questions_are_told_apart_by_any_names_in_their_order(names):
    found = compressed(forecast=[0.2] * 3, happened=[1, 0, 0.5], question=names)
    assert found.question.tolist() == [0, 1, 2]
    assert found.happened.tolist() == [0, 1, 0.5]


def test_a_question_without_weight_has_no_code():
    found = compressed(
        forecast=[0.2, 0.5, 0.8], happened=[0, 1, 1], weight=[1, 0, 1], question=[4, 5, 6]
    )
    assert found.forecast.tolist() == [0.2, 0.8]
    assert found.question.tolist() == [0, 1]


@settings(deadline=None, max_examples=30)
@given(drawn=rows)
def test_questions_put_together_are_questions_never_asked(drawn):
    asked = compressed(**columns(drawn, weighed=True, asked=True))
    never = compressed(**columns(drawn, weighed=True, asked=False))
    assert_same(asked.merged(), never)
    assert never.merged() is never


@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"forecast": [0.5, -0.001]}, "forecast must lie between 0 and 1; got -0.001"),
        ({"forecast": [0.5, 1.001]}, "forecast must lie between 0 and 1; got 1.001"),
        ({"forecast": [0.5, np.nan]}, "forecast must lie between 0 and 1; got nan"),
        ({"forecast": 0.5}, "forecast must hold 1 numbers"),
        ({"forecast": [[0.5, 0.6]], "happened": [[0, 1]]}, "forecast must hold 2 numbers"),
        ({"happened": [0, -1]}, "happened must lie between 0 and 1; got -1"),
        ({"happened": [0, np.nan]}, "happened must lie between 0 and 1; got nan"),
        ({"happened": [0, 1, 1]}, "happened must hold 2 numbers"),
        ({"weight": [[1, 1]]}, "weight must hold 2 numbers"),
        ({"weight": [1, np.nan]}, "weight must hold finite numbers.*; got numbers from nan"),
        ({"weight": [1, -1]}, "weight must hold finite numbers, none negative.* from -1.0"),
        ({"weight": [0, 0]}, "that do not sum to 0; got numbers from 0.0 that sum to 0.0"),
        ({"weight": [1e308, 1e308]}, "weight must hold finite numbers.* that sum to inf"),
        ({"weight": [1, None]}, r"weight must hold numbers; got \[1, None\]"),
        ({"forecast": ["a", "b"]}, "forecast must hold numbers"),
        ({"happened": ["a", "b"]}, "happened must hold numbers"),
        ({"question": [[1], [1, 2]]}, "question must hold numbers or names.*different lengths"),
        ({"question": ["a", None]}, "question must hold numbers or names .* order; got a mixture"),
        ({"question": "ab"}, "question must hold 2 numbers"),
        ({"forecast": [], "happened": []}, "forecast must hold at least one number; got none"),
    ],
)
def test_what_cannot_be_counted_is_refused(changed, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        compressed(**PLAIN | changed)


def test_counts_are_frozen():
    found = compressed(**PLAIN)
    assert len(astuple(found)) == 4
    with pytest.raises(AttributeError):
        found.weight = None
