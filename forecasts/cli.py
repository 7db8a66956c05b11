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
    except click.Abort:
        click.echo("Nothing was changed.", err=True)
        return 1
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
        found = verify(store.engine)
    click.echo(f"{found.entries} entries: the journal is whole, and the tables are what it gives.")
    if found.redacted:
        word = "entry" if len(found.redacted) == 1 else "entries"
        click.echo(f"Bodies were redacted at {word} {', '.join(map(str, found.redacted))}.")


@commands.group()
def people() -> None:
    """See and mend accounts."""


@people.command("list")
def people_list() -> None:
    """Print everybody's role and name."""
    site = _site()
    with closing(site.store):
        for person in accounts.everybody(site, None, operator=True):
            word = "erased" if person.erased else person.role.word
            click.echo(f"{word:<10}  {person.name}")


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


@people.command("erase")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def people_erase(name: str, *, yes: bool) -> None:
    """Erase NAME: name and account go, forecasts and scores stay under a number."""
    site = _site()
    with closing(site.store):
        person = accounts.person_named(site, name)
        if not yes:
            click.echo(accounts.ERASING)
            click.confirm(f"Erase {person.name}?", abort=True)
        former = accounts.erase(site, None, person.id, operator=True)
    click.echo(f"{person.name} is {former.name} now.")


def _site() -> Site:
    """The site that is there: a command on a mistyped path makes no other."""
    return site_of_environment(make=False)


def _url(site: Site) -> str:
    return (site.settings.url or HERE).rstrip("/")
