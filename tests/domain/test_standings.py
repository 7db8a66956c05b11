"""Standings and ranks by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from forecasts.domain.standings import ranks, standings
from forecasts.errors import InvalidValueError

COLUMNS = {
    "questions": [2, 0, 2],
    "coverage": [1.5, 0.0, 0.75],
    "peer": [40.0, 0.0, -25.0],
    "baseline": [70.0, 0.0, -80.0],
    "brier": [0.4, 0.0, 0.65],
}


def test_standings_by_hand():
    table = standings(**COLUMNS)
    assert table.questions.tolist() == [2, 0, 2]
    assert_allclose(table.coverage, [1.5, 0, 0.75])
    assert_allclose(table.total_peer, [40, 0, -25])
    assert_allclose(table.mean_peer, [40 / (3 + 1.5), 0, -25 / (3 + 0.75)])
    assert_allclose(table.baseline, [70, 0, -80])
    assert_allclose(table.brier, [0.2, np.nan, 0.325])


def test_one_lucky_question_does_not_win():
    columns = {"questions": [1, 12], "coverage": [1, 12], "peer": [60, 12 * 30]}
    rest = {"baseline": [0, 0], "brier": [0, 0]}
    table = standings(**columns, **rest)
    assert ranks(table.mean_peer).tolist() == [2, 1]
    hasty = standings(**columns, **rest, k=0.01)
    assert ranks(hasty.mean_peer).tolist() == [1, 2]


def test_nobody_stands_nowhere():
    table = standings(**{name: [] for name in COLUMNS})
    assert table.questions.shape == table.brier.shape == table.mean_peer.shape == (0,)
    assert ranks(table.mean_peer).shape == (0,)


@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"questions": [0, 0, -1]}, "questions must be one row of counts from 0"),
        ({"questions": [[0, 1]]}, "questions must be one row of counts from 0"),
        ({"peer": [1.0]}, "peer must have the shape"),
        ({"coverage": [1.0]}, "coverage must have the shape"),
        ({"k": 0}, "k must be more than 0; got 0"),
        ({"k": float("nan")}, "k must be more than 0; got nan"),
    ],
)
def test_columns_that_do_not_fit_are_refused(changed, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        standings(**COLUMNS | changed)


def test_ties_share_a_rank():
    assert ranks([4, 3, 3, 1]).tolist() == [1, 2, 2, 4]
    assert ranks([0.1, 0.3, 0.3, 0.2], higher_is_better=False).tolist() == [1, 3, 3, 2]
    assert ranks([0.1 + 0.2, 0.3]).tolist() == [1, 1]
    assert ranks([0.3 + 1e-8, 0.3]).tolist() == [1, 2]


def test_no_value_is_ranked_last():
    assert ranks([np.nan, 2, np.nan, -1]).tolist() == [3, 1, 3, 2]
    assert ranks([np.nan, 2, -1], higher_is_better=False).tolist() == [3, 2, 1]
    assert ranks([-np.inf, np.inf, np.nan]).tolist() == [2, 1, 3]


def test_a_table_has_no_ranks():
    with pytest.raises(InvalidValueError, match="values must be one row of numbers"):
        ranks([[1.0]])


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5)))
def test_a_rank_is_one_more_than_how_many_are_better(values):
    expected = [1 + sum(other > value for other in values) for value in values]
    assert ranks(values).tolist() == expected
