"""What a resolution gives: everybody's scores, and the rows of what calibration counts."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from forecasts.domain.aggregation import aggregate_history
from forecasts.domain.forecasts import Score
from forecasts.domain.pools import METHODS, TRACK_RECORD
from forecasts.domain.questions import telling_outcomes
from forecasts.domain.scoring import score_question
from forecasts.domain.time_shares import StandingTimes, standing_times
from forecasts.storage.scores import CROWD, PERSON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from forecasts.domain.questions import Question
    from forecasts.storage.forecasts import Crowd

    Series: TypeAlias = tuple[list[str], list[StandingTimes]]

Columns = dict[str, Any]

CROWD_METHODS = tuple(name for name in METHODS if name != TRACK_RECORD)
"""The ways to aggregate that ask for nothing but the forecasts on the question.

Another one, or another formula for one of them, needs a migration that recounts calibration: what
is stored must stay what replaying the journal gives.
"""


def scores(question: Question, crowd: Crowd, *, outcome: int, known_since: datetime) -> list[Score]:
    """What a resolution gives everybody who forecast, best peer score first."""
    table = score_question(
        crowd.record,
        outcome=outcome,
        opens=question.opens,
        closes=question.closes,
        known=known_since,
    )
    columns = (table.coverage, table.brier, table.log, table.baseline, table.peer)
    given = [
        Score(question.id, person, coverage, _number(brier), _number(log), baseline, peer)
        for person, coverage, brier, log, baseline, peer in zip(
            crowd.people, *(column.tolist() for column in columns), strict=True
        )
    ]
    return sorted(given, key=lambda score: (-score.peer, score.person))


def calibration_rows(
    question: Question, crowd: Crowd, *, outcome: int, known_since: datetime
) -> Iterator[Columns]:
    """Rows of the table `calibration`: in each series, how long which probability stood.

    The crowd by each method and every person are a series. A binary question is one event, that
    it is Yes; any other is one event an outcome. `times` holds of each event whether it happened,
    the probabilities in thousandths, and the microseconds for which they stood.
    """
    happened = [int(event == outcome) for event in range(len(telling_outcomes(question)))]
    until = min(question.closes, known_since)
    for names, found in (*_of_methods(question, crowd, until), _of_people(question, crowd, until)):
        parts = [_split(times, len(names)) for times in found]
        for name, *events in zip(names, *parts, strict=True):
            if events[0][0]:
                times = [[so, *part] for so, part in zip(happened, events, strict=True)]
                yield {"question": question.id, "series": name, "times": json.dumps(times)}


def _of_methods(question: Question, crowd: Crowd, until: datetime) -> Iterator[Series]:
    for method in CROWD_METHODS:
        history = aggregate_history(crowd.record, method=method, until=until, band=False)
        yield (
            [CROWD + method],
            [
                standing_times(
                    probability=history.centre[:, event],
                    start=history.times,
                    opens=question.opens,
                    until=until,
                )
                for event in range(len(telling_outcomes(question)))
            ],
        )


def _of_people(question: Question, crowd: Crowd, until: datetime) -> Series:
    record = crowd.record
    return (
        [PERSON + person for person in crowd.people],
        [
            standing_times(
                probability=record.forecasts[:, event],
                start=record.start,
                end=record.end,
                opens=question.opens,
                until=until,
                series=record.person,
            )
            for event in range(len(telling_outcomes(question)))
        ],
    )


def _split(found: StandingTimes, series: int) -> list[tuple[list[int], list[int]]]:
    """The cells and times of each of so many series."""
    cells, times = found.cell.tolist(), found.time.tolist()
    edges = np.searchsorted(found.series, np.arange(series + 1)).tolist()
    return [(cells[low:high], times[low:high]) for low, high in pairwise(edges)]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
