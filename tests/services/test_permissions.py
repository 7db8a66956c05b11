"""Who may do what: every use case that asks who it is, for every role and for visitors."""

from __future__ import annotations

import inspect
from datetime import timedelta

import pytest

from forecasts.domain.people import NotAllowedError, Role
from forecasts.domain.questions import Kind
from forecasts.services import accounts, asking, forecasting, resolving

SERVICES = (accounts, asking, forecasting, resolving)


def ask(site, person, _):
    closes = site.now() + timedelta(days=1)
    draft = asking.Draft(Kind.BINARY, "Will it snow?", "As measured.", closes)
    asking.ask(site, person, draft)


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


def invitation_code(site, person, _):
    accounts.invitation_code(site, person)


def set_role(site, person, _):
    accounts.set_role(site, person, "id-of-fay", Role.MODERATOR)


def everybody(site, person, _):
    accounts.everybody(site, person)


LEAST = {
    ask: (Role.MODERATOR, "To ask a question you must be signed in as a moderator."),
    submit: (Role.FORECASTER, "To forecast you must be signed in as a forecaster."),
    withdraw: (
        Role.FORECASTER,
        "To withdraw a forecast you must be signed in as a forecaster.",
    ),
    preview: (Role.MODERATOR, "To resolve a question you must be signed in as a moderator."),
    resolve: (Role.MODERATOR, "To resolve a question you must be signed in as a moderator."),
    annul: (Role.MODERATOR, "To annul a question you must be signed in as a moderator."),
    undo: (Role.MODERATOR, "To undo a resolution you must be signed in as a moderator."),
    reset_code: (Role.ADMIN, "To give out a password link you must be signed in as an admin."),
    invitation_code: (Role.ADMIN, "To invite somebody you must be signed in as an admin."),
    set_role: (Role.ADMIN, "To change a role you must be signed in as an admin."),
    everybody: (Role.ADMIN, "To see everybody’s role you must be signed in as an admin."),
}
VISITOR = 0
CASES = [(use_case, role) for use_case in LEAST for role in (VISITOR, *Role)]


def name_of(value):
    if callable(value):
        return value.__name__
    return Role(value).word if value else "visitor"


@pytest.fixture
def everything_goes(site, people, questions):
    """Everybody has a forecast to withdraw; one question is resolved, to be undone."""
    for person in (people.admin, people.moderator, people.forecaster):
        forecasting.submit(site, person, questions.binary, [0.5, 0.5])
    resolving.annul(site, people.admin, questions.choice, reason="a slip")
    by_role = {
        Role.ADMIN: people.admin,
        Role.MODERATOR: people.moderator,
        Role.FORECASTER: people.forecaster,
    }
    return questions, by_role


@pytest.mark.parametrize(("use_case", "role"), CASES, ids=name_of)
def test_a_use_case_is_open_to_its_role_and_higher_ones_only(
    site, everything_goes, refused, use_case, role
):
    questions, by_role = everything_goes
    least, sentence = LEAST[use_case]
    if role >= least:
        use_case(site, by_role[role], questions)
    else:
        with refused(sentence, NotAllowedError):
            use_case(site, by_role.get(role), questions)


def test_the_table_names_every_use_case_that_asks_who_it_is():
    asking_who = {
        name
        for service in SERVICES
        for name, function in inspect.getmembers(service, inspect.isfunction)
        if function.__module__ == service.__name__
        and not name.startswith("_")
        and {"person", "by"} & set(inspect.signature(function).parameters)
    }
    assert asking_who == {use_case.__name__ for use_case in LEAST}
