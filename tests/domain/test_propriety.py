"""Every score is best for who says the truth: at a moment, over time, and against others."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from acts import record_of, tick, vectors_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from forecasts.domain.scoring import (
    baseline_score,
    brier,
    log_score,
    peer_scores,
    ranked_probability_score,
    score_question,
    spherical_score,
)

AT_A_MOMENT = {
    "brier": brier,
    "log": log_score,
    "spherical": spherical_score,
    "ranked_probability": ranked_probability_score,
    "baseline": baseline_score,
    "peer": lambda *, forecast, outcome: peer_scores(
        forecasts=[forecast, np.full(len(forecast), 1 / len(forecast))], outcome=outcome
    )[0],
}
POINTS = ["baseline", "peer"]
OVER_TIME = [*AT_A_MOMENT, "spot_baseline", "spot_peer"]
LOW_IS_GOOD = {"brier", "ranked_probability"}
CLEARLY = 0.01
CLOSES = 10

outcomes = pytest.mark.parametrize("outcomes", range(2, 7))


def far(truth, said):
    return np.abs(np.subtract(truth, said)).max() > CLEARLY


def gain(name, truth, said):
    """By how much the expected score `truth` is better than `said`."""
    return said - truth if name in LOW_IS_GOOD else truth - said


@outcomes
@pytest.mark.parametrize("name", AT_A_MOMENT)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_at_a_moment_the_truth_is_best(name, outcomes, data):
    truth, said = data.draw(vectors_of(outcomes)), data.draw(vectors_of(outcomes))

    def expected(forecast):
        score = AT_A_MOMENT[name]
        return sum(truth[k] * score(forecast=forecast, outcome=k) for k in range(outcomes))

    better = gain(name, expected(truth), expected(said))
    assert better >= -1e-12
    assert better > 0 or not far(truth, said)


@st.composite
def others_acts(draw, outcomes):
    act = st.tuples(st.integers(1, 4), st.integers(-3, CLOSES), st.none() | vectors_of(outcomes))
    return draw(st.lists(act, max_size=8))


def scores_of(names, acts, *, outcome, known):
    """The scores of the first person, in the order of their names."""
    told = {"opens": tick(0), "closes": tick(CLOSES), "known": tick(known)}
    table = score_question(record_of(acts), outcome=outcome, **told)
    return np.array([getattr(table, name)[0] for name in names])


def assert_best(names, truth, said, *, clearly):
    """Each expected score is better at the truth."""
    for name, *expected in zip(names, truth, said, strict=True):
        better = gain(name, *expected)
        assert better >= -1e-9, name
        assert better > 0 or not clearly, name


def with_somebody(rivals, outcomes):
    """Somebody is always there to be compared with: being alone all the time tells nothing."""
    return [*rivals, (9, -5, (1 / outcomes,) * outcomes)]


@outcomes
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_over_time_the_truth_is_best_where_the_answer_has_its_time(outcomes, data):
    truth, said = data.draw(vectors_of(outcomes)), data.draw(vectors_of(outcomes))
    rivals = with_somebody(data.draw(others_acts(outcomes)), outcomes)
    begins = data.draw(st.integers(-2, 4))
    again = data.draw(st.integers(begins, 5))
    known = data.draw(st.none() | st.integers(6, CLOSES + 3))

    def expected(forecast):
        acts = [(0, begins, forecast), (0, again, forecast), *rivals]
        return sum(
            truth[k] * scores_of(OVER_TIME, acts, outcome=k, known=known) for k in range(outcomes)
        )

    assert_best(OVER_TIME, expected(truth), expected(said), clearly=far(truth, said))


@st.composite
def worlds(draw, outcomes):
    """When the answer may become known, and how likely each outcome with each of these times."""
    times = sorted(draw(st.sets(st.integers(1, CLOSES - 1), min_size=1, max_size=3)))
    joint = np.array([draw(vectors_of(outcomes, 50)) for _ in (*times, None)])
    return times, joint / joint.sum()


@outcomes
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_points_are_best_at_the_truth_where_the_time_tells_of_the_answer(outcomes, data):
    """The truth at a moment is how likely each outcome is, the answer being unknown till then."""
    times, joint = data.draw(worlds(outcomes))
    rivals = with_somebody(data.draw(others_acts(outcomes)), outcomes)
    still = np.cumsum(joint[::-1], axis=0)[::-1]
    truths = still / still.sum(axis=1, keepdims=True)
    said = [data.draw(vectors_of(outcomes)) for _ in truths]

    def expected(path):
        own = [(0, begins, tuple(now)) for begins, now in zip([0, *times], path, strict=True)]
        return sum(
            joint[i, k] * scores_of(POINTS, [*own, *rivals], outcome=k, known=known)
            for i, known in enumerate([*times, None])
            for k in range(outcomes)
        )

    clearly = any(map(far, truths, said))
    assert_best(POINTS, expected(truths), expected(said), clearly=clearly)


def test_a_mean_over_active_time_is_not_proper_where_the_time_tells_of_the_answer():
    """Yes is known at 1 of 10, No only at the close: at first 50 %, and then it must be No."""

    def expected(first):
        acts = [(0, 0, (first, 1 - first)), (0, 1, (0.001, 0.999))]
        return np.mean(
            [
                scores_of(["brier"], acts, outcome=0, known=1),
                scores_of(["brier"], acts, outcome=1, known=None),
            ]
        )

    assert expected(0.9) < expected(0.5)


@outcomes
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_scores_over_time_lie_in_their_ranges_and_peer_sums_to_zero(outcomes, data):
    acts = data.draw(others_acts(outcomes))
    assume(any(act[2] for act in acts))
    table = score_question(
        record_of(acts),
        outcome=data.draw(st.integers(0, outcomes - 1)),
        opens=tick(0),
        closes=tick(CLOSES),
        known=tick(data.draw(st.none() | st.integers(0, CLOSES))),
    )
    active = table.coverage > 0
    for name in ("brier", "spherical", "ranked_probability"):
        score = getattr(table, name)
        assert ((score >= 0) & (score <= 1 + 1e-12))[active].all()
        assert np.isnan(score[~active]).all()
    assert (table.log[active] <= 0).all()
    assert (table.baseline <= 100).all()
    assert ((table.coverage >= 0) & (table.coverage <= 1 + 1e-12)).all()
    assert abs(table.peer.sum()) < 1e-9
    assert abs(table.spot_peer.sum()) < 1e-9


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_peer_sums_to_zero_in_every_part_of_the_horizon(data):
    acts = data.draw(others_acts(3))
    assume(any(act[2] for act in acts))
    record = record_of(acts)
    for opens, closes in pairwise(range(CLOSES + 1)):
        table = score_question(record, outcome=1, opens=tick(opens), closes=tick(closes))
        assert abs(table.peer.sum()) < 1e-9
