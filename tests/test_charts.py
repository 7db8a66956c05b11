"""Charts are valid, titled on both axes, speak of columns that are there, and show all they get."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime, timedelta

import altair as alt
import numpy as np
import pandas as pd
import pytest

from forecasts import charts, frames
from forecasts.domain.aggregation import AggregateHistory
from forecasts.domain.calibration import reliability
from forecasts.domain.forecasts import Forecast, Reference

OPENS = datetime(2026, 1, 1, tzinfo=UTC)
END = OPENS + timedelta(days=30)
OUTCOME = ("Red",)


def crowd(*rows, outcomes=OUTCOME, until=END):
    """A crowd's history from rows of day and probability, with quartiles 0.1 around it."""
    start = np.datetime64("2026-01-01", "us")
    times = start + np.array([day for day, _ in rows], dtype="timedelta64[D]")
    centre = np.array([[chance] * len(outcomes) for _, chance in rows], dtype=float)
    centre = centre.reshape(len(rows), len(outcomes))
    made = AggregateHistory(
        times=times,
        centre=centre,
        low=centre - 0.1,
        high=centre + 0.1,
        count=np.isfinite(centre[:, 0]).astype(int),
    )
    return frames.history(made, outcomes, until=until)


def own(*rows, outcomes=OUTCOME):
    said = [
        Forecast(1, "colour", "fay", OPENS + timedelta(days=day), None, (chance,) * len(outcomes))
        for day, chance in rows
    ]
    return frames.own_history(said, outcomes, until=END)


def references(*rows):
    said = [
        Reference(source, "", OPENS + timedelta(days=day), (chance,))
        for day, chance, source in rows
    ]
    return frames.references(said, OUTCOME)


def curve(**values):
    return frames.reliability(reliability(**values))


SEVERAL = ("Red", "Green", "Blue")
MOVES = ((1, 0.3), (2, np.nan), (5, 0.6))
WITHDRAWN_AT_ONCE = ((1, np.nan),)
MARKETS = references((-3, 0.4, "A market"), (2, 0.45, "Another"), (4, 0.5, "A market"))
NOBODY = crowd()
NOTHING = own()
NO_MARKETS = references()

TABLES = {
    "outcome_history": {
        "all of it": (crowd(*MOVES), own((2, 0.2), (3, 0.4)), MARKETS),
        "the crowd": (crowd(*MOVES), NOTHING, NO_MARKETS),
        "oneself": (crowd(*MOVES), own((2, 0.2)), NO_MARKETS),
        "others": (crowd(*MOVES), NOTHING, MARKETS),
        "others without a crowd": (NOBODY, NOTHING, MARKETS),
        "one moment": (crowd((0, 0.3), until=OPENS), NOTHING, NO_MARKETS),
        "withdrawn at once": (crowd(*WITHDRAWN_AT_ONCE), NOTHING, NO_MARKETS),
        "nothing": (NOBODY, NOTHING, NO_MARKETS),
    },
    "all_outcomes_history": {
        "all of it": (crowd(*MOVES, outcomes=SEVERAL), own((2, 0.2), (3, 0.4), outcomes=SEVERAL)),
        "the crowd": (crowd(*MOVES, outcomes=SEVERAL), NOTHING),
        "one moment": (crowd((0, 0.3), outcomes=SEVERAL, until=OPENS), NOTHING),
        "withdrawn at once": (crowd(*WITHDRAWN_AT_ONCE, outcomes=SEVERAL), NOTHING),
        "nothing": (crowd(outcomes=SEVERAL), NOTHING),
    },
    "spread": {
        "all of it": (frames.spread([0.05, 0.5, 0.51, 0.999]),),
        "nothing": (frames.spread([]),),
    },
    "reliability": {
        "all of it": (curve(forecast=[0.2, 0.4, 0.6, 0.9], happened=[0, 1, 0, 1]),),
        "one point": (curve(forecast=[0.5], happened=[1]),),
    },
}
CHARTS = {
    name: function
    for name, function in inspect.getmembers(charts, inspect.isfunction)
    if function.__module__ == charts.__name__ and not name.startswith("_")
}


def draw(name, *tables):
    """A chart by its name; the histories are also told when the question opened."""
    told = {"opens": OPENS} if "opens" in inspect.signature(CHARTS[name]).parameters else {}
    return CHARTS[name](*tables, **told)


@pytest.fixture(
    scope="module", params=[f"{name}: {case}" for name in CHARTS for case in TABLES[name]]
)
def chart(request):
    """Every chart of every case."""
    name, case = request.param.split(": ")
    return draw(name, *TABLES[name][case])


def layers(chart):
    """Each layer with the table it draws."""
    parts = chart.layer if isinstance(chart, alt.LayerChart) else [chart]
    for part in parts:
        table = part.data if isinstance(part.data, pd.DataFrame) else chart.data
        yield part.to_dict(validate=False)["encoding"], table


def fields(encoding):
    for channel in encoding.values():
        for one in channel if isinstance(channel, list) else [channel]:
            if "field" in one:
                yield one["field"]


def axis(chart, name):
    """How a channel is drawn; layers share it, and the first that says so decides."""
    return next(
        encoding[name] for encoding, _ in layers(chart) if "scale" in encoding.get(name, {})
    )


def test_a_chart_is_valid_vega_lite_without_numbers_that_are_none(chart):
    spec = chart.to_dict()
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert "NaN" not in json.dumps(spec, allow_nan=False)


@pytest.mark.parametrize("name", ["x", "y"])
def test_every_axis_has_one_title(chart, name):
    titles = {encoding[name].get("title") for encoding, _ in layers(chart) if name in encoding}
    assert len(titles - {None}) == 1


def test_a_chart_speaks_of_columns_that_are_there(chart):
    for encoding, table in layers(chart):
        assert set(fields(encoding)) <= set(table.columns)


def test_every_series_has_a_color_of_its_own(chart):
    for encoding, table in layers(chart):
        if "color" in encoding:
            assert set(table["series"]) <= set(encoding["color"]["scale"]["domain"])


@pytest.mark.parametrize(
    ("case", "named"),
    [
        ("the crowd", ["Crowd forecast"]),
        ("all of it", ["Crowd forecast", "You", "A market", "Another"]),
        ("others", ["Crowd forecast", "A market", "Another"]),
    ],
)
def test_the_legend_names_only_who_is_there(case, named):
    chart = draw("outcome_history", *TABLES["outcome_history"][case])
    assert axis(chart, "color")["legend"]["values"] == named


def test_a_series_keeps_its_color_whoever_else_is_there():
    for tables in TABLES["outcome_history"].values():
        color = axis(draw("outcome_history", *tables), "color")
        assert color["scale"]["domain"][:2] == ["Crowd forecast", "You"]


@pytest.mark.parametrize("name", ["outcome_history", "all_outcomes_history"])
def test_lines_break_where_nobody_has_a_forecast(name):
    chart = draw(name, *TABLES[name]["all of it"])
    steps = [part.mark.to_dict() for part in chart.layer if part.mark.type in ("line", "area")]
    assert steps
    for mark in steps:
        assert mark["interpolate"] == "step-after"
        assert mark["invalid"] == "break-paths-filter-domains"


@pytest.mark.parametrize(
    ("name", "case", "first", "last"),
    [
        ("outcome_history", "the crowd", 0, 30),
        ("outcome_history", "all of it", -3, 30),
        ("outcome_history", "others without a crowd", -3, 4),
        ("outcome_history", "one moment", 0, 1 / 24),
        ("outcome_history", "nothing", 0, 1 / 24),
        ("all_outcomes_history", "all of it", 0, 30),
        ("all_outcomes_history", "nothing", 0, 1 / 24),
    ],
)
def test_time_goes_from_the_opening_or_what_was_before_to_the_last(name, case, first, last):
    scale = axis(draw(name, *TABLES[name][case]), "x")["scale"]
    moments = [datetime.fromisoformat(moment) for moment in scale["domain"]]
    assert moments == [OPENS + timedelta(days=first), OPENS + timedelta(days=last)]
    assert scale["type"] == "utc"


@pytest.mark.parametrize(
    ("lowest", "highest", "window"),
    [
        (0.01, 0.03, [0, 0.05]),
        (0.05, 0.05, [0, 0.05]),
        (0.05, 0.051, [0, 0.1]),
        (0.02, 0.25, [0, 0.25]),
        (0.02, 0.3, [0, 0.5]),
        (0.3, 0.51, [0, 1]),
        (0.5, 0.6, [0.5, 1]),
        (0.75, 0.9, [0.75, 1]),
        (0.9, 0.9, [0.9, 1]),
        (0.95, 0.95, [0.95, 1]),
        (0.96, 0.999, [0.95, 1]),
        (0.001, 0.999, [0, 1]),
    ],
)
def test_percents_show_the_smallest_window_from_an_end(lowest, highest, window):
    chart = draw("outcome_history", NOBODY, own((1, lowest), (2, highest)), NO_MARKETS)
    assert axis(chart, "y")["scale"]["domain"] == pytest.approx(window)


@pytest.mark.parametrize(
    ("tables", "window"),
    [
        ((crowd((1, 0.14)), NOTHING, NO_MARKETS), [0, 0.25]),
        ((crowd((1, 0.14)), NOTHING, references((1, 0.4, "A market"))), [0, 0.5]),
        ((crowd(*WITHDRAWN_AT_ONCE), NOTHING, NO_MARKETS), [0, 1]),
        ((NOBODY, NOTHING, NO_MARKETS), [0, 1]),
    ],
)
def test_the_window_holds_the_band_and_the_references_too(tables, window):
    assert axis(draw("outcome_history", *tables), "y")["scale"]["domain"] == window


def test_a_spread_is_a_bar_for_each_tenth():
    chart = draw("spread", *TABLES["spread"]["all of it"])
    (rows,) = chart.to_dict()["datasets"].values()
    assert [row["forecasts"] for row in rows] == [1, 0, 0, 0, 0, 2, 0, 0, 0, 1]
    assert axis(chart, "x")["scale"]["domain"] == [0, 1]


def test_calibration_is_square_on_its_diagonal():
    chart = draw("reliability", *TABLES["reliability"]["all of it"])
    diagonal = next(table for _, table in layers(chart) if len(table.columns) == 2)
    assert diagonal.to_dict("list") == {"forecast": [0, 1], "happened": [0, 1]}
    assert axis(chart, "x")["scale"]["domain"] == axis(chart, "y")["scale"]["domain"] == [0, 1]


@pytest.mark.parametrize(("case", "mark"), [("all of it", "area"), ("one point", "rule")])
def test_the_band_of_luck_is_one_even_area_and_of_one_forecast_a_rule(case, mark):
    chart = draw("reliability", *TABLES["reliability"][case])
    marks = [layer["mark"]["type"] for layer in chart.to_dict()["layer"]]
    assert marks == [mark, "line", "line", "point"]
