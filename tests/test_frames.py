"""Tables have the columns they state, also of nothing, and the numbers of hand arithmetic."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from forecasts import frames
from forecasts.domain import calibration, standings
from forecasts.domain.aggregation import aggregate_history
from forecasts.domain.forecasts import Forecast, Reference, Score, StandingForecast
from forecasts.domain.record import ForecastRecord
from forecasts.services import examples

OUTCOMES = ("Red", "Blue")
START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number):
    return START + timedelta(days=number)


def stamps(*days):
    return [pd.Timestamp(day(number)) for number in days]


def record(*rows):
    """Forecasts from rows of person, first day, last day (None: stands), probability of Red."""
    first = np.datetime64("2026-01-01", "us")
    spans = [
        [np.datetime64("NaT") if one is None else first + np.timedelta64(one, "D") for one in span]
        for span in [row[1:3] for row in rows]
    ]
    start, end = np.array(spans, dtype="datetime64[us]").reshape(len(rows), 2).T
    red = np.array([row[3] for row in rows], dtype=float)
    return ForecastRecord(
        person=np.array([row[0] for row in rows], dtype=int),
        start=start,
        end=end,
        forecasts=np.column_stack([red, 1 - red]),
    )


def history(*rows, until, counted_until=None):
    made = aggregate_history(record(*rows), method="median", until=counted_until)
    return frames.history(made, OUTCOMES, until=until)


def said(first, last, red):
    ends = None if last is None else day(last)
    return Forecast(1, "colour", "fay", day(first), ends, (red, 1 - red))


def standing(name, since, red):
    return StandingForecast(name, day(since), (red, 1 - red))


def own_history(*rows, until):
    return frames.own_history([said(*row) for row in rows], OUTCOMES, until=day(until))


def reference(number, red, source="A market"):
    return Reference(source, "https://market.example", day(number), (red, 1 - red))


def red(table, *columns):
    """The rows of Red, as tuples; what is missing is None."""
    rows = table[table["outcome"] == "Red"]
    rows = rows[["time", *columns]].astype(object)
    return list(rows.where(rows.notna(), None).itertuples(index=False, name=None))


NOBODY = aggregate_history(record(), method="median")
NO_STANDINGS = standings.standings(questions=[], coverage=[], peer=[], baseline=[], brier=[])
ONE_FORECAST = calibration.reliability(forecast=[0.5], happened=[1])
HISTORY_OF_NOBODY = frames.history(NOBODY, OUTCOMES, until=START)
OWN_OF_NOBODY = frames.own_history([], OUTCOMES, until=START)
NO_REFERENCES = frames.references([], OUTCOMES)
SCORES = ["Forecaster", "Peer", "Baseline", "Brier", "Log", "Coverage"]
NOTHING = {
    "history": HISTORY_OF_NOBODY,
    "own_history": OWN_OF_NOBODY,
    "references": NO_REFERENCES,
    "together": frames.together(
        *(
            table.drop(columns="outcome")
            for table in (HISTORY_OF_NOBODY, OWN_OF_NOBODY, NO_REFERENCES)
        )
    ),
    "forecasts": frames.forecasts(OUTCOMES, []),
    "standing": frames.standing([], OUTCOMES),
    "scores": frames.scores([]),
    "standings": frames.standings((), NO_STANDINGS, np.array([], dtype=int)),
    "journal": frames.journal([]),
    "spread": frames.spread([]),
    "reliability": frames.reliability(ONE_FORECAST),
}
COLUMNS = {
    "history": ["time", "outcome", "probability", "low", "high", "forecasters"],
    "own_history": ["time", "outcome", "probability"],
    "references": ["time", "outcome", "probability", "source"],
    "together": ["time", "probability", "low", "high", "forecasters", "whose"],
    "forecasts": ["from", "until", *OUTCOMES],
    "standing": ["forecaster", "since", *OUTCOMES],
    "scores": SCORES,
    "standings": [
        "Rank",
        "Forecaster",
        "Mean peer",
        "Total peer",
        "Baseline",
        "Brier",
        "Questions",
        "Coverage",
    ],
    "journal": ["Entry", "When", "Who", "What"],
    "spread": ["from", "to", "range", "forecasts"],
    "reliability": ["forecast", "happened", "low", "high", "share"],
}
FRAMES = [
    name
    for name, function in inspect.getmembers(frames, inspect.isfunction)
    if function.__module__ == frames.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize("name", FRAMES)
def test_a_table_has_the_columns_it_states_also_of_nothing(name):
    assert list(NOTHING[name].columns) == COLUMNS[name]
    assert len(NOTHING[name]) == {"spread": frames.SPREAD_BINS, "reliability": 1}.get(name, 0)


@pytest.mark.parametrize("name", ["history", "own_history", "references", "together"])
def test_times_are_in_utc_also_of_nothing(name):
    assert isinstance(NOTHING[name]["time"].dtype, pd.DatetimeTZDtype)
    assert str(NOTHING[name]["time"].dt.tz) == "UTC"
    assert NOTHING[name]["probability"].dtype == float


# History


def test_a_history_says_every_change_and_once_more_where_it_ends():
    table = history((0, 0, None, 0.2), (1, 2, None, 0.6), until=day(5))
    assert red(table, "probability", "low", "high", "forecasters") == [
        (day(0), 0.2, 0.2, 0.2, 1),
        (day(2), 0.4, 0.2, 0.6, 2),
        (day(5), 0.4, 0.2, 0.6, 2),
    ]
    assert table["outcome"].tolist() == ["Red"] * 3 + ["Blue"] * 3
    assert table["probability"][3:].tolist() == pytest.approx([0.8, 0.6, 0.6])


def test_a_history_has_a_gap_where_nobody_has_a_forecast():
    table = history((0, 0, 2, 0.2), (0, 4, None, 0.6), until=day(5))
    assert red(table, "probability", "low", "high", "forecasters") == [
        (day(0), 0.2, 0.2, 0.2, 1),
        (day(2), None, None, None, 0),
        (day(4), 0.6, 0.6, 0.6, 1),
        (day(5), 0.6, 0.6, 0.6, 1),
    ]


def test_a_change_at_the_very_end_needs_no_second_row():
    assert red(history((0, 3, None, 0.2), until=day(3)), "probability") == [(day(3), 0.2)]


def test_a_history_ends_before_what_no_longer_counts():
    table = history((0, 0, None, 0.2), (1, 7, None, 0.9), until=day(5), counted_until=day(5))
    assert red(table, "probability") == [(day(0), 0.2), (day(5), 0.2)]


# One's own and others


def test_my_history_steps_from_forecast_to_forecast_and_ends_with_a_row():
    table = own_history((0, 2, 0.2), (2, None, 0.6), until=5)
    assert red(table, "probability") == [
        (day(0), 0.2),
        (day(2), 0.6),
        (day(5), 0.6),
        (day(5), None),
    ]


def test_my_history_has_a_gap_after_a_withdrawal():
    table = own_history((0, 2, 0.2), (4, None, 0.6), until=5)
    assert red(table, "probability") == [
        (day(0), 0.2),
        (day(2), 0.2),
        (day(2), None),
        (day(4), 0.6),
        (day(5), 0.6),
        (day(5), None),
    ]


def test_my_history_of_both_outcomes_sums_to_one():
    table = own_history((0, 2, 0.2), (4, 4, 0.7), until=5)
    sums = table.dropna().groupby(["time", "outcome"])["probability"].first().groupby("time").sum()
    assert sums.tolist() == pytest.approx([1, 1, 1])


def test_my_history_stops_where_the_question_ended():
    table = own_history((0, 6, 0.2), (6, None, 0.9), until=5)
    assert red(table, "probability") == [(day(0), 0.2), (day(5), 0.2), (day(5), None)]


def test_a_forecast_of_this_moment_is_in_my_history():
    table = own_history((5, None, 0.2), until=5)
    assert red(table, "probability") == [(day(5), 0.2), (day(5), 0.2), (day(5), None)]


def test_references_say_who_said_it():
    table = frames.references([reference(1, 0.25), reference(2, 0.5, "Another")], OUTCOMES)
    assert red(table, "probability", "source") == [
        (day(1), 0.25, "A market"),
        (day(2), 0.5, "Another"),
    ]
    assert table["probability"].tolist() == [0.25, 0.75, 0.5, 0.5]


def test_together_are_all_by_time_without_gaps():
    outcome = ("Red",)
    one = Forecast(1, "colour", "fay", day(1), day(2), (0.3,))
    table = frames.together(
        history((0, 0, 3, 0.2), until=day(5)).query("outcome == 'Red'"),
        frames.own_history([one], outcome, until=day(5)),
        frames.references([Reference("A market", "", day(1), (0.5,))], outcome),
    )
    assert list(zip(table["time"], table["whose"], table["probability"], strict=True)) == [
        (day(0), "Crowd", 0.2),
        (day(1), "You", 0.3),
        (day(1), "A market", 0.5),
        (day(2), "You", 0.3),
    ]


def test_together_may_be_references_alone():
    table = frames.together(
        HISTORY_OF_NOBODY, OWN_OF_NOBODY, frames.references([reference(1, 0.25)], OUTCOMES)
    )
    assert table["whose"].tolist() == ["A market", "A market"]


# Forecasts


def test_my_forecasts_are_listed_newest_first():
    table = frames.forecasts(OUTCOMES, [said(0, 2, 0.2), said(4, None, 0.6)])
    assert table["from"].tolist() == stamps(4, 0)
    assert table["until"].tolist() == [pd.NaT, *stamps(2)]
    assert table["Red"].tolist() == [0.6, 0.2]
    assert table["Blue"].tolist() == [0.4, 0.8]


def test_standing_forecasts_keep_their_order_and_may_show_one_outcome():
    table = frames.standing([standing("Fay", 4, 0.6), standing("Finn", 1, 0.2)], ["Red"])
    assert table.columns.tolist() == ["forecaster", "since", "Red"]
    assert table["forecaster"].tolist() == ["Fay", "Finn"]
    assert table["since"].tolist() == stamps(4, 1)
    assert table["Red"].tolist() == [0.6, 0.2]


@pytest.mark.parametrize(
    ("probability", "place"),
    [(0.001, 0), (0.0999, 0), (0.1, 1), (0.3, 3), (0.6, 6), (0.7, 7), (0.9, 9), (0.999, 9), (1, 9)],
)
def test_a_forecast_on_a_border_counts_above_it(probability, place):
    assert frames.spread([probability])["forecasts"].tolist() == [
        int(i == place) for i in range(10)
    ]


def test_a_spread_says_its_ranges():
    table = frames.spread([0.05, 0.051, 0.95])
    assert table.iloc[0].tolist() == [0, 0.1, "0–10 %", 2]
    assert table.iloc[9].tolist() == [0.9, 1, "90–100 %", 1]
    assert table["forecasts"].sum() == 3


# Scores


def test_scores_by_hand():
    one = Score("colour", "fay", 0.5, 0.04, -0.2, 40.0, 12.5)
    without = Score("colour", "finn", 0.0, None, None, 0.0, 0.0)
    table = frames.scores([("Fay", one), ("Finn", without)])
    assert table.iloc[0].tolist() == ["Fay", 12.5, 40.0, 0.04, -0.2, 0.5]
    assert table[["Brier", "Log"]].iloc[1].isna().all()
    assert frames.scores([("Rain", one)], of="Question").columns[0] == "Question"


def test_standings_are_by_rank_and_then_by_name():
    totals = standings.standings(
        questions=[1, 1, 1],
        coverage=[1, 1, 0.5],
        peer=[5, 9, 5],
        baseline=[1, 2, 3],
        brier=[0.1, 0.2, 0.3],
    )
    table = frames.standings(("Fay", "Mo", "Ada"), totals, np.array([2, 1, 2]))
    assert table["Forecaster"].tolist() == ["Mo", "Ada", "Fay"]
    assert table["Rank"].tolist() == [1, 2, 2]
    assert table["Total peer"].tolist() == [9, 5, 5]
    assert table["Mean peer"].tolist() == pytest.approx([9 / 4, 5 / 3.5, 5 / 4])
    assert table["Baseline"].tolist() == [2, 3, 1]
    assert table["Brier"].tolist() == [0.2, 0.3, 0.1]
    assert table["Questions"].tolist() == [1, 1, 1]
    assert table["Coverage"].tolist() == [1, 0.5, 1]


def test_a_score_example_is_a_table_of_scores():
    shown = frames.scores(examples.scores())
    assert shown.columns.tolist() == SCORES
    assert shown["Forecaster"].tolist() == list(examples.WHO)
    lead = 100 * np.log(1.8)
    assert shown["Peer"].tolist() == pytest.approx([0.75 * lead, -lead, 0.25 * lead])
    assert shown["Coverage"].tolist() == [1, 1, 0.5]


def test_a_reliability_curve_says_how_much_stands_behind_each_point():
    curve = calibration.reliability(forecast=[0.2, 0.2, 0.8, 0.8], happened=[0, 0, 1, 0])
    table = frames.reliability(curve)
    assert table["forecast"].tolist() == [0.2, 0.8]
    assert table["happened"].tolist() == [0, 0.5]
    assert table["share"].tolist() == [0.5, 0.5]
    assert (table["low"] <= table["high"]).all()


def test_a_journal_is_told_line_by_line():
    table = frames.journal([(7, day(1), "Fay", "joined as forecaster")])
    assert table.iloc[0].tolist() == [7, *stamps(1), "Fay", "joined as forecaster"]
