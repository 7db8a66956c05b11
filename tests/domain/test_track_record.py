"""Weights by earlier scores against the definition, and that nothing is known ahead of time."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from forecasts.domain.aggregation import (
    TrackRecord,
    aggregate,
    aggregate_history,
    track_record_weights,
)
from forecasts.domain.scoring import ForecastRecord
from forecasts.errors import InvalidValueError


def track_of(rows):
    """A track record of (person, entered, peer, coverage)."""
    person, entered, peer, coverage = zip(*rows, strict=True) if rows else ([], [], [], [])
    return TrackRecord(
        person=np.array(person, dtype=np.int64),
        entered=np.array(entered, dtype="datetime64[us]"),
        peer=np.array(peer, dtype=float),
        coverage=np.array(coverage, dtype=float),
    )


def weights_at(track, moment, people):
    return track_record_weights(track, people=people, at=np.datetime64(moment, "us"))


def plain_weight(rows, who, moment):
    """The definition: only what was entered before the moment."""
    known = [row for row in rows if row[0] == who and row[1] < moment]
    shrunk = math.fsum(row[2] for row in known) / (10 + math.fsum(row[3] for row in known))
    return math.exp(shrunk / 20)


def test_weights_by_hand():
    track = track_of([(0, 5, 30, 1), (2, 5, -60, 0.5), (0, 6, 14, 0.25)])
    assert_allclose(weights_at(track, 6, 4), [math.exp(30 / 11 / 20), 1, math.exp(-3 / 10.5), 1])
    both = math.exp(44 / 11.25 / 20)
    assert_allclose(weights_at(track, 7, 3), [both, 1, math.exp(-60 / 10.5 / 20)])


def test_a_resolution_counts_only_after_the_moment_at_which_it_was_entered():
    track = track_of([(0, 5, 200, 1)])
    assert weights_at(track, 5, 1) == 1
    assert weights_at(track, 6, 1) > 2


def test_nobody_has_a_track_record_at_first():
    assert weights_at(track_of([]), 5, 3).tolist() == [1, 1, 1]


def test_one_lucky_question_weighs_less_than_many_good_ones():
    once = track_of([(0, 1, 100, 1)])
    often = track_of([(0, 1, 100, 1)] * 20)
    assert weights_at(often, 2, 1) > weights_at(once, 2, 1) ** 5


@pytest.mark.parametrize(
    ("changed", "blamed"),
    [
        ({"person": np.array([0.5, 1])}, "person must be codes from 0"),
        ({"person": ["a", "b"]}, "person must be codes from 0"),
        ({"peer": ["a", "b"]}, "peer must hold numbers"),
        ({"person": np.array([0, -1])}, "person must be codes from 0; got -1"),
        ({"peer": np.array([1.0])}, "peer must have one row of 2"),
        ({"peer": np.array([1.0, np.nan])}, "peer must be finite"),
        ({"coverage": np.array([0.5, 1.5])}, "coverage must lie between 0 and 1"),
        ({"coverage": np.array([0.5, np.nan])}, "coverage must lie between 0 and 1"),
        ({"entered": np.array([1, 2])}, "entered must be moments"),
        ({"entered": np.array(["NaT", "2026-01-01"], dtype="M8[us]")}, "entered must be moments"),
    ],
)
def test_what_is_no_track_record_is_refused(changed, blamed):
    columns = {
        "person": np.array([0, 1]),
        "entered": np.array([1, 2], dtype="datetime64[us]"),
        "peer": np.array([1.0, 2.0]),
        "coverage": np.array([0.5, 1.0]),
    }
    with pytest.raises(InvalidValueError, match=blamed):
        TrackRecord(**(columns | changed))


def test_codes_beyond_the_people_are_refused():
    with pytest.raises(InvalidValueError, match="people must count every code; got 2"):
        weights_at(track_of([(2, 1, 1, 1)]), 5, 2)


def test_scores_that_no_forecast_gives_are_refused():
    with pytest.raises(InvalidValueError, match="peer must leave the weights between e"):
        weights_at(track_of([(0, 1, 1e6, 1)]), 5, 1)


def record_of(rows):
    """A record of (person, start, end or None, yes), sorted by start."""
    yes = np.array([row[3] for row in rows], dtype=float)
    return ForecastRecord(
        person=np.array([row[0] for row in rows], dtype=np.int64),
        start=np.array([row[1] for row in rows], dtype="datetime64[us]"),
        end=np.array([row[2] or "NaT" for row in rows], dtype="datetime64[us]"),
        forecasts=np.column_stack([yes, 1 - yes]),
    )


def test_a_history_changes_where_a_weight_does():
    record = record_of([(0, 1, None, 0.9), (1, 2, 20, 0.5)])
    track = track_of([(0, 10, 440, 1), (1, 30, 5, 1), (7, 12, 5, 1)])
    history = aggregate_history(record, method="track_record", track=track)
    assert history.times.astype(int).tolist() == [1, 2, 11, 20]
    assert history.count.tolist() == [1, 2, 2, 1]
    odds = 9 ** (math.exp(2) / (math.exp(2) + 1))
    assert history.centre[:, 0] == pytest.approx([0.9, 0.75, odds / (1 + odds), 0.9])


def test_without_a_track_record_everybody_weighs_the_same():
    """Also where a share is just that of a quartile."""
    record = record_of([(0, 1, None, 0.9), (1, 2, 20, 0.5), (2, 2, 9, 0.4), (3, 2, 9, 0.3)])
    plain = aggregate_history(record, method="log_pool")
    for track in (None, track_of([])):
        history = aggregate_history(record, method="track_record", track=track)
        assert_allclose(history.centre, plain.centre)
        assert_allclose(history.low, plain.low)


def test_other_methods_have_no_use_for_a_track_record():
    with pytest.raises(InvalidValueError, match="track must come with the method track_record"):
        aggregate_history(record_of([]), method="mean", track=track_of([]))


times = st.integers(1, 30)
scores = st.tuples(st.integers(0, 3), times, st.floats(-300, 300), st.floats(0, 1))
forecasts = st.tuples(times, st.integers(0, 8), st.floats(0.001, 0.999))


@settings(deadline=None, max_examples=60)
@given(
    track=st.lists(scores, max_size=12),
    said=st.lists(st.lists(forecasts, max_size=4), min_size=4, max_size=4),
)
def test_a_history_is_what_the_weights_of_each_moment_give(track, said):
    rows = []
    for person, made in enumerate(said):
        free = 0
        for start, length, yes in sorted(made):
            if start >= free:
                rows.append((person, start, start + length, yes))
                free = start + length
    rows.sort(key=lambda row: row[1])
    history = aggregate_history(record_of(rows), method="track_record", track=track_of(track))
    found = dict(zip(history.times.astype(int).tolist(), range(99), strict=False))
    cuts = {when + 1 for (who, when, *_), row in product(track, rows) if row[0] == who}
    within = {c for c in cuts for row in rows if row[1] < c < row[2]}
    assert set(found) <= {row[1] for row in rows} | {row[2] for row in rows} | within
    row_now = None
    for now in range(50):
        row_now = found.get(now, row_now)
        active = [row for row in rows if row[1] <= now < row[2]]
        if not active:
            assert row_now is None or history.count[row_now] == 0
            continue
        weights = [plain_weight(track, row[0], now) for row in active]
        vectors = [(row[3], 1 - row[3]) for row in active]
        one = aggregate(vectors, method="track_record", weights=weights)
        assert history.count[row_now] == len(active)
        assert_allclose(history.centre[row_now], one.centre, rtol=0, atol=1e-9)
        assert_allclose(history.low[row_now], one.low, rtol=0, atol=1e-9)
        assert_allclose(history.high[row_now], one.high, rtol=0, atol=1e-9)
