"""Reporting: what a person may see of questions, forecasts and scores.

Every number that a page shows comes from here. What is the same for everybody and what is one
person's own are apart, so that the first can be kept for all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.aggregation import (
    AggregateHistory,
    aggregate,
    aggregate_history,
    default_method,
    thin,
)
from forecasts.domain.forecasts import StandingForecast
from forecasts.domain.people import NotAllowedError, Person, Role, require
from forecasts.domain.questions import Kind, Question, State, state_at
from forecasts.domain.record import microsecond

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from forecasts.domain.forecasts import Forecast, Reference, Score
    from forecasts.domain.probability import Floats
    from forecasts.domain.record import ForecastRecord
    from forecasts.site import Site
    from forecasts.storage.forecasts import Crowd

WEEK = timedelta(days=7)
MICROSECOND = timedelta(microseconds=1)

WEIGHED = 2_000
"""Up to so many changes of a crowd are all looked at before they are thinned for drawing."""

DRAWN = 400
"""Of so many points at most a history is drawn; a page is not much wider in columns."""


@dataclass(frozen=True, slots=True)
class ListedQuestion:
    """A question as lists choose and order it, which takes no look at its forecasts.

    `last_entry` is the number of the last journal entry about it; `forecasts` how many were ever
    made; `disagreement` how far those that stand now lie apart: half the sum of their variances.
    """

    question: Question
    state: State
    last_entry: int
    forecasts: int
    disagreement: float


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as a page shows it.

    `crowd` is the probability of each outcome, None before the first forecast; `leader` the
    outcome to show (Yes, or the likeliest); `move` how much its probability changed in seven
    days, None where there was no crowd forecast then; `forecasters` how many have a standing
    forecast, `forecasts` how many were ever made.
    """

    question: Question
    state: State
    crowd: tuple[float, ...] | None = None
    leader: int = 0
    move: float | None = None
    forecasters: int = 0
    forecasts: int = 0


@dataclass(frozen=True, slots=True)
class QuestionReport:
    """All that is to be seen of one question by anybody who may see its numbers.

    `history` is thinned for drawing, by `thin`; of one with more than `WEIGHED` changes only so
    many are looked at.
    `until` is where it ends by now: the present, the close, or when the answer was known.
    `standing` is newest first; `scores` have a name with each, best first.
    """

    row: QuestionRow
    method: str
    history: AggregateHistory
    until: datetime
    standing: tuple[StandingForecast, ...]
    references: tuple[Reference, ...]
    scores: tuple[tuple[str, Score], ...]


@dataclass(frozen=True, slots=True)
class OwnForecast:
    """One's last forecast on a question, and the score it led to."""

    listed: ListedQuestion
    forecast: Forecast
    score: Score | None


def check_reader(site: Site, person: Person | None) -> None:
    """Raise `NotAllowedError` where visitors may not read and `person` is one."""
    if person is None and site.settings.visitors == "none":
        doing = "read this site"
        raise NotAllowedError(doing, Role.FORECASTER)


def questions(site: Site, person: Person | None) -> list[ListedQuestion]:
    """Every question, in the order in which they were asked."""
    check_reader(site, person)
    now = site.now()
    return [
        ListedQuestion(asked, state_at(asked, now), last_entry, forecasts, disagreement)
        for asked, last_entry, forecasts, disagreement in site.store.questions.listed()
    ]


def row(site: Site, person: Person | None, listed: ListedQuestion) -> QuestionRow:
    """What a page shows of a question that it lists."""
    check_reader(site, person)
    now = site.now()
    asked = listed.question
    instant = _instant(asked, now)
    standing = site.store.forecasts.standing(asked.id, instant)
    before = site.store.forecasts.standing(asked.id, instant - WEEK)
    return _row(asked, now, listed.forecasts, standing, before)


def question(site: Site, person: Person | None, question_id: str) -> QuestionReport:
    """One question; raises `NoSuchQuestionError`."""
    check_reader(site, person)
    now = site.now()
    asked = site.store.questions.get(question_id)
    crowd = site.store.forecasts.crowd(question_id, len(asked.outcomes))
    scores = site.store.scores.of_question(question_id)
    names = site.store.people.names_on(question_id)
    instant = _instant(asked, now)
    spoken = crowd.record.forecasts
    standing = _standing(crowd.record, instant)
    before = _standing(crowd.record, instant - WEEK)
    method = default_method(len(asked.outcomes))
    return QuestionReport(
        row=_row(asked, now, len(spoken), spoken[standing], spoken[before]),
        method=method,
        history=_drawn_history(crowd.record, method, instant),
        until=_end(asked, now),
        standing=_standing_forecasts(crowd, standing, names),
        references=tuple(
            one for one in site.store.questions.references(question_id) if one.at <= now
        ),
        scores=tuple((names[score.person], score) for score in counted(scores)),
    )


def _drawn_history(record: ForecastRecord, method: str, until: datetime) -> AggregateHistory:
    """Every change while they are few, then as many as a drawing shows."""
    history = aggregate_history(record, method=method, until=until, points=WEIGHED)
    return thin(history, DRAWN)


def own_history(site: Site, person: Person | None, question_id: str) -> list[Forecast]:
    """What `person` said on a question, oldest first; nothing for a visitor."""
    check_reader(site, person)
    return [] if person is None else site.store.forecasts.history(question_id, person.id)


def standing_forecasts(site: Site, person: Person | None) -> dict[str, tuple[float, ...]]:
    """What `person` says now, by question id; nothing for a visitor."""
    check_reader(site, person)
    return {} if person is None else site.store.forecasts.standing_of_person(person.id)


def own_forecasts(
    site: Site, person: Person | None, rows: Sequence[ListedQuestion]
) -> list[OwnForecast]:
    """The last forecast of `person` on each of the questions they forecast, newest first."""
    forecaster = require(person, Role.FORECASTER, "see your forecasts")
    asked = {row.question.id: row for row in rows}
    scores = {score.question: score for score in site.store.scores.of_person(forecaster.id)}
    return [
        OwnForecast(asked[one.question], one, scores.get(one.question))
        for one in site.store.forecasts.last_of_person(forecaster.id)
        if one.question in asked
    ]


def counted(scores: Iterable[Score]) -> list[Score]:
    """The scores of those who had a forecast that counted."""
    return [score for score in scores if score.coverage > 0]


def _end(asked: Question, now: datetime) -> datetime:
    if asked.resolution is None:
        return min(now, asked.closes)
    return min(now, asked.closes, asked.resolution.known_since or asked.resolution.entered)


def _instant(asked: Question, now: datetime) -> datetime:
    """Just before it is what counts now: what was said by now, or before the end where it came.

    What was said in the very moment in which a question closed or became known does not count.
    """
    return _end(asked, now + MICROSECOND)


def _row(
    asked: Question, now: datetime, forecasts: int, standing: Floats, before: Floats
) -> QuestionRow:
    row = QuestionRow(asked, state_at(asked, now), forecasters=len(standing), forecasts=forecasts)
    current, past = _centre(standing), _centre(before)
    if current is None:
        return row
    leader = 0 if asked.kind is Kind.BINARY else int(current.argmax())
    return replace(
        row,
        crowd=tuple(current.tolist()),
        leader=leader,
        move=None if past is None else float(current[leader] - past[leader]),
    )


def _standing_forecasts(
    crowd: Crowd, standing: NDArray[np.bool_], names: Mapping[str, str]
) -> tuple[StandingForecast, ...]:
    record = crowd.record
    rows = np.flatnonzero(standing)[::-1]
    return tuple(
        StandingForecast(
            name=names[crowd.people[record.person[row]]],
            since=record.start[row].astype(datetime).replace(tzinfo=UTC),
            probabilities=tuple(record.forecasts[row].tolist()),
        )
        for row in rows
    )


def _centre(standing: Floats) -> Floats | None:
    if not len(standing):
        return None
    return aggregate(standing, method=default_method(standing.shape[1])).centre


def _standing(record: ForecastRecord, instant: datetime) -> NDArray[np.bool_]:
    """Which forecasts stand just before an instant."""
    start, end = record.spans()
    moment = microsecond("instant", instant)
    return (start < moment) & (end >= moment)
