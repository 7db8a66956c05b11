"""Percents to the tenth: all of them 100, none 0, in the order and proportion of the weights.

And in words, and those one may choose from.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecasts.domain.percents import FINE_ABOVE, FINE_BELOW, STEPS, in_tenths, in_words
from forecasts.domain.probability import check_forecast
from forecasts.errors import InvalidValueError

TWO_HIGH_AND_MANY_LOW = [49.94, 49.93] + [0.01] * 13
EQUAL = [1.0] * 50

NBSP = "\N{NO-BREAK SPACE}"

some_weights = st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=50)


def tenths(weights):
    return [round(10 * percent) for percent in in_tenths(weights)]


def fair(weights):
    return [1000 * weight / sum(weights) for weight in weights]


@settings(deadline=None)
@given(some_weights)
@example(TWO_HIGH_AND_MANY_LOW)
@example(EQUAL)
def test_tenths_sum_to_exactly_100_and_none_is_less_than_one(weights):
    assert sum(tenths(weights)) == 1000
    assert min(tenths(weights)) >= 1
    assert in_tenths(weights) == tuple(count / 10 for count in tenths(weights))


@settings(deadline=None)
@given(some_weights)
@example(TWO_HIGH_AND_MANY_LOW)
def test_who_weighs_more_never_gets_less(weights):
    counts = [count for _, count in sorted(zip(weights, tenths(weights), strict=True))]
    assert counts == sorted(counts)


@settings(deadline=None)
@given(st.lists(st.floats(1, 20), min_size=2, max_size=50))
def test_nothing_is_off_by_a_tenth_where_all_have_at_least_one(weights):
    for share, count in zip(fair(weights), tenths(weights), strict=True):
        assert abs(count - share) < 1


@settings(deadline=None)
@given(some_weights)
@example(TWO_HIGH_AND_MANY_LOW)
def test_what_the_least_takes_is_less_than_a_tenth_for_each(weights):
    off = [count - share for share, count in zip(fair(weights), tenths(weights), strict=True)]
    assert max(off) < 1 + 1e-9
    assert -sum(slip for slip in off if slip < 0) < len(weights)


@pytest.mark.parametrize(
    ("weights", "percents"),
    [
        ([1, 1, 1], (33.4, 33.3, 33.3)),
        ([0.999, 0.001], (99.9, 0.1)),
        ([1e9, 1], (99.9, 0.1)),
        ([1, 1e9, 1], (0.1, 99.8, 0.1)),
        (EQUAL, (2.0,) * 50),
    ],
)
def test_percents_by_hand(weights, percents):
    assert in_tenths(weights) == percents


@pytest.mark.parametrize("weight", [0, -0.1])
def test_a_weight_that_is_not_positive_is_refused(weight):
    with pytest.raises(InvalidValueError, match=f"A weight must be positive; got {weight}."):
        in_tenths([1, weight])


# In words


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.001, "0.1 %"),
        (0.0449, "4.5 %"),
        (0.049, "4.9 %"),
        (0.05, "5 %"),
        (0.5, "50 %"),
        (0.625, "62 %"),
        (0.95, "95 %"),
        (0.951, "95.1 %"),
        (0.999, "99.9 %"),
        (1, "100.0 %"),
        (0, "0.0 %"),
    ],
)
def test_percents_have_tenths_where_a_tenth_matters(probability, said):
    assert in_words(probability) == said.replace(" ", NBSP)


def test_what_computing_leaves_is_not_said():
    assert in_words(0.05 - 1e-15) == f"5{NBSP}%"
    assert in_words(0.95 + 1e-15) == f"95{NBSP}%"


# Steps


def test_steps_are_tenths_at_both_ends_and_whole_percents_between():
    assert STEPS[0] == 0.1
    assert STEPS[-1] == 99.9
    assert list(STEPS) == sorted(set(STEPS))
    for low, high in itertools.pairwise(STEPS):
        fine = high <= FINE_BELOW or low >= FINE_ABOVE
        assert high - low == pytest.approx(0.1 if fine else 1)
    assert {FINE_BELOW, FINE_ABOVE} <= set(STEPS)


def test_for_every_step_there_is_the_rest():
    assert [round(100 - step, 1) for step in reversed(STEPS)] == list(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_a_forecast_that_is_said_as_it_is(step):
    yes, no = (percent / 100 for percent in in_tenths([step, 100 - step]))
    assert check_forecast([yes, no]) == pytest.approx((step / 100, 1 - step / 100))
    assert float(in_words(yes).removesuffix(f"{NBSP}%")) == step
