"""What a person may say, and what formulas ask of their input."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasts.domain.probability import (
    check_array,
    check_count,
    check_forecast,
    check_number,
    check_numbers,
    check_prior,
    check_probabilities,
    check_vectors,
)
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


@pytest.mark.parametrize("values", [None, "0.5", ["a", "b"], [0.5, None], [Fraction(1, 2)], 1j])
@pytest.mark.parametrize("check", [check_numbers, check_probabilities, check_vectors, check_number])
def test_what_is_no_number_is_refused(check, values):
    with pytest.raises(InvalidValueError, match="weight must hold numbers; got "):
        check("weight", values)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(InvalidValueError) as refusal:
        check_numbers("weight", [[1, 2], [3]])
    assert str(refusal.value) == "weight must hold numbers; got rows of different lengths."


def test_what_is_no_number_is_told_in_one_short_line():
    with pytest.raises(InvalidValueError) as refusal:
        check_numbers("weight", np.full((50, 50), "a word"))
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 100


def test_numbers_of_any_kind_come_back_as_floats_without_a_copy_where_they_are():
    given = np.array([0.5, np.nan])
    assert check_numbers("weight", given) is given
    assert check_numbers("weight", [True, False]).dtype == np.float64
    assert check_numbers("weight", np.float32([0.5])).dtype == np.float64
    assert check_numbers("weight", []).shape == (0,)
    assert check_array("person", [], kinds="iu", rule="be codes").shape == (0,)


def test_a_single_number_is_a_float():
    assert type(check_number("k", np.int64(3))) is float
    with pytest.raises(InvalidValueError, match=r"k must be one number; got shape \(1,\)"):
        check_number("k", [3])


def test_a_count_is_whole_and_large_enough():
    assert type(check_count("people", np.int64(3))) is int
    for wrong in (-1, 2.0, "2", None, True):
        with pytest.raises(InvalidValueError, match="people must be a whole number from 0; got"):
            check_count("people", wrong)
    with pytest.raises(InvalidValueError, match="outcomes must be a whole number from 2; got 1"):
        check_count("outcomes", 1, least=2)


@pytest.mark.parametrize(
    ("values", "outcomes", "sentence"),
    [
        ([0.5, 0.4], None, "prior must sum to 1; got 0.9."),
        ([1, 0], None, "prior must give every outcome more than 0; got [1, 0]."),
        ([0.5, 0.5], 3, "prior must hold 3 outcomes; got shape (2,)."),
        ([[0.5, 0.5]], 2, "prior must hold 2 outcomes; got shape (1, 2)."),
    ],
)
def test_a_prior_leaves_every_outcome_possible(values, outcomes, sentence):
    with pytest.raises(InvalidValueError) as refusal:
        check_prior(values, outcomes=outcomes)
    assert str(refusal.value) == sentence


def test_priors_come_one_by_one_or_many_at_once():
    assert check_prior([0.2, 0.8], outcomes=2).tolist() == [0.2, 0.8]
    assert check_prior([[0.2, 0.8], [0.5, 0.5]]).shape == (2, 2)
