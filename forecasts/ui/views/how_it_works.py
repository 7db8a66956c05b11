"""The crowd forecast and the scores, explained with one worked example each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from forecasts import frames
from forecasts.domain.percents import in_words
from forecasts.services import examples
from forecasts.ui import widgets

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.site import Site

TITLE = "How it works"
ICON = ":material/school:"

BEGINNING = """
A question is something that will be known. You say how likely each answer is, between 0.1 % and
99.9 %, and change your mind whenever you like: your latest forecast stands until you replace or
withdraw it, or the question ends. When the answer is known, an admin resolves the question, and
everybody sees how good they were.
"""
CROWD = """
The crowd forecast of a Yes-or-No question is the **recency-weighted median** of everybody's
standing forecasts. Of *n* forecasts the *i*-th oldest weighs e^(√i − √n), so the newest weighs 1;
one or two weigh the same. The median is the probability at which half of the weight lies on each
side; where that falls between two forecasts, it is the middle of them. The band runs from the lower
to the upper quartile. A question with several outcomes takes the mean with the same weights, since
medians of single outcomes need not sum to 100 %.
"""
SCORES = """
All scores reward one thing: saying what you believe. Points are averaged over the whole time from
opening to the scheduled close, and time without a forecast counts 0, so it pays to be early and to
keep up.

- **Peer** compares you, moment by moment, with the others who had a forecast: 100 · (your ln p −
  their mean ln p), where p is the probability given to what happened. At every moment the peer
  scores of all sum to 0; above 0 is better than the others.
- **Baseline** compares you with giving every outcome the same: 100 · ln(p·K) / ln K for K
  outcomes. Always 50 % on a Yes-or-No question gives 0, being certain and right 100, and there is
  no lower end.
- **Brier** is the squared distance from what happened, halved: 0 is best, 1 worst, 0.25 is always
  saying 50 %. **Log** is ln p, at most 0. Both are averaged over the time you had a forecast.
- **Coverage** is the part of the time in which you had one.

What was forecast after the answer was known does not count, and what happened after it costs
nobody anything.
"""
CALIBRATION = """
Of all the times somebody said 70 %, it should happen in 70 %. The curve is the best non-decreasing
fit of what happened to what was said; the Brier score is miscalibration − discrimination +
uncertainty. Each question counts once, its time shared among the probabilities that stood.

The crowd can be judged by other ways to make one forecast of many, too. **Median** and **mean**
weigh everybody the same. The **log pool** takes the mean of the log-odds, so that certainty counts
more. The **extremised log pool** multiplies these log-odds by 1.5, because people who know
different things are together surer than each alone; **Neyman–Roughgarden** by a factor that grows
with their number, from 1 towards 1.73.
"""


def render(_site: Site, _person: Person | None) -> None:
    """Draw the page."""
    st.title(TITLE, anchor=False)
    st.markdown(BEGINNING)
    st.subheader("The crowd forecast", anchor=False)
    st.markdown(CROWD)
    _crowd_example()
    st.subheader("Scores", anchor=False)
    st.markdown(SCORES)
    _score_example()
    st.subheader("Calibration", anchor=False)
    st.markdown(CALIBRATION)
    widgets.page_link("calibration", "See ours")


def _crowd_example() -> None:
    example = examples.crowd()
    said = ", then ".join(in_words(one) for one in example.forecasts)
    weights = ", ".join(f"{one:.3f}" for one in example.weights)
    st.info(
        f"**For example:** three people say {said}. Their weights are {weights}. "
        f"The crowd forecast is **{in_words(example.median)}**, its quartiles are "
        f"{in_words(example.low)} and {in_words(example.high)}."
    )


def _score_example() -> None:
    st.info(
        f"**For example:** a question is open for {examples.DAYS} days and turns out Yes. "
        "One person says 90 % all the time, one says 50 % all the time, and one comes at half "
        "time and says 90 %."
    )
    table = frames.scores(examples.scores())
    widgets.data(
        table,
        alt="Scores of the example",
        scores=("Peer", "Baseline"),
        fine=("Brier", "Log"),
        percents=("Coverage",),
    )
