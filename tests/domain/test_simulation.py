"""The simulated crowd keeps what it states: chances, skill, habits and activity."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from methods import HABITS, gains, judge
from numpy.testing import assert_allclose, assert_array_equal

from forecasts.domain.scoring import score_question
from forecasts.domain.simulation import Crowd, Topic, draw_crowd, draw_topics, simulate
from forecasts.errors import InvalidValueError

OPENS = np.datetime64("2026-01-01", "us")
CLOSES = np.datetime64("2026-03-01", "us")
TOPIC = Topic(opens=OPENS, closes=CLOSES, prior=(0.3, 0.7), news=2.0)
THREE = Topic(opens=OPENS, closes=CLOSES, prior=(0.2, 0.3, 0.5), news=2.0)
PLAIN = {"skill": 0.5, "bias": 0.0, "noise": 0.0, "boldness": 1.0, "activity": 2.0}
SKILLS = (0.0, 0.1, 0.5, 0.9, 1.0)
SURE = 4
"""How many standard errors a mean may lie from what it shall be."""


def crowd_of(people=1, **habits):
    """So many people of the same habits."""
    columns = PLAIN | {"withdrawing": 0.0} | habits
    return Crowd(**{name: np.full(people, float(value)) for name, value in columns.items()})


def log_odds(vectors):
    return np.log(vectors[:, 0]) - np.log(vectors[:, 1])


def many(count, crowd, topic=TOPIC, **options):
    return [simulate(topic, crowd, seed=(1, number), **options) for number in range(count)]


def is_near(values, expected):
    """Whether the mean of independent numbers lies where it shall, as far as luck can tell."""
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    return abs(np.mean(values) - expected) <= SURE * error


@pytest.fixture(scope="module", params=[TOPIC, THREE], ids=["two", "three"])
def asked(request):
    """Many questions asked of people of every skill without other habits."""
    crowd = replace(crowd_of(len(SKILLS), activity=2.5), skill=np.array(SKILLS))
    return many(1000, crowd, request.param)


# What happens


def test_one_seed_makes_one_question():
    crowd = draw_crowd(9, seed=3, withdrawing=0.3)
    one, same, other = (simulate(TOPIC, crowd, seed=seed) for seed in (5, 5, 6))
    assert one.outcome == same.outcome
    assert_array_equal(one.times, same.times)
    assert_array_equal(one.chance, same.chance)
    assert_array_equal(one.record.forecasts, same.record.forecasts)
    assert_array_equal(one.record.end, same.record.end)
    assert len(other.times) != len(one.times) or (other.times != one.times).any()


@pytest.mark.parametrize("topic", [TOPIC, THREE])
def test_chances_are_told_at_opening_each_forecast_and_close(topic):
    found = simulate(topic, crowd_of(5), seed=2)
    assert_allclose(found.chance[0], topic.prior)
    assert (found.times[0], found.times[-1]) == (OPENS, CLOSES)
    assert_array_equal(found.times[1:-1], found.record.start)
    assert found.chance.shape == (len(found.times), len(topic.prior))
    assert_allclose(found.chance.sum(axis=1), 1)
    assert found.record.people == 5
    assert ((found.record.start >= OPENS) & (found.record.start < CLOSES)).all()


def test_without_news_chances_stay_and_everybody_knows_them():
    found = simulate(replace(TOPIC, news=0), crowd_of(3), seed=2)
    assert_allclose(found.chance, np.tile(TOPIC.prior, (len(found.chance), 1)))
    assert_allclose(found.record.forecasts, np.tile(TOPIC.prior, (len(found.record.start), 1)))


@pytest.mark.parametrize("place", [0, 1, -1])
def test_chances_come_true_as_often_as_they_say(asked, place):
    for outcome in range(len(asked[0].topic.prior)):
        chance = np.array([question.chance[place, outcome] for question in asked])
        misses = chance - np.array([question.outcome == outcome for question in asked])
        assert is_near(misses, 0)
        assert is_near(misses * chance, 0)
        assert is_near(misses**2 - chance * (1 - chance), 0)


def test_log_odds_walk_as_far_as_the_news_says_and_towards_what_will_happen():
    found = many(1200, crowd_of(0))
    walked = [np.diff(log_odds(question.chance))[0] for question in found]
    towards = np.where([question.outcome == 0 for question in found], walked, np.negative(walked))
    assert is_near(towards, 2.0**2 / 2)
    assert is_near((towards - 2.0**2 / 2) ** 2, 2.0**2)


# What is said


def test_who_understands_everything_knows_the_chance_and_who_nothing_says_the_prior():
    crowd = Crowd(
        **{
            name: np.array([value, value]) if name != "skill" else np.array([1.0, 0.0])
            for name, value in (PLAIN | {"withdrawing": 0.0, "activity": 20.0}).items()
        }
    )
    for topic in (TOPIC, THREE):
        found = simulate(topic, crowd, seed=4, grid=False)
        knows = found.record.person == 0
        assert_allclose(found.record.forecasts[knows], found.chance[1:-1][knows])
        assert_allclose(found.record.forecasts[~knows] - topic.prior, 0, atol=1e-12)


@pytest.mark.parametrize("code", range(len(SKILLS)))
def test_people_of_every_skill_are_calibrated(asked, code):
    said, misses = [], []
    for question in asked:
        mine = question.record.forecasts[question.record.person == code, 0]
        if len(mine):
            said.append(mine[-1])
            misses.append(mine[-1] - (question.outcome == 0))
    assert len(said) > 800
    assert is_near(misses, 0)
    assert is_near(np.multiply(misses, said), 0)
    assert is_near(np.multiply(misses, np.greater(said, 0.5)), 0)


def test_skill_orders_scores(asked):
    peers = []
    for question in asked:
        times = {"opens": OPENS, "closes": CLOSES}
        scores = score_question(question.record, outcome=question.outcome, **times)
        peers.append(np.pad(scores.peer, (0, len(SKILLS) - len(scores.peer))))
    for worse, better in pairwise(np.transpose(peers)[::2]):
        error = np.std(better - worse, ddof=1) / math.sqrt(len(peers))
        assert np.mean(better - worse) > 3 * error


def test_what_is_understood_is_spread_by_skill_and_shared_as_far():
    skill, pairs = 0.4, []
    for number in range(1500):
        found = simulate(TOPIC, crowd_of(2, skill=skill), seed=(2, number), grid=False)
        both = [found.record.person == code for code in (0, 1)]
        if both[0].any() and both[1].any():
            sign = 1 if found.outcome == 0 else -1
            over = TOPIC.over(found.record.start.astype(np.int64))
            expected = log_odds(found.chance[:1]) + sign * skill * 2.0**2 * over / 2
            gone = log_odds(found.record.forecasts) - expected
            firsts = [np.flatnonzero(rows)[0] for rows in both]
            pairs.append([*gone[firsts], *over[firsts]])
    one, other, sooner, later = np.array(pairs).T
    assert is_near(one / np.sqrt(sooner), 0)
    assert is_near(one**2 / sooner, skill * 2.0**2)
    assert is_near(one * other / np.minimum(sooner, later), (skill * 2.0) ** 2)


@pytest.mark.parametrize("topic", [TOPIC, THREE])
def test_habits_bend_what_is_said_as_stated(topic):
    crowd = crowd_of(6, skill=0.7)
    plain = np.log(simulate(topic, crowd, seed=8, grid=False).record.forecasts)
    habits = replace(crowd, bias=np.full(6, 0.8), boldness=np.full(6, 1.5))
    bent = np.log(simulate(topic, habits, seed=8, grid=False).record.forecasts)
    expected = 1.5 * plain
    expected[:, 0] += 0.8
    assert_allclose(np.diff(bent), np.diff(expected), atol=1e-12)


def test_noise_is_as_large_as_stated_and_fresh_each_time():
    crowd = crowd_of(40, activity=30)
    plain, noisy = (
        log_odds(
            simulate(
                TOPIC, replace(crowd, noise=np.full(40, n)), seed=8, grid=False
            ).record.forecasts
        )
        for n in (0.0, 0.5)
    )
    errors = noisy - plain
    assert is_near(errors, 0)
    assert is_near(errors**2, 0.5**2)
    assert is_near(errors[1:] * errors[:-1], 0)


@pytest.mark.parametrize(("habit", "value"), [("bias", 1.0), ("noise", 1.5), ("boldness", 2.5)])
def test_a_bad_habit_costs_points(habit, value):
    gaps = []
    for number in range(300):
        expected = []
        for crowd in (crowd_of(6), crowd_of(6, **{habit: value})):
            found = simulate(TOPIC, crowd, seed=(3, number))
            logs = np.log(found.record.forecasts)
            expected.append((found.chance[1:-1] * logs).sum() / max(len(logs), 1))
        gaps.extend(np.diff(expected))
    assert np.mean(gaps) < -SURE * np.std(gaps) / math.sqrt(len(gaps))


def test_a_bias_shows_as_a_miss_to_its_side():
    found = many(600, crowd_of(bias=0.7, activity=4))
    misses = [
        question.record.forecasts[:, 0].mean() - (question.outcome == 0)
        for question in found
        if len(question.record.start)
    ]
    assert np.mean(misses) > SURE * np.std(misses) / math.sqrt(len(misses))


def test_people_are_as_active_as_stated():
    activity = np.array([0.0, 0.5, 2.0, 8.0])
    crowd = replace(crowd_of(4), activity=activity)
    counts = np.array([np.bincount(found.record.person, minlength=4) for found in many(800, crowd)])
    assert counts[:, 0].sum() == 0
    for column, mean in zip(counts.T[1:], activity[1:], strict=True):
        assert is_near(column, mean)
        assert is_near((column - mean) ** 2, mean)


def test_moments_are_uniform_over_the_horizon():
    found = simulate(TOPIC, crowd_of(100, activity=30), seed=1)
    over = TOPIC.over(found.record.start.astype(np.int64))
    assert is_near(over, 1 / 2)
    assert is_near((over - 1 / 2) ** 2, 1 / 12)


def test_a_forecast_stands_until_the_next_or_its_withdrawal():
    found = simulate(TOPIC, crowd_of(8, activity=6), seed=1).record
    for person in range(8):
        mine = found.person == person
        assert_array_equal(found.end[mine][:-1], found.start[mine][1:])
        assert np.isnat(found.end[mine][-1])
    withdrawn = simulate(TOPIC, crowd_of(8, activity=6, withdrawing=1), seed=1).record
    assert_array_equal(withdrawn.start, found.start)
    assert (withdrawn.end < np.where(np.isnat(found.end), CLOSES, found.end)).all()


def test_as_many_are_withdrawn_as_stated():
    plain, some = (
        simulate(TOPIC, crowd_of(100, activity=20, withdrawing=part), seed=1).record
        for part in (0, 0.25)
    )
    changed = (some.end != plain.end) & ~(np.isnat(some.end) & np.isnat(plain.end))
    assert is_near(changed.astype(float), 0.25)


@pytest.mark.parametrize("outcomes", [2, 3, 10, 100])
def test_on_the_grid_forecasts_are_as_given_by_hand(outcomes):
    topic = Topic(opens=OPENS, closes=CLOSES, prior=(1 / outcomes,) * outcomes, news=8.0)
    raw, grid = (
        simulate(topic, crowd_of(30, skill=0.8), seed=5, grid=grid).record.forecasts
        for grid in (False, True)
    )
    assert_allclose(grid * 1000, np.rint(grid * 1000), atol=1e-9)
    assert grid.min() >= 0.001
    assert grid.max() <= 0.999
    assert_allclose(grid.sum(axis=1), 1, atol=1e-12)
    if outcomes == 2:
        assert_allclose(grid, np.clip(raw, 0.001, 0.999), atol=0.0005 + 1e-12)
    moved = np.abs(grid - np.clip(raw, 0.001, 0.999)) > 0.0005 + 1e-12
    assert moved.sum(axis=1).max() <= 1
    assert (raw[moved] >= raw.max(axis=1)[moved.any(axis=1)] - 0.001).all()


def test_nobody_says_nothing():
    for people in (0, 3):
        found = simulate(TOPIC, crowd_of(people, activity=0), seed=1)
        assert found.record.forecasts.shape == (0, 2)
        assert found.chance.shape == (2, 2)


# Crowds and topics


def test_a_drawn_crowd_is_as_stated():
    crowd = draw_crowd(
        4000, seed=1, skill=(0.2, 0.6), bias=0.3, noise=0.4, boldness=0.5, activity=7, heavy=1.0
    )
    assert is_near(crowd.skill, 0.4)
    assert (crowd.skill.min() >= 0.2, crowd.skill.max() <= 0.6) == (True, True)
    assert is_near(crowd.bias, 0)
    assert is_near(crowd.bias**2, 0.3**2)
    assert is_near(crowd.noise, 0.4)
    assert is_near(np.log(crowd.boldness), 0)
    assert is_near(np.log(crowd.boldness) ** 2, 0.5**2)
    assert is_near(crowd.activity, 7)
    busiest = np.sort(crowd.activity)[-400:].sum() / crowd.activity.sum()
    assert busiest == pytest.approx(0.389, abs=0.04)
    assert_array_equal(draw_crowd(5, seed=2).skill, draw_crowd(5, seed=2).skill)


def test_drawn_topics_open_in_turn():
    first = datetime(2026, 1, 1, tzinfo=UTC)
    times = {"first": first, "every": timedelta(days=2), "lasts": timedelta(days=30)}
    topics = draw_topics(300, seed=1, outcomes=2, spread=0.5, news=1.5, **times)
    assert [topic.opens for topic in topics[:2]] == [OPENS, OPENS + np.timedelta64(2, "D")]
    assert topics[1].closes - topics[1].opens == np.timedelta64(30, "D")
    odds = log_odds(np.array([topic.prior for topic in topics]))
    assert is_near(odds, 0)
    assert is_near(odds**2, 2 * 0.5**2)
    assert {topic.news for topic in topics} == {1.5}
    assert topics == draw_topics(300, seed=1, outcomes=2, spread=0.5, news=1.5, **times)
    assert len(draw_topics(2, seed=1, outcomes=4, **times)[0].prior) == 4


def topics_of(count, **changes):
    day = timedelta(days=1)
    return draw_topics(count, seed=1, first=OPENS, every=day, lasts=day, **changes)


def test_a_crowd_of_lists_is_a_crowd():
    crowd = Crowd([0.5], [0], [0], [1], [3], [0])
    assert crowd.people == 1
    assert crowd.bias.dtype == np.float64


@pytest.mark.parametrize(
    ("call", "blamed"),
    [
        (lambda: crowd_of(skill=1.1), "skill must lie between 0 and 1"),
        (lambda: crowd_of(noise=-1), "noise must lie between 0 and inf"),
        (lambda: crowd_of(boldness=-1), "boldness must lie"),
        (lambda: crowd_of(boldness=0), "boldness must be more than 0"),
        (lambda: replace(crowd_of(), noise=["much"]), "noise must hold numbers"),
        (lambda: replace(TOPIC, prior=0.5), "prior must hold at least two outcomes"),
        (lambda: replace(TOPIC, prior=((0.5, 0.5),) * 2), "prior must hold 2 outcomes"),
        (lambda: replace(TOPIC, prior=("a", "b")), "prior must hold numbers"),
        (lambda: replace(TOPIC, news=None), "news must hold numbers"),
        (lambda: replace(TOPIC, opens="now"), "opens must be a moment"),
        (lambda: draw_crowd(1.5, seed=1), "people must be a whole number from 0; got 1.5"),
        (lambda: draw_crowd(1, seed=1, skill=(0.9, 0.1)), "skill must lie .* from the least to"),
        (lambda: draw_crowd(1, seed=1, skill=(0.9,)), "skill must lie between 0 and 1"),
        (lambda: draw_crowd(1, seed=1, skill=0.5), "skill must lie between 0 and 1"),
        (lambda: draw_crowd(1, seed=1, noise=math.nan), "noise must be finite and not negative"),
        (lambda: draw_crowd(1, seed=1, activity="a lot"), "activity must hold numbers"),
        (lambda: draw_crowd(2, seed=1, withdrawing=[0, 1, 0]), "withdrawing must be one number"),
        (lambda: topics_of(-1), "count must be a whole number from 0; got -1"),
        (lambda: topics_of(2.5), "count must be a whole number from 0; got 2.5"),
        (lambda: topics_of(1, outcomes=0), "outcomes must be a whole number from 2; got 0"),
        (lambda: topics_of(1, outcomes=1), "outcomes must be a whole number from 2; got 1"),
        (lambda: topics_of(1, spread=-1), "spread must be finite and not negative; got -1"),
        (lambda: topics_of(1, spread=math.inf), "spread must be finite and not negative"),
        (lambda: crowd_of(activity=-1), "activity must lie"),
        (lambda: crowd_of(withdrawing=2), "withdrawing must lie"),
        (lambda: crowd_of(bias=math.nan), "bias must hold 1 finite numbers"),
        (lambda: replace(crowd_of(2), noise=np.zeros(3)), "noise must hold 2 finite numbers"),
        (lambda: replace(TOPIC, closes=OPENS), "closes must come after opens"),
        (lambda: replace(TOPIC, prior=(0.5, 0.4)), "prior must sum to 1"),
        (lambda: replace(TOPIC, prior=(1.0, 0.0)), "prior must give every outcome more than 0"),
        (lambda: replace(TOPIC, news=-1), "news must be finite and not negative"),
        (lambda: replace(TOPIC, news=math.inf), "news must be finite"),
        (lambda: draw_crowd(-1, seed=1), "people must be a whole number from 0; got -1"),
        (lambda: draw_crowd(1, seed=1, heavy=-1), "heavy must be finite and not negative"),
        (lambda: draw_crowd(1, seed=1, skill=(0, 2)), "skill must lie"),
        (
            lambda: simulate(replace(TOPIC, prior=(1 / 101,) * 101), crowd_of(), seed=1),
            "A topic must have at most 100 outcomes on the grid; got 101",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(call, blamed):
    with pytest.raises(InvalidValueError, match=blamed):
        call()


# The ways to aggregate


@pytest.mark.parametrize("crowd", HABITS)
def test_track_records_never_do_worse_than_the_median_and_better_once_50_are_known(crowd):
    groups = [
        judge(number, HABITS[crowd], known=(0, 10, 50), judged=20, names=("median",))
        for number in range(10)
    ]
    for known in (0, 10, 50):
        for gain, error in gains(groups, f"track_record, {known} known").T:
            assert gain > -2 * error
            assert known < 50 or gain > 2 * error
