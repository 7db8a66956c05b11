"""Calibration against hand arithmetic, the definition of the fit, and drawn worlds."""

from __future__ import annotations

import math
from dataclasses import astuple

import model_diagnostics.scoring as judged
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import isotonic_regression
from sklearn.isotonic import IsotonicRegression

from forecasts.domain import calibration
from forecasts.domain.calibration import Reliability, reliability
from forecasts.domain.counts import compressed
from forecasts.domain.luck import worlds
from forecasts.errors import InvalidValueError

LOSSES = {
    "brier": lambda p, o: (p - o) ** 2,
    "log_loss": lambda p, o: -math.log(p if o else 1 - p),
}


def parts(found, loss):
    prefix = "" if loss == "brier" else "log_"
    names = ("miscalibration", "discrimination", "uncertainty")
    return [getattr(found, prefix + name) for name in names]


# The curve


def plain_curve(happened, weight):
    """The isotonic fit by its max-min formula over all stretches."""
    n = len(happened)

    def mean(first, last):
        stretch = slice(first, last + 1)
        return np.average(happened[stretch], weights=weight[stretch])

    return [max(min(mean(a, b) for b in range(i, n)) for a in range(i + 1)) for i in range(n)]


observations = st.lists(
    st.tuples(st.integers(1, 19), st.integers(0, 1), st.integers(1, 5)), min_size=1, max_size=30
)


@settings(deadline=None, max_examples=50)
@given(observations)
def test_the_curve_is_the_best_rising_fit(rows):
    said, happened, weight = np.array(rows, dtype=float).T
    found = reliability(forecast=said / 20, happened=happened, weight=weight)
    assert_array_equal(found.forecast, np.unique(said / 20))
    groups = [said / 20 == value for value in found.forecast]
    assert_allclose(found.weight, [weight[group].sum() for group in groups])
    shares = [np.average(happened[group], weights=weight[group]) for group in groups]
    assert_allclose(found.happened, shares, atol=1e-15)
    assert_allclose(found.curve, plain_curve(found.happened, found.weight), atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(observations)
def test_the_curve_rises_and_fitting_it_again_changes_nothing(rows):
    said, happened, weight = np.array(rows, dtype=float).T
    found = reliability(forecast=said / 20, happened=happened, weight=weight)
    assert (np.diff(found.curve) >= 0).all()
    again = reliability(forecast=found.forecast, happened=found.curve, weight=found.weight)
    assert_allclose(again.curve, found.curve, atol=1e-12)


def test_a_curve_by_hand():
    found = reliability(forecast=[0.9, 0.2, 0.6, 0.4, 0.2], happened=[1, 0, 0, 1, 1])
    assert found.forecast.tolist() == [0.2, 0.4, 0.6, 0.9]
    assert found.happened.tolist() == [0.5, 1, 0, 1]
    assert found.curve.tolist() == [0.5, 0.5, 0.5, 1]
    assert found.weight.tolist() == [2, 1, 1, 1]


@pytest.mark.parametrize("grid", [100, 1000, None])
def test_the_curve_is_that_of_scikit_learn(grid):
    draw = np.random.default_rng(1)
    said = draw.random(3000) if grid is None else draw.integers(0, grid + 1, 3000) / grid
    happened, weight = draw.random(3000) < said**2, draw.random(3000)
    found = reliability(forecast=said, happened=happened, weight=weight, level=None)
    other = IsotonicRegression().fit(said, happened, sample_weight=weight)
    assert_allclose(found.curve, other.predict(found.forecast), rtol=0, atol=1e-12)


# The decomposition


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("grid", [100, None])
def test_the_decompositions_are_those_of_model_diagnostics(grid, weighed):
    draw = np.random.default_rng(2)
    said = draw.uniform(0.01, 0.99, 800) if grid is None else draw.integers(1, grid, 800) / grid
    happened = (draw.random(800) < said**1.5).astype(float)
    weight = draw.random(800) if weighed else None
    found = reliability(forecast=said, happened=happened, weight=weight, level=None)
    for name, loss in (("brier", judged.SquaredError()), ("log_loss", judged.LogLoss())):
        table = judged.decompose(
            happened, said, weights=weight, scoring_function=loss, functional="mean"
        )
        named = ("miscalibration", "discrimination", "uncertainty", "score")
        expected = [table[column][0] for column in named]
        assert_allclose([*parts(found, name), getattr(found, name)], expected, rtol=0, atol=1e-10)


extremes = st.sampled_from([0, 5e-324, 1e-300, 1e-17, 0.3, 0.1 + 0.2, 0.5, 1 - 2**-53, 1])
anything = st.tuples(
    extremes | st.floats(0, 1),
    st.sampled_from([0, 1]) | st.floats(0, 1),
    st.sampled_from([1e-100, 1e-9, 1, 3, 1e9, 1e100]),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(anything, min_size=1, max_size=20))
def test_no_input_is_too_extreme_for_the_sum_of_the_parts(rows):
    said, happened, weight = map(list, zip(*rows, strict=True))
    found = reliability(forecast=said, happened=happened, weight=weight, level=None)
    assert_array_equal(found.forecast, np.unique(said))
    assert found.curve.min() >= 0
    assert found.curve.max() <= 1
    for name in LOSSES:
        miscalibration, discrimination, uncertainty = parts(found, name)
        score = getattr(found, name)
        assert score == pytest.approx(miscalibration - discrimination + uncertainty, abs=1e-12)
        assert min(miscalibration, discrimination) >= 0
        assert 0 <= uncertainty <= math.log(2) + 1e-12
        assert discrimination <= uncertainty
        assert not math.isnan(miscalibration)
    plain = math.fsum(
        w * (o * (1 - p) ** 2 + (1 - o) * p**2)
        for p, o, w in zip(found.forecast, found.happened, found.weight, strict=True)
    )
    assert found.brier == pytest.approx(plain / math.fsum(weight), rel=1e-12, abs=1e-300)


@settings(deadline=None, max_examples=50)
@given(observations)
def test_a_score_is_the_sum_of_its_parts(rows):
    said, happened, weight = np.array(rows, dtype=float).T
    found = reliability(forecast=said / 20, happened=happened, weight=weight)
    for name, loss in LOSSES.items():
        losses = [loss(p, o) for p, o in zip(said / 20, happened, strict=True)]
        miscalibration, discrimination, uncertainty = parts(found, name)
        score = getattr(found, name)
        assert score == pytest.approx(np.average(losses, weights=weight), abs=1e-12)
        assert score == pytest.approx(miscalibration - discrimination + uncertainty, abs=1e-12)
        assert min(miscalibration, discrimination, uncertainty) >= -1e-12


def test_a_decomposition_by_hand():
    found = reliability(forecast=[0.2, 0.4, 0.6, 0.9], happened=[0, 1, 0, 1])
    brier = (0.04 + 0.36 + 0.36 + 0.01) / 4
    fitted = (0 + 0.25 + 0.25 + 0) / 4
    assert found.brier == pytest.approx(brier)
    assert parts(found, "brier") == pytest.approx([brier - fitted, 0.25 - fitted, 0.25])
    loss = -(math.log(0.8) + math.log(0.4) + math.log(0.4) + math.log(0.9)) / 4
    fitted = math.log(2) / 2
    assert found.log_loss == pytest.approx(loss)
    assert parts(found, "log_loss") == pytest.approx(
        [loss - fitted, math.log(2) - fitted, math.log(2)]
    )


def test_perfect_forecasts_have_nothing_to_lose():
    found = reliability(forecast=[0, 0, 1], happened=[0, 0, 1])
    assert (found.brier, found.log_loss) == (0, 0)
    assert (found.miscalibration, found.log_miscalibration) == (0, 0)
    assert found.low.tolist() == found.high.tolist() == [0, 1]


def test_the_impossible_that_happened_costs_infinitely_much():
    found = reliability(forecast=[0, 0.5], happened=[1, 0])
    assert found.log_loss == found.log_miscalibration == math.inf
    assert found.log_uncertainty == pytest.approx(math.log(2))
    assert found.brier == pytest.approx(0.625)


# Compressed input


def assert_same(found, other):
    for one, two in zip(astuple(found), astuple(other), strict=True):
        assert_allclose(one, two, rtol=0, atol=1e-12)


@pytest.mark.parametrize("clustered", [False, True])
def test_merged_rows_give_the_same(clustered):
    draw = np.random.default_rng(5)
    said, question = draw.integers(1, 20, 400) / 20, draw.integers(0, 9, 400)
    happened = (draw.random(9) < 0.5)[question] if clustered else draw.random(400) < said
    keys = question * 100 + said if clustered else said
    merged, place = np.unique(keys, return_inverse=True)
    weight = np.bincount(place).astype(float)
    share = np.bincount(place, weights=happened) / weight
    codes = (merged // 100).astype(int)
    pairs = {"forecast": np.round(merged - 100 * codes if clustered else merged, 2)}
    full = reliability(forecast=said, happened=happened, question=question if clustered else None)
    short = reliability(
        **pairs, happened=share, weight=weight, question=codes if clustered else None
    )
    assert_same(short, full)


def test_the_order_of_rows_and_the_names_of_questions_do_not_matter():
    draw = np.random.default_rng(6)
    said, question = draw.integers(1, 20, 60) / 20, draw.integers(0, 9, 60)
    happened = (draw.random(9) < 0.5)[question]
    full = reliability(forecast=said, happened=happened, question=question)
    order = draw.permutation(60)
    names = np.array([f"q{code}" for code in question])
    other = reliability(forecast=said[order], happened=happened[order], question=names[order])
    assert_same(other, full)


def test_no_weight_is_no_row():
    found = reliability(forecast=[0.2, 0.5, 0.8], happened=[0, 1, 1], weight=[1, 0, 1])
    assert_same(found, reliability(forecast=[0.2, 0.8], happened=[0, 1]))


# The band


def test_a_seed_gives_the_same_band_and_another_seed_another():
    said, happened = np.linspace(0.1, 0.9, 40), np.arange(40) % 2
    first, again, other = (reliability(forecast=said, happened=happened, seed=s) for s in (0, 0, 1))
    assert_array_equal(first.low, again.low)
    assert_array_equal(first.high, again.high)
    assert (first.low != other.low).any()


def test_the_band_does_not_look_at_what_happened():
    said = np.linspace(0.1, 0.9, 40)
    never, always = (reliability(forecast=said, happened=np.full(40, o)) for o in (0, 1))
    assert_array_equal(never.low, always.low)
    assert_array_equal(never.high, always.high)


def test_one_question_happens_or_not_as_a_whole():
    said = {"forecast": [0.3, 0.3, 0.7], "happened": [1, 1, 1], "question": [4, 4, 4]}
    found = reliability(**said, level=0.2)
    assert found.low.tolist() == [0, 1]
    assert found.high.tolist() == [0, 1]
    wide = reliability(**said, level=0.9)
    assert (wide.low.tolist(), wide.high.tolist()) == ([0, 0], [1, 1])


def test_more_of_luck_needs_a_wider_band():
    said, happened = np.linspace(0.1, 0.9, 40), np.arange(40) % 2
    narrow = reliability(forecast=said, happened=happened, level=0.5)
    wide = reliability(forecast=said, happened=happened, level=0.95)
    assert (wide.low <= narrow.low).all()
    assert (narrow.high <= wide.high).all()


def test_the_band_of_one_forecast_is_the_binomial():
    found = reliability(forecast=[0.3] * 200, happened=[1] * 200)
    spread = 1.645 * math.sqrt(0.3 * 0.7 / 200)
    assert found.low == pytest.approx([0.3 - spread], abs=0.01)
    assert found.high == pytest.approx([0.3 + spread], abs=0.01)


def test_less_than_one_event_is_drawn_as_one():
    found = reliability(forecast=[0.5], happened=[1], weight=[0.2], level=0.2)
    assert (found.low.tolist(), found.high.tolist()) == ([0], [1])


@pytest.mark.parametrize("columns", [3, 4096])
@pytest.mark.parametrize("question", [None, np.arange(200) % 17])
def test_the_band_is_made_of_the_quantiles_of_fits_of_drawn_worlds(monkeypatch, question, columns):
    monkeypatch.setattr(calibration, "_COLUMNS", columns)
    draw = np.random.default_rng(3)
    rows = {"forecast": draw.integers(1, 60, 200) / 60, "happened": np.zeros(200)}
    rows |= {"weight": draw.integers(1, 4, 200), "question": question}
    found = reliability(**rows, level=0.8, seed=4)
    fits = [
        isotonic_regression(world, weights=found.weight).x
        for table in worlds(compressed(**rows), seed=4)
        for world in table
    ]
    low, high = np.quantile(fits, (0.1, 0.9), axis=0)
    assert_allclose(found.low, low, rtol=0, atol=1e-12)
    assert_allclose(found.high, high, rtol=0, atol=1e-12)


def test_without_a_level_there_is_no_band_and_all_else_stays():
    draw = np.random.default_rng(8)
    rows = {"forecast": draw.random(50), "happened": draw.random(50) < 0.5}
    rows |= {"question": draw.integers(0, 9, 50)}
    found, banded = reliability(**rows, level=None), reliability(**rows)
    assert np.isnan([found.low, found.high]).all()
    assert not np.isnan([banded.low, banded.high]).any()
    for one, other in zip(astuple(found)[4:], astuple(banded)[4:], strict=True):
        assert_array_equal(one, other)


# Refusals


@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"forecast": [0.5, 1.2]}, "forecast must lie between 0 and 1; got 1.2"),
        ({"forecast": [0.5, np.nan]}, "forecast must lie between 0 and 1; got nan"),
        ({"forecast": [[0.5, 0.5]]}, "forecast must hold 2 numbers"),
        ({"happened": [0, 2]}, "happened must lie between 0 and 1; got 2.0"),
        ({"happened": [0]}, "happened must hold 2 numbers"),
        ({"weight": [1]}, "weight must hold 2 numbers"),
        ({"weight": [1, -1]}, "weight must hold finite numbers, none negative, that do not sum"),
        (
            {"weight": [1, np.nan]},
            "weight must hold finite numbers, none negative, that do not sum",
        ),
        (
            {"weight": [1, np.inf]},
            "weight must hold finite numbers, none negative, that do not sum",
        ),
        ({"weight": [0, 0]}, "weight must hold finite numbers, none negative, that do not sum"),
        ({"forecast": [], "happened": []}, "forecast must hold at least one number"),
        ({"question": [1]}, "question must hold 2 numbers"),
        ({"level": 1.0}, "level must lie between 0 and 1; got 1.0"),
        ({"level": 0}, "level must lie between 0 and 1; got 0"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(changed, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        reliability(**{"forecast": [0.5, 0.6], "happened": [0, 1]} | changed)


def test_a_reliability_is_frozen():
    found = reliability(forecast=[0.5], happened=[1])
    assert isinstance(found, Reliability)
    with pytest.raises(AttributeError):
        found.brier = 0


@pytest.mark.parametrize("count", [reliability, compressed])
@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"forecast": [], "happened": []}, "forecast must hold at least one number; got none"),
        ({"weight": ["a", "b"]}, "weight must hold numbers"),
        ({"weight": [[1], [1, 2]]}, "weight must hold numbers; got rows of different lengths"),
    ],
)
def test_what_is_no_row_of_numbers_is_refused(count, changed, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        count(**{"forecast": [0.5, 0.7], "happened": [0, 1]} | changed)


def test_weights_without_measure_have_a_curve_but_no_band_of_single_events():
    heavy = {"forecast": [0.5, 0.7], "happened": [0, 1], "weight": [1e19, 1e19]}
    assert reliability(**heavy, level=None).curve.tolist() == [0, 1]
    with pytest.raises(InvalidValueError, match="weight must be at most 9007199254740992 events"):
        reliability(**heavy)
