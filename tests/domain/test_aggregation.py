"""Aggregates against hand arithmetic, a plain loop, their laws, and real people."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from replication_markets import read

from forecasts.domain.aggregation import (
    METHODS,
    aggregate,
    default_method,
    disagreement,
    neyman_roughgarden_factor,
    recency_weights,
)
from forecasts.domain.quantiles import weighted_quantiles
from forecasts.domain.scoring import brier
from forecasts.errors import InvalidValueError

RECENCY = [name for name in METHODS if name.startswith("recency")]
EQUAL = [name for name in METHODS if name not in RECENCY]
EXTREMISING = ["extremised", "neyman_roughgarden"]
MODEST = [name for name in METHODS if name not in EXTREMISING]


def yes(*chances):
    p = np.array(chances, dtype=float)
    return np.column_stack([p, 1 - p])


def centre(forecasts, method, **options):
    return aggregate(forecasts, method=method, **options).centre


# Weights and quantiles


def test_recency_weights_by_hand():
    assert recency_weights(3) == pytest.approx([0.4809217, 0.72772122, 1], abs=1e-8)
    assert recency_weights(4)[1] == pytest.approx(math.exp(math.sqrt(2) - 2))
    assert recency_weights(0).shape == (0,)
    assert recency_weights(1).tolist() == [1]
    assert recency_weights(2).tolist() == [1, 1]
    for n in (-1, 2.5, math.nan):
        with pytest.raises(InvalidValueError, match="n must be a whole number from 0"):
            recency_weights(n)


def plain_quantile(values, weights, fraction):
    """The definition, value by value."""
    total, reached, first, second = sum(weights), 0, None, None
    for value, weight in sorted(zip(values, weights, strict=True)):
        reached += weight / total
        if first is None and reached >= fraction - 1e-12:
            first = value
        if second is None and reached > fraction + 1e-12:
            second = value
    return (first + second) / 2


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=30))
def test_quantiles_are_the_plain_loop(pairs):
    values, weights = np.array(pairs, dtype=float).T
    found = weighted_quantiles(values[:, None], weights, (0.25, 0.5, 0.75))[:, 0]
    assert_allclose(found, [plain_quantile(values, weights, f) for f in (0.25, 0.5, 0.75)])


def test_a_share_near_the_fraction_is_not_the_fraction():
    values = np.array([[0.2], [0.8]])
    for slip, expected in ((1e-3, 0.8), (1e-10, 0.8), (1e-13, 0.5)):
        weights = np.array([0.5 - slip, 0.5 + slip])
        assert weighted_quantiles(values, weights, (0.5,)).item() == pytest.approx(expected)


# One moment


def test_recency_weighted_median_by_hand():
    found = aggregate(yes(0.8, 0.7, 0.6), method="recency_weighted_median")
    assert found.centre == pytest.approx([0.7, 0.3])
    assert (found.low[0], found.high[0]) == (0.6, 0.7)
    assert (found.low[1], found.high[1]) == pytest.approx((0.3, 0.4))


def test_log_pool_by_hand():
    assert centre(yes(0.1, 0.2, 0.4, 0.5), "log_pool")[0] == pytest.approx(0.26948323, abs=1e-8)
    three = centre([[0.1, 0.3, 0.6], [0.4, 0.3, 0.3]], "log_pool")
    roots = np.sqrt([0.04, 0.09, 0.18])
    assert_allclose(three, roots / roots.sum())


def test_mean_and_median_by_hand():
    said = yes(0.1, 0.2, 0.4, 0.5)
    assert centre(said, "mean")[0] == pytest.approx(0.3)
    assert centre(said, "median")[0] == pytest.approx(0.3)
    weights = np.exp(np.sqrt([1, 2, 3, 4]) - 2)
    assert centre(said, "recency_weighted_mean")[0] == pytest.approx(
        (weights * [0.1, 0.2, 0.4, 0.5]).sum() / weights.sum()
    )
    found = aggregate(said, method="mean")
    assert (found.low[0], found.high[0]) == pytest.approx((0.15, 0.45))


def test_medians_of_more_than_two_can_contradict_each_other():
    said = [[0.4, 0.58, 0.01, 0.01], [0.4, 0.01, 0.58, 0.01], [0.4, 0.01, 0.01, 0.58]]
    assert centre(said, "median")[0] == pytest.approx(0.4 / 0.43)
    assert centre(said, default_method(4))[0] == pytest.approx(0.4)


def test_the_default_suits_the_number_of_outcomes():
    assert default_method(2) == "recency_weighted_median"
    assert [default_method(k) for k in (3, 4, 200)] == ["recency_weighted_mean"] * 3


def test_in_a_range_the_median_is_that_of_each_cut():
    said = [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3]]
    assert centre(said, "median", ordered=True) == pytest.approx([0.2, 0.7 - 0.2, 1 - 0.7])


@pytest.mark.parametrize("method", ["mean", "recency_weighted_mean"])
def test_in_a_range_the_mean_is_that_of_the_cumulative_distributions(method):
    said = np.random.default_rng(0).dirichlet(np.ones(5), size=7)
    weights = np.ones(7) if method == "mean" else recency_weights(7)
    cumulative = np.average(said.cumsum(axis=1), axis=0, weights=weights)
    assert_allclose(centre(said, method, ordered=True).cumsum(), cumulative)


@pytest.mark.parametrize("n", range(1, 301))
def test_the_median_of_yes_and_of_no_sum_to_one(n):
    chances = np.random.default_rng(n).integers(1, 1000, n) / 1000
    for method in ("median", "recency_weighted_median"):
        one = aggregate(yes(*chances), method=method)
        other = aggregate(yes(*(1 - chances)), method=method)
        assert one.centre[0] + other.centre[0] == pytest.approx(1, abs=1e-12)
        assert_allclose(one.low + other.high, 1, atol=1e-12)
        assert_allclose(one.centre, other.centre[::-1], atol=1e-12)


def test_equal_weights_do_not_decide_the_median_by_rounding():
    chances = np.arange(1, 11) / 20
    assert centre(yes(*chances), "median", weights=np.full(10, 0.1))[0] == pytest.approx(0.275)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("outcomes", [2, 3, 7])
def test_every_method_lies_between_its_extremes_and_sums_to_one(method, outcomes, ordered):
    for n in range(1, 12):
        said = np.random.default_rng(n).dirichlet(np.ones(outcomes), size=n)
        found = aggregate(said, method=method, ordered=ordered)
        assert found.centre.sum() == pytest.approx(1, abs=1e-12)
        assert (found.low <= found.high).all()
        assert (said.min(axis=0) <= found.low + 1e-15).all()
        assert (found.high <= said.max(axis=0) + 1e-15).all()
        if method in MODEST and (outcomes == 2 or method.endswith("mean")):
            assert (said.min(axis=0) <= found.centre + 1e-12).all()
            assert (found.centre <= said.max(axis=0) + 1e-12).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_who_agree_are_repeated(method, n):
    said = [0.2, 0.3, 0.5]
    found = aggregate(np.tile(said, (n, 1)), method=method, prior=said)
    for field in (found.centre, found.low, found.high):
        assert_allclose(field, said)


@pytest.mark.parametrize("method", METHODS)
@settings(deadline=None)
@given(st.permutations(range(6)))
def test_every_method_treats_outcomes_alike(method, order):
    said = np.random.default_rng(3).dirichlet(np.ones(6), size=8)
    found = aggregate(said[:, order], method=method)
    expected = aggregate(said, method=method)
    assert_allclose(found.centre, expected.centre[order])
    assert_allclose(found.low, expected.low[order])


@pytest.mark.parametrize("method", EQUAL)
@settings(deadline=None)
@given(st.permutations(range(8)))
def test_methods_without_age_treat_people_alike(method, order):
    said = np.random.default_rng(4).dirichlet(np.ones(3), size=8)
    assert_allclose(centre(said[order], method), centre(said, method))


@pytest.mark.parametrize("method", RECENCY)
def test_methods_with_age_follow_the_newest(method):
    rising = centre(yes(*np.linspace(0.1, 0.9, 9)), method)[0]
    falling = centre(yes(*np.linspace(0.9, 0.1, 9)), method)[0]
    assert falling < 0.5 < rising


@pytest.mark.parametrize("method", METHODS)
def test_given_weights_count_a_forecast_so_often(method):
    twice = centre(yes(0.2, 0.5, 0.5, 0.9), "median")
    assert_allclose(centre(yes(0.2, 0.5, 0.9), "median", weights=[1, 2, 1]), twice)
    weights = np.arange(5.0) * 3
    one = {"weights": [0, 0, 7, 0, 0], "prior": [0.4, 0.6]}
    only = centre(yes(0.1, 0.3, 0.4, 0.8, 0.9), method, **one)
    assert only[0] == pytest.approx(0.4)
    said = yes(0.1, 0.3, 0.4, 0.8, 0.9)
    assert_allclose(
        centre(said, method, weights=weights), centre(said, method, weights=weights / 7)
    )


def test_certainty_that_some_share_survives_the_log_pool():
    assert centre([[1, 0], [0.5, 0.5]], "log_pool").tolist() == [1, 0]
    assert centre([[0.5, 0.5, 0], [0.2, 0, 0.8]], "log_pool").tolist() == [1, 0, 0]
    assert centre([[0, 1], [0.5, 0.5]], "log_pool", weights=[0, 1]).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("method", ["median", "log_pool"])
def test_certainties_that_exclude_each_other_are_refused(method):
    with pytest.raises(InvalidValueError, match="leave some outcome possible"):
        aggregate(np.eye(3), method=method)


@pytest.mark.parametrize("method", MODEST)
def test_a_prior_changes_no_method_that_stays_within_its_extremes(method):
    said = yes(0.2, 0.4)
    assert_allclose(centre(said, method, prior=[0.9, 0.1]), centre(said, method), rtol=1e-14)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("prior", "blamed"),
    [
        ([0.9, 0.2], "prior must sum to 1"),
        ([0.2, 0.3, 0.5], "prior must hold 2 outcomes"),
        ([0, 1], "prior must give every outcome more than 0"),
        ([[0.5, 0.5]], "prior must hold 2 outcomes"),
    ],
)
def test_a_prior_must_be_one(method, prior, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        aggregate(yes(0.2, 0.4), method=method, prior=prior)


def test_the_factor_of_neyman_and_roughgarden_by_hand():
    assert neyman_roughgarden_factor(1) == 1
    assert neyman_roughgarden_factor(2) == pytest.approx(2 * (math.sqrt(7) - 2))
    assert neyman_roughgarden_factor(5) == pytest.approx(1.52901307, abs=1e-8)
    assert neyman_roughgarden_factor(10**9) == pytest.approx(math.sqrt(3))
    for n in (0, 2.5, math.inf, math.nan):
        with pytest.raises(InvalidValueError, match=f"n must be whole numbers from 1; got {n}"):
            neyman_roughgarden_factor([3, n])


def plain_away(said, prior, power):
    """π (p/π)^a of the geometric mean p, outcome by outcome, made to sum to 1."""
    away = []
    for outcome, before in enumerate(prior):
        logs = [math.log(vector[outcome]) for vector in said]
        mean = math.exp(math.fsum(logs) / len(logs))
        away.append(before * (mean / before) ** power)
    total = math.fsum(away)
    return [one / total for one in away]


@pytest.mark.parametrize("outcomes", [2, 3, 6])
@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_what_is_taken_away_from_the_prior_is_the_plain_loop(outcomes, n):
    draw = np.random.default_rng(n)
    said, prior = draw.dirichlet(np.ones(outcomes), size=n), draw.dirichlet(np.ones(outcomes))
    powers = {
        "log_pool": 1,
        "track_record": 1,
        "extremised": 1.5,
        "neyman_roughgarden": float(neyman_roughgarden_factor(n)),
    }
    for method, power in powers.items():
        expected = plain_away(said, prior, power)
        assert_allclose(centre(said, method, prior=prior), expected, rtol=1e-12)


def test_extremising_a_binary_raises_its_odds_to_the_power():
    odds = math.sqrt(0.7 / 0.3 * 0.8 / 0.2) ** 1.5
    assert centre(yes(0.7, 0.8), "extremised")[0] == pytest.approx(odds / (1 + odds))
    assert centre(yes(0.3, 0.2), "extremised")[1] == pytest.approx(odds / (1 + odds))


def test_the_smallest_numbers_survive_being_taken_away():
    tiny = np.array([[1e-300, 1 - 2e-300, 1e-300]] * 3)
    found = centre(tiny, "neyman_roughgarden")
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("forecasts", "options", "blamed"),
    [
        ([[0.5, 0.5]], {"method": "guess"}, "A method must be one of median, .*; got guess"),
        ([[0.5, 0.4]], {"method": "mean"}, "forecasts must sum to 1"),
        ([0.5, 0.5], {"method": "mean"}, "forecasts must have at least one row"),
        (np.empty((0, 2)), {"method": "mean"}, "forecasts must have at least one row"),
        ([[0.5, 0.5]], {"method": "mean", "weights": [1, 1]}, "weights must"),
        ([[0.5, 0.5]], {"method": "mean", "weights": [0]}, "weights must"),
        ([[0.5, 0.5]], {"method": "mean", "weights": [-1]}, "weights must"),
        ([[0.5, 0.5]], {"method": "mean", "weights": ["much"]}, "weights must hold numbers"),
        ([[0.5, 0.5]], {"method": "mean", "weights": [np.nan]}, "weights must"),
        ([[0.5, 0.5]], {"method": "mean", "weights": [np.inf]}, "weights must"),
        (
            [[0.5, 0.5]] * 3,
            {"method": "recency_weighted_median", "weights": [5e-324, 0, 0]},
            "weights must not all be 0",
        ),
    ],
)
def test_what_cannot_be_aggregated_is_refused(forecasts, options, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        aggregate(forecasts, **options)


# Real people


@pytest.fixture(scope="module")
def survey():
    said = defaultdict(list)
    for row in read("survey.csv"):
        said[row["finding_id"]].append(float(row["response"]))
    return said


@pytest.fixture(scope="module")
def outcomes(survey):
    replicated = {row["finding_id"]: int(row["replicated"]) for row in read("studies.csv")}
    return np.array([1 - replicated[study] for study in survey])


@pytest.mark.real_data
@pytest.mark.parametrize(("method", "expected"), [("mean", 0.20529), ("median", 0.20797)])
def test_the_experts_together_score_as_computed_elsewhere(survey, outcomes, method, expected):
    crowd = [centre(yes(*said), method) for said in survey.values()]
    assert brier(forecast=crowd, outcome=outcomes).mean() == pytest.approx(expected, abs=5e-6)


@pytest.mark.real_data
def test_the_experts_mean_is_right_for_68_of_103_studies(survey, outcomes):
    crowd = np.array([centre(yes(*said), "mean") for said in survey.values()])
    assert (crowd.argmax(axis=1) == outcomes).sum() == 68
    assert len(outcomes) == 103


@pytest.mark.real_data
def test_the_single_expert_scores_as_computed_elsewhere(survey, outcomes):
    answers = [
        brier(forecast=yes(*said), outcome=outcome)
        for said, outcome in zip(survey.values(), outcomes.tolist(), strict=True)
    ]
    assert np.concatenate(answers).mean() == pytest.approx(0.24277, abs=5e-6)


@given(
    st.integers(2, 4).flatmap(
        lambda size: st.lists(
            st.lists(st.floats(0.001, 1), min_size=size, max_size=size), min_size=1, max_size=20
        )
    )
)
def test_disagreement_is_half_the_variance_over_all_outcomes(shares):
    vectors = np.array(shares)
    vectors /= vectors.sum(axis=1, keepdims=True)
    sums, squares = vectors.sum(axis=0).tolist(), float((vectors**2).sum())
    apart = disagreement(count=len(vectors), sums=sums, squares=squares)
    assert apart == pytest.approx(vectors.var(axis=0).sum() / 2, abs=1e-12)
    centred = [brier(forecast=vectors, outcome=0), brier(forecast=vectors.mean(axis=0), outcome=0)]
    assert apart == pytest.approx(float(np.mean(centred[0]) - centred[1]), abs=1e-11)


def test_nobody_disagrees_and_the_noise_of_sums_is_no_disagreement():
    assert disagreement(count=0, sums=[0.0, 0.0], squares=0.0) == 0
    assert disagreement(count=1, sums=[0.3, 0.7], squares=0.58 + 1e-15) == 0
    assert disagreement(count=1, sums=[0.3, 0.7], squares=0.58 - 1e-9) == 0
    assert disagreement(count=2, sums=[1, 1], squares=2) == 0.25
