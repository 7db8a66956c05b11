"""The worked examples by which scores and the crowd forecast are explained, computed here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.domain.aggregation import aggregate, recency_weights
from forecasts.domain.forecasts import Score
from forecasts.domain.record import ForecastRecord
from forecasts.domain.scoring import score_question

DAYS = 10
WHO = ("90 % all the time", "50 % all the time", "90 % from half time on")


@dataclass(frozen=True, slots=True)
class CrowdExample:
    """Three forecasts of Yes, oldest first, their weights, and the crowd forecast they make."""

    forecasts: tuple[float, ...]
    weights: tuple[float, ...]
    median: float
    low: float
    high: float


def crowd() -> CrowdExample:
    """The recency-weighted median of three forecasts."""
    said = np.array([0.8, 0.7, 0.6])
    made = aggregate(np.column_stack([said, 1 - said]), method="recency_weighted_median")
    return CrowdExample(
        forecasts=tuple(said.tolist()),
        weights=tuple(recency_weights(len(said)).tolist()),
        median=float(made.centre[0]),
        low=float(made.low[0]),
        high=float(made.high[0]),
    )


def scores() -> list[tuple[str, Score]]:
    """Who says what on a question that turns out Yes after `DAYS` days, and what they score."""
    start = np.datetime64("2026-01-01", "us")
    middle = start + np.timedelta64(DAYS // 2, "D")
    record = ForecastRecord(
        person=np.array([0, 1, 2]),
        start=np.array([start, start, middle]),
        end=np.array(["NaT"] * 3, dtype="datetime64[us]"),
        forecasts=np.array([[0.9, 0.1], [0.5, 0.5], [0.9, 0.1]]),
    )
    closes = start + np.timedelta64(DAYS, "D")
    table = score_question(record, outcome=0, opens=start, closes=closes)
    return [
        (
            who,
            Score(
                question="example",
                person=who,
                coverage=float(table.coverage[code]),
                brier=float(table.brier[code]),
                log=float(table.log[code]),
                baseline=float(table.baseline[code]),
                peer=float(table.peer[code]),
            ),
        )
        for code, who in enumerate(WHO)
    ]
