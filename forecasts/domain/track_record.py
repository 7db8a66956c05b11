"""What a person's forecast weighs by how well they did before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecasts.domain.changes import Spans
from forecasts.domain.probability import check_array, check_numbers, check_probabilities
from forecasts.domain.record import NEVER, microsecond, microseconds, totals
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.record import ForecastRecord, Moment, Moments

SHRINKAGE = 10.0
"""How many questions' worth of coverage at 0 points everybody starts from."""

POINTS = 20.0
"""So many points of mean peer score make a forecast weigh e times as much."""


MOST = 300.0
"""No weight may be further from 1 than e to this; scores of possible forecasts never are."""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """S scores on other questions, each a row, in any order.

    person: (S,) integers, the codes of the record they are used with. entered: (S,) datetime64
    in UTC, when the resolution that gave the score was entered, which is when it became known to
    everybody. peer: (S,) points. coverage: (S,), 0…1.
    Lists become such arrays. Raises InvalidValueError for other kinds and shapes, and for NaN.

    >>> entered = np.array(["2026-01-01"], dtype="datetime64[us]")
    >>> TrackRecord(person=[0], entered=entered, peer=[30], coverage=[0.5]).peer
    array([30.])
    """

    person: Integers
    entered: Moments
    peer: Floats
    coverage: Floats

    def __post_init__(self) -> None:
        columns = {
            "person": check_array("person", self.person, kinds="iu", rule="be codes from 0"),
            "entered": check_array("entered", self.entered, kinds="M", rule="be moments"),
            "peer": check_numbers("peer", self.peer),
            "coverage": check_probabilities("coverage", self.coverage),
        }
        for name, column in columns.items():
            if column.shape != (columns["person"].size,):
                rule = f"have one row of {columns['person'].size}"
                raise InvalidValueError(name, rule, f"shape {column.shape}")
            object.__setattr__(self, name, column)
        if self.person.min(initial=0) < 0:
            raise InvalidValueError("person", "be codes from 0", self.person.min())
        if (microseconds(self.entered, name="entered") == NEVER).any():
            raise InvalidValueError("entered", "be moments", "NaT")
        if not np.isfinite(self.peer).all():
            raise InvalidValueError("peer", "be finite", self.peer)


def track_record_weights(track: TrackRecord, *, people: int, at: Moment) -> Floats:
    """What a forecast of each of P = `people` weighs at a moment: (P,), 1 for no record.

    exp(r/20) with r = Σ peer / (10 + Σ coverage) over the scores entered before that moment, so
    that nothing is known ahead of its time and one lucky question does not decide.
    Raises InvalidValueError for a code beyond the people, and for scores that no forecast gives.
    Source: our own; the weights of experts by their past, with the shrinkage of the standings.

    >>> track = TrackRecord(
    ...     person=np.array([0]),
    ...     entered=np.array(["2026-01-01"], dtype="datetime64[us]"),
    ...     peer=np.array([220.0]),
    ...     coverage=np.array([1.0]),
    ... )
    >>> track_record_weights(track, people=2, at=np.datetime64("2026-01-02")).round(4)
    array([2.7183, 1.    ])
    """
    known = microseconds(track.entered) < microsecond("at", at)
    person = track.person[known]
    if person.max(initial=-1) >= people:
        raise InvalidValueError("people", "count every code", people)
    peer, coverage = (
        totals(person, column[known], people) for column in (track.peer, track.coverage)
    )
    return _weight(peer, coverage)


def weighed_spans(record: ForecastRecord, track: TrackRecord) -> Spans:
    """The forecasts of a record, each cut where its person's weight changes.

    A score counts from the microsecond after it was entered.
    """
    begun, ended = record.spans()
    stood = np.flatnonzero(begun < ended)
    order = np.lexsort((microseconds(track.entered), track.person))
    cuts = microseconds(track.entered)[order] + 1
    cutting, cut = track.person[order], record.person[stood]
    low = _position(cutting, cuts, cut, begun[stood], "right")
    high = _position(cutting, cuts, cut, ended[stood], "left")
    parts = high - low + 1
    row = np.repeat(np.arange(len(stood)), parts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
    at = low[row] + within
    edges = np.append(cuts, 0)
    start = np.where(within == 0, begun[stood][row], edges[at - 1])
    end = np.where(within == parts[row] - 1, ended[stood][row], edges[at])
    first = np.searchsorted(cutting, cut[row])
    after = np.append(_after_each(track, order), 1.0)
    weight = np.where(at > first, after[at - 1], 1.0)
    by_start = np.argsort(start, kind="stable")
    return Spans(stood[row][by_start], start[by_start], end[by_start], weight[by_start])


def _after_each(track: TrackRecord, order: Integers) -> Floats:
    """What its person weighs from each score on, in order of persons and times: (S,)."""
    person = track.person[order]
    first = np.searchsorted(person, person)
    sums = []
    for column in (track.peer, track.coverage):
        reached = np.concatenate([[0.0], np.cumsum(column[order])])
        sums.append(reached[1:] - reached[first])
    return _weight(*sums)


def _weight(peer: Floats, coverage: Floats) -> Floats:
    powers = peer / (SHRINKAGE + coverage) / POINTS
    if np.abs(powers).max(initial=0) > MOST:
        rule = f"leave the weights between e^−{MOST:g} and e^{MOST:g}"
        raise InvalidValueError("peer", rule, peer[np.abs(powers).argmax()])
    return np.exp(powers)


def _position(
    persons: Integers,
    times: Integers,
    person: Integers,
    time: Integers,
    side: Literal["left", "right"],
) -> Integers:
    """Where (person, time) belongs among pairs sorted by person, then time."""
    known = np.unique(np.concatenate([times, time]))
    keys, key = (
        who * len(known) + np.searchsorted(known, when)
        for who, when in ((persons, times), (person, time))
    )
    return np.searchsorted(keys, key, side)
