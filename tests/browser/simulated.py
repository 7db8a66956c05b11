"""A site with a simulated crowd, for looking at its pages; every name says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from forecasts.domain.questions import Kind
from forecasts.services import accounts, asking, forecasting, resolving, seeding
from forecasts.services.asking import Draft
from forecasts.settings import Settings
from forecasts.site import Site
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store

SEEDS = Path(__file__).parents[2] / "seeds" / "harris.toml"
START = datetime(2026, 9, 1, 12, tzinfo=UTC)
NOW = START + timedelta(days=80)
PASSWORD = "correct horse battery"
PEOPLE = 8
QUESTIONS = 40
CHANCES = {
    "harris-president-2028": 0.45,
    "harris-governor-2030": 0.12,
    "harris-nominee-2028": 0.2,
    "harris-wins-2028": 0.07,
    "clinton-endorses-harris-2028": 0.15,
}
CAMPAIGNS = ((0.3, 0.2, 0.1, 0.1, 0.3), (0.4, 0.1, 0.05, 0.05, 0.4), (0.25, 0.3, 0.05, 0.1, 0.3))


def fill(database: Path) -> str:
    """Write 80 simulated days into a database; returns the token of the signed-in admin."""
    moment = [START]
    site = Site(Store(SqliteEngine(database), START), lambda: moment[0], Settings())
    try:
        seeds, _ = seeding.read_seeds(SEEDS)
        seeding.plant(site, seeds)
        people = _people(site)
        draw = Random(1)
        small = _ask(site, people[0], draw)
        for day in range(1, (NOW - START).days):
            moment[0] = START + timedelta(days=day)
            _one_day(site, people, small, draw)
        moment[0] = NOW
        _resolve(site, people[0], small, draw)
        return accounts.sign_in(
            site, name="Simulated admin", password=PASSWORD, address="here"
        ).token
    finally:
        site.store.close()


def _people(site):
    code = accounts.setup_code(site)
    admin = accounts.sign_up(site, name="Simulated admin", password=PASSWORD, code=code)
    others = [
        accounts.sign_up(site, name=f"Simulated {number}", password=PASSWORD)
        for number in range(1, PEOPLE)
    ]
    return [one.person for one in (admin, *others)]


def _one_day(site, people, small, draw):
    for question_id, chance in (CHANCES | small).items():
        if draw.random() < (0.45 if question_id in CHANCES else 0.1):
            said = min(0.97, max(0.01, round(chance + draw.gauss(0, 0.1), 2)))
            forecasting.submit(site, draw.choice(people), question_id, (said, round(1 - said, 2)))
    if draw.random() < 0.3:
        said = draw.choice(CAMPAIGNS)
        forecasting.submit(site, draw.choice(people), "harris-next-campaign", said)


def _ask(site, admin, draw):
    """Small questions by id, each with the chance that it happens."""
    chances = {}
    for number in range(1, QUESTIONS + 1):
        draft = Draft(
            kind=Kind.BINARY,
            title=f"Simulated question {number}: does it happen?",
            criteria="It happens in a simulation.",
            closes=NOW + timedelta(days=1),
            tags=("simulated",),
        )
        chances[asking.ask(site, admin, draft)] = draw.uniform(0.03, 0.97)
    return chances


def _resolve(site, admin, small, draw):
    """As exercises of this database, which say nothing about the world."""
    answers = {"harris-governor-2030": 1, "harris-wins-2028": 1}
    answers |= {one: int(draw.random() > chance) for one, chance in small.items()}
    for question_id, outcome in answers.items():
        resolving.resolve(
            site,
            admin,
            question_id,
            outcome=outcome,
            known_since=NOW - timedelta(days=2),
            source="a simulation",
            note="Simulated data.",
        )
