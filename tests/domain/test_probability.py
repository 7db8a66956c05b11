"""What a person may say, and what formulas ask of their input."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasts.domain.probability import check_forecast, check_probabilities, check_vectors
from forecasts.errors import ForecastsError, InvalidValueError

BETWEEN = "A probability must be between 0.1 % and 99.9 %; got"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ([1.2, -0.2], f"{BETWEEN} 120 %."),
        ([0.0005, 0.9995], f"{BETWEEN} 0.05 %."),
        ([-0.2, 1.2], f"{BETWEEN} -20 %."),
        ([0.5, math.inf], f"{BETWEEN} inf %."),
        ([10**400, 0.5], f"{BETWEEN} inf %."),
        ([-(10**400), 0.5], f"{BETWEEN} -inf %."),
        ([0.5, 0.45], "Probabilities must sum to 100 %; got 95 %."),
        ([0.5, 0.5 + 2e-9], "Probabilities must sum to 100 %; got 100.0000002 %."),
        (["abc", 0.5], "A probability must be a number; got abc."),
        (["0.5", 0.5], "A probability must be a number; got 0.5."),
        ([None, 0.5], "A probability must be a number; got None."),
        ([True, 0.5], "A probability must be a number; got True."),
        ([math.nan, 0.5], "A probability must be a number; got nan."),
        (["x" * 100, 0.5], f"A probability must be a number; got {'x' * 40}."),
        ([], "A forecast must give at least two probabilities; got 0."),
        ([0.5], "A forecast must give at least two probabilities; got 1."),
    ],
)
def test_a_bad_forecast_gets_one_sentence(said, sentence):
    with pytest.raises(InvalidValueError) as refusal:
        check_forecast(said)
    assert str(refusal.value) == sentence
    assert isinstance(refusal.value, ForecastsError)
    assert isinstance(refusal.value, ValueError)


def test_noise_of_binary_arithmetic_is_forgiven():
    assert check_forecast([1 - 0.999, 0.999]) == (0.001, 0.999)
    assert check_forecast([0.1 + 0.2, 0.7]) == (0.3, 0.7)
    assert check_forecast([1 / 3] * 3) == (0.333333333333,) * 3
    assert check_forecast([0.5, 0.5 + 5e-10]) == (0.5, 0.5000000005)


def test_any_kind_of_real_number_is_a_number():
    assert check_forecast([np.float64(0.25), Fraction(3, 4)]) == (0.25, 0.75)
    assert check_forecast(np.array([0.25, 0.75], dtype=np.float32)) == (0.25, 0.75)


@settings(deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=40))
def test_what_a_person_may_say_every_formula_takes(parts):
    shares = [0.001 + (1 - 0.001 * len(parts)) * part / sum(parts) for part in parts]
    if max(shares) <= 0.999:
        assert np.allclose(check_vectors("forecast", check_forecast(shares)), shares)


def test_vectors_of_any_shape_come_back_as_floats():
    assert check_vectors("forecast", [1, 0]).dtype == np.float64
    assert check_vectors("forecast", np.full((2, 3, 4), 0.25)).shape == (2, 3, 4)
    assert check_vectors("forecast", np.empty((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (0.5, "forecast must hold at least two outcomes; got shape ()."),
        ([1.0], "forecast must hold at least two outcomes; got shape (1,)."),
        ([0.5, np.nan], "forecast must lie between 0 and 1; got nan."),
        ([0.5, -0.1], "forecast must lie between 0 and 1; got -0.1."),
        ([1.5, -0.5], "forecast must lie between 0 and 1; got 1.5."),
        ([0.5, np.inf], "forecast must lie between 0 and 1; got inf."),
        ([[0.5, 0.5], [0.5, 0.25]], "forecast must sum to 1; got 0.75."),
        ([0.5, 0.5 + 3e-9], "forecast must sum to 1; got 1.000000003."),
    ],
)
def test_a_bad_vector_names_itself_and_the_offender(values, sentence):
    with pytest.raises(InvalidValueError) as refusal:
        check_vectors("forecast", values)
    assert str(refusal.value) == sentence


def test_single_probabilities_need_no_sum():
    assert check_probabilities("curve", [0, 1, 0.5]).tolist() == [0, 1, 0.5]
    assert check_probabilities("curve", []).shape == (0,)
