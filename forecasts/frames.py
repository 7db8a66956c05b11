"""Domain objects as tables: each function says which columns it gives."""

from __future__ import annotations

from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from forecasts.domain.aggregation import AggregateHistory
    from forecasts.domain.calibration import Reliability
    from forecasts.domain.forecasts import Forecast, Reference, Score, StandingForecast
    from forecasts.domain.probability import Integers
    from forecasts.domain.standings import Standings

SPREAD_BINS = 10


def history(crowd: AggregateHistory, outcomes: Sequence[str], *, until: datetime) -> pd.DataFrame:
    """The crowd forecast at every change, and once more at `until`.

    Columns: time (UTC), outcome, probability, low, high (its quartiles), forecasters. Where
    nobody had a forecast, the probabilities are missing.
    """
    end = pd.Timestamp(until).tz_localize(None).to_datetime64()
    kept = np.arange(len(crowd.times))
    times = crowd.times
    if len(times) and times[-1] < end:
        times, kept = np.append(times, end), np.append(kept, kept[-1])
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "time": pd.to_datetime(times, utc=True),
                    "outcome": outcome,
                    "probability": crowd.centre[kept, index],
                    "low": crowd.low[kept, index],
                    "high": crowd.high[kept, index],
                    "forecasters": crowd.count[kept],
                }
            )
            for index, outcome in enumerate(outcomes)
        ],
        ignore_index=True,
    )


def own_history(
    forecasts: Sequence[Forecast], outcomes: Sequence[str], *, until: datetime
) -> pd.DataFrame:
    """One person's forecasts as steps: columns time (UTC), outcome, probability.

    A forecast that was withdrawn, or still stands at `until`, ends with a row of its own; after
    a withdrawal the probability is missing until the next.
    """
    rows: list[tuple[datetime, str, float | None]] = []
    counted = [one for one in forecasts if one.starts <= until]
    for forecast, following in zip_longest(counted, counted[1:]):
        said = list(zip(outcomes, forecast.probabilities, strict=True))
        ends = min(forecast.ends or until, until)
        rows += [(forecast.starts, outcome, probability) for outcome, probability in said]
        if following is None or following.starts > ends:
            rows += [(ends, outcome, probability) for outcome, probability in said]
            rows += [(ends, outcome, None) for outcome in outcomes]
    return _table(rows, ["time", "outcome", "probability"], "time")


def references(others: Sequence[Reference], outcomes: Sequence[str]) -> pd.DataFrame:
    """What others said: columns time (UTC), outcome, probability, source."""
    rows = [
        (one.at, outcome, probability, one.source)
        for one in others
        for outcome, probability in zip(outcomes, one.probabilities, strict=True)
    ]
    return _table(rows, ["time", "outcome", "probability", "source"], "time")


def spread(probabilities: Sequence[float]) -> pd.DataFrame:
    """How many forecasts lie in each tenth: columns from, to, range, forecasts.

    A forecast on a border counts above it.
    """
    tenths = np.minimum(np.floor(np.asarray(probabilities) * SPREAD_BINS + 1e-9), SPREAD_BINS - 1)
    edges = np.arange(SPREAD_BINS + 1) * 100 // SPREAD_BINS
    return pd.DataFrame(
        {
            "from": edges[:-1] / 100,
            "to": edges[1:] / 100,
            "range": [f"{low}–{high} %" for low, high in pairwise(edges)],
            "forecasts": np.bincount(tenths.astype(int), minlength=SPREAD_BINS),
        }
    )


def reliability(curve: Reliability) -> pd.DataFrame:
    """A reliability curve: columns forecast, happened (as fitted), low, high, share of use."""
    return pd.DataFrame(
        {
            "forecast": curve.forecast,
            "happened": curve.curve,
            "low": curve.low,
            "high": curve.high,
            "share": curve.weight / curve.weight.sum(),
        }
    )


def _table(rows: Sequence[tuple[object, ...]], columns: list[str], moment: str) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns)
    table[moment] = pd.to_datetime(table[moment], utc=True)
    table["probability"] = table["probability"].astype(float)
    return table


def together(crowd: pd.DataFrame, own: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """One outcome's history, one's own and the references under each other, with a column whose."""
    tables = [crowd.assign(whose="Crowd"), own.assign(whose="You")]
    tables.append(others.rename(columns={"source": "whose"}))
    table = pd.concat(tables, ignore_index=True)
    return table.dropna(subset="probability").sort_values("time", kind="stable")


def forecasts(outcomes: Sequence[str], said: Sequence[Forecast]) -> pd.DataFrame:
    """One person's forecasts, newest first: columns from, until (UTC), then one an outcome."""
    table = pd.DataFrame(
        {
            "from": [one.starts for one in said],
            "until": pd.Series([one.ends for one in said], dtype="datetime64[us, UTC]"),
            **_said(outcomes, said, beside=("from", "until")),
        }
    )
    return table.iloc[::-1]


def standing(said: Sequence[StandingForecast], outcomes: Sequence[str]) -> pd.DataFrame:
    """Forecasts with a name each: columns forecaster, since (UTC), then one an outcome."""
    return pd.DataFrame(
        {
            "forecaster": [one.name for one in said],
            "since": [one.since for one in said],
            **_said(outcomes, said, beside=("forecaster", "since")),
        }
    )


def _said(
    outcomes: Sequence[str], said: Sequence[Forecast | StandingForecast], *, beside: Sequence[str]
) -> dict[str, list[float]]:
    """A column of probabilities for each outcome, named apart from the columns `beside` it."""
    return {
        f"{outcome} (outcome)" if outcome in beside else outcome: [
            one.probabilities[index] for one in said
        ]
        for index, outcome in enumerate(outcomes)
    }


def scores(rows: Iterable[tuple[str, Score]], *, of: str = "Forecaster") -> pd.DataFrame:
    """Scores with a name each: columns `of`, Peer, Baseline, Brier, Log, Coverage."""
    return pd.DataFrame(
        [(name, one.peer, one.baseline, one.brier, one.log, one.coverage) for name, one in rows],
        columns=[of, "Peer", "Baseline", "Brier", "Log", "Coverage"],
    )


def standings(names: Sequence[str], table: Standings, places: Integers) -> pd.DataFrame:
    """Standings by rank: columns Rank, Forecaster, then one a total as `Standings` has them."""
    return pd.DataFrame(
        {
            "Rank": places,
            "Forecaster": names,
            "Mean peer": table.mean_peer,
            "Total peer": table.total_peer,
            "Baseline": table.baseline,
            "Brier": table.brier,
            "Questions": table.questions,
            "Coverage": table.coverage,
        }
    ).sort_values(["Rank", "Forecaster"], ignore_index=True)


def journal(lines: Iterable[tuple[int, datetime, str, str]]) -> pd.DataFrame:
    """Journal entries: columns Entry, When (UTC), Who, What."""
    return pd.DataFrame(lines, columns=["Entry", "When", "Who", "What"])
