"""What people did on a question, as a list, and the record that makes."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from forecasts.domain.record import ForecastRecord

YES, NO = 0, 1


def record_of(acts, unit="us"):
    """A record of (person, time, vector or None to withdraw), in the order of the journal."""
    rows, standing = [], {}
    for person, time, vector in sorted(acts, key=lambda act: act[1]):
        if person in standing:
            rows[standing.pop(person)][2] = tick(time, unit)
        if vector is not None:
            standing[person] = len(rows)
            rows.append([person, tick(time, unit), "NaT", vector])
    outcomes = next((len(act[2]) for act in acts if act[2] is not None), 2)
    return ForecastRecord(
        person=np.array([row[0] for row in rows], dtype=np.int64),
        start=np.array([row[1] for row in rows], dtype="datetime64[us]"),
        end=np.array([row[2] for row in rows], dtype="datetime64[us]"),
        forecasts=np.array([row[3] for row in rows]).reshape(-1, outcomes),
    )


def yes(p):
    return (p, 1 - p)


def tick(number, unit="us"):
    return None if number is None else np.datetime64(number, unit)


def vectors_of(outcomes, parts=300):
    """Vectors of so many outcomes, none of them 0."""
    numbers = st.lists(st.integers(1, parts), min_size=outcomes, max_size=outcomes)
    return numbers.map(lambda parts: tuple(part / sum(parts) for part in parts))


@st.composite
def acts_on_a_question(draw):
    """How many outcomes there are, and up to 25 acts of six people at moments −3 to 24."""
    outcomes = draw(st.integers(2, 4))
    said = vectors_of(outcomes)
    act = st.tuples(st.integers(0, 5), st.integers(-3, 24), st.none() | said)
    return outcomes, draw(st.lists(act, max_size=25))


CASES = {
    "one forecaster": ([(0, 0, yes(0.9))], {}),
    "one forecaster from half time on": ([(0, 5, yes(0.9))], {}),
    "two all the time": ([(0, 0, yes(0.1)), (1, 0, yes(0.9))], {}),
    "three all the time": ([(0, 0, yes(0.1)), (1, 0, yes(0.5)), (2, 0, yes(0.9))], {}),
    "a start before opening": ([(0, -50, yes(0.9)), (1, 2, yes(0.4))], {}),
    "an early answer": ([(0, 0, yes(0.9)), (1, 0, yes(0.5)), (0, 3, yes(0.99))], {"known": 3}),
    "an answer known by opening": ([(0, -2, yes(0.9)), (1, 2, yes(0.5))], {"known": 0}),
    "withdrawal of all at once": (
        [(0, 0, yes(0.9)), (1, 0, yes(0.5)), (0, 3, None), (1, 3, None)],
        {},
    ),
    "a forecast exactly at the spot": (
        [(0, 4, yes(0.9)), (1, 0, yes(0.5)), (1, 4, None), (2, 3, yes(0.2))],
        {"spot": 4},
    ),
    "two at the same microsecond": (
        [(0, 2, yes(0.1)), (0, 2, yes(0.9)), (1, 0, yes(0.6))],
        {},
    ),
    "a forecast replaced after no time": (
        [(1, 0, yes(0.5)), (0, 2, yes(0.1)), (0, 2, None), (0, 6, yes(0.9))],
        {},
    ),
    "only before opening": ([(0, -9, yes(0.9)), (0, -1, None), (1, 2, yes(0.5))], {}),
    "a code without a forecast": ([(1, 3, yes(0.9))], {}),
}
"""By name, acts on a question from 0 to 10, and what else is known of it."""
