"""What the scores of one moment refuse."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.domain.proper_scores import (
    baseline_score,
    brier,
    check_outcome,
    log_score,
    peer_scores,
    ranked_probability_score,
    spherical_score,
)
from forecasts.errors import InvalidValueError

AT_A_MOMENT = [brier, log_score, spherical_score, ranked_probability_score, baseline_score]


@pytest.mark.parametrize("score", AT_A_MOMENT)
@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"forecast": "half"}, "forecast must hold numbers; got 'half'"),
        ({"forecast": [[0.5, 0.5], [1]]}, "forecast must hold numbers; got rows of different"),
        ({"outcome": None}, "outcome must be an index from 0 to 1; got None"),
        ({"outcome": [[0], [0, 1]]}, "outcome must be an index from 0 to 1; got rows of different"),
        ({"outcome": [0, 1]}, r"outcome must be an index from 0 to 1; got shape \(2,\)"),
    ],
)
def test_what_is_no_forecast_or_outcome_is_refused(score, changed, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        score(**{"forecast": [0.5, 0.5], "outcome": 0} | changed)


@pytest.mark.parametrize(
    ("forecasts", "outcome", "blamed"),
    [
        ([0.5, 0.5], 0, r"forecasts must have one row a person; got shape \(2,\)"),
        (np.full((2, 3, 2), 0.5), 0, "forecasts must have one row a person"),
        ([[0.5, 0.5]] * 2, [0, 1], r"outcome must be an index from 0 to 1; got shape \(2,\)"),
        ([[0.5, 0.5]], None, "outcome must be an index from 0 to 1; got None"),
        ([[0.5, 0.4]], 0, "forecasts must sum to 1"),
    ],
)
def test_people_are_compared_at_one_moment_on_one_outcome(forecasts, outcome, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        peer_scores(forecasts=forecasts, outcome=outcome)


def test_an_index_of_any_kind_of_integer_will_do():
    assert check_outcome(np.uint64(1), outcomes=2, shape=()).dtype == np.int64
    assert check_outcome([1, 0], outcomes=2, shape=(2,)).tolist() == [1, 0]
    assert brier(forecast=np.empty((0, 2)), outcome=[]).shape == (0,)
    with pytest.raises(InvalidValueError, match=r"from 0 to 1, or one .* of the shape \(3,\)"):
        check_outcome([1, 0], outcomes=2, shape=(3,))
