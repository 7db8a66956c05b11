"""A database as this version of the code leaves it, for later versions to open.

    PYTHONPATH=. .venv/bin/python tests/storage/old/make.py

The file is named after the newest step of the tables. Everybody in it is simulated.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from forecasts.domain.events import KINDS, ReferenceRecorded
from forecasts.domain.people import Role
from forecasts.domain.questions import YES_NO, Kind
from forecasts.errors import ForecastsError
from forecasts.services import accounts, asking, forecasting, resolving, seeding
from forecasts.services.asking import Draft
from forecasts.settings import Settings
from forecasts.site import Site, open_site
from forecasts.storage.migrations import STEPS

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
PASSWORD = "correct horse battery"
ADDRESS = "192.0.2.1"
SEED = "simulated-seed"


class Days:
    """A clock that goes on when told."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def wait(self, days: float) -> datetime:
        self.moment += timedelta(days=days)
        return self.moment


def make(path: Path) -> None:
    """Fill a new file with a site that has seen every kind of event."""
    path.touch(exist_ok=False)
    days = Days()
    site = replace(open_site(Settings(database=f"sqlite:///{path}", now=START)), clock=days)
    with closing(site.store):
        live(site, days)
        seen = {type(entry.event) for entry in site.store.newest_entries(1000)}
        assert seen >= set(KINDS.values())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")


def live(site: Site, days: Days) -> None:
    """Some weeks of a small site."""
    seeding.plant(site, [seed()])
    admin, moderator, *forecasters = join(site)
    accounts.set_role(site, admin, moderator.id, Role.MODERATOR)
    moderator = replace(moderator, role=Role.MODERATOR)
    binary, choice, void = ask(site, moderator)
    forecast(site, days, forecasters, binary, [(0.7, 0.3), (0.55, 0.45), (0.985, 0.015)])
    forecast(site, days, forecasters, choice, [(0.5, 0.3, 0.2), (0.1, 0.6, 0.3), (0.2, 0.2, 0.6)])
    forecast(site, days, forecasters, void, [(0.2, 0.8), (0.3, 0.7), (0.4, 0.6)])
    forecast(site, days, [moderator], SEED, [(0.36, 0.64)])
    forecast(site, days, forecasters[:1], binary, [(0.9, 0.1)])
    forecasting.withdraw(site, forecasters[1], choice)
    known = days.wait(5)
    days.wait(2)
    for outcome in (1, 2):
        answer(site, admin, choice, outcome, known)
        days.wait(1)
        if outcome == 1:
            resolving.undo(site, moderator, choice)
    answer(site, moderator, binary, 0, known)
    resolving.annul(site, moderator, void, reason="Simulated: its source is gone.")
    accounts.erase(site, forecasters[2], forecasters[2].id)
    leave_doors_ajar(site, admin)


def seed() -> seeding.Seed:
    """A question that comes with the site, and what others said of it."""
    draft = Draft(
        kind=Kind.BINARY,
        title="Does the seed of the simulation sprout?",
        criteria="It sprouts in the simulation.",
        background="Simulated *background*.",
        closes=START + timedelta(days=400),
        tags=("simulated", "seed"),
    )
    references = tuple(
        ReferenceRecorded(
            subject=SEED,
            source="Simulated market",
            url="https://example.org/market",
            at=START - timedelta(days=number),
            probabilities=(yes, round(1 - yes, 12)),
        )
        for number, yes in enumerate((0.42, 0.4, 0.35))
    )
    return seeding.Seed(SEED, draft, references)


def join(site: Site) -> list:
    """The admin, who comes first, and the others."""
    codes = {"Admin": accounts.setup_code(site), "Moderator": "", "Ann": "", "Bob": "", "Çağla": ""}
    return [
        accounts.sign_up(site, name=f"Simulated {name}", password=PASSWORD, code=code).person
        for name, code in codes.items()
    ]


def ask(site: Site, moderator) -> list[str]:
    """A binary question, one with three outcomes, and one that comes to nothing."""
    titles = {
        "Does it rain in the simulation?": YES_NO,
        "Which colour wins in the simulation?": ("Red", "Green", "Blue"),
        "Is anything real in the simulation?": YES_NO,
    }
    return [
        asking.ask(
            site,
            moderator,
            Draft(
                kind=Kind.BINARY if outcomes == YES_NO else Kind.CHOICE,
                title=title,
                criteria="As the simulation says.",
                closes=START + timedelta(days=60),
                outcomes=outcomes,
                tags=("simulated",),
            ),
        )
        for title, outcomes in titles.items()
    ]


def forecast(site: Site, days: Days, people: list, question: str, said: list) -> None:
    """Each says theirs, some hours after the one before."""
    for person, probabilities in zip(people, said, strict=True):
        days.wait(0.75)
        forecasting.submit(site, person, question, probabilities)


def answer(site: Site, person, question: str, outcome: int, known: datetime) -> None:
    """Resolve a question."""
    resolving.resolve(
        site,
        person,
        question,
        outcome=outcome,
        known_since=known,
        source="https://example.org/answer",
        note="Simulated.",
    )


def leave_doors_ajar(site: Site, admin) -> None:
    """Codes that nobody has used yet, and somebody who mistyped a password."""
    accounts.reset_code(site, admin, "Simulated Ann")
    accounts.invitation_code(site, admin)
    for wrong in ("mistyped once", "mistyped twice"):
        with suppress(ForecastsError):
            accounts.sign_in(site, name="Simulated Bob", password=wrong, address=ADDRESS)


if __name__ == "__main__":
    make(Path(__file__).with_name(f"{len(STEPS)}.db"))
