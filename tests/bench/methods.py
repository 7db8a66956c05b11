"""How well each way to aggregate serves simulated groups, against the plain median."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.aggregation import METHODS, aggregate
from forecasts.domain.scoring import brier, log_score, score_question
from forecasts.domain.simulation import draw_crowd, draw_topics, simulate
from forecasts.domain.track_record import TrackRecord, track_record_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from figures import Size

    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.simulation import Crowd, SimulatedQuestion

    Way = Callable[["Look"], Floats]

HABITS = {
    "all are alike": {"skill": (0.5, 0.5), "bias": 0, "noise": 0, "boldness": 0},
    "skill from a tenth to nine tenths": {},
    "some know nothing, some mislead": {
        "skill": (0, 1),
        "bias": 0.4,
        "noise": 0.6,
        "boldness": 0.4,
    },
}
PRIORED = ("extremised", "neyman_roughgarden")
"""The methods that pull away from a prior: a uniform one, or the true one where that is given."""

KNOWN = (0, 10, 50, 100)
JUDGED = 30
PEOPLE = (5, 30)
PARTS = (1 / 3, 2 / 3)
"""When a judged question is looked at, as parts of its horizon."""

NEW_YEAR = np.datetime64("2026-01-01", "us")


@dataclass(frozen=True, slots=True)
class Look:
    """What stands at one moment of a question, and how likely its outcomes are, first and then."""

    forecasts: Floats
    person: Integers
    prior: tuple[float, ...]
    chance: Floats


def methods(size: Size) -> Iterator[str]:
    """Two expected scores of every method, less those of the median, with standard errors."""
    most = 5 * size.groups
    known = [number for number in KNOWN if number <= most]
    for crowd, habits in HABITS.items():
        groups = [
            judge(number, habits, known=known, judged=min(JUDGED, most))
            for number in range(size.groups)
        ]
        yield f"{size.groups} groups of 5 to 30; {crowd}".ljust(56) + "log, points     Brier × 1000"
        for way in groups[0]:
            (log, error), (square, its_error) = gains(groups, way).T
            yield f"    {way:<44} {log:+7.2f} ± {error:4.2f}  {square:+8.2f} ± {its_error:4.2f}"


def gains(groups: Sequence[dict[str, Floats]], way: str) -> Floats:
    """How much better than the median: mean and its standard error over groups, (2, 2)."""
    better = np.array([group[way] - group["median"] for group in groups])
    return np.array([better.mean(axis=0), better.std(axis=0, ddof=1) / np.sqrt(len(better))])


def judge(
    number: int,
    habits: dict[str, object],
    *,
    known: Sequence[int],
    judged: int,
    names: Sequence[str] = tuple(METHODS),
) -> dict[str, Floats]:
    """The mean expected scores of every way, (2,), high is good, on questions of one group.

    All are judged on the same questions, which come after the last that is known. Who knew the
    chance itself would do best.
    """
    people = int(np.random.default_rng((number, 0)).integers(*PEOPLE, endpoint=True))
    crowd = draw_crowd(people, seed=(number, 1), **habits)
    questions = _questions(number, crowd, max(known) + judged)
    ways: dict[str, Way] = {
        name: partial(_together, name) for name in names if name != "track_record"
    }
    ways |= {f"{name}, prior given": partial(_away, name) for name in PRIORED if name in names}
    for so_many in known:
        weights = _weights(questions[:so_many], people)
        ways[f"track_record, {so_many} known"] = partial(_weighed, weights)
    ways["the chance itself"] = attrgetter("chance")
    looks = [look for question in questions[max(known) :] for look in _looks(question)]
    return {
        name: np.mean([_expected(way(look), look.chance) for look in looks], axis=0)
        for name, way in ways.items()
    }


def _together(name: str, look: Look) -> Floats:
    return aggregate(look.forecasts, method=name).centre


def _away(name: str, look: Look) -> Floats:
    return aggregate(look.forecasts, method=name, prior=look.prior).centre


def _weighed(weights: Floats, look: Look) -> Floats:
    given = weights[look.person]
    return aggregate(look.forecasts, method="track_record", weights=given).centre


def _questions(number: int, crowd: Crowd, count: int) -> list[SimulatedQuestion]:
    day = timedelta(days=1)
    times = {"first": NEW_YEAR, "every": day, "lasts": 60 * day}
    topics = draw_topics(count, seed=(number, 2), **times)
    return [simulate(topic, crowd, seed=(number, 3, place)) for place, topic in enumerate(topics)]


def _weights(known: Sequence[SimulatedQuestion], people: int) -> Floats:
    """What everybody weighs after so many questions."""
    tables = [
        score_question(
            question.record,
            outcome=question.outcome,
            opens=question.topic.opens,
            closes=question.topic.closes,
        )
        for question in known
    ]
    scores = [np.concatenate([[], *(table.peer for table in tables)])]
    scores.append(np.concatenate([[], *(table.coverage for table in tables)]))
    person = np.concatenate([np.empty(0, np.int64), *(table.person for table in tables)])
    track = TrackRecord(person, np.full(person.shape, NEW_YEAR), *scores)
    return track_record_weights(track, people=people, at=NEW_YEAR + 1)


def _looks(question: SimulatedQuestion) -> Iterator[Look]:
    start, end = question.record.spans()
    first, last = question.topic.span
    for part in PARTS:
        moment = round(first + part * (last - first))
        stands = (start <= moment) & (moment < end)
        chance = question.chance[np.searchsorted(start, moment, side="right")]
        if stands.any():
            record, prior = question.record, question.topic.prior
            yield Look(record.forecasts[stands], record.person[stands], prior, chance)


def _expected(one: Floats, chance: Floats) -> tuple[float, float]:
    """The log score in points and the Brier score in thousandths, turned round, by the chances."""
    each = {"forecast": np.tile(one, (one.size, 1)), "outcome": np.arange(one.size)}
    return 100 * chance @ log_score(**each), -1000 * chance @ brier(**each)
