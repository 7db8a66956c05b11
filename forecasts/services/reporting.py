"""Reporting: what a person may see of questions, forecasts and scores.

Every number that a page shows comes from here. What is the same for everybody and what is one
person's own are apart, so that the first can be kept for all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.aggregation import (
    Aggregate,
    AggregateHistory,
    aggregate,
    aggregate_history,
    default_method,
)
from forecasts.domain.calibration import Reliability, reliability
from forecasts.domain.people import NotAllowedError, Person, Role, require
from forecasts.domain.questions import Kind, Question, State, state_at
from forecasts.domain.record import microsecond
from forecasts.domain.standings import Standings, ranks, standings
from forecasts.storage.scores import CROWD, PERSON

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from forecasts.domain.forecasts import Forecast, Reference, Score
    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.record import ForecastRecord
    from forecasts.site import Site
    from forecasts.storage.forecasts import Crowd

WEEK = timedelta(days=7)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as lists show it.

    `crowd` is the probability of each outcome, None before the first forecast; `leader` the
    outcome to show (Yes, or the likeliest); `move` how much its probability changed in seven
    days, None where there was no crowd forecast then; `disagreement` the width of its quartile
    band; `forecasters` how many have a standing forecast, `forecasts` how many were ever made.
    """

    question: Question
    state: State
    crowd: tuple[float, ...] | None = None
    leader: int = 0
    move: float | None = None
    disagreement: float = 0.0
    forecasters: int = 0
    forecasts: int = 0


@dataclass(frozen=True, slots=True)
class QuestionReport:
    """All that is to be seen of one question by anybody who may see its numbers.

    `until` is where its history ends by now: the present, the close, or when it was known.
    `standing` and `scores` have a name with each, newest and best first.
    """

    row: QuestionRow
    method: str
    history: AggregateHistory
    until: datetime
    standing: tuple[tuple[str, Forecast], ...]
    references: tuple[Reference, ...]
    scores: tuple[tuple[str, Score], ...]


@dataclass(frozen=True, slots=True)
class OwnForecast:
    """One's last forecast on a question, and the score it led to."""

    question: Question
    state: State
    forecast: Forecast
    crowd: tuple[float, ...] | None
    leader: int
    score: Score | None


@dataclass(frozen=True, slots=True)
class StandingsReport:
    """Who did how well: `names[code]` belongs to row `code` of the table."""

    names: tuple[str, ...]
    table: Standings
    questions: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """A way to rank people: by a column of the standings, and what it means in a sentence."""

    column: str
    higher_is_better: bool
    explained: str


RANKINGS = {
    "Mean peer": Ranking(
        "mean_peer",
        higher_is_better=True,
        explained="Peer points for each question covered, with three questions at 0 added, "
        "so that one lucky question does not win.",
    ),
    "Total peer": Ranking(
        "total_peer",
        higher_is_better=True,
        explained="All peer points together: being better than the others, often.",
    ),
    "Baseline": Ranking(
        "baseline",
        higher_is_better=True,
        explained="All points against giving every outcome the same probability.",
    ),
    "Brier": Ranking(
        "brier",
        higher_is_better=False,
        explained="The mean Brier score over scored questions; lower is better.",
    ),
}
"""By what the standings can be ranked; the first is the default."""


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """How stated probabilities compare with what happened; None before anything is scored."""

    reliability: Reliability | None
    questions: int


def check_reader(site: Site, person: Person | None) -> None:
    """Raise `NotAllowedError` where visitors may not read and `person` is one."""
    if person is None and site.settings.visitors == "none":
        doing = "read this site"
        raise NotAllowedError(doing, Role.FORECASTER)


def questions(site: Site, person: Person | None) -> list[QuestionRow]:
    """Every question, in the order in which they were asked."""
    check_reader(site, person)
    now = site.now()
    crowds = site.store.forecasts.crowds()
    return [_row(question, crowds.get(question.id), now) for question in site.store.questions.all()]


def question(site: Site, person: Person | None, question_id: str) -> QuestionReport:
    """One question; raises `NoSuchQuestionError`."""
    check_reader(site, person)
    now = site.now()
    asked = site.store.questions.get(question_id)
    crowd = site.store.forecasts.crowd(question_id, len(asked.outcomes))
    names = _names(site)
    instant = _instant(asked, now)
    standing = site.store.forecasts.standing(question_id, instant)
    method = default_method(len(asked.outcomes))
    return QuestionReport(
        row=_row(asked, crowd, now),
        method=method,
        history=aggregate_history(crowd.record, method=method, until=instant),
        until=_end(asked, now),
        standing=tuple((names[one.person], one) for one in standing),
        references=tuple(
            one for one in site.store.questions.references(question_id) if one.at <= now
        ),
        scores=tuple(
            (names[score.person], score) for score in site.store.scores.of_question(question_id)
        ),
    )


def own_history(site: Site, person: Person | None, question_id: str) -> list[Forecast]:
    """What `person` said on a question, oldest first; nothing for a visitor."""
    check_reader(site, person)
    return [] if person is None else site.store.forecasts.history(question_id, person.id)


def standing_forecasts(site: Site, person: Person | None) -> dict[str, tuple[float, ...]]:
    """What `person` says now, by question id; nothing for a visitor."""
    check_reader(site, person)
    if person is None:
        return {}
    return {
        one.question: one.probabilities
        for one in site.store.forecasts.last_of_person(person.id)
        if one.ends is None
    }


def own_forecasts(site: Site, person: Person | None) -> list[OwnForecast]:
    """The last forecast of `person` on each question they forecast, newest first."""
    forecaster = require(person, Role.FORECASTER, "see your forecasts")
    rows = {row.question.id: row for row in questions(site, person)}
    scores = {score.question: score for score in site.store.scores.of_person(forecaster.id)}
    return [
        OwnForecast(
            question=rows[one.question].question,
            state=rows[one.question].state,
            forecast=one,
            crowd=rows[one.question].crowd,
            leader=rows[one.question].leader,
            score=scores.get(one.question),
        )
        for one in site.store.forecasts.last_of_person(forecaster.id)
    ]


def ranking(site: Site, person: Person | None) -> StandingsReport:
    """The standings over every resolved question."""
    check_reader(site, person)
    scores = site.store.scores.all()
    names = _names(site)
    codes = {one: code for code, one in enumerate(dict.fromkeys(s.person for s in scores))}
    table = standings(
        np.array([codes[score.person] for score in scores], dtype=np.intp),
        peer=np.array([score.peer for score in scores], dtype=float),
        baseline=np.array([score.baseline for score in scores], dtype=float),
        brier=np.array([score.brier for score in scores], dtype=float),
        coverage=np.array([score.coverage for score in scores], dtype=float),
    )
    return StandingsReport(
        names=tuple(names[person_id] for person_id in codes),
        table=table,
        questions=len({score.question for score in scores}),
    )


def places(report: StandingsReport, by: str) -> Integers:
    """Everybody's rank by one of `RANKINGS`, 1 for the best; ties share one."""
    ranking = RANKINGS[by]
    values = getattr(report.table, ranking.column)
    return ranks(values, higher_is_better=ranking.higher_is_better)


def crowd_calibration(site: Site, person: Person | None, method: str) -> CalibrationReport:
    """How well the crowd forecast by `method` is calibrated."""
    check_reader(site, person)
    return _calibration(site, CROWD + method)


def person_calibration(site: Site, person: Person | None, of: str) -> CalibrationReport:
    """How well the person with the id `of` is calibrated."""
    check_reader(site, person)
    return _calibration(site, PERSON + of)


def scored_people(site: Site, person: Person | None) -> list[Person]:
    """Everybody with a score, by name."""
    check_reader(site, person)
    scored = {score.person for score in site.store.scores.all()}
    return [one for one in site.store.people.all() if one.id in scored]


def _calibration(site: Site, series: str) -> CalibrationReport:
    counts = site.store.scores.counts(series)
    if not counts.probability.size:
        return CalibrationReport(None, 0)
    curve = reliability(
        forecast=counts.probability,
        happened=counts.happened,
        weight=counts.weight,
        question=counts.question,
    )
    return CalibrationReport(curve, int(counts.question.max()) + 1)


def _names(site: Site) -> dict[str, str]:
    return {one.id: one.name for one in site.store.people.all()}


def _end(asked: Question, now: datetime) -> datetime:
    known = asked.resolution.known_since if asked.resolution else None
    return min(now, asked.closes, known or now)


def _instant(asked: Question, now: datetime) -> datetime:
    """Just before it is what counts now: what was said by now, or before the end where it came.

    What was said in the very moment in which a question closed or became known does not count.
    """
    return _end(asked, now + MICROSECOND)


def _row(asked: Question, crowd: Crowd | None, now: datetime) -> QuestionRow:
    row = QuestionRow(asked, state_at(asked, now))
    if crowd is None:
        return row
    instant = _instant(asked, now)
    standing = crowd.record.forecasts[_standing(crowd.record, instant)]
    row = replace(row, forecasters=len(standing), forecasts=len(crowd.record.person))
    current = _aggregate(standing)
    if current is None:
        return row
    leader = 0 if asked.kind is Kind.BINARY else int(current.centre.argmax())
    before = _aggregate(crowd.record.forecasts[_standing(crowd.record, instant - WEEK)])
    return replace(
        row,
        crowd=tuple(current.centre.tolist()),
        leader=leader,
        move=None if before is None else float(current.centre[leader] - before.centre[leader]),
        disagreement=float(current.high[leader] - current.low[leader]),
    )


def _aggregate(standing: Floats) -> Aggregate | None:
    return aggregate(standing, method=default_method(standing.shape[1])) if len(standing) else None


def _standing(record: ForecastRecord, instant: datetime) -> NDArray[np.bool_]:
    """Which forecasts stand just before an instant."""
    start, end = record.spans()
    moment = microsecond("instant", instant)
    return (start < moment) & (end >= moment)
