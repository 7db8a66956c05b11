"""A simulated crowd: forecasters of stated habits on questions whose chances are known.

What will happen, outcome Y of K, is drawn from the prior at the opening, and news comes in until
the close: K signals of which that of Y drifts. With t the share of the time that is over,
μ = news/√2 and B standard Brownian motions, the signals are Z_k = μ·t·[k = Y] + B_k, and the
chance of outcome k given all news so far is known exactly: it is ∝ prior_k·e^(μ·Z_k). It is a
martingale whose log-odds walk: of all questions with a chance of 0.3 at some moment 30 % happen.
A person of skill s sees each signal through noise of their own and draws the right conclusion from
what they see: ln prior_k + μ·(s·Z_k + √(s(1−s))·W_k), with W Brownian motions of their own. So
people of every skill are calibrated, and the skilled say more. Habits then bend what is said:
times boldness, plus bias for the first outcome, plus fresh noise; made to sum to 1, that is the
forecast. The model is that of hypotheses tested by a Brownian motion with drift, Shiryaev 1978,
Optimal Stopping Rules, doi 10.1007/978-3-540-74011-7, chapter 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.habits import Crowd, check_spread, draw_crowd
from forecasts.domain.probability import BOUNDS, Floats, Integers, check_count, check_prior
from forecasts.domain.record import NEVER, ForecastRecord, Moments, microsecond
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from numpy.random import Generator

    from forecasts.domain.record import Moment

__all__ = ["Crowd", "SimulatedQuestion", "Topic", "draw_crowd", "draw_topics", "simulate"]

STEPS = 1000
"""Into how many steps a probability on the grid is cut."""

MOST_OUTCOMES = 100
"""Of how many outcomes a forecast may be on the grid."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A question to simulate: from when to when, how likely at the opening, and how much news.

    prior: (K,) chances at the opening, none 0. news: by how much, as a standard deviation, the
    log-odds of two outcomes walk from opening to close, 0 or more; 3 settles most questions.
    Raises InvalidValueError for times out of order, a bad prior and negative news.

    >>> opens, closes = np.datetime64("2026-01-01"), np.datetime64("2026-03-01")
    >>> Topic(opens=opens, closes=closes, prior=(0.3, 0.7), news=2.0).prior
    (0.3, 0.7)
    """

    opens: Moment
    closes: Moment
    prior: tuple[float, ...]
    news: float

    def __post_init__(self) -> None:
        first, last = self.span
        if first >= last:
            raise InvalidValueError("closes", "come after opens", self.closes)
        prior = check_prior(self.prior)
        check_prior(prior, outcomes=prior.shape[-1])
        check_spread("news", self.news)

    @property
    def span(self) -> tuple[int, int]:
        """Opening and close in microseconds since 1970."""
        return microsecond("opens", self.opens), microsecond("closes", self.closes)

    @property
    def pace(self) -> float:
        """μ, by how much a signal drifts from opening to close, in its standard deviations."""
        return self.news / math.sqrt(2)

    def over(self, times: Integers) -> Floats:
        """The share of the time from opening to close that is over at each moment, (T,)."""
        first, last = self.span
        return (times - first) / (last - first)


@dataclass(frozen=True, slots=True)
class SimulatedQuestion:
    """What happened, what was said, and what the chances were.

    outcome: the index of what happened. record: the N forecasts, with codes 0…P−1; those that
    stand at the close end in NaT. times, chance: (N + 2,) and (N + 2, K), the chances at the
    opening, at the moment of each forecast in the order of the record, and at the close.
    """

    topic: Topic
    outcome: int
    record: ForecastRecord
    times: Moments
    chance: Floats


def draw_topics(
    count: int,
    *,
    seed: int | Sequence[int],
    first: Moment,
    every: timedelta,
    lasts: timedelta,
    outcomes: int = 2,
    spread: float = 1.0,
    news: float = 2.0,
) -> tuple[Topic, ...]:
    """So many questions drawn at random, the same for the same seed.

    They open one after another, from `first` on in steps of `every`, and each `lasts` so long.
    The logarithms of their priors' K numbers are normal with the standard deviation `spread`
    before they are made to sum to 1; 0 makes all outcomes as likely. news: of each, see `Topic`.
    Raises InvalidValueError as `Topic` does, for a spread that is negative or infinite, for a
    count below 0 and fewer than two outcomes.
    Source: our own.

    >>> from datetime import timedelta
    >>> day = timedelta(days=1)
    >>> new_year = np.datetime64("2026-01-01")
    >>> topics = draw_topics(2, seed=1, first=new_year, every=day, lasts=9 * day, spread=0)
    >>> topics[1].opens.item().day, topics[1].prior
    (2, (0.5, 0.5))
    """
    shape = check_count("count", count), check_count("outcomes", outcomes, least=2)
    check_spread("spread", spread)
    draw = np.random.default_rng(seed)
    priors = _to_one(draw.normal(0, spread, shape))
    opened = np.datetime64(microsecond("first", first), "us") + np.arange(count) * np.timedelta64(
        every
    )
    return tuple(
        Topic(opens=opens, closes=opens + np.timedelta64(lasts), prior=tuple(prior), news=news)
        for opens, prior in zip(opened, priors.tolist(), strict=True)
    )


def simulate(
    topic: Topic, crowd: Crowd, *, seed: int | Sequence[int], grid: bool = True
) -> SimulatedQuestion:
    """What a crowd says of one question and what comes of it, the same for the same seed.

    How many forecasts each person makes is Poisson with the mean `activity`; their moments are
    uniform from opening to close. One that is withdrawn ends at a moment uniform until the
    person's next or the close. Seeds of many questions may be pairs such as (7, number).
    grid: forecasts lie on steps of 0.001, from 0.001 to 0.999, as given by hand, and the largest
    number takes what makes the sum 1; otherwise they are as they come.
    Raises InvalidValueError for more than 100 outcomes on the grid.

    >>> new_year = np.datetime64("2026-01-01", "us")
    >>> topic = Topic(opens=new_year, closes=new_year + 10**12, prior=(0.3, 0.7), news=2)
    >>> question = simulate(topic, draw_crowd(5, seed=1), seed=1)
    >>> question.chance[0].tolist(), len(question.chance) - len(question.record.forecasts)
    ([0.3, 0.7], 2)
    """
    if grid and len(topic.prior) > MOST_OUTCOMES:
        rule = f"have at most {MOST_OUTCOMES} outcomes on the grid"
        raise InvalidValueError("A topic", rule, len(topic.prior))
    draw = np.random.default_rng(seed)
    outcome = int(draw.choice(len(topic.prior), p=topic.prior))
    person, start = _moments(draw, topic, crowd)
    times = np.concatenate([topic.span[:1], start, topic.span[1:]])
    known = np.log(topic.prior) + _news(draw, topic, times, outcome)
    own = _own_walks(draw, person, topic.over(start), len(topic.prior))
    understood = _understood(topic, crowd.skill[person], known[1:-1], own)
    said = _to_one(_bent(draw, crowd, person, understood))
    record = ForecastRecord(
        person=person,
        start=start.astype("datetime64[us]"),
        end=_ends(draw, topic, crowd, person, start),
        forecasts=_on_grid(said) if grid else said,
    )
    return SimulatedQuestion(topic, outcome, record, times.astype("datetime64[us]"), _to_one(known))


def _moments(draw: Generator, topic: Topic, crowd: Crowd) -> tuple[Integers, Integers]:
    """Who forecasts and when, in the order of time."""
    person = np.repeat(np.arange(crowd.people), draw.poisson(crowd.activity))
    start = draw.integers(*topic.span, person.size)
    order = np.argsort(start, kind="stable")
    return person[order], start[order]


def _news(draw: Generator, topic: Topic, times: Integers, outcome: int) -> Floats:
    """μ·Z at rising times, (T, K)."""
    outcomes = np.arange(len(topic.prior))
    walk = _walk(draw, topic.over(times), outcomes.size)
    drift = topic.pace * topic.over(times)[:, np.newaxis] * np.equal(outcomes, outcome)
    return topic.pace * (drift + walk)


def _own_walks(draw: Generator, person: Integers, over: Floats, outcomes: int) -> Floats:
    """W at the moments of each person's forecasts, (N, K)."""
    order = np.argsort(person, kind="stable")
    begins = np.diff(person[order], prepend=-1) > 0
    gaps = np.where(begins, over[order], np.diff(over[order], prepend=0))
    steps = np.sqrt(gaps)[:, np.newaxis] * draw.standard_normal((len(person), outcomes))
    walked: Floats = np.cumsum(steps, axis=0)
    before = (walked - steps)[begins]
    walks = np.empty_like(walked)
    walks[order] = walked - before[np.cumsum(begins) - 1]
    return walks


def _understood(topic: Topic, skill: Floats, known: Floats, own: Floats) -> Floats:
    """What forecasters conclude from what they see: logarithms, (N, K), up to a constant a row."""
    prior: Floats = np.log(topic.prior)
    part = skill[:, np.newaxis]
    return prior + part * (known - prior) + np.sqrt(part * (1 - part)) * topic.pace * own


def _bent(draw: Generator, crowd: Crowd, person: Integers, understood: Floats) -> Floats:
    """What they say of it, by their habits: logarithms too."""
    said: Floats = crowd.boldness[person, np.newaxis] * understood
    said[:, 0] += crowd.bias[person]
    errors: Floats = crowd.noise[person, np.newaxis] * draw.standard_normal(said.shape)
    return said + errors / math.sqrt(2)


def _ends(
    draw: Generator, topic: Topic, crowd: Crowd, person: Integers, start: Integers
) -> Moments:
    """When each forecast ends: withdrawn, replaced, or NaT."""
    following = np.full(len(person), NEVER)
    order = np.argsort(person, kind="stable")
    again = np.flatnonzero(np.diff(person[order]) == 0)
    following[order[again]] = start[order[again + 1]]
    stands = np.minimum(following, topic.span[1]) - start
    part, fate = draw.random((2, len(person)))
    taken_back = start + (part * stands).astype(np.int64)
    end = np.where(fate < crowd.withdrawing[person], taken_back, following)
    return np.where(end == NEVER, np.datetime64("NaT"), end.astype("datetime64[us]"))


def _walk(draw: Generator, over: Floats, outcomes: int) -> Floats:
    """Brownian motions at rising moments, (T, K), from 0 at 0."""
    steps = np.sqrt(np.diff(over, prepend=0))[:, np.newaxis]
    walk: Floats = np.cumsum(steps * draw.standard_normal((len(over), outcomes)), axis=0)
    return walk


def _to_one(logs: Floats) -> Floats:
    terms: Floats = np.exp(logs - logs.max(axis=-1, keepdims=True))
    totals: Floats = np.sum(terms, axis=-1, keepdims=True)
    return terms / totals


def _on_grid(vectors: Floats) -> Floats:
    steps: Floats = np.rint(STEPS * np.clip(vectors, *BOUNDS))
    steps[np.arange(len(steps)), steps.argmax(axis=1)] += STEPS - steps.sum(axis=1)
    return steps / STEPS
