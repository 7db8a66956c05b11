"""Every kind of event goes to JSON and comes back the same; a new kind is tested by being one."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.domain import events
from forecasts.domain.events import KINDS, ForecastMade, PersonJoined, body_of, event_from, kind_of
from forecasts.domain.people import Role
from forecasts.domain.questions import Kind

VALUES = {
    str: st.text(),
    int: st.integers(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    Role: st.sampled_from(Role),
    Kind: st.sampled_from(Kind),
    tuple[float, ...]: st.lists(st.floats(0, 1)).map(tuple),
    tuple[int, ...]: st.lists(st.integers()).map(tuple),
    tuple[str, ...]: st.lists(st.text()).map(tuple),
}


def any_event(kind):
    hints = get_type_hints(KINDS[kind])
    return st.builds(KINDS[kind], **{name: VALUES[hint] for name, hint in hints.items()})


def test_every_event_is_a_kind():
    assert set(KINDS.values()) == set(get_args(events.Event))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_kind_comes_back_as_it_was(kind, data):
    event = data.draw(any_event(kind))
    assert kind_of(event) == kind
    assert event_from(kind, event.subject, body_of(event)) == event


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_body_is_canonical_and_holds_all_but_the_subject(kind, data):
    event = data.draw(any_event(kind))
    body = body_of(event)
    assert set(json.loads(body)) == {field.name for field in fields(event)} - {"subject"}
    assert events.canonical(json.loads(body)) == body


def test_moments_are_kept_in_utc():
    noon_in_berlin = datetime(2028, 7, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    event = events.ReferenceRecorded("rain", "Elsewhere", "https://x.test", noon_in_berlin, (1.0,))
    assert '"at":"2028-07-01T12:00:00.000000Z"' in body_of(event)
    assert event_from("reference-recorded", "rain", body_of(event)) == event


def test_canonical_json_says_no_more_than_needed():
    assert events.canonical({"b": 0.1, "a": ["é", None, True]}) == '{"a":["é",null,true],"b":0.1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_cannot_say_are_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        body_of(ForecastMade("rain", (value,)))


def test_only_erasing_somebody_takes_bodies_away():
    erased = events.PersonErased("id", (17, 40))
    assert events.redacted_by(erased) == (17, 40)
    assert events.redacted_by(events.Redacted("id", "person-joined")) == ()
    assert events.redacted_by(ForecastMade("rain", (0.5, 0.5))) == ()


def test_each_person_has_random_bits_of_their_own():
    people = [PersonJoined("id", "Ada", Role.ADMIN) for _ in range(100)]
    assert len({person.nonce for person in people}) == 100
    assert all(len(bytes.fromhex(person.nonce)) == 16 for person in people)
