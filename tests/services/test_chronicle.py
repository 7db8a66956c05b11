"""The journal in words: every kind of event has a sentence, and only an admin reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from forecasts.domain.events import (
    KINDS,
    ForecastMade,
    ForecastWithdrawn,
    PersonErased,
    PersonJoined,
    QuestionAnnulled,
    QuestionAsked,
    QuestionResolved,
    Redacted,
    ReferenceRecorded,
    ResolutionUndone,
    RoleChanged,
    kind_of,
)
from forecasts.domain.people import Role
from forecasts.domain.questions import YES_NO, Kind
from forecasts.services import accounts, asking, chronicle, forecasting

NBSP = "\N{NO-BREAK SPACE}"
NAMES = {"ada": "Ada", "fay": "Fay"}
MOMENT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
TOLD = {
    "person-joined": (PersonJoined("fay", "Fay", Role.FORECASTER), "joined as forecaster"),
    "person-erased": (PersonErased("fay", (3,)), "erased Fay"),
    "role-changed": (RoleChanged("fay", Role.MODERATOR), "made Fay moderator"),
    "question-asked": (
        QuestionAsked(
            "rain", Kind.BINARY, "Will it rain?", "So.", "", YES_NO, MOMENT, MOMENT, tags=()
        ),
        "asked rain: Will it rain?",
    ),
    "forecast-made": (
        ForecastMade("rain", (0.7, 0.3)),
        f"forecast rain: Yes 70{NBSP}%, No 30{NBSP}%",
    ),
    "forecast-withdrawn": (ForecastWithdrawn("rain"), "withdrew their forecast on rain"),
    "question-resolved": (
        QuestionResolved("rain", 1, MOMENT, "the news", "a note"),
        "resolved rain: No, known since 1 Mar 2026 12:30 UTC",
    ),
    "question-annulled": (QuestionAnnulled("rain", "no station"), "annulled rain: no station"),
    "resolution-undone": (ResolutionUndone("rain"), "undid the resolution of rain"),
    "reference-recorded": (
        ReferenceRecorded("rain", "A market", "https://market.example", MOMENT, (0.045, 0.955)),
        f"recorded A market on rain: Yes 4.5{NBSP}%, No 95.5{NBSP}%",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_has_a_sentence(kind):
    event, sentence = TOLD[kind]
    assert kind_of(event) == kind
    assert chronicle.sentence(event, NAMES, YES_NO) == sentence


def test_what_is_left_of_an_entry_without_its_body_has_a_sentence():
    told = chronicle.sentence(Redacted("fay", "person-joined"), NAMES, ())
    assert told == "joined; what else was written here is erased"


def test_lines_say_who_did_what_and_when_newest_first(site, people, questions, clock):
    noon = clock.advance(hours=12)
    forecasting.submit(site, people.forecaster, questions.choice, (0.5, 0.3, 0.2))
    one = clock.advance(hours=1)
    accounts.set_role(site, None, people.other.id, Role.MODERATOR, operator=True)
    last = site.store.revision()
    assert chronicle.lines(site, people.admin, 2) == [
        (last, one, "the site", "made Finn moderator"),
        (
            last - 1,
            noon,
            "Fay",
            f"forecast {questions.choice}: Red 50{NBSP}%, Green 30{NBSP}%, Blue 20{NBSP}%",
        ),
    ]
    assert len(chronicle.lines(site, people.admin, 100)) == last


def test_who_joins_asks_and_forecasts_while_the_journal_is_read_is_no_error(
    site, people, clock, join, interrupted
):
    def happen(number):
        newcomer = join(f"Noa{number}")
        accounts.set_role(site, people.admin, newcomer.id, Role.MODERATOR)
        newcomer = site.store.people.get(newcomer.id)
        draft = asking.Draft(
            Kind.BINARY, f"Is this number {number}?", "So.", clock() + timedelta(days=1)
        )
        forecasting.submit(site, newcomer, asking.ask(site, newcomer, draft), (0.7, 0.3))

    told = interrupted(lambda: chronicle.lines(site, people.admin, 100), happen)
    assert len(told) >= 3
    assert {who for _, _, who, _ in chronicle.lines(site, people.admin, 100)} >= {
        f"Noa{number}" for number in range(1, len(told) + 1)
    }


def test_an_empty_journal_has_no_lines(site, people):
    assert chronicle.lines(site, people.admin, 0) == []


@pytest.mark.parametrize("who", ["moderator", "forecaster"])
def test_only_an_admin_reads_the_journal(site, people, refused, who):
    with refused("To read the journal you must be signed in as an admin."):
        chronicle.lines(site, getattr(people, who), 10)


def test_a_visitor_does_not_read_the_journal(site, refused):
    with refused("To read the journal you must be signed in as an admin."):
        chronicle.lines(site, None, 10)
