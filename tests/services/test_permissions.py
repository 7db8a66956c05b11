"""Who may do what: every use case there is, for every role and for visitors."""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest

from forecasts import services
from forecasts.domain.events import PersonJoined
from forecasts.domain.people import NotAllowedError, Person, Role
from forecasts.domain.questions import Kind
from forecasts.services import (
    accounts,
    asking,
    chronicle,
    forecasting,
    reporting,
    resolving,
    scoreboard,
)
from forecasts.settings import Settings


def ask(site, person, _):
    closes = site.now() + timedelta(days=1)
    asking.ask(site, person, asking.Draft(Kind.BINARY, "Will it snow?", "As measured.", closes))


def submit(site, person, questions):
    forecasting.submit(site, person, questions.binary, [0.5, 0.5])


def withdraw(site, person, questions):
    forecasting.withdraw(site, person, questions.binary)


def preview(site, person, questions):
    resolving.preview(site, person, questions.binary, outcome=0, known_since=site.now())


def resolve(site, person, questions):
    resolving.resolve(
        site, person, questions.binary, outcome=0, known_since=site.now(), source="the news"
    )


def annul(site, person, questions):
    resolving.annul(site, person, questions.binary, reason="a slip")


def undo(site, person, questions):
    resolving.undo(site, person, questions.choice)


def reset_code(site, person, _):
    accounts.reset_code(site, person, "Fay")


def row(site, person, _):
    (listed, *_) = reporting.questions(replace(site, settings=Settings()), None)
    reporting.row(site, person, listed)


def set_role(site, person, _):
    accounts.set_role(site, person, "id-of-fay", Role.MODERATOR)


def erase(site, person, _):
    accounts.erase(site, person, "id-of-finn")


def alone(use_case, *more):
    """A use case that needs to know nothing of the questions."""
    return lambda site, person, _: use_case(site, person, *more)


def on_question(use_case):
    """A use case on one question."""
    return lambda site, person, questions: use_case(site, person, questions.binary)


FORECASTER, MODERATOR, ADMIN = Role
VISITOR = 0
READ = "read this site"
BY_ROLE = {
    "asking.ask": (MODERATOR, "ask a question", ask),
    "forecasting.submit": (FORECASTER, "forecast", submit),
    "forecasting.withdraw": (FORECASTER, "withdraw a forecast", withdraw),
    "resolving.preview": (MODERATOR, "resolve a question", preview),
    "resolving.resolve": (MODERATOR, "resolve a question", resolve),
    "resolving.annul": (MODERATOR, "annul a question", annul),
    "resolving.undo": (MODERATOR, "undo a resolution", undo),
    "reporting.own_forecasts": (
        FORECASTER,
        "see your forecasts",
        alone(reporting.own_forecasts, []),
    ),
    "accounts.reset_code": (ADMIN, "give out a password link", reset_code),
    "accounts.invitation_code": (ADMIN, "invite somebody", alone(accounts.invitation_code)),
    "accounts.set_role": (ADMIN, "change a role", set_role),
    "accounts.erase": (ADMIN, "erase somebody", erase),
    "accounts.everybody": (ADMIN, "see everybody’s role", alone(accounts.everybody)),
    "chronicle.lines": (ADMIN, "read the journal", alone(chronicle.lines, 10)),
}
"""The least role, what it takes that role for, and the use case."""

READING = {
    "resolving.preview",
    "reporting.own_forecasts",
    "accounts.everybody",
    "chronicle.lines",
}
"""What of it changes nothing."""

CHANGING = sorted(BY_ROLE.keys() - READING)
LOWERED = [(name, role) for name in CHANGING for role in Role if role < BY_ROLE[name][0]]

BY_SETTING = {
    "reporting.check_reader": alone(reporting.check_reader),
    "reporting.questions": alone(reporting.questions),
    "reporting.row": row,
    "reporting.question": on_question(reporting.question),
    "reporting.own_history": on_question(reporting.own_history),
    "reporting.standing_forecasts": alone(reporting.standing_forecasts),
    "scoreboard.ranking": alone(scoreboard.ranking),
    "scoreboard.crowd_calibration": alone(scoreboard.crowd_calibration, "median"),
    "scoreboard.person_calibration": alone(scoreboard.person_calibration, "id-of-fay"),
    "scoreboard.scored_people": alone(scoreboard.scored_people),
}
"""What visitors may do where they may read."""

BY_NOBODY = {
    # the doors: who it is, is what they find out
    *("accounts.has_admin", "accounts.needed_code", "accounts.setup_code", "accounts.sign_up"),
    *("accounts.sign_in", "accounts.sign_out", "accounts.person_of"),
    *("accounts.person_of_code", "accounts.reset_password"),
    # the operator's, at the machine
    *("accounts.person_named", "seeding.plant"),
    # steps of the use cases above
    *("codes.new_code", "codes.check_code", "guessing.count_guess", "guessing.forget_guesses"),
}
"""What does not ask who it is."""

CASES = [
    *((name, {}, role) for name in BY_ROLE for role in (VISITOR, *Role)),
    *((name, {"visitors": "none"}, role) for name in BY_SETTING for role in (VISITOR, *Role)),
    *((name, {"visitors": "read"}, role) for name in BY_SETTING for role in (VISITOR, *Role)),
]


def row_of(name, settings):
    if name in BY_ROLE:
        return BY_ROLE[name]
    least = FORECASTER if settings["visitors"] == "none" else VISITOR
    return least, READ, BY_SETTING[name]


def name_of(value):
    if isinstance(value, dict):
        return value.get("visitors", "")
    return value if isinstance(value, str) else Role(value).word if value else "visitor"


def refusal(doing, least):
    article = "an" if least is ADMIN else "a"
    return f"To {doing} you must be signed in as {article} {least.word}."


def use_cases():
    """Each public function of the services that works on a site, by module and name."""
    for found in pkgutil.iter_modules(services.__path__):
        module = import_module(f"{services.__name__}.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and "site" in inspect.signature(function).parameters:
                yield f"{found.name}.{name}"


@pytest.fixture
def everything_goes(site, people, questions):
    """Everybody has a forecast to withdraw; one question is resolved, to be undone."""
    for person in (people.admin, people.moderator, people.forecaster):
        forecasting.submit(site, person, questions.binary, [0.5, 0.5])
    resolving.annul(site, people.admin, questions.choice, reason="a slip")
    by_role = {ADMIN: people.admin, MODERATOR: people.moderator, FORECASTER: people.forecaster}
    return questions, by_role


@pytest.mark.parametrize(("name", "settings", "role"), CASES, ids=name_of)
def test_a_use_case_is_open_to_its_role_and_higher_ones_only(
    *, site, everything_goes, refused, name, settings, role
):
    questions, by_role = everything_goes
    least, doing, use_case = row_of(name, settings)
    site = replace(site, settings=Settings(**settings))
    if role >= least:
        use_case(site, by_role.get(role), questions)
        return
    with refused(refusal(doing, least), NotAllowedError):
        use_case(site, by_role.get(role), questions)


@pytest.fixture
def who_may(site):
    """Makes somebody new with a role, who has a forecast to withdraw."""

    def who_may(role, questions):
        person = Person("id-of-eve", "Eve", role)
        with site.store.transaction():
            event = PersonJoined(person.id, person.name, role)
            site.store.append(event, actor=person.id, now=site.now())
        forecasting.submit(site, person, questions.binary, [0.5, 0.5])
        return person

    return who_may


@pytest.mark.parametrize("name", CHANGING)
def test_who_was_erased_since_the_page_began_changes_nothing(
    *, site, people, everything_goes, who_may, refused, name
):
    questions, _ = everything_goes
    least, doing, use_case = BY_ROLE[name]
    person = who_may(least, questions)
    accounts.erase(site, people.admin, person.id)
    with refused(refusal(doing, least), NotAllowedError):
        use_case(site, person, questions)


@pytest.mark.parametrize(("name", "role"), LOWERED, ids=name_of)
def test_who_was_demoted_since_the_page_began_may_no_more_than_their_role(
    *, site, people, everything_goes, who_may, refused, name, role
):
    questions, _ = everything_goes
    least, doing, use_case = BY_ROLE[name]
    person = who_may(least, questions)
    accounts.set_role(site, people.admin, person.id, role)
    with refused(refusal(doing, least), NotAllowedError):
        use_case(site, person, questions)


def test_every_use_case_has_its_row():
    rows = [*BY_ROLE, *BY_SETTING, *BY_NOBODY]
    assert sorted(use_cases()) == sorted(["acting.acting", *rows])


@pytest.mark.parametrize("name", sorted(BY_NOBODY))
def test_what_does_not_ask_who_it_is_is_not_told(name):
    module, function = name.split(".")
    use_case = getattr(import_module(f"{services.__name__}.{module}"), function)
    assert not {"person", "by", "operator"} & set(inspect.signature(use_case).parameters)
