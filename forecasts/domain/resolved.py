"""Resolved questions, and the forecasts of many of them in one row of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from forecasts.domain.active_time import Horizon
from forecasts.domain.proper_scores import (
    brier_of,
    check_outcome,
    finite_logs,
    ranked_probability_of,
    spherical_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.record import ForecastRecord, Moment

    Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A resolved question: what everybody said about it, and by what they are scored.

    outcome: the index of what happened. opens, closes: the horizon, with the scheduled close.
    known: when the answer was known. spot: the moment of the spot scores.
    """

    record: ForecastRecord
    outcome: int
    opens: Moment
    closes: Moment
    known: Moment | None = None
    spot: Moment | None = None

    @property
    def outcomes(self) -> int:
        """K, among how many outcomes one happened."""
        return self.record.outcomes


@dataclass(frozen=True, slots=True)
class ScoredRows:
    """The N forecasts on Q resolved questions of K outcomes, one question after the other.

    first_row, first_person: (Q + 1,), where each question's rows and people begin; last the end.
    question, person: (N,), whose row it is; every question has people of its own.
    forecasts: (N, K). outcome: (Q,). given: (N,), what was given to it. logs: (N,), all finite.
    start, stop: (N,), from when to when it counted, in horizons: question q has q…q + 1.
    active: (N,), what lies in between. ended_by: (N,), as a record has it.
    there: (N,), whether it stood at the spot: the close and the answer do not end it there.
    """

    first_row: Integers
    first_person: Integers
    question: Integers
    person: Integers
    forecasts: Floats
    outcome: Integers
    given: Floats
    logs: Floats
    start: Floats
    stop: Floats
    active: Floats
    ended_by: Integers
    there: Booleans

    @classmethod
    def of(cls, questions: Sequence[Resolved]) -> Self:
        """The forecasts on one question or more.

        Raises InvalidValueError where times are out of order, where an outcome is no index, and
        where a forecast gave 0 to what happened.
        """
        records = [one.record for one in questions]
        first_row = _firsts(len(record.person) for record in records)
        first_person = _firsts(record.people for record in records)
        rows = np.diff(first_row)
        given = np.concatenate([_given(one) for one in questions])
        starts, stops, active, there = zip(*map(_times, questions), strict=True)
        start, stop = (
            np.concatenate([place + times for place, times in enumerate(parts)])
            for parts in (starts, stops)
        )
        person = np.concatenate([record.person for record in records])
        return cls(
            first_row=first_row,
            first_person=first_person,
            question=np.repeat(np.arange(len(rows)), rows),
            person=person + np.repeat(first_person[:-1], rows),
            forecasts=np.concatenate([record.forecasts for record in records]),
            outcome=np.array([one.outcome for one in questions]),
            given=given,
            logs=finite_logs(given),
            ended_by=_ended_by(records, first_row),
            start=start,
            stop=stop,
            active=np.concatenate(active),
            there=np.concatenate(there),
        )

    def scores(self) -> dict[str, Floats]:
        """The scores that describe how well each forecast did, by name, (N,) each."""
        columns = np.array(self.forecasts.T, dtype=np.float64, order="C")
        spherical = spherical_of(columns, self.given)
        for outcome, (first, end) in zip(self.outcome, pairwise(self.first_row), strict=True):
            columns[outcome, first:end] -= 1
        return {
            "log": self.logs,
            "brier": brier_of(columns),
            "spherical": spherical,
            "ranked_probability": ranked_probability_of(columns),
        }


def _firsts(sizes: Iterable[int]) -> Integers:
    return np.array([0, *accumulate(sizes)])


def _given(one: Resolved) -> Floats:
    check_outcome(one.outcome, outcomes=one.outcomes, shape=())
    given: Floats = one.record.forecasts[:, one.outcome]
    return given


def _ended_by(records: Sequence[ForecastRecord], first_row: Integers) -> Integers:
    """What ended each row where rows are numbered through, and so are other ends after them."""
    ended_by = np.concatenate([record.ended_by() for record in records])
    rows = np.diff(first_row)
    otherwise = ended_by >= np.repeat(rows, rows)
    ended_by += np.repeat(first_row[:-1], rows)
    ended_by[otherwise] = len(ended_by) + np.arange(np.count_nonzero(otherwise))
    return ended_by


def _times(one: Resolved) -> tuple[Floats, Floats, Floats, Booleans]:
    """When each row of a question counted, in horizons, and whether at the spot."""
    horizon = Horizon.between(one.opens, one.closes, one.known)
    spot = horizon.spot(one.spot)
    begun, ended = one.record.spans()
    from_opening = np.maximum(begun, horizon.opens)
    there = (from_opening <= spot) & (spot < ended) & (begun < horizon.answer)
    start = horizon.part(np.minimum(from_opening, horizon.last))
    stop = horizon.part(np.minimum(np.maximum(ended, horizon.opens), horizon.last))
    return start, stop, stop - start, there
