"""What the operator of a site can do at its machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from forecasts.cli import site
from forecasts.cli.people import people
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns 0, or 1 after one sentence on the error stream."""
    try:
        commands.main(args=argv, prog_name="python -m forecasts", standalone_mode=False)
    except click.Abort:
        click.echo("Stopped.", err=True)
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


for command in (site.verify, site.backup, site.restore, site.export, site.import_, people):
    commands.add_command(command)
