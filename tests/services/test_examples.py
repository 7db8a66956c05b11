"""The worked examples give the numbers that anybody can check by hand."""

from __future__ import annotations

import math

import pytest

from forecasts.services import examples


def test_the_crowd_example_is_the_weighted_median_of_three():
    example = examples.crowd()
    assert example.forecasts == (0.8, 0.7, 0.6)
    assert example.weights == pytest.approx(
        [math.exp(math.sqrt(i) - math.sqrt(3)) for i in (1, 2, 3)]
    )
    assert (example.median, example.low, example.high) == pytest.approx((0.7, 0.6, 0.7))


def given(column):
    return [getattr(score, column) for _, score in examples.scores()]


def test_the_score_example_counts_time_without_a_forecast_as_0():
    full = 100 * math.log(2 * 0.9) / math.log(2)
    assert given("baseline") == pytest.approx([full, 0, full / 2])
    assert given("baseline") == pytest.approx([84.79969066, 0, 42.39984533])
    assert given("coverage") == pytest.approx([1, 1, 0.5])
    assert given("brier") == pytest.approx([0.01, 0.25, 0.01])
    assert given("log") == pytest.approx([math.log(0.9), math.log(0.5), math.log(0.9)])


def test_the_score_example_compares_with_those_active_at_the_same_time():
    lead = 100 * math.log(0.9 / 0.5)
    alone, together = lead, lead / 2
    expected = [(alone + together) / 2, (-alone - lead) / 2, together / 2]
    assert given("peer") == pytest.approx(expected)
    assert sum(expected) == pytest.approx(0)


def test_everybody_in_the_score_example_is_introduced():
    assert tuple(who for who, _ in examples.scores()) == examples.WHO
    assert tuple(given("person")) == examples.WHO
