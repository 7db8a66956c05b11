"""What people do on a site, in the fewest words; and somebody who does it in between."""

from __future__ import annotations

from itertools import count

import pytest

from forecasts.domain.events import PersonJoined
from forecasts.domain.people import Person, Role
from forecasts.services import forecasting, resolving


@pytest.fixture
def say(site):
    """Lets somebody forecast: Yes of a binary question, or every outcome of a choice."""

    def say(person, question_id, *probabilities):
        yes = probabilities[0]
        vector = probabilities if len(probabilities) > 1 else (yes, round(1 - yes, 12))
        forecasting.submit(site, person, question_id, vector)

    return say


@pytest.fixture
def resolve(site, people):
    """Lets Mo resolve a question."""

    def resolve(question_id, outcome, known_since):
        resolving.resolve(
            site,
            people.moderator,
            question_id,
            outcome=outcome,
            known_since=known_since,
            source="the news",
        )

    return resolve


@pytest.fixture
def join(site):
    """Lets somebody new join."""

    def join(name):
        person = Person(f"id-of-{name.lower()}", name, Role.FORECASTER)
        with site.store.transaction():
            event = PersonJoined(person.id, name, person.role)
            site.store.append(event, actor=person.id, now=site.now())
        return person

    return join


@pytest.fixture
def interrupted(site, monkeypatch):
    """Reads as often as `read` asks the database, each time with `happen` after another ask."""
    rows = site.store.engine.rows

    def interrupted(read, happen):
        given = []
        for number in count(1):
            asks = count(1)

            def ask(sql, /, number=number, asks=asks, **params):
                found = rows(sql, **params)
                if next(asks) == number:
                    happen(number)
                return found

            with monkeypatch.context() as patch:
                patch.setattr(site.store.engine, "rows", ask)
                answer = read()
            if next(asks) <= number:
                return given
            given.append(answer)
        raise AssertionError

    return interrupted
