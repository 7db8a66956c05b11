"""Drawn worlds against their definition, whatever way they are made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from forecasts.domain import luck
from forecasts.domain.counts import compressed
from forecasts.domain.luck import REPLICATES, tails, worlds
from forecasts.errors import InvalidValueError

CLOSE = [0.5, np.nextafter(0.5, 0), 0.5 + 1e-9, 0, 1, 5e-324, 1 - 2**-53, 1 / 3]
pairs = st.lists(
    st.tuples(
        st.integers(1, 999).map(lambda step: step / 1000) | st.sampled_from(CLOSE),
        st.integers(0, 5),
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=40,
)


def plain_worlds(counts, seed):
    """One number a question; what it lies below happens."""
    draw = np.random.default_rng(seed)
    distinct = np.unique(counts.forecast)
    for _ in range(REPLICATES):
        number = draw.random(counts.question.max() + 1)
        happened = []
        for value in distinct:
            rows = counts.forecast == value
            yes = value > number[counts.question[rows]]
            happened.append(np.average(yes, weights=counts.weight[rows]))
        yield happened


def counted(drawn):
    forecast, question, weight = zip(*drawn, strict=True)
    return compressed(
        forecast=forecast, happened=np.zeros(len(drawn)), weight=weight, question=question
    )


@pytest.mark.parametrize("sparse", [0, 10**9])
@pytest.mark.parametrize("at_once", [1, 700, 10**6])
@settings(deadline=None, max_examples=5)
@given(drawn=pairs)
def test_worlds_are_drawn_by_question_whatever_the_way(sparse, at_once, drawn):
    counts = counted(drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(luck, "_SPARSE", sparse)
        patch.setattr(luck, "_AT_ONCE", at_once)
        found = np.concatenate([*worlds(counts, seed=3)])
    assert_allclose(found, [*plain_worlds(counts, 3)], rtol=0, atol=1e-12)
    assert found.max() <= 1


@pytest.mark.parametrize(("name", "value"), [("_SPARSE", 0), ("_BLOCK", 1), ("_GUIDES", 1)])
def test_many_questions_give_the_same_worlds_by_every_way(monkeypatch, name, value):
    draw = np.random.default_rng(1)
    forecast, question = draw.integers(0, 1001, 3000) / 1000, draw.integers(0, 40, 3000)
    forecast[::7] = draw.random(len(forecast[::7]))
    counts = compressed(
        forecast=forecast,
        happened=np.zeros(3000),
        question=question,
        weight=draw.random(3000),
    )
    first = np.concatenate([*worlds(counts)])
    monkeypatch.setattr(luck, name, value)
    assert_allclose(np.concatenate([*worlds(counts)]), first, rtol=0, atol=1e-12)


@pytest.mark.parametrize("at_once", [1, 10, 10**6])
def test_worlds_of_single_events_are_binomial(monkeypatch, at_once):
    counts = compressed(forecast=[0.1, 0.5, 0.5, 0.9], happened=[0, 1, 0, 1], weight=[3, 4, 4, 0.2])
    whole = np.concatenate([*worlds(counts, seed=2)])
    monkeypatch.setattr(luck, "_AT_ONCE", at_once)
    assert_array_equal(np.concatenate([*worlds(counts, seed=2)]), whole)
    assert whole.shape == (REPLICATES, 3)
    events = np.array([3, 8, 1])
    assert_allclose(whole * events, np.rint(whole * events), atol=1e-12)
    spread = np.sqrt(counts.forecast * (1 - counts.forecast) / events)
    assert (np.abs(whole.mean(axis=0) - counts.forecast) < 4 * spread / REPLICATES**0.5).all()


def test_tails_leave_as_much_on_either_side():
    assert tails(0.9) == pytest.approx((0.05, 0.95))


def test_more_events_than_can_be_drawn_are_refused_unless_questions_tell_them_apart():
    heavy = {"forecast": [0.5, 0.5], "happened": [0, 1], "weight": [1e19, 1e19]}
    with pytest.raises(InvalidValueError, match="weight must be at most 9007199254740992 events"):
        next(worlds(compressed(**heavy)))
    assert next(worlds(compressed(**heavy, question=["a", "b"]))).max() <= 1


@pytest.mark.parametrize("level", [0, 1, -0.5, 1.5, float("nan")])
def test_a_level_that_is_none_is_refused(level):
    with pytest.raises(InvalidValueError, match="level must lie between 0 and 1; got"):
        tails(level)
