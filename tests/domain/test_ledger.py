"""A ledger sums to the scores it splits, and gives each day what it had."""

from __future__ import annotations

import math
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from acts import CASES, YES, acts_on_a_question, record_of, tick, yes
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from forecasts.domain.ledger import Ledger, ledger
from forecasts.domain.record import ForecastRecord, microsecond
from forecasts.domain.scoring import score_question
from forecasts.errors import InvalidValueError

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = [UTC, BERLIN, ZoneInfo("Asia/Kathmandu"), timezone(timedelta(hours=-9, minutes=-30))]
SCORES = [field.name for field in fields(Ledger) if field.name != "day"]
FULL = 84.79969066


def assert_sums(record, *, zone, **told):
    """Every person's ledger has the sums that the table has."""
    table = score_question(record, **told)
    for person in table.person:
        days = ledger(record, person=int(person), zone=zone, **told)
        for name in SCORES:
            found, expected = getattr(days, name), getattr(table, name)[person]
            assert found.shape == days.day.shape
            assert_allclose(found.sum(), expected, rtol=0, atol=1e-9, err_msg=name)


def told_in(unit, told, closes=10):
    """What is told of a question from 0 to its close, as moments in a unit."""
    moments = {name: tick(told.get(name), unit) for name in ("known", "spot")}
    return {"outcome": YES, "opens": tick(0, unit), "closes": tick(closes, unit)} | moments


def days_of(*acts, zone=UTC, unit="D", closes=10, person=0, **told):
    return ledger(
        record_of(acts, unit), person=person, zone=zone, **told_in(unit, told, closes=closes)
    )


@pytest.mark.parametrize("unit", ["D", "h", "us"])
@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("case", CASES)
def test_every_case_sums_to_its_scores(case, zone, unit):
    acts, told = CASES[case]
    assert_sums(record_of(acts, unit), zone=zone, **told_in(unit, told))


@settings(deadline=None, max_examples=60)
@given(
    acts_on_a_question(),
    st.none() | st.integers(-3, 24),
    st.none() | st.integers(-3, 24),
    st.integers(0, 3),
    st.sampled_from(ZONES),
    st.sampled_from(["D", "h"]),
)
def test_any_ledger_sums_to_the_scores(question, known, spot, outcome, zone, unit):
    outcomes, acts = question
    spot = None if spot is None else min(spot, 20 if known is None else min(20, known))
    outcome %= outcomes if any(act[2] for act in acts) else 2
    told = told_in(unit, {"known": known, "spot": spot}, closes=20) | {"outcome": outcome}
    assert_sums(record_of(acts, unit), zone=zone, **told)


@pytest.mark.parametrize("seed", range(3))
def test_the_ledgers_of_a_crowd_sum_to_zero_peer_on_every_day(seed):
    draw = np.random.default_rng(seed)
    acts = [
        (int(person), int(time), yes(p) if p > 0.1 else None)
        for person, time, p in zip(
            draw.integers(0, 20, 200),
            draw.integers(-20, 300, 200),
            draw.uniform(0.001, 0.999, 200),
            strict=True,
        )
    ]
    told = told_in("h", {"known": 250}, closes=280)
    record = record_of(acts, "h")
    assert_sums(record, zone=BERLIN, **told)
    ledgers = [ledger(record, person=i, zone=BERLIN, **told) for i in range(record.people)]
    assert_allclose(sum(days.peer for days in ledgers), 0, atol=1e-9)


def test_every_day_of_the_same_is_the_same():
    days = days_of((0, 0, yes(0.9)))
    assert days.day.tolist() == [datetime(1970, 1, 1 + i).date() for i in range(10)]  # noqa: DTZ001
    assert_allclose(days.baseline, FULL / 10)
    assert_allclose(days.coverage, 0.1)
    assert_allclose(days.brier, 0.01 / 10)


def test_days_without_a_forecast_are_there_with_nothing():
    days = days_of((0, 5, yes(0.9)))
    assert_allclose(days.baseline, [0] * 5 + [FULL / 10] * 5)
    assert_allclose(days.log, [0] * 5 + [math.log(0.9) / 5] * 5)
    assert_allclose(days.brier, [0] * 5 + [0.01 / 5] * 5)


def test_points_are_made_on_the_days_before_all_withdraw():
    acts, _ = CASES["withdrawal of all at once"]
    days = days_of(*acts)
    assert_allclose(days.peer, [17.63359995 / 3] * 3 + [0] * 7, atol=1e-8)
    assert_allclose(days.coverage, [0.1] * 3 + [0] * 7)
    assert_allclose(days_of(*acts, person=1).peer, -days.peer)


def test_a_lapse_in_the_middle_of_a_day_leaves_the_rest_of_it_empty():
    record = ForecastRecord(
        person=np.array([0]),
        start=np.array([0], dtype="datetime64[us]"),
        end=np.array(["1970-01-02T06"], dtype="datetime64[us]"),
        forecasts=np.array([yes(0.9)]),
    )
    days = ledger(record, person=0, zone=UTC, **told_in("D", {}, closes=4))
    assert_allclose(days.coverage, [0.25, 0.25 / 4, 0, 0])


def test_days_after_the_answer_have_nothing():
    days = days_of((0, 0, yes(0.9)), (1, 0, yes(0.5)), known=3)
    assert_allclose(days.peer, [17.63359995 / 3] * 3 + [0] * 7, atol=1e-8)
    assert days.spot_coverage.tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_what_changes_within_a_day_is_shared_by_it():
    days = days_of((0, 0, yes(0.9)), (0, 18, yes(0.5)), unit="h", closes=48)
    assert_allclose(days.baseline, [FULL * 18 / 48, 0], atol=1e-8)
    assert_allclose(days.log, [(18 * math.log(0.9) + 6 * math.log(0.5)) / 48, math.log(0.5) / 2])


@pytest.mark.parametrize(("spot", "day"), [(None, 9), (10, 9), (4, 4), (0, 0), (9, 9)], ids=str)
def test_spot_scores_fall_on_the_day_of_the_spot(spot, day):
    days = days_of((0, 0, yes(0.9)), (1, 0, yes(0.5)), spot=spot)
    there = (np.arange(10) == day).astype(float)
    assert days.spot_coverage.tolist() == there.tolist()
    assert_allclose(days.spot_baseline, FULL * there, atol=1e-8)
    assert_allclose(days.spot_peer, 58.7786664902 * there, atol=1e-8)


def test_a_spot_before_opening_is_on_no_day():
    assert days_of((0, -8, yes(0.9)), spot=-1).spot_coverage.sum() == 0


def test_who_never_was_active_has_points_of_zero_and_no_means():
    acts, _ = CASES["a code without a forecast"]
    days = days_of(*acts)
    assert days.coverage.tolist() == days.baseline.tolist() == days.peer.tolist() == [0] * 10
    assert np.isnan(days.brier).all()


@pytest.mark.parametrize(
    ("zone", "opens", "hours"),
    [
        (BERLIN, datetime(2026, 3, 28, tzinfo=BERLIN), [24, 23, 24]),
        (BERLIN, datetime(2026, 10, 24, tzinfo=BERLIN), [24, 25, 24]),
        (NEW_YORK, datetime(2026, 3, 7, tzinfo=NEW_YORK), [24, 23, 24]),
        (NEW_YORK, datetime(2026, 10, 31, tzinfo=NEW_YORK), [24, 25, 24]),
        (UTC, datetime(2026, 3, 28, 18, tzinfo=UTC), [6, 24, 24, 18]),
    ],
)
def test_days_are_as_long_as_the_clocks_make_them(zone, opens, hours):
    start = opens.astimezone(UTC)
    closes = start + timedelta(hours=sum(hours))
    record = record_of([(0, microsecond("opens", start), yes(0.9))])
    days = ledger(record, person=0, outcome=YES, opens=start, closes=closes, zone=zone)
    assert_allclose(days.coverage, np.array(hours) / sum(hours))
    assert days.day[0] == np.datetime64(opens.date())
    assert_allclose(days.baseline.sum(), FULL)


def test_the_day_that_a_zone_left_out_is_not_in_the_ledger():
    opens, closes = datetime(2011, 12, 29, 10, tzinfo=UTC), datetime(2011, 12, 31, 10, tzinfo=UTC)
    record = record_of([(0, 0, yes(0.9))])
    told = {"person": 0, "outcome": YES, "opens": opens, "closes": closes}
    days = ledger(record, zone=ZoneInfo("Pacific/Apia"), **told)
    assert days.day.astype(str).tolist() == ["2011-12-29", "2011-12-31"]
    assert_allclose(days.coverage, [0.5, 0.5])


def test_a_midnight_that_comes_twice_parts_the_days_the_first_time():
    opens = datetime(2006, 10, 29, 2, 30, tzinfo=UTC)
    record = record_of([(0, 0, yes(0.9))])
    told = {"person": 0, "outcome": YES, "opens": opens, "closes": opens + timedelta(minutes=30)}
    days = ledger(record, zone=ZoneInfo("America/St_Johns"), **told)
    assert days.day.astype(str).tolist() == ["2006-10-29"]


def test_a_question_of_less_than_a_day_has_one():
    days = days_of((0, 3, yes(0.9)), unit="h", closes=6)
    assert days.coverage.tolist() == [0.5]
    assert days.spot_coverage.tolist() == [1]


@pytest.mark.parametrize("person", [-1, 2, 0.0, True, [0], "0"])
def test_a_code_the_record_does_not_have_is_refused(person):
    with pytest.raises(InvalidValueError, match="person must be a code of the record; got"):
        days_of((0, 0, yes(0.9)), (1, 0, yes(0.5)), person=person)


def test_nobody_has_no_ledger():
    with pytest.raises(InvalidValueError, match="person must be a code of the record; got 0"):
        days_of()


@pytest.mark.parametrize(
    ("opens", "closes", "blamed"), [(-800_000, 9, "opens"), (0, 3e6, "closes")]
)
def test_a_horizon_without_days_is_refused(opens, closes, blamed):
    told = {"opens": tick(opens, "D"), "closes": tick(int(closes), "D")}
    with pytest.raises(InvalidValueError, match=f"{blamed} must lie in the years 2 to 9998"):
        ledger(record_of([(0, 0, yes(0.9))]), person=0, outcome=YES, zone=UTC, **told)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"closes": tick(0)}, "closes must come after opens"),
        ({"spot": tick(99)}, "spot must come no later than the close and the answer"),
        ({"outcome": 2}, "outcome must be an index from 0 to 1"),
        ({"opens": datetime(1970, 1, 1)}, "opens must have a time zone"),  # noqa: DTZ001
    ],
)
def test_what_has_no_scores_has_no_ledger(told, sentence):
    told = {"outcome": YES, "opens": tick(0), "closes": tick(10)} | told
    with pytest.raises(InvalidValueError, match=sentence):
        ledger(record_of([(0, 0, yes(0.9))]), person=0, zone=UTC, **told)
