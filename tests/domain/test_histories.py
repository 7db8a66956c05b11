"""Crowd forecasts over time against the definition at every change, and thinned for drawing."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from forecasts.domain import changes, recency
from forecasts.domain.aggregation import (
    METHODS,
    AggregateHistory,
    aggregate,
    aggregate_at,
    aggregate_history,
    thin,
)
from forecasts.domain.scoring import ForecastRecord
from forecasts.errors import InvalidValueError


def record_of(rows, outcomes=2):
    """A record of (person, start, end or None, vector), sorted by start."""
    return ForecastRecord(
        person=np.array([row[0] for row in rows], dtype=np.int64),
        start=np.array([row[1] for row in rows], dtype="datetime64[us]"),
        end=np.array([row[2] or "NaT" for row in rows], dtype="datetime64[us]"),
        forecasts=np.array([row[3] for row in rows]).reshape(-1, outcomes),
    )


HISTORY = record_of(
    [
        (0, 1, 4, (0.2, 0.8)),
        (1, 1, 6, (0.4, 0.6)),
        (0, 4, 6, (0.8, 0.2)),
        (2, 9, 9, (0.1, 0.9)),
        (2, 9, None, (0.3, 0.7)),
    ]
)


def test_a_history_has_one_row_for_each_change():
    history = aggregate_history(HISTORY, method="mean")
    assert history.times.dtype == np.dtype("datetime64[us]")
    assert history.times.astype(int).tolist() == [1, 4, 6, 9]
    assert history.count.tolist() == [2, 2, 0, 1]
    assert_allclose(history.centre[:, 0], [0.3, 0.6, np.nan, 0.3])
    assert_allclose(history.low[:, 1], [0.6, 0.2, np.nan, 0.7])
    assert_allclose(history.high[:, 1], [0.8, 0.6, np.nan, 0.7])


def test_a_history_stops_before_its_end():
    history = aggregate_history(HISTORY, method="mean", until=np.datetime64(6, "us"))
    assert history.times.astype(int).tolist() == [1, 4]
    moment = datetime(1970, 1, 1, 0, 0, 0, 2, tzinfo=UTC)
    assert aggregate_history(HISTORY, method="mean", until=moment).count.tolist() == [2]


def test_an_update_makes_a_forecast_the_newest():
    rows = [(0, 1, 9, (0.9, 0.1)), (1, 2, None, (0.1, 0.9)), (2, 3, None, (0.1, 0.9))]
    rows.append((0, 9, None, (0.9, 0.1)))
    history = aggregate_history(record_of(rows), method="recency_weighted_mean")
    before, after = history.centre[2:, 0]
    assert after > before


def test_nobody_has_a_history_without_rows():
    history = aggregate_history(record_of([], outcomes=3), method="median")
    assert history.times.shape == history.count.shape == (0,)
    assert history.centre.shape == history.low.shape == history.high.shape == (0, 3)


@pytest.mark.parametrize("method", METHODS)
def test_who_was_replaced_at_once_has_a_history_of_nobody(method):
    history = aggregate_history(record_of([(0, 9, 9, (0.2, 0.8))]), method=method)
    assert history.times.astype(int).tolist() == [9]
    assert history.count.tolist() == [0]
    assert np.isnan([history.centre, history.low, history.high]).all()


def test_a_history_needs_a_known_method():
    with pytest.raises(InvalidValueError, match="got guess"):
        aggregate_history(HISTORY, method="guess")


def random_rows(seed, outcomes, people=8, made=60, until=80):
    """Forecasts that are replaced, and one in five withdrawn, at times that often agree."""
    draw = np.random.default_rng(seed)
    rows, standing = [], {}
    for time in np.sort(draw.integers(1, until, made)):
        person = int(draw.integers(0, people))
        if person in standing:
            rows[standing.pop(person)][2] = int(time)
        if draw.random() < 0.8:
            standing[person] = len(rows)
            rows.append([person, int(time), None, tuple(draw.dirichlet(np.ones(outcomes)))])
    return rows


@settings(deadline=None, max_examples=25)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("outcomes", [2, 4])
@given(seed=st.integers(0, 1000), ordered=st.booleans())
def test_a_history_is_what_aggregating_at_each_change_gives(method, outcomes, seed, ordered):
    rows = random_rows(seed, outcomes)
    history = aggregate_history(record_of(rows, outcomes), method=method, ordered=ordered)
    changes = sorted({row[1] for row in rows} | {row[2] for row in rows if row[2]})
    assert history.times.astype(int).tolist() == changes
    for m, now in enumerate(changes):
        active = [row[3] for row in rows if row[1] <= now < (row[2] or 99)]
        assert history.count[m] == len(active)
        if active:
            one = aggregate(active, method=method, ordered=ordered)
            assert_allclose(history.centre[m], one.centre, rtol=0, atol=1e-12)
            assert_allclose(history.low[m], one.low, rtol=0, atol=1e-12)
            assert_allclose(history.high[m], one.high, rtol=0, atol=1e-12)
        else:
            assert np.isnan([history.centre[m], history.low[m], history.high[m]]).all()


def active_at(record, moment):
    start, end = record.spans()
    return record.forecasts[(start <= moment) & (moment < end)]


def assert_rows_are_aggregates(history, record, rows, **options):
    """Each of these rows is what the definition gives of those who stand then."""
    for m in rows:
        one = aggregate(active_at(record, history.times[m].astype(int)), **options)
        assert_allclose(history.centre[m], one.centre, rtol=0, atol=1e-12)
        assert_allclose(history.low[m], one.low, rtol=0, atol=1e-12)
        assert_allclose(history.high[m], one.high, rtol=0, atol=1e-12)


CROWD = record_of(random_rows(1, 2, people=900, made=6_000, until=5_000))
RISING = np.linspace((0.01, 0.99), (0.99, 0.01), 3_000)
GROWN = record_of([(n, n, None, vector) for n, vector in enumerate(RISING)])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("record", [CROWD, GROWN], ids=["replaced", "grown"])
def test_a_crowd_too_large_to_be_weighed_whole_has_the_same_history(method, record):
    history = aggregate_history(record, method=method)
    assert history.count.max() > 700
    rows = np.unique(np.linspace(0, len(history.times) - 1, 150).astype(int))
    assert_rows_are_aggregates(history, record, rows, method=method)


@pytest.mark.parametrize("method", ["recency_weighted_median", "recency_weighted_mean"])
def test_three_outcomes_of_a_large_crowd_have_the_same_history(method):
    record = record_of(random_rows(2, 3, people=600, made=3_000, until=9_000), outcomes=3)
    for ordered in (False, True):
        history = aggregate_history(record, method=method, ordered=ordered)
        rows = range(len(history.times) - 40, len(history.times))
        assert_rows_are_aggregates(history, record, rows, method=method, ordered=ordered)


def test_where_the_newest_cannot_answer_all_are_weighed(monkeypatch):
    asked = []
    plain = recency.ByAge.of

    def of(self, place):
        asked.append(len(place))
        return plain(self, place)

    monkeypatch.setattr(recency.ByAge, "of", of)
    monkeypatch.setattr("forecasts.domain.histories.NEARLY_ALL", 2)
    history = aggregate_history(CROWD, method="recency_weighted_median")
    assert max(asked) > 700
    rows = np.arange(0, len(history.times), 40)
    assert_rows_are_aggregates(history, CROWD, rows, method="recency_weighted_median")


@pytest.mark.parametrize("method", ["recency_weighted_median", "recency_weighted_mean"])
def test_a_crowd_that_leaves_together_leaves_its_few_in_order(monkeypatch, method):
    """Weights seen from a great crowd vanish; those of the three who stay are made anew."""
    crowd = 300_000
    p = np.linspace(0.01, 0.99, crowd)
    record = ForecastRecord(
        person=np.arange(crowd),
        start=np.arange(crowd).astype("datetime64[us]"),
        end=np.where(np.arange(crowd) < 3, 2 * crowd, crowd).astype("datetime64[us]"),
        forecasts=np.column_stack([p, 1 - p]),
    )
    moments = np.array([crowd - 1, crowd])
    found = changes.changes(*record.spans(), moments)
    assert found.count.tolist() == [crowd, 3]
    monkeypatch.setattr("forecasts.domain.histories._moments", lambda *_: moments)
    history = aggregate_history(record, method=method)
    assert_rows_are_aggregates(history, record, [1], method=method)


def test_what_ages_weigh_together_fits_into_floats_or_is_summed_one_by_one(monkeypatch):
    together = recency.ByAge(1000, spare=12).sums
    assert together[0] == -np.inf
    assert_allclose(np.exp(together[9]), np.exp(np.sqrt(np.arange(1, 10))).sum())
    monkeypatch.setattr(recency, "SPAN", 0)
    assert_allclose(recency.ByAge(1000, spare=12).sums, together, rtol=1e-14)


def test_only_the_centre_is_made_where_no_band_is_wanted():
    for method in METHODS:
        whole = aggregate_history(HISTORY, method=method)
        history = aggregate_history(HISTORY, method=method, band=False)
        assert_array_equal(history.centre, whole.centre)
        assert np.isnan([history.low, history.high]).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("points", [2, 3, 40])
def test_some_points_of_a_history_are_rows_of_the_whole(method, points):
    whole = aggregate_history(CROWD, method=method)
    some = aggregate_history(CROWD, method=method, points=points)
    at = np.searchsorted(whole.times, some.times)
    assert points / 2 < len(at) <= points
    assert (at[0], at[-1]) == (0, len(whole.times) - 1)
    assert_array_equal(whole.times[at], some.times)
    assert_array_equal(whole.count[at], some.count)
    for ours, theirs in ((some.centre, whole.centre), (some.low, whole.low)):
        assert_allclose(ours, theirs[at], rtol=0, atol=1e-12)


def test_points_are_chosen_over_the_time_and_over_the_changes():
    """Nine changes in the first ten of a thousand microseconds, and one at the end of each 100."""
    starts = [*range(9), *range(99, 1000, 100)]
    record = record_of([(n, start, None, (0.5, 0.5)) for n, start in enumerate(starts)])
    times = aggregate_history(record, method="mean", points=10).times.astype(int)
    assert (times < 10).sum() >= 2
    assert (times > 500).sum() >= 3


def test_a_history_asked_for_more_points_than_it_has_is_whole():
    assert len(aggregate_history(HISTORY, method="mean", points=4).times) == 4
    with pytest.raises(InvalidValueError, match="points must be at least 2; got 1"):
        aggregate_history(HISTORY, method="mean", points=1)


def test_at_a_moment_those_stand_who_began_and_have_not_ended():
    def mean(at):
        return aggregate_at(HISTORY, method="mean", at=np.datetime64(at, "us"))

    assert mean(0) is None
    assert_allclose(mean(1).centre, [0.3, 0.7])
    assert_allclose(mean(4).centre, [0.6, 0.4])
    assert mean(6) is None
    assert_allclose(mean(9).centre, [0.3, 0.7])
    with pytest.raises(InvalidValueError, match="got guess"):
        aggregate_at(HISTORY, method="guess", at=np.datetime64(0, "us"))


# Thinned


def drawn(chances, spread=0.1):
    p = np.array(chances, dtype=float)
    vectors = np.column_stack([p, 1 - p])
    times = np.arange(len(p)).astype("datetime64[us]")
    return AggregateHistory(times, vectors, vectors - spread, vectors + spread, np.arange(len(p)))


def test_what_fits_is_not_thinned():
    history = drawn([0.1, 0.9, 0.5])
    assert thin(history, 4) is history
    with pytest.raises(InvalidValueError, match="points must be at least 3; got 2"):
        thin(history, 2)


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), min_size=1, max_size=80),
    st.integers(8, 40),
)
def test_what_is_thinned_keeps_its_ends_and_extremes_and_invents_nothing(chances, points):
    history = drawn(chances)
    thinned = thin(history, points)
    assert len(thinned.times) <= points
    kept = thinned.count.tolist()
    assert {0, len(chances) - 1} <= set(kept)
    for name in ("times", "centre", "low", "high"):
        assert_array_equal(getattr(thinned, name), getattr(history, name)[thinned.count])
    said = [p for p in chances if not np.isnan(p)]
    if said and len(said) == len(chances):
        assert thinned.centre[:, 0].min() == min(said)
        assert thinned.centre[:, 0].max() == max(said)
    if len(said) < len(chances):
        assert np.isnan(thinned.centre).any()


@pytest.mark.parametrize("column", range(10))
def test_every_column_keeps_its_turns(column):
    """Forty points of a hundred changes, whose lines turn together, are ten columns."""
    chances = np.full(100, 0.5)
    chances[10 * column + 3], chances[10 * column + 6] = 0.9, 0.2
    kept = thin(drawn(chances), 40).count.tolist()
    assert {10 * column + 3, 10 * column + 6} <= set(kept)


def test_every_outcome_of_many_keeps_its_peak():
    vectors = np.full((100, 3), 1 / 3)
    for outcome, row in enumerate((40, 50, 60)):
        vectors[row] = 0.2
        vectors[row, outcome] = 0.6
    times = np.arange(100).astype("datetime64[us]")
    history = AggregateHistory(times, vectors, vectors, vectors, np.arange(100))
    assert {40, 50, 60} <= set(thin(history, 8).count.tolist())


def test_a_band_that_widens_for_a_moment_is_seen():
    history = drawn(np.full(200, 0.5))
    history.low[70], history.high[150] = 0.01, 0.99
    assert {70, 150} <= set(thin(history, 20).count.tolist())


def test_where_there_was_nobody_there_is_a_gap():
    chances = np.full(200, 0.5)
    chances[111] = np.nan
    assert 111 in thin(drawn(chances), 20).count


def test_a_long_silence_needs_no_points():
    history = drawn(np.random.default_rng(1).random(80))
    history.times[40:] += np.timedelta64(365, "D")
    kept = thin(history, 24).count.tolist()
    assert {0, 39, 40, 79} <= set(kept)


def test_lines_that_turn_at_different_times_have_fewer_columns():
    draw = np.random.default_rng(0)
    history = drawn(draw.random(500), spread=draw.uniform(0, 0.1, (500, 2)))
    assert 20 < len(thin(history, 40).times) <= 40
