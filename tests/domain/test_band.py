"""How much of luck the band holds, on simulated forecasters who are calibrated.

A bin is a whole percent that a forecaster said at least once. It lies outside where the
reliability curve there is above or below the band; the share is of all bins of all forecasters.
In a tenth so few questions meet that its share takes few values, and fewer lie outside.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from forecasts.domain.bins import fixed_bins
from forecasts.domain.calibration import reliability

FORECASTERS = 400
QUESTIONS = 50
LEAST_MARGIN = 1e-9


def martingale(draw, updates):
    """What somebody believes who sees a sum of noise grow, of which the sign will be the answer.

    Each belief is the expectation of the next, and of what happens.
    """
    seen = np.linspace(0.2, 0.8, updates) if updates > 1 else np.array([0.5])
    steps = np.sqrt(np.diff(seen, prepend=0))
    total = np.cumsum(draw.normal(size=(QUESTIONS, updates)) * steps, axis=1)
    rest = np.sqrt(1 - seen)
    return ndtr(total / rest), total[:, -1] + rest[-1] * draw.normal(size=QUESTIONS) > 0


def small_moves(draw, updates):
    """A chance for each question, said again and again with small moves within its tenth."""
    tenth, chance = np.divmod(draw.random(QUESTIONS), 0.1)
    moves = draw.normal(0, 0.01, (QUESTIONS, updates)) if updates > 1 else 0
    said = 0.1 * tenth[:, None] + np.clip(chance[:, None] + moves, 0, 0.09)
    return np.broadcast_to(said, (QUESTIONS, updates)), draw.random(
        QUESTIONS
    ) < 0.1 * tenth + chance


CROWDS = {"martingale": martingale, "small moves": small_moves}


def forecasts_of(seed, kind, updates):
    """One forecaster's forecasts in whole percents, each question counting once in all."""
    said, happened = CROWDS[kind](np.random.default_rng(seed), updates)
    return {
        "forecast": np.clip(np.round(said, 2), 0.01, 0.99).ravel(),
        "happened": np.repeat(happened, updates),
        "question": np.repeat(np.arange(QUESTIONS), updates),
        "seed": seed,
    }


def beyond(found, values):
    low, high = found.low - LEAST_MARGIN, found.high + LEAST_MARGIN
    return (values < low) | (values > high)


def share_outside(kind, updates, *, event, forecasters=FORECASTERS):
    """The share of all bins outside the band, where a question or each forecast is one event."""
    outside = []
    for seed in range(forecasters):
        found = reliability(**rows_of(seed, kind, updates, event))
        outside.append(beyond(found, found.curve))
    return np.concatenate(outside).mean()


def rows_of(seed, kind, updates, event):
    rows = forecasts_of(seed, kind, updates)
    if event == "forecast":
        del rows["question"]
    else:
        rows["weight"] = np.full(len(rows["forecast"]), 1 / updates)
    return rows


@pytest.mark.parametrize("kind", CROWDS)
@pytest.mark.parametrize(("updates", "least"), [(1, 0.04), (5, 0.07), (20, 0.07)])
def test_the_band_of_nine_tenths_leaves_about_one_tenth_outside(kind, updates, least):
    assert least <= share_outside(kind, updates, event="question") <= 0.12


@pytest.mark.parametrize("kind", CROWDS)
def test_a_band_that_counts_forecasts_would_leave_a_third_or_more_outside(kind):
    assert 0.34 <= share_outside(kind, 20, event="forecast", forecasters=100) <= 0.64


@pytest.mark.parametrize("kind", CROWDS)
@pytest.mark.parametrize(
    ("event", "least", "most"), [("question", 0.02, 0.1), ("forecast", 0.34, 1)]
)
def test_the_band_of_tenths_holds_too_and_only_if_it_counts_questions(kind, event, least, most):
    outside = []
    for seed in range(100):
        found = fixed_bins(**rows_of(seed, kind, 20, event))
        outside.append(beyond(found, found.happened)[found.weight > 0])
    assert least <= np.concatenate(outside).mean() <= most
