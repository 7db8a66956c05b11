"""Scores against hand arithmetic, a plain loop, and the laws they must keep."""

from __future__ import annotations

import math
from dataclasses import fields
from datetime import UTC, datetime

import numpy as np
import pytest
from acts import CASES, NO, YES, acts_on_a_question, record_of, tick, vectors_of, yes
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from forecasts.domain import scoring
from forecasts.domain.scoring import (
    ForecastRecord,
    Resolved,
    ScoreTable,
    baseline_score,
    brier,
    log_score,
    peer_scores,
    ranked_probability_score,
    score_question,
    score_questions,
    spherical_score,
)
from forecasts.errors import InvalidValueError

AT_A_MOMENT = [brier, log_score, spherical_score, ranked_probability_score, baseline_score]


def ten_ticks(*acts, outcome=YES, known=None, spot=None):
    """Scores on a question of ten moments, from 0 to 10."""
    return score_question(
        record_of(acts),
        outcome=outcome,
        opens=tick(0),
        closes=tick(10),
        known=tick(known),
        spot=tick(spot),
    )


# One moment


def test_brier_by_hand():
    assert brier(forecast=[0.7, 0.3], outcome=YES) == pytest.approx((0.7 - 1) ** 2)
    assert brier(forecast=[0.7, 0.3], outcome=NO) == pytest.approx((0.7 - 0) ** 2)
    assert brier(forecast=[0.2, 0.3, 0.5], outcome=2) == pytest.approx((0.04 + 0.09 + 0.25) / 2)


def test_log_by_hand():
    assert log_score(forecast=[0.2, 0.8], outcome=YES) == pytest.approx(math.log(0.2))


def test_spherical_by_hand():
    assert spherical_score(forecast=[0.6, 0.4], outcome=YES) == pytest.approx(
        0.6 / math.sqrt(0.36 + 0.16)
    )


def test_ranked_probability_by_hand():
    first = ranked_probability_score(forecast=[0.2, 0.3, 0.5], outcome=0)
    assert first == pytest.approx(((0.2 - 1) ** 2 + (0.5 - 1) ** 2) / 2)


def test_ranked_probability_rewards_being_near():
    near = ranked_probability_score(forecast=[0, 1, 0, 0], outcome=0)
    far = ranked_probability_score(forecast=[0, 0, 0, 1], outcome=0)
    assert (near, far) == (pytest.approx(1 / 3), 1)


def test_two_outcomes_make_ranked_probability_and_brier_one():
    said = {"forecast": np.linspace([0, 1], [1, 0], 21), "outcome": YES}
    assert_allclose(ranked_probability_score(**said), brier(**said), atol=1e-15)


def test_baseline_by_hand():
    assert baseline_score(forecast=[1, 0], outcome=YES) == 100
    assert baseline_score(forecast=[0.25] * 4, outcome=2) == 0
    assert baseline_score(forecast=[0.9, 0.1], outcome=YES) == pytest.approx(84.79969066)
    assert baseline_score(forecast=[0.5, 0.25, 0.25], outcome=0) == pytest.approx(
        100 * math.log(1.5) / math.log(3)
    )


def test_nothing_given_to_what_happened_is_minus_infinity():
    assert log_score(forecast=[0, 1], outcome=YES) == -np.inf
    assert baseline_score(forecast=[0, 1], outcome=YES) == -np.inf
    assert spherical_score(forecast=[0, 1], outcome=YES) == 0
    assert brier(forecast=[0, 1], outcome=YES) == 1


@pytest.mark.parametrize("score", AT_A_MOMENT)
def test_many_forecasts_score_as_each_alone(score):
    forecasts = np.random.default_rng(1).dirichlet(np.ones(4), size=(3, 5))
    outcomes = np.arange(15).reshape(3, 5) % 4
    alone = [
        [score(forecast=forecasts[i, j], outcome=outcomes[i, j]) for j in range(5)]
        for i in range(3)
    ]
    assert_allclose(score(forecast=forecasts, outcome=outcomes), alone, rtol=1e-14)
    fixed = score(forecast=forecasts, outcome=2)
    assert_allclose(fixed[1, 1], score(forecast=forecasts[1, 1], outcome=2), rtol=1e-14)


@pytest.mark.parametrize("score", AT_A_MOMENT)
@pytest.mark.parametrize("outcome", [-1, 2, 0.0, True, [0, 1], "Yes"])
def test_an_outcome_that_is_no_index_is_refused(score, outcome):
    with pytest.raises(InvalidValueError, match="outcome must be an index from 0 to 1"):
        score(forecast=[0.5, 0.5], outcome=outcome)


@pytest.mark.parametrize("score", AT_A_MOMENT)
def test_a_forecast_that_does_not_sum_to_one_is_refused(score):
    with pytest.raises(InvalidValueError, match="forecast must sum to 1"):
        score(forecast=[0.5, 0.4], outcome=YES)


@settings(deadline=None)
@given(st.lists(vectors_of(4), min_size=2, max_size=30), st.integers(0, 3))
def test_peer_scores_sum_to_zero(said, outcome):
    assert abs(peer_scores(forecasts=said, outcome=outcome).sum()) < 1e-9


def test_peer_by_hand():
    logs = np.log([0.1, 0.5, 0.9])
    others = [(logs[1] + logs[2]) / 2, (logs[0] + logs[2]) / 2, (logs[0] + logs[1]) / 2]
    found = peer_scores(forecasts=[yes(0.1), yes(0.5), yes(0.9)], outcome=YES)
    assert_allclose(found, 100 * (logs - others))


def test_peer_of_one_is_zero_and_of_nobody_is_empty():
    assert peer_scores(forecasts=[[0.9, 0.1]], outcome=YES).tolist() == [0]
    assert peer_scores(forecasts=np.empty((0, 2)), outcome=YES).shape == (0,)


def test_nobody_is_compared_with_minus_infinity():
    with pytest.raises(InvalidValueError, match="give what happened more than 0"):
        peer_scores(forecasts=[[0, 1], [0.5, 0.5]], outcome=YES)


# A whole question


def test_one_forecaster_all_the_time():
    table = ten_ticks((0, 0, yes(0.9)))
    assert table.baseline == pytest.approx([84.79969066], abs=1e-8)
    assert table.coverage.tolist() == [1]
    assert table.peer.tolist() == [0]
    assert table.brier == pytest.approx([0.01])
    assert table.spot_peer.tolist() == [0]


def test_one_forecaster_from_half_time_on():
    table = ten_ticks((0, 5, yes(0.9)))
    assert table.baseline == pytest.approx([42.39984533], abs=1e-8)
    assert table.coverage.tolist() == [0.5]
    assert table.log == pytest.approx([math.log(0.9)])


def test_two_all_the_time():
    table = ten_ticks((0, 0, yes(0.1)), (1, 0, yes(0.9)))
    assert table.peer == pytest.approx([-219.72245773, 219.72245773], abs=1e-8)
    assert table.spot_peer == pytest.approx(table.peer)


def test_three_all_the_time():
    table = ten_ticks((0, 0, yes(0.1)), (1, 0, yes(0.5)), (2, 0, yes(0.9)))
    assert table.peer == pytest.approx([-190.33312449, 51.08256238, 139.25056211], abs=1e-8)


def test_all_withdraw_at_once():
    table = ten_ticks((0, 0, yes(0.9)), (1, 0, yes(0.5)), (0, 3, None), (1, 3, None))
    assert table.peer == pytest.approx([17.63359995, -17.63359995], abs=1e-8)
    assert table.coverage == pytest.approx([0.3, 0.3])
    assert table.spot_coverage.tolist() == [0, 0]
    assert table.spot_baseline.tolist() == table.spot_peer.tolist() == [0, 0]


def test_who_stays_alone_neither_gains_nor_loses():
    left = ten_ticks((0, 0, yes(0.9)), (1, 0, yes(0.5)), (1, 3, None))
    assert left.peer == pytest.approx([17.63359995, -17.63359995], abs=1e-8)
    assert left.coverage == pytest.approx([1, 0.3])


def test_a_start_before_opening_counts_from_opening():
    early = ten_ticks((0, -50, yes(0.9)))
    assert_same(early, ten_ticks((0, 0, yes(0.9))))
    assert early.coverage.tolist() == [1]


def test_what_ended_before_opening_does_not_count():
    table = ten_ticks((0, -50, yes(0.9)), (0, -10, None))
    assert table.coverage.tolist() == [0]
    assert table.baseline.tolist() == [0]
    assert np.isnan(table.brier).all()


def test_after_the_answer_was_known_time_counts_nothing():
    table = ten_ticks((0, 0, yes(0.9)), (1, 0, yes(0.5)), known=3)
    assert table.coverage == pytest.approx([0.3, 0.3])
    assert table.peer == pytest.approx([17.63359995, -17.63359995], abs=1e-8)
    assert table.baseline == pytest.approx([0.3 * 84.79969066, 0])
    assert table.spot_coverage.tolist() == [1, 1]


@pytest.mark.parametrize("made", [3, 4, 10])
def test_a_forecast_at_or_after_the_answer_does_not_count(made):
    table = ten_ticks((0, 0, yes(0.9)), (1, made, yes(0.99)), known=3)
    assert table.coverage == pytest.approx([0.3, 0])
    assert table.peer.tolist() == [0, 0]
    assert table.spot_coverage.tolist() == [1, 0]


@pytest.mark.parametrize("known", [0, -5])
def test_an_answer_known_by_opening_gives_nobody_time(known):
    table = ten_ticks((0, -8, yes(0.9)), (1, 2, yes(0.5)), known=known)
    assert table.coverage.tolist() == [0, 0]
    assert table.peer.tolist() == table.baseline.tolist() == [0, 0]
    assert table.spot_coverage.tolist() == [1 if known == 0 else 0, 0]


def test_an_answer_after_the_close_changes_nothing():
    acts = (0, 0, yes(0.9)), (1, 4, yes(0.5))
    assert_same(ten_ticks(*acts, known=99), ten_ticks(*acts))


def test_a_forecast_exactly_at_the_spot_is_in():
    table = ten_ticks((0, 4, yes(0.9)), (1, 0, yes(0.5)), (1, 4, None), (2, 5, yes(0.9)), spot=4)
    assert table.spot_coverage.tolist() == [1, 0, 0]
    assert table.spot_baseline == pytest.approx([84.79969066, 0, 0])
    assert table.spot_peer.tolist() == [0, 0, 0]


def test_what_stands_at_the_close_is_in_the_spot():
    table = ten_ticks((0, 10, yes(0.9)), (1, 0, yes(0.5)))
    assert table.spot_coverage.tolist() == [1, 1]
    assert table.coverage.tolist() == [0, 1]


def test_a_spot_before_opening_finds_nobody():
    assert ten_ticks((0, -8, yes(0.9)), spot=-1).spot_coverage.tolist() == [0]


def test_nobody():
    table = ten_ticks()
    assert all(getattr(table, field.name).shape == (0,) for field in fields(ScoreTable))


def test_a_code_without_a_forecast_has_a_row():
    table = ten_ticks((2, 0, yes(0.9)))
    assert table.person.tolist() == [0, 1, 2]
    assert table.coverage.tolist() == [0, 0, 1]
    assert np.isnan(table.spherical).tolist() == [True, True, False]


def test_of_two_at_the_same_moment_the_later_stands():
    table = ten_ticks((0, 2, yes(0.1)), (0, 2, yes(0.9)))
    assert_same(table, ten_ticks((0, 2, yes(0.9))))


def test_a_forecast_replaced_after_no_time_leaves_no_trace():
    table = ten_ticks((1, 0, yes(0.5)), (0, 2, yes(0.1)), (0, 2, None), (0, 6, yes(0.9)))
    assert_same(table, ten_ticks((1, 0, yes(0.5)), (0, 6, yes(0.9))))


def test_a_lapse_ends_a_forecast_as_a_withdrawal_does():
    lapsing = ForecastRecord(
        person=np.array([0, 1]),
        start=np.array([0, 0], dtype="datetime64[us]"),
        end=np.array([3, 3], dtype="datetime64[us]"),
        forecasts=np.array([yes(0.9), yes(0.5)]),
    )
    table = score_question(lapsing, outcome=YES, opens=tick(0), closes=tick(10))
    acts, _ = CASES["withdrawal of all at once"]
    assert_same(table, ten_ticks(*acts))


def test_who_lapsed_and_came_back_has_a_gap():
    table = ten_ticks((0, 0, yes(0.9)), (0, 2, None), (0, 7, yes(0.9)))
    assert table.coverage == pytest.approx([0.5])
    assert table.baseline == pytest.approx([42.39984533], abs=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_as_the_plain_loop_has_it(case):
    acts, told = CASES[case]
    expected = oracle(acts, **{"outcome": YES, "closes": 10, "known": None, "spot": None} | told)
    assert_same(ten_ticks(*acts, **told), expected)


def test_no_and_yes_mirror_each_other():
    acts = (0, 0, yes(0.9)), (1, 2, yes(0.3)), (2, 3, yes(0.6)), (1, 7, None)
    mirrored = [(person, time, vector and vector[::-1]) for person, time, vector in acts]
    assert_same(ten_ticks(*acts, outcome=NO), ten_ticks(*mirrored, outcome=YES))


def test_zero_for_what_happened_is_refused():
    with pytest.raises(InvalidValueError, match="give what happened more than 0; got 0"):
        ten_ticks((0, 0, (0.0, 1.0)))
    assert ten_ticks((0, 0, (0.0, 1.0)), outcome=NO).baseline.tolist() == [100]


def test_times_out_of_order_are_refused():
    record = record_of([(0, 0, yes(0.9))])
    with pytest.raises(InvalidValueError, match="closes must come after opens"):
        score_question(record, outcome=YES, opens=tick(1), closes=tick(1))
    with pytest.raises(InvalidValueError, match="spot must come no later"):
        ten_ticks((0, 0, yes(0.9)), known=4, spot=5)
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(InvalidValueError, match="opens must have a time zone"):
        score_question(record, outcome=YES, opens=naive, closes=tick(1))
    with pytest.raises(InvalidValueError, match="outcome must be an index"):
        ten_ticks((0, 0, yes(0.9)), outcome=2)


def test_times_may_be_datetimes():
    epoch, later = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, 0, 0, 0, 10, tzinfo=UTC)
    table = score_question(
        record_of([(0, 5, yes(0.9))]), outcome=YES, opens=epoch, closes=later, known=later
    )
    assert table.coverage.tolist() == [0.5]


def test_the_few_who_stay_are_scored_as_if_the_many_had_never_been():
    crowd = np.random.default_rng(2).uniform(0.001, 0.999, 5000)
    acts = [(2 + i, i % 5, yes(p)) for i, p in enumerate(crowd)]
    acts += [(2 + i, 6, None) for i in range(5000)]
    acts += [(0, 8, yes(0.9)), (1, 8, yes(0.5))]
    table = ten_ticks(*acts)
    expected = 0.2 * 100 * math.log(0.9 / 0.5)
    assert_allclose(table.peer[:2], [expected, -expected], atol=1e-9)
    assert abs(table.peer.sum()) < 1e-7


# The plain loop


DESCRIPTIVE = {
    "brier": brier,
    "log": log_score,
    "spherical": spherical_score,
    "ranked_probability": ranked_probability_score,
}


def plain_peer(own, rivals):
    return 100 * (own - sum(rivals) / len(rivals)) if rivals else 0


def oracle(acts, *, outcome, closes, known, spot):
    """Every score by walking through the whole moments from 0 to the close, one by one."""
    record = record_of(acts)
    rows = list(zip(record.person, *record.spans(), record.forecasts, strict=True))
    answer = closes + 1000 if known is None else known
    table = {f.name: np.zeros(record.people) for f in fields(ScoreTable)}

    def add(prefix, present, share):
        for i, p in present:
            rivals = [math.log(q[outcome]) for j, q in present if j != i]
            table[f"{prefix}coverage"][i] += share
            table[f"{prefix}baseline"][i] += share * baseline_score(forecast=p, outcome=outcome)
            table[f"{prefix}peer"][i] += share * plain_peer(math.log(p[outcome]), rivals)

    for now in range(min(closes, answer)):
        active = [(i, p) for i, start, end, p in rows if start <= now < end]
        add("", active, 1 / closes)
        for i, p in active:
            for name, score in DESCRIPTIVE.items():
                table[name][i] += score(forecast=p, outcome=outcome)
    for name in DESCRIPTIVE:
        table[name] /= [round(c * closes) or math.nan for c in table["coverage"]]
    moment = min(closes, answer) if spot is None else spot
    inside = [row for row in rows if max(row[1], 0) <= moment < row[2] and row[1] < answer]
    add("spot_", [(i, p) for i, _, _, p in inside], 1)
    return ScoreTable(**table | {"person": np.arange(record.people)})


def assert_same(table, other):
    for field in fields(ScoreTable):
        found, expected = getattr(table, field.name), getattr(other, field.name)
        assert_allclose(found, expected, rtol=0, atol=1e-9, err_msg=field.name)


@settings(deadline=None, max_examples=300)
@given(
    acts_on_a_question(),
    st.none() | st.integers(-3, 24),
    st.none() | st.integers(-3, 24),
    st.integers(0, 3),
)
def test_fast_is_the_plain_loop(question, known, spot, outcome):
    outcomes, acts = question
    latest = 20 if known is None else min(20, known)
    spot = None if spot is None else min(spot, latest)
    outcome %= outcomes if any(act[2] for act in acts) else 2
    table = score_question(
        record_of(acts),
        outcome=outcome,
        opens=tick(0),
        closes=tick(20),
        known=tick(known),
        spot=tick(spot),
    )
    expected = oracle(acts, outcome=outcome, closes=20, known=known, spot=spot)
    assert_same(table, expected)
    assert abs(table.peer.sum()) < 1e-9


def test_fast_is_the_plain_loop_for_a_crowd():
    draw = np.random.default_rng(0)
    acts = [
        (int(person), int(time), yes(p) if p > 0.1 else None)
        for person, time, p in zip(
            draw.integers(0, 60, 300),
            draw.integers(-20, 300, 300),
            draw.uniform(0.001, 0.999, 300),
            strict=True,
        )
    ]
    table = score_question(
        record_of(acts), outcome=YES, opens=tick(0), closes=tick(280), known=tick(250)
    )
    assert_same(table, oracle(acts, outcome=YES, closes=280, known=250, spot=None))


# Many questions


def resolved(acts, **told):
    told = {"outcome": YES, "opens": tick(0), "closes": tick(10)} | told
    return Resolved(record_of(acts), **told)


def alone(one):
    return score_question(
        one.record,
        outcome=one.outcome,
        opens=one.opens,
        closes=one.closes,
        known=one.known,
        spot=one.spot,
    )


@pytest.mark.parametrize("block", [0, 3, 1000])
def test_many_questions_score_as_each_alone(monkeypatch, block):
    monkeypatch.setattr(scoring, "BLOCK", block)
    thirds = (1 / 2, 1 / 4, 1 / 4)
    many = [
        *(resolved(acts, known=tick(told.get("known"))) for acts, told in CASES.values()),
        resolved([]),
        resolved([(0, 3, thirds), (1, 4, thirds[::-1])], outcome=2),
        resolved([(3, 1, yes(0.2)), (0, 9, yes(0.9))], outcome=NO, closes=tick(40), spot=tick(8)),
        resolved([(0, 2, thirds), (0, 5, thirds[::-1])], outcome=1, opens=tick(1)),
    ]
    for one, table in zip(many, score_questions(many), strict=True):
        assert_same(table, alone(one))


def test_a_minute_is_scored_as_finely_beside_thirty_years():
    def crowd(seed, closes):
        draw = np.random.default_rng(seed)
        acts = [(i, int(draw.integers(0, closes)), yes(draw.uniform(0.1, 0.9))) for i in range(50)]
        return resolved(acts, closes=tick(closes))

    many = [crowd(1, 10**15), crowd(2, 6 * 10**7), crowd(3, 10**15)]
    for one, table in zip(many, score_questions(many), strict=True):
        assert_same(table, alone(one))
        assert abs(table.peer.sum()) < 1e-9


def test_a_question_after_many_is_scored_as_exactly_as_alone():
    """Their times lie one after the other; the digits of the last must not be used up."""
    one = resolved([(0, 0, yes(0.001)), (1, 3, yes(0.999))])
    *_, last = score_questions([resolved([])] * 20_000 + [one])
    (alone,) = score_questions([one])
    np.testing.assert_allclose(last.peer, alone.peer, rtol=0, atol=2e-10)


def test_one_that_is_refused_refuses_all():
    with pytest.raises(InvalidValueError, match="outcome must be an index"):
        score_questions([resolved([(0, 0, yes(0.9))]), resolved([], outcome=2)])


@pytest.mark.parametrize("outcome", [[0, 0], np.array([0]), True, -1])
def test_a_whole_question_has_one_outcome(outcome):
    with pytest.raises(InvalidValueError, match="outcome must be an index from 0 to 1"):
        ten_ticks((0, 0, yes(0.9)), (1, 0, yes(0.5)), outcome=outcome)
