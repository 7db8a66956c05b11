"""Tables to pictures: each function takes a table of `frames` and returns a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import altair as alt
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

CROWD = "Crowd forecast"
OWN = "You"
HEIGHT = 320
LEGEND_LINE = 22
DASH = (5, 3)
GAPS: Final = "break-paths-filter-domains"
"""Where a value is missing, a line ends and begins again."""
SHORTEST_SPAN = pd.Timedelta(hours=1)
WINDOWS = (0.05, 0.1, 0.25, 0.5, 1.0)

Chart = alt.LayerChart | alt.Chart


def outcome_history(
    crowd: pd.DataFrame, own: pd.DataFrame, references: pd.DataFrame, *, opens: datetime
) -> Chart:
    """One outcome over time: the crowd as a step line in its band, oneself, and references.

    Takes tables of `frames.history`, `frames.own_history` and `frames.references` for a single
    outcome.
    """
    sources = list(dict.fromkeys(references["source"]))
    drawn = {CROWD: len(crowd) > 0, OWN: len(own) > 0}
    shown = [*(name for name, there in drawn.items() if there), *sources]
    color = _colors([CROWD, OWN, *sources], shown=shown)
    x, y = _time_axis([crowd, own, references], opens), _chance_axis([crowd, own, references])
    named = crowd.assign(series=CROWD)
    layers = [
        _band(named, x, color),
        _steps(named, x, y, color),
        _dots(named.tail(1), x, y, color, size=70),
        _hover(named, x, y, ["probability", "low", "high", "forecasters"]),
    ]
    if len(own):
        mine = own.assign(series=OWN)
        layers += [_steps(mine, x, y, color), _dots(mine.dropna(), x, y, color, size=30)]
    if sources:
        layers.append(_dots(references.assign(series=references["source"]), x, y, color, size=50))
    return _layered(*layers)


def all_outcomes_history(crowd: pd.DataFrame, own: pd.DataFrame, *, opens: datetime) -> Chart:
    """The crowd forecast of several outcomes over time, and oneself in dashed lines.

    Takes tables of `frames.history` and `frames.own_history`.
    """
    named = crowd.assign(series=crowd["outcome"])
    names = list(dict.fromkeys(crowd["outcome"]))
    color = _colors(names, columns=1)
    x, y = _time_axis([crowd, own], opens), _chance_axis([crowd, own])
    last = named.groupby("outcome", sort=False).tail(1)
    layers = [
        _steps(named, x, y, color),
        _dots(last, x, y, color, size=70),
        _hover(named, x, y, ["outcome", "probability", "low", "high", "forecasters"]),
    ]
    if len(own):
        layers.append(_steps(own.assign(series=own["outcome"]), x, y, color, dash=DASH))
    return _layered(*layers, height=HEIGHT + LEGEND_LINE * len(names))


def spread(table: pd.DataFrame) -> Chart:
    """How current forecasts are spread, from a table of `frames.spread`."""
    chart: alt.Chart = (
        alt.Chart(table)
        .mark_bar(binSpacing=2)
        .encode(
            x=alt.X(
                "from:Q",
                bin="binned",
                title="Probability given",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5, labelFlush=True),
            ),
            x2="to:Q",
            y=alt.Y(
                "forecasts:Q",
                title="Forecasts",
                axis=alt.Axis(tickMinStep=1, format="d"),
                scale=alt.Scale(domainMin=0),
            ),
            tooltip=[
                alt.Tooltip("range:N", title="Range"),
                alt.Tooltip("forecasts:Q", title="Forecasts"),
            ],
        )
        .properties(height=200, padding={"left": 5, "top": 5, "right": 16, "bottom": 5})
    )
    return chart


def reliability(table: pd.DataFrame) -> Chart:
    """What was said against what happened, from a table of `frames.reliability`."""
    percents = alt.Axis(format=".0%", tickCount=10, labelOverlap=True)
    whole = alt.Scale(domain=[0, 1])
    x = alt.X("forecast:Q", title="Probability given", scale=whole, axis=percents)
    y = alt.Y("happened:Q", title="Share that happened", scale=whole, axis=percents)
    size = alt.Size("share:Q", legend=None, scale=alt.Scale(range=[30, 300]))
    base = alt.Chart(table)
    luck = base.encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    ends = pd.DataFrame({"forecast": [0.0, 1.0], "happened": [0.0, 1.0]})
    return _layered(
        luck.mark_area(opacity=0.2, color="gray") if len(table) > 1 else _alone(luck),
        alt.Chart(ends).mark_line(strokeDash=[4, 4], color="gray").encode(x=x, y=y),
        base.mark_line().encode(x=x, y=y),
        base.mark_point(filled=True, opacity=1).encode(
            x=x, y=y, size=size, tooltip=_reliability_tooltip()
        ),
    )


def _alone(luck: alt.Chart) -> alt.Chart:
    """A band at one forecast only, which as an area would have no width."""
    rule: alt.Chart = luck.mark_rule(opacity=0.4, color="gray", strokeWidth=3)
    return rule


def _reliability_tooltip() -> list[alt.Tooltip]:
    titles = {
        "forecast": "Given",
        "happened": "Happened",
        "low": "By luck alone, from",
        "high": "to",
        "share": "Share of use",
    }
    return [alt.Tooltip(f"{name}:Q", title=title, format=".1%") for name, title in titles.items()]


def _band(table: pd.DataFrame, x: alt.X, color: alt.Color) -> alt.Chart:
    marked = alt.Chart(table).mark_area(interpolate="step-after", opacity=0.2, invalid=GAPS)
    layer: alt.Chart = marked.encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=color)
    return layer


def _steps(
    table: pd.DataFrame, x: alt.X, y: alt.Y, color: alt.Color, *, dash: Sequence[int] = (1, 0)
) -> alt.Chart:
    marked = alt.Chart(table).mark_line(
        interpolate="step-after", invalid=GAPS, strokeDash=list(dash)
    )
    layer: alt.Chart = marked.encode(x=x, y=y, color=color)
    return layer


def _dots(table: pd.DataFrame, x: alt.X, y: alt.Y, color: alt.Color, *, size: int) -> alt.Chart:
    marked = alt.Chart(table).mark_point(filled=True, opacity=1, size=size)
    tooltip = _tooltip(["series", "probability"])
    layer: alt.Chart = marked.encode(x=x, y=y, color=color, tooltip=tooltip)
    return layer


def _hover(table: pd.DataFrame, x: alt.X, y: alt.Y, columns: Sequence[str]) -> alt.Chart:
    marked = alt.Chart(table).mark_point(opacity=0, size=150)
    layer: alt.Chart = marked.encode(x=x, y=y, tooltip=_tooltip(columns))
    return layer


def _tooltip(columns: Sequence[str]) -> list[alt.Tooltip]:
    described = {
        "series": alt.Tooltip("series:N", title="Whose"),
        "outcome": alt.Tooltip("outcome:N", title="Outcome"),
        "probability": alt.Tooltip("probability:Q", title="Probability", format=".1%"),
        "low": alt.Tooltip("low:Q", title="Lower quartile", format=".1%"),
        "high": alt.Tooltip("high:Q", title="Upper quartile", format=".1%"),
        "forecasters": alt.Tooltip("forecasters:Q", title="Forecasters"),
    }
    time = alt.Tooltip("time:T", title="Time (UTC)", format="%d %b %Y %H:%M")
    return [time, *(described[column] for column in columns)]


def _colors(names: list[str], *, shown: list[str] | None = None, columns: int = 3) -> alt.Color:
    legend = alt.Legend(
        title=None,
        orient="top",
        labelLimit=300,
        columns=columns,
        symbolOpacity=1,
        symbolLimit=50,
        values=shown or names,
    )
    return alt.Color("series:N", scale=alt.Scale(domain=names), legend=legend)


def _time_axis(tables: Sequence[pd.DataFrame], opens: datetime) -> alt.X:
    times = pd.concat([pd.Series([pd.Timestamp(opens)]), *(table["time"] for table in tables)])
    first = times.min()
    last = max(times.max(), first + SHORTEST_SPAN)
    domain = [first.isoformat(), last.isoformat()]
    return alt.X(
        "time:T",
        title="Time (UTC)",
        scale=alt.Scale(domain=domain, type="utc"),
        axis=alt.Axis(labelOverlap=True, tickCount=6),
    )


def _chance_axis(tables: Sequence[pd.DataFrame]) -> alt.Y:
    """Percent from 0 or to 100, on the smallest window that shows everything."""
    values = pd.concat(
        [
            table[name]
            for table in tables
            for name in ("probability", "low", "high")
            if name in table
        ]
    )
    up = next((window for window in WINDOWS if values.max() <= window), 1)
    down = next((window for window in WINDOWS if values.min() >= 1 - window), 1)
    domain = [0, up] if up <= down else [1 - down, 1]
    return alt.Y(
        "probability:Q",
        title="Probability",
        scale=alt.Scale(domain=domain),
        axis=alt.Axis(format=".0%", tickCount=5),
    )


def _layered(*layers: alt.Chart, height: int = HEIGHT) -> alt.LayerChart:
    return alt.LayerChart(layer=list(layers), height=height)
