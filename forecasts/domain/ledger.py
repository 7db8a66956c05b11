"""What one person scored on a question, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.active_time import Horizon, PeerIntegrals
from forecasts.domain.days import calendar
from forecasts.domain.record import moment_at, totals
from forecasts.domain.resolved import Resolved, ScoredRows
from forecasts.domain.scoring import added_up, points_and_means, spot_scores
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from datetime import tzinfo

    from numpy.typing import NDArray

    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.record import ForecastRecord, Moment


@dataclass(frozen=True, slots=True)
class Ledger:
    """What each of D days added to one person's scores; every field is an array (D,).

    day: datetime64[D], the days of the time zone that share time with the horizon, in order; a day
    is [midnight, next midnight), cut at opening and close. Each other field sums to that of
    ScoreTable. coverage, baseline, peer: ∫ score dt over the time of the day, per horizon. brier,
    log, spherical, ranked_probability: ∫ score dt over the time of the day, per active time of
    all days; NaN where there is none. spot_…: the spot scores on the day of the spot, the last
    day for a spot at the close, and 0 on the others.
    """

    day: NDArray[np.datetime64]
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


def ledger(
    record: ForecastRecord,
    *,
    person: int,
    outcome: int,
    opens: Moment,
    closes: Moment,
    known: Moment | None = None,
    spot: Moment | None = None,
    zone: tzinfo,
) -> Ledger:
    """The scores of the person with a code, as `score_question` gives them, split into days.

    outcome, opens, closes, known, spot: as there. zone: whose midnights part the days.
    Takes as long as `score_question` once, and a little for each day.
    Raises InvalidValueError as `score_question` does, for a code that the record does not have,
    and for a horizon outside the years 2 to 9998.

    >>> from datetime import UTC
    >>> from forecasts.domain.record import ForecastRecord
    >>> record = ForecastRecord(
    ...     person=np.array([0]),
    ...     start=np.array(["2026-01-01T12:00"], dtype="datetime64[us]"),
    ...     end=np.array(["NaT"], dtype="datetime64[us]"),
    ...     forecasts=np.array([[0.9, 0.1]]),
    ... )
    >>> opens, closes = np.datetime64("2026-01-01"), np.datetime64("2026-01-03")
    >>> days = ledger(record, person=0, outcome=0, opens=opens, closes=closes, zone=UTC)
    >>> days.coverage, days.baseline.round(4)
    (array([0.25, 0.5 ]), array([21.1999, 42.3998]))
    """
    _check_person(person, record)
    horizon = Horizon.between(opens, closes, known)
    rows = ScoredRows.of([Resolved(record, outcome, opens, closes, known, spot)])
    day, bounds = _days(horizon, zone)
    moment = horizon.part(horizon.spot(spot))
    return Ledger(
        day=day, **_over_time(rows, person, bounds), **_at_spot(rows, person, bounds, moment)
    )


def _check_person(person: int, record: ForecastRecord) -> None:
    code = np.asarray(person)
    if code.dtype.kind not in "iu" or code.shape != () or not 0 <= code < record.people:
        raise InvalidValueError("person", "be a code of the record", person)


def _days(horizon: Horizon, zone: tzinfo) -> tuple[NDArray[np.datetime64], Floats]:
    """The D days of the horizon, (D,), and where in it they begin and the last ends, (D + 1,)."""
    ends = moment_at("opens", horizon.opens), moment_at("closes", horizon.closes)
    days = calendar(*ends, zone)
    begins = np.array([begin.replace(tzinfo=None) for begin in days.values()], dtype="M8[us]")
    inner = horizon.part(begins[1:].astype(np.int64))
    return np.array(list(days), dtype="M8[D]"), np.array([0, *inner, 1])


def _over_time(rows: ScoredRows, person: int, bounds: Floats) -> dict[str, Floats]:
    mine = np.flatnonzero(rows.person == person)
    piece, day = _pieces(rows.start[mine], rows.stop[mine], bounds)
    row, days = mine[piece], len(bounds) - 1
    begin = np.maximum(rows.start[row], bounds[day])
    end = np.minimum(rows.stop[row], bounds[day + 1])
    scores = {name: score[row] for name, score in rows.scores().items()}
    added = added_up(scores, active=end - begin, code=day, codes=days)
    integrals = PeerIntegrals.over(rows.start, rows.stop, rows.ended_by, rows.logs)
    return {
        **points_and_means(
            added, time=added["coverage"].sum(keepdims=True), outcomes=rows.forecasts.shape[1]
        ),
        "peer": totals(day, integrals.pieces(row, begin, end), days),
    }


def _at_spot(rows: ScoredRows, person: int, bounds: Floats, moment: Floats) -> dict[str, Floats]:
    inner = bounds[1:-1]
    falls = np.arange(len(inner) + 1) == np.searchsorted(inner, moment, side="right")
    return {name: np.where(falls, score[person], 0) for name, score in spot_scores(rows).items()}


def _pieces(start: Floats, stop: Floats, bounds: Floats) -> tuple[Integers, Integers]:
    """Intervals cut at the bounds: of each of M pieces, which interval and which day it is of."""
    first = np.searchsorted(bounds, start, side="right") - 1
    last = np.searchsorted(bounds, stop, side="left") - 1
    count = last - first + 1
    piece = np.repeat(np.arange(len(count)), count)
    return piece, np.arange(len(piece)) - (np.cumsum(count) - count - first)[piece]
