"""What others may have written is read only where every field is what it must be."""

from __future__ import annotations

import json
from datetime import datetime
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.domain import shapes
from forecasts.domain.events import KINDS, body_of, canonical, event_from
from forecasts.domain.shapes import RULES, TEXT, body_mistakes, mistakes

GOOD = {
    "str": "a text",
    "int": 3,
    "tuple[str, ...]": ["Yes", "No"],
    "tuple[float, ...]": [0.25, 1],
    "tuple[int, ...]": [1, 2],
    "datetime": "2028-11-07T12:30:00.000000Z",
    "Role": "admin",
    "Kind": "binary",
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def name_of(hint):
    return str(hint) if str(hint).startswith("tuple") else hint.__name__


def good_body(kind):
    hints = get_type_hints(KINDS[kind])
    return {name: GOOD[name_of(hint)] for name, hint in hints.items() if name != "subject"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_body_of_every_kind_has_no_mistakes(kind):
    assert [*body_mistakes(kind, json.dumps(good_body(kind)))] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_too_many_or_too_few_is_named(kind):
    body = good_body(kind)
    assert [*body_mistakes(kind, json.dumps({**body, "subject": "x"}))] == [
        "body.subject is unknown to this version"
    ]
    for name in body:
        rest = {one: value for one, value in body.items() if one != name}
        assert [*body_mistakes(kind, json.dumps(rest))] == [f"body.{name} is missing"]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_what_passes_is_an_event_and_what_does_not_is_named(kind, data):
    body = good_body(kind)
    if not body:
        return
    name = data.draw(st.sampled_from(sorted(body)))
    body[name] = data.draw(ANYTHING)
    text = json.dumps(body)
    found = body_mistakes(kind, text)
    if found:
        (sentence,) = found
        assert sentence.startswith(f"body.{name} must be ")
    else:
        assert body_of(event_from(kind, "subject", text)) == canonical(body)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "NaN and more"])
def test_a_body_that_is_no_json(text):
    assert [*body_mistakes("forecast-made", text)] == ["body must be JSON"]


@pytest.mark.parametrize("value", [None, [], 3, "text"])
def test_a_body_that_is_no_object(value):
    assert mistakes(value, {}, "body") == ["body must be a JSON object"]
    assert mistakes(value, {}) == ["it must be a JSON object"]


@pytest.mark.parametrize(
    ("kept", "values"),
    [
        (str, ["\0", "\ud800", 1, None]),
        (int, [True, 1.0, "1"]),
        (float, [True, float("nan"), float("inf"), "0.5"]),
        (
            shapes.datetime,
            ["2028-11-07", "2028-11-07T12:30:00Z", "", 3, "0001-01-01T00:00:00+23:00"],
        ),
    ],
)
def test_what_may_not_stand_in_a_field(kept, values):
    assert [value for value in values if RULES[kept].holds(value)] == []


@given(st.text())
def test_text_is_what_both_databases_keep(text):
    assert TEXT.holds(text) == ("\0" not in text)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2026-01-31T23:59:59.000000Z", True),
        ("2026-13-01T00:00:00.000000Z", False),
        ("2026-02-30T00:00:00.000000Z", False),
        ("2026-01-01T24:00:00.000000Z", False),
        ("2026-01-01T00:00:00Z", False),
        ("2026-01-01T00:00:00.000000+00:00", False),
        ("٢٠٢٦-01-01T00:00:00.000000Z", False),
    ],
)
def test_a_moment_is_one_that_there_is_in_the_one_form(text, good):
    assert RULES[datetime].holds(text) is good
