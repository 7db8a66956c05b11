"""Scores as other people's implementations have them."""

from __future__ import annotations

import math

import numpy as np
import properscoring
import pytest
import scoringrules
from model_diagnostics.scoring import LogLoss, SquaredError
from numpy.testing import assert_allclose
from sklearn.metrics import brier_score_loss, log_loss

from forecasts.domain.scoring import brier, log_score, ranked_probability_score

N = 500
EXACT = {"rtol": 1e-12, "atol": 1e-12}
several = pytest.mark.parametrize("outcomes", range(2, 7))


def drawn(outcomes):
    """Forecasts, (N, K), and what happened, (N,), with every outcome among it."""
    draw = np.random.default_rng(outcomes)
    forecasts = draw.dirichlet(np.ones(outcomes), N)
    return forecasts, np.arange(N) % outcomes


@several
def test_brier_is_scikit_learns(outcomes):
    forecasts, happened = drawn(outcomes)
    ours = brier(forecast=forecasts, outcome=happened)
    assert_allclose(ours.mean(), brier_score_loss(happened, forecasts, scale_by_half=True), **EXACT)


def test_brier_of_one_probability_is_scikit_learns():
    forecasts, happened = drawn(2)
    ours = brier(forecast=forecasts, outcome=happened).mean()
    assert_allclose(ours, brier_score_loss(happened, forecasts[:, 1]), **EXACT)


@several
def test_log_score_is_scikit_learns(outcomes):
    forecasts, happened = drawn(outcomes)
    ours = log_score(forecast=forecasts, outcome=happened)
    assert_allclose(-ours.mean(), log_loss(happened, forecasts), **EXACT)


def test_brier_is_that_of_scoringrules_properscoring_and_model_diagnostics():
    forecasts, happened = drawn(2)
    ours = brier(forecast=forecasts, outcome=happened)
    said = forecasts[:, 1]
    assert_allclose(ours, scoringrules.brier_score(happened, said), **EXACT)
    assert_allclose(ours, properscoring.brier_score(happened, said), **EXACT)
    assert_allclose(ours, SquaredError().score_per_obs(happened, said), **EXACT)


def test_brier_is_properscorings_of_an_ensemble_over_a_threshold():
    """Of ten members so many lie above the threshold: the forecast that it is exceeded."""
    draw = np.random.default_rng(7)
    ensemble, observed = draw.normal(size=(N, 10)), draw.normal(size=N)
    above = (ensemble > 0.3).mean(axis=1)
    ours = brier(
        forecast=np.column_stack([above, 1 - above]), outcome=(observed <= 0.3).astype(int)
    )
    theirs = properscoring.threshold_brier_score(observed, ensemble, threshold=0.3)
    assert_allclose(ours, theirs, **EXACT)


def test_log_score_is_that_of_scoringrules_and_model_diagnostics():
    forecasts, happened = drawn(2)
    ours = log_score(forecast=forecasts, outcome=happened)
    said = forecasts[:, 1]
    assert_allclose(-ours, scoringrules.log_score(happened, said), **EXACT)
    assert_allclose(-ours, LogLoss().score_per_obs(happened.astype(float), said), **EXACT)


@several
def test_ranked_probability_is_that_of_scoringrules_over_the_cuts(outcomes):
    """They count categories from 1 and do not divide by K − 1."""
    forecasts, happened = drawn(outcomes)
    ours = ranked_probability_score(forecast=forecasts, outcome=happened)
    theirs = scoringrules.rps_score(happened + 1, forecasts)
    assert_allclose(ours * (outcomes - 1), theirs, **EXACT)


@several
def test_ranked_probability_is_properscorings_crps_of_whole_numbers(outcomes):
    """Bins as the numbers 0…K−1, each with its probability: CRPS is the sum over the cuts."""
    forecasts, happened = drawn(outcomes)
    bins = np.broadcast_to(np.arange(outcomes, dtype=float), forecasts.shape)
    theirs = properscoring.crps_ensemble(happened.astype(float), bins, weights=forecasts)
    ours = ranked_probability_score(forecast=forecasts, outcome=happened)
    assert_allclose(ours * (outcomes - 1), theirs, **EXACT)


def test_an_impossible_that_happened_is_minus_infinity_where_others_clip():
    forecast = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert log_score(forecast=forecast, outcome=[0, 0]).tolist() == [-math.inf, 0]
    assert log_loss([0, 0], forecast, labels=[0, 1]) < math.inf
