"""The operator's commands for people and their accounts."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from forecasts.cli.terminal import site_that_is_there
from forecasts.domain.people import Role
from forecasts.errors import ForecastsError
from forecasts.services import accounts

if TYPE_CHECKING:
    from forecasts.site import Site

HERE = "http://localhost:8501"


class DeclinedError(ForecastsError):
    """A question whether to go on that was not answered with yes."""

    def __init__(self) -> None:
        """Say that nothing came of it."""
        super().__init__("Nothing was changed.")


@click.group("people")
def people() -> None:
    """See and mend accounts."""


@people.command("list")
def people_list() -> None:
    """Print everybody's role and name."""
    site = site_that_is_there()
    with closing(site.store):
        for person in accounts.everybody(site, None, operator=True):
            word = "erased" if person.erased else person.role.word
            click.echo(f"{word:<10}  {person.name}")


@people.command("reset")
@click.argument("name")
def people_reset(name: str) -> None:
    """Print a one-time link with which NAME can choose a new password."""
    site = site_that_is_there()
    with closing(site.store):
        code = accounts.reset_code(site, None, name, operator=True)
    click.echo(f"{_url(site)}/reset?code={code}")


@people.command("role")
@click.argument("name")
@click.argument("role")
def people_role(name: str, role: str) -> None:
    """Make NAME a forecaster, moderator or admin, as ROLE says."""
    wanted = Role.of(role)
    site = site_that_is_there()
    with closing(site.store):
        person = accounts.person_named(site, name)
        accounts.set_role(site, None, person.id, wanted, operator=True)
    click.echo(f"{person.name} is {wanted.word} now.")


@people.command("erase")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def people_erase(name: str, *, yes: bool) -> None:
    """Erase NAME: name and account go, forecasts and scores stay under a number."""
    site = site_that_is_there()
    with closing(site.store):
        person = accounts.person_named(site, name)
        if not yes:
            click.echo(accounts.ERASING)
            _confirm(f"Erase {person.name}?")
        erased = accounts.erase(site, None, person.id, operator=True)
    click.echo(f"{person.name} is {erased.person.name} now. {erased.left}".strip())


def _confirm(question: str) -> None:
    try:
        click.confirm(question, abort=True)
    except click.Abort:
        raise DeclinedError from None


def _url(site: Site) -> str:
    return (site.settings.url or HERE).rstrip("/")
