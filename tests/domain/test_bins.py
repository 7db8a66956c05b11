"""Fixed bins by hand, and against scikit-learn."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.calibration import calibration_curve

from forecasts.domain.bins import fixed_bins, use
from forecasts.domain.counts import compressed
from forecasts.domain.luck import worlds
from forecasts.errors import InvalidValueError


def test_bins_by_hand():
    found = fixed_bins(
        forecast=[0.0, 0.19, 0.2, 0.3, 1.0],
        happened=[0, 1, 1, 0, 1],
        weight=[1, 3, 1, 1, 2],
        bins=5,
    )
    assert_allclose(found.start, [0, 0.2, 0.4, 0.6, 0.8])
    assert_allclose(found.end, [0.2, 0.4, 0.6, 0.8, 1])
    assert found.weight.tolist() == [4, 2, 0, 0, 2]
    assert_allclose(found.forecast, [0.19 * 3 / 4, 0.25, np.nan, np.nan, 1])
    assert_allclose(found.happened, [0.75, 0.5, np.nan, np.nan, 1])
    assert np.isnan(found.low).tolist() == np.isnan(found.high).tolist()
    assert np.isnan(found.low).tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("bins", [1, 2, 3, 7, 10, 20, 100, 1000])
def test_a_border_belongs_to_the_upper_bin_and_one_to_the_last(bins):
    borders = np.arange(bins + 1) / bins
    expected = np.bincount([*range(bins), bins - 1], minlength=bins)
    for forecast in (borders, 1 - borders, np.clip(borders - 1e-16, 0, 1)):
        found = fixed_bins(forecast=forecast, happened=np.ones(bins + 1), bins=bins, level=None)
        assert_array_equal(found.weight, expected)


def test_noise_does_not_move_a_border():
    noisy = [0.1 + 0.2, 3 * 0.1, 0.3, 1 - 0.7, 0.29999999999999996]
    used = fixed_bins(forecast=noisy, happened=np.zeros(5), level=None).weight
    assert used.tolist() == [0, 0, 0, 5, 0, 0, 0, 0, 0, 0]
    below = fixed_bins(forecast=[0.3 - 1e-8], happened=[0], level=None).weight
    assert below.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("bins", [5, 10, 20])
def test_bins_are_those_of_scikit_learn_where_no_border_is_said(bins):
    draw = np.random.default_rng(4)
    forecast = draw.beta(0.5, 0.8, 2000)
    happened = draw.random(2000) < forecast**2
    share, mean = calibration_curve(happened, forecast, n_bins=bins)
    found = fixed_bins(forecast=forecast, happened=happened, bins=bins, level=None)
    assert_allclose(found.happened[found.weight > 0], share, rtol=1e-12)
    assert_allclose(found.forecast[found.weight > 0], mean, rtol=1e-12)


@pytest.mark.parametrize("clustered", [False, True])
def test_compressed_counts_give_the_bins_that_forecasts_give(clustered):
    draw = np.random.default_rng(5)
    question = draw.integers(0, 30, 900)
    named = {
        "forecast": draw.integers(1, 1000, 900) / 1000,
        "happened": draw.random(900) < 0.4,
        "weight": draw.random(900),
        "question": question if clustered else None,
    }
    counts = compressed(**named)
    short = fixed_bins(
        forecast=counts.forecast,
        happened=counts.happened,
        weight=counts.weight,
        question=counts.question,
    )
    for one, other in zip(astuple(short), astuple(fixed_bins(**named)), strict=True):
        assert_allclose(one, other, rtol=0, atol=1e-10)


@pytest.mark.parametrize("clustered", [False, True])
def test_the_band_is_made_of_the_quantiles_of_drawn_worlds(clustered):
    draw = np.random.default_rng(6)
    forecast, question = draw.integers(1, 100, 300) / 100, draw.integers(0, 25, 300)
    named = {"forecast": forecast, "happened": np.zeros(300)}
    named |= {"question": question} if clustered else {}
    found = fixed_bins(**named, bins=4, level=0.8, seed=9)
    distinct, weight = np.unique(forecast, return_counts=True)
    for place in range(4):
        inside = np.minimum(distinct * 4 // 1, 3) == place
        shares = [
            np.average(world[inside], weights=weight[inside])
            for table in worlds(compressed(**named), seed=9)
            for world in table
        ]
        expected = np.quantile(shares, [0.1, 0.9])
        assert_allclose([found.low[place], found.high[place]], expected, atol=1e-12)


def test_without_a_level_there_is_no_band():
    found = fixed_bins(forecast=[0.1, 0.9], happened=[0, 1], level=None)
    assert np.isnan([found.low, found.high]).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 5)), min_size=1), st.integers(1, 12))
def test_use_is_the_weight_of_each_bin(rows, bins):
    forecast, weight = map(list, zip(*rows, strict=True))
    found = use(forecast=forecast, weight=weight, bins=bins)
    binned = fixed_bins(
        forecast=forecast, happened=np.zeros(len(rows)), weight=weight, bins=bins, level=None
    )
    assert_allclose(found, binned.weight / sum(weight))
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize("function", [fixed_bins, use])
@pytest.mark.parametrize("bins", [0, -1, 2.5, "10"])
def test_a_number_of_bins_that_is_none_is_refused(function, bins):
    named = {"happened": [1]} if function is fixed_bins else {}
    with pytest.raises(InvalidValueError, match="bins must be a whole number from 1"):
        function(forecast=[0.5], bins=bins, **named)


def test_what_cannot_be_binned_is_refused():
    with pytest.raises(InvalidValueError, match="forecast must lie between 0 and 1"):
        use(forecast=[1.5])
    with pytest.raises(InvalidValueError, match="weight must hold 1 numbers"):
        use(forecast=[0.5], weight=[1, 2])
    with pytest.raises(InvalidValueError, match="level must lie between 0 and 1"):
        fixed_bins(forecast=[0.5], happened=[1], level=2)
