"""Standings and ranks by hand."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from forecasts.domain.standings import ranks, standings, standings_from_scores
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
        ({"questions": [2.7, 0, 2]}, "questions must be one row of counts from 0; got .2.7, 0, 2."),
        ({"questions": [np.nan, 0, 2]}, "questions must be one row of counts from 0"),
        ({"questions": [None, 0, 2]}, "questions must be one row of counts from 0"),
        ({"questions": np.uint64([2**64 - 1, 0, 2])}, "questions must be one row of counts from 0"),
        ({"coverage": [1, -0.5, 1]}, "coverage must be 0 or more; got -0.5"),
        ({"coverage": [1, np.nan, 1]}, "coverage must be finite; got nan"),
        ({"peer": [1, np.nan, 1]}, "peer must be finite; got nan"),
        ({"peer": [1, np.inf, 1]}, "peer must be finite; got inf"),
        ({"baseline": [1, -np.inf, 1]}, "baseline must be finite; got -inf"),
        ({"brier": [1, "2", 1]}, "brier must hold numbers"),
        ({"k": None}, "k must hold numbers; got None"),
        ({"k": [3, 4]}, "k must be one number"),
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


def test_numbers_too_large_for_decimals_do_not_tie():
    values = [1e305, 1e306, -1e305, -1e306, np.inf, -np.inf, np.nan]
    assert ranks(values).tolist() == [3, 2, 4, 5, 1, 6, 7]


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


def test_sums_that_are_nothing_but_noise_are_zero_without_a_sign():
    noise = 0.1 + 0.2 - 0.3
    table = standings(
        questions=[2] * 3,
        coverage=[1] * 3,
        peer=[-noise, -0.0, -1e-8],
        baseline=[noise, -noise, 1e-8],
        brier=[0, 0, 0],
        profit=[-noise, -0.0, -1],
    )
    for column in (table.total_peer, table.mean_peer, table.baseline, table.profit):
        assert column[:2].tolist() == [0, 0]
        assert not np.signbit(column[:2]).any()
        assert column[2] != 0


def test_profit_is_passed_on_and_unknown_unless_given():
    assert np.isnan(standings(**COLUMNS).profit).all()
    table = standings(**COLUMNS, profit=[250, np.nan, -100])
    assert_allclose(table.profit, [250, np.nan, -100])
    assert ranks(table.profit).tolist() == [1, 3, 2]
    with pytest.raises(InvalidValueError, match="profit must have the shape"):
        standings(**COLUMNS, profit=[1])


# From scores

SCORES = {
    "person": [0, 2, 0, 2, 0],
    "coverage": [1.0, 0.25, 0.5, 0.5, 0.0],
    "peer": [30.0, -20.0, 10.0, -5.0, 0.0],
    "baseline": [50.0, -90.0, 20.0, 10.0, 0.0],
    "brier": [0.1, 0.4, 0.3, 0.25, np.nan],
}


def assert_same(found, other):
    for one, two in zip(astuple(found), astuple(other), strict=True):
        assert_allclose(one, two, rtol=1e-12)


def test_scores_add_up_to_the_standings_by_hand():
    assert_same(standings_from_scores(**SCORES), standings(**COLUMNS))
    assert_same(
        standings_from_scores(**SCORES, profit=[1, 2, 3], k=5),
        standings(**COLUMNS, profit=[1, 2, 3], k=5),
    )


def test_who_has_no_scores_stands_with_none():
    table = standings_from_scores(**SCORES, people=5)
    assert table.questions.tolist() == [2, 0, 2, 0, 0]
    assert table.total_peer.tolist() == [40, 0, -25, 0, 0]
    nobody = standings_from_scores(**{name: [] for name in SCORES})
    assert nobody.questions.shape == (0,)
    waiting = standings_from_scores(**{name: [] for name in SCORES}, people=2)
    assert waiting.questions.tolist() == [0, 0]


scores = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from([0.0, 0.25, 1.0]),
        st.floats(-500, 500),
        st.floats(-500, 100),
        st.floats(0, 1),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(scores)
def test_standings_are_the_plain_sums_over_scores_that_count(rows):
    columns = zip(*rows, strict=True) if rows else [[]] * 5
    table = standings_from_scores(**dict(zip(SCORES, map(list, columns), strict=True)), people=5)
    for person in range(5):
        own = [row for row in rows if row[0] == person and row[1] > 0]
        coverage, peer, baseline, brier = (sum(row[i] for row in own) for i in range(1, 5))
        assert table.questions[person] == len(own)
        assert table.coverage[person] == pytest.approx(coverage)
        assert table.total_peer[person] == pytest.approx(peer, abs=1e-9)
        assert table.mean_peer[person] == pytest.approx(peer / (3 + coverage), abs=1e-9)
        assert table.baseline[person] == pytest.approx(baseline, abs=1e-9)
        mean = brier / len(own) if own else np.nan
        assert table.brier[person] == pytest.approx(mean, nan_ok=True)


@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"person": [0, -1, 0, 2, 0]}, "person must be codes from 0 to inf; got -1"),
        ({"people": 2}, "person must be codes from 0 to 1; got 2"),
        ({"person": [0.5, 2, 0, 2, 0]}, "person must be one row of codes; got .0.5, 2, 0, 2, 0."),
        ({"person": [[0, 2, 0, 2, 0]]}, r"person must be one row of codes; got shape \(1, 5\)"),
        ({"person": [0, [2], 0, 2, 0]}, "person must be one row of codes; got rows of different"),
        ({"people": -1}, "people must be a whole number from 0; got -1"),
        ({"people": 2.5}, "people must be a whole number from 0; got 2.5"),
        ({"peer": ["many"] * 5}, "peer must hold numbers"),
        ({"peer": [1.0]}, r"peer must have the shape \(5,\)"),
        ({"coverage": [1, 1, 1, 1]}, r"coverage must have the shape \(5,\)"),
        ({"coverage": [1, 1, 1, 1, -0.5]}, "coverage must be 0 or more; got -0.5"),
        ({"coverage": [1, 1, 1, 1, np.nan]}, "coverage must be 0 or more; got nan"),
        ({"brier": [0.1, np.nan, 0, 0, 0]}, "brier must be finite where it counts; got nan"),
        ({"peer": [0, -np.inf, 0, 0, 0]}, "peer must be finite where it counts; got -inf"),
        ({"baseline": [1e308, 0, 1e308, 0, 0]}, "baseline must be finite where it counts"),
        ({"profit": [1]}, r"profit must have the shape \(3,\)"),
        ({"k": -1}, "k must be more than 0; got -1"),
    ],
)
def test_scores_that_do_not_fit_are_refused(changed, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        standings_from_scores(**SCORES | changed)


# Who is ranked


def test_who_has_too_few_questions_has_no_rank_and_takes_none_away():
    assert ranks([9, 5, 5, 1], questions=[1, 3, 4, 3], at_least=3).tolist() == [0, 1, 1, 3]
    assert ranks([9, 5], questions=[0, 0]).tolist() == [1, 2]
    assert ranks([9, 5], questions=[1, 2], at_least=3).tolist() == [0, 0]


def test_bots_are_ranked_apart():
    values, bots = [5, 9, 7, 9, 1], np.array([False, True, False, True, True])
    assert ranks(values, bots=bots).tolist() == [2, 1, 1, 1, 3]
    assert ranks(values, bots=~bots).tolist() == [2, 1, 1, 1, 3]
    few = ranks(values, bots=bots, questions=[5, 1, 5, 5, 5], at_least=2)
    assert few.tolist() == [2, 0, 1, 1, 2]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-4, 4).map(float) | st.just(np.nan), st.integers(0, 3), st.booleans())
    ),
    st.integers(0, 3),
    st.booleans(),
)
def test_a_rank_counts_those_better_of_ones_own_kind(rows, at_least, higher_is_better):
    def better(one, other):
        if np.isnan(one) or np.isnan(other):
            return not np.isnan(one) and np.isnan(other)
        return one > other if higher_is_better else one < other

    values, questions, bots = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    )
    found = ranks(
        values,
        higher_is_better=higher_is_better,
        questions=questions,
        at_least=at_least,
        bots=np.array(bots, dtype=bool),
    )
    ranked = [row for row in rows if row[1] >= at_least]
    assert found.tolist() == [
        1 + sum(better(other[0], value) and other[2] == bot for other in ranked)
        if count >= at_least
        else 0
        for value, count, bot in rows
    ]


@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"at_least": 1}, "at_least must come with questions; got 1"),
        ({"questions": [1]}, "questions must have the shape"),
        ({"questions": [1, -1]}, "questions must be one row of counts from 0"),
        ({"bots": [True]}, "bots must have the shape"),
        ({"bots": [0, 1]}, "bots must say yes or no, True or False; got .0, 1."),
        ({"values": ["first", "second"]}, "values must hold numbers"),
        ({"values": [[1, 2]]}, "values must be one row of numbers"),
    ],
)
def test_who_cannot_be_ranked_is_refused(changed, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        ranks(**{"values": [1, 2]} | changed)
