"""What a crowd said over time, and as much of it as a drawing can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.record import microseconds
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.record import Moments

A_COLUMN = 4
"""How many points say all of a column of a drawing: its first, its last, and two turns."""

NOBODY = 2.0
"""Where the centre of nobody is drawn to find turns: outside of 0…1, so that a gap is one."""


@dataclass(frozen=True, slots=True)
class AggregateHistory:
    """What a crowd said from each of M changes on, until the next; the last stands on.

    times: (M,) datetime64[us], rising. centre, low, high: (M, K), NaN where nobody is active.
    count: (M,), how many forecasts are active.
    """

    times: Moments
    centre: Floats
    low: Floats
    high: Floats
    count: Integers


def thin(history: AggregateHistory, points: int) -> AggregateHistory:
    """At most so many of the changes of a history, those that its drawing as steps needs.

    The time is cut into points/4 columns. Of each are kept the first change, the last, the one
    that is farthest from the first (in the largest difference of any outcome), and the one that
    is farthest from that: for two outcomes the highest and the lowest. So a line drawn as wide
    as the columns covers what the line of all changes covers, whatever their number.
    Raises InvalidValueError for fewer than 4 points.
    Source: the M4 aggregation of Jugel et al. 2014, doi 10.14778/2732951.2732953, for vectors.

    >>> ones = np.array([[0.1], [0.2], [0.9], [0.3], [0.3], [0.2]])
    >>> both, times = np.hstack([ones, 1 - ones]), np.arange(6).astype("datetime64[us]")
    >>> thin(AggregateHistory(times, both, both, both, np.arange(6)), 4).count
    array([0, 2, 5])
    """
    if points < A_COLUMN:
        raise InvalidValueError("points", f"be at least {A_COLUMN}", points)
    if len(history.times) <= points:
        return history
    columns = points // A_COLUMN
    times = microseconds(history.times)
    edges = np.linspace(times[0], times[-1], columns + 1)[1:-1]
    drawn = np.where(np.isnan(history.centre), NOBODY, history.centre)
    parts = np.split(np.arange(len(times)), np.searchsorted(times, edges))
    kept = np.unique([row for part in parts if len(part) for row in _turns(drawn, part)])
    return AggregateHistory(
        history.times[kept],
        history.centre[kept],
        history.low[kept],
        history.high[kept],
        history.count[kept],
    )


def _turns(drawn: Floats, rows: Integers) -> tuple[int, int, int, int]:
    first = rows[0]
    farthest = rows[_distance(drawn[rows], drawn[first]).argmax()]
    opposite = rows[_distance(drawn[rows], drawn[farthest]).argmax()]
    return first, farthest, opposite, rows[-1]


def _distance(drawn: Floats, other: Floats) -> Floats:
    distance: Floats = np.abs(drawn - other).max(axis=1)
    return distance
