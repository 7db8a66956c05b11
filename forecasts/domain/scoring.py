"""Scores of everybody on a whole question: averaged over its horizon, and at its spot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.active_time import PeerIntegrals
from forecasts.domain.proper_scores import (
    baseline_score,
    brier,
    log_score,
    peer_of_logs,
    peer_scores,
    ranked_probability_score,
    spherical_score,
)
from forecasts.domain.record import ForecastRecord, totals
from forecasts.domain.resolved import Resolved, ScoredRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.record import Moment

__all__ = [
    "ForecastRecord",
    "Resolved",
    "ScoreTable",
    "baseline_score",
    "brier",
    "log_score",
    "peer_scores",
    "ranked_probability_score",
    "score_question",
    "score_questions",
    "spherical_score",
]

BLOCK = 10_000
"""How many forecasts are scored together before a new block is begun."""

A_QUESTION = 10
"""As how many forecasts a question counts: times lie one question after the other on one line of
floats, whose digits a thousand questions leave intact."""


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """What one question gave each of P people; every field is an array (P,), one row a code.

    At each instant every active forecast has the scores of `proper_scores`; peer compares it with
    all that are active at that instant, and gives 0 to one alone. They are integrated over the
    time in which the person's own forecasts were active, from opening to the earlier of the
    scheduled close and the answer, and divided by what follows.
    person: the codes 0…P−1. coverage: the part of the horizon with a forecast, 0…1.
    baseline, peer: points, per horizon, closes − opens: a time without a forecast counts 0.
    brier, log, spherical, ranked_probability: per active time of the person; NaN at coverage 0.
    spot_baseline, spot_peer: points at one moment, 0 for those absent; spot_coverage: 1 for those
    who had a forecast at that moment, 0 for the others.
    """

    person: Integers
    coverage: Floats
    brier: Floats
    log: Floats
    spherical: Floats
    ranked_probability: Floats
    baseline: Floats
    peer: Floats
    spot_baseline: Floats
    spot_peer: Floats
    spot_coverage: Floats


def score_question(
    record: ForecastRecord,
    *,
    outcome: int,
    opens: Moment,
    closes: Moment,
    known: Moment | None = None,
    spot: Moment | None = None,
) -> ScoreTable:
    """Every score of everybody on one resolved question.

    outcome: the index of what happened. The horizon runs from `opens` to `closes`, the scheduled
    close; what stood before it counts from `opens`, and nothing counts from `known` on, when the
    answer was known. `spot`: the moment of the spot scores, by default the earlier of `closes`
    and `known`; a forecast made exactly then counts, unless the answer was known, and so does one
    that stood until then.
    Each score is ∫ score dt over the horizon (points) or over the active time (the others).

    Raises InvalidValueError where the times are out of order, where `outcome` is no index, and
    where any forecast gave 0 to what happened.

    >>> record = ForecastRecord(
    ...     person=np.array([0]),
    ...     start=np.array(["2026-01-06"], dtype="datetime64[us]"),
    ...     end=np.array(["NaT"], dtype="datetime64[us]"),
    ...     forecasts=np.array([[0.9, 0.1]]),
    ... )
    >>> opens, closes = np.datetime64("2026-01-01"), np.datetime64("2026-01-11")
    >>> table = score_question(record, outcome=0, opens=opens, closes=closes)
    >>> table.coverage, table.baseline.round(4)
    (array([0.5]), array([42.3998]))
    """
    return score_questions([Resolved(record, outcome, opens, closes, known, spot)])[0]


def score_questions(questions: Sequence[Resolved]) -> list[ScoreTable]:
    """What `score_question` gives for each of many resolved questions, in their order.

    Several times as fast as one by one where questions are small: those of as many outcomes are
    scored together, as many at once as a processor's cache holds.
    Raises InvalidValueError where any of them is refused.

    >>> score_questions([])
    []
    """
    tables: dict[int, ScoreTable] = {}
    for block in _blocks(questions):
        tables |= zip(block, _scored(ScoredRows.of([questions[i] for i in block])), strict=True)
    return [tables[place] for place in range(len(questions))]


def _blocks(questions: Sequence[Resolved]) -> Iterator[list[int]]:
    """The places of questions that are scored together."""
    block: list[int] = []
    rows = 0
    by_outcomes = sorted(range(len(questions)), key=lambda place: questions[place].outcomes)
    for place in by_outcomes:
        one = questions[place]
        if block and (rows > BLOCK or one.outcomes != questions[block[-1]].outcomes):
            yield block
            block, rows = [], 0
        block.append(place)
        rows += len(one.record.person) + A_QUESTION
    if block:
        yield block


def _scored(rows: ScoredRows) -> list[ScoreTable]:
    people = int(rows.first_person[-1])
    added = added_up(rows.scores(), active=rows.active, code=rows.person, codes=people)
    peer = PeerIntegrals.over(rows.start, rows.stop, rows.ended_by, rows.logs).whole()
    columns = {
        **points_and_means(added, time=added["coverage"], outcomes=rows.forecasts.shape[1]),
        "peer": totals(rows.person, peer, people),
        **spot_scores(rows),
    }
    return [
        ScoreTable(
            person=np.arange(end - first),
            **{name: column[first:end] for name, column in columns.items()},
        )
        for first, end in pairwise(rows.first_person.tolist())
    ]


def added_up(
    scores: dict[str, Floats], *, active: Floats, code: Integers, codes: int
) -> dict[str, Floats]:
    """∫ score dt, by name, of all pieces of time with each code 0…codes−1: (codes,) each.

    scores: by name, (M,), what stood in each piece; active, code: (M,), how long, in horizons,
    and what for. Sends back their `coverage` too.

    >>> added_up({"log": -np.ones(2)}, active=np.array([0.25, 0.5]), code=np.zeros(2, int), codes=1)
    {'coverage': array([0.75]), 'log': array([-0.75])}
    """
    added = {name: totals(code, score * active, codes) for name, score in scores.items()}
    return {"coverage": totals(code, active, codes), **added}


def points_and_means(added: dict[str, Floats], *, time: Floats, outcomes: int) -> dict[str, Floats]:
    """What `added_up` gives with `baseline`, and with each other score over the active time.

    time: the active time, in horizons; NaN comes of none. The baseline score of K outcomes is
    100 · (log + ln K) / ln K, so its integral is found from those of log and coverage.

    >>> half = np.array([0.5])
    >>> points_and_means({"coverage": half, "log": 0 * half}, time=half, outcomes=2)
    {'coverage': array([0.5]), 'log': array([0.]), 'baseline': array([50.])}
    """
    coverage, per_time = added["coverage"], np.where(time > 0, time, np.nan)
    means = {name: sums / per_time for name, sums in added.items()}
    baseline = _baseline(added["log"], coverage, outcomes)
    return {**means, "coverage": coverage, "baseline": baseline}


def spot_scores(rows: ScoredRows) -> dict[str, Floats]:
    """The spot scores of all people on the questions of the rows, by name."""
    people = int(rows.first_person[-1])
    there = np.flatnonzero(rows.there)
    person, logs = rows.person[there], rows.logs[there]
    coverage = totals(person, np.ones(len(there)), people)
    peer = peer_of_logs(logs, rows.question[there])
    return {
        "spot_baseline": _baseline(totals(person, logs, people), coverage, rows.forecasts.shape[1]),
        "spot_peer": totals(person, peer, people),
        "spot_coverage": coverage,
    }


def _baseline(logs: Floats, coverage: Floats, outcomes: int) -> Floats:
    """Sums of baseline scores from those of log scores and of the time or number of forecasts."""
    uniform = math.log(outcomes)
    return 100 * (logs + uniform * coverage) / uniform
