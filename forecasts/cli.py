"""What the operator of a site can do at its machine."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from forecasts.domain.people import Role
from forecasts.errors import ForecastsError
from forecasts.services import accounts
from forecasts.site import site_of_environment
from forecasts.storage.verify import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecasts.site import Site

HERE = "http://localhost:8501"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, or 1 after one sentence on the error stream."""
    try:
        commands.main(args=argv, prog_name="python -m forecasts", standalone_mode=False)
    except click.ClickException as error:
        click.echo(error.format_message(), err=True)
        return 1
    except ForecastsError as error:
        click.echo(error, err=True)
        return 1
    return 0


@click.group(no_args_is_help=True)
def commands() -> None:
    """Look after the site that the environment describes."""


@commands.command("verify")
def verify_command() -> None:
    """Check the journal, replay it, and compare the tables."""
    with closing(_site().store) as store:
        entries = verify(store.engine)
    click.echo(f"{entries} entries: the journal is whole, and the tables are what it gives.")


@commands.group()
def people() -> None:
    """See and mend accounts."""


@people.command("list")
def people_list() -> None:
    """Print everybody's role and name."""
    site = _site()
    with closing(site.store):
        for person in accounts.everybody(site, None, operator=True):
            click.echo(f"{person.role.word:<10}  {person.name}")


@people.command("reset")
@click.argument("name")
def people_reset(name: str) -> None:
    """Print a one-time link with which NAME can choose a new password."""
    site = _site()
    with closing(site.store):
        code = accounts.reset_code(site, None, name, operator=True)
    click.echo(f"{_url(site)}/reset?code={code}")


@people.command("role")
@click.argument("name")
@click.argument("role")
def people_role(name: str, role: str) -> None:
    """Make NAME a forecaster, moderator or admin, as ROLE says."""
    wanted = Role.of(role)
    site = _site()
    with closing(site.store):
        person = accounts.person_named(site, name)
        accounts.set_role(site, None, person.id, wanted, operator=True)
    click.echo(f"{person.name} is {wanted.word} now.")


def _site() -> Site:
    """The site that is there: a command on a mistyped path makes no other."""
    return site_of_environment(make=False)


def _url(site: Site) -> str:
    return (site.settings.url or HERE).rstrip("/")
