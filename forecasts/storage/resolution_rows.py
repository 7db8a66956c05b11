"""What a resolution gives: everybody's scores, and the rows of what calibration counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecasts.domain.aggregation import METHODS, aggregate_history
from forecasts.domain.calibration import GRID, time_shares
from forecasts.domain.forecasts import Score
from forecasts.domain.questions import telling_outcomes
from forecasts.domain.scoring import score_question
from forecasts.storage.scores import CROWD, PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from forecasts.domain.events import QuestionResolved
    from forecasts.domain.probability import Floats
    from forecasts.domain.questions import Question
    from forecasts.domain.record import Moments
    from forecasts.storage.forecasts import Crowd

    Series = tuple[str, Floats, Moments, Moments | None]

Columns = dict[str, Any]


def scores(question: Question, crowd: Crowd, *, outcome: int, known_since: datetime) -> list[Score]:
    """What a resolution gives everybody who forecast, best peer score first."""
    table = score_question(
        crowd.record,
        outcome=outcome,
        opens=question.opens,
        closes=question.closes,
        known=known_since,
    )
    given = [
        Score(
            question=question.id,
            person=person_id,
            coverage=float(table.coverage[code]),
            brier=_number(table.brier[code]),
            log=_number(table.log[code]),
            baseline=float(table.baseline[code]),
            peer=float(table.peer[code]),
        )
        for code, person_id in enumerate(crowd.people)
    ]
    return sorted(given, key=lambda score: (-score.peer, score.person))


def calibration_rows(
    question: Question, crowd: Crowd, event: QuestionResolved
) -> Iterator[Columns]:
    """Rows of the table `calibration`: in each series, how long which probability stood.

    The crowd by each method and every person are a series. A question weighs 1 in each: a binary
    one as the event that it is Yes, any other as one event an outcome.
    """
    until = min(question.closes, event.known_since)
    events = len(telling_outcomes(question))
    for series, probabilities, start, end in (*_crowd(crowd, until), *_people(crowd)):
        for outcome in range(events):
            values, shares = time_shares(
                probability=probabilities[:, outcome],
                start=start,
                end=end,
                opens=question.opens,
                until=until,
            )
            for value, share in zip(values, shares, strict=True):
                yield {
                    "question": question.id,
                    "series": series,
                    "outcome": outcome,
                    "probability": round(value * GRID),
                    "weight": float(share) / events,
                    "happened": int(outcome == event.outcome),
                }


def _crowd(crowd: Crowd, until: datetime) -> Iterator[Series]:
    for method in METHODS:
        history = aggregate_history(crowd.record, method=method, until=until)
        yield CROWD + method, history.centre, history.times, None


def _people(crowd: Crowd) -> Iterator[Series]:
    record = crowd.record
    by_person = np.argsort(record.person, kind="stable")
    firsts = np.searchsorted(record.person[by_person], np.arange(1, len(crowd.people)))
    for person_id, rows in zip(crowd.people, np.split(by_person, firsts), strict=False):
        yield PERSON + person_id, record.forecasts[rows], record.start[rows], record.end[rows]


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
