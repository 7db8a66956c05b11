"""The operator's commands for a site as a whole."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click

from forecasts.cli.terminal import shown, site_that_is_there
from forecasts.clock import utc_now
from forecasts.services import exchange
from forecasts.settings import SQLITE
from forecasts.site import open_engine, settings_of_environment, site_of_environment
from forecasts.storage import backup as backups
from forecasts.storage import verify as verifying

PATH = click.Path(path_type=Path)


@click.command("verify")
def verify() -> None:
    """Check the journal, replay it, and compare the tables."""
    with closing(site_that_is_there().store) as store, shown() as progress:
        found = verifying.verify(store.engine, progress)
    click.echo(f"{found.entries} entries: the journal is whole, and the tables are what it gives.")
    if found.redacted:
        word = "entry" if len(found.redacted) == 1 else "entries"
        click.echo(f"Bodies were redacted at {word} {', '.join(map(str, found.redacted))}.")


@click.command("backup")
@click.argument("file", type=PATH)
def backup(file: Path) -> None:
    """Write all of the site, password hashes included, to a new FILE while it runs.

    For SQLite; a site on PostgreSQL is backed up with pg_dump.
    """
    database = settings_of_environment().database
    with closing(open_engine(database, make=False)) as engine, shown() as progress:
        backups.backup(engine, file, progress)
    click.echo(f"The site is backed up to {file}.")


@click.command("restore")
@click.argument("file", type=PATH)
@click.option("--replace", is_flag=True, help="Let the backup take the place of a site.")
def restore(file: Path, *, replace: bool) -> None:
    """Make the site what the backup FILE holds, with its servers stopped.

    The backup is verified first.
    """
    settings = settings_of_environment()
    if not settings.database.startswith(SQLITE):
        message = "A backup goes into SQLite; for PostgreSQL there are pg_restore and import."
        raise backups.BackupError(message)
    target = Path(settings.database.removeprefix(SQLITE))
    now = settings.now or utc_now()
    with shown() as progress:
        entries = backups.restore(file, target, now, replace=replace, progress=progress)
    click.echo(f"{entries} entries: {target} is what {file} holds.")


@click.command("export")
@click.argument("folder", type=PATH)
@click.option(
    "--accounts", type=PATH, help="Also write password hashes, to a new file outside FOLDER."
)
def export(folder: Path, accounts: Path | None) -> None:
    """Write the journal, and every table as CSV, to a new FOLDER."""
    with closing(site_that_is_there().store) as store, shown() as progress:
        moved = exchange.export_site(store, folder, accounts, progress)
    click.echo(f"{moved.entries} entries are in {folder}{_seal(moved)}.")
    if accounts is not None:
        click.echo(f"{moved.accounts} password hashes are in {accounts}; keep it secret.")


@click.command("import")
@click.argument("folder", type=PATH)
@click.option("--accounts", type=PATH, help="Also read the password hashes that export wrote.")
def import_(folder: Path, accounts: Path | None) -> None:
    """Make a new site what the export FOLDER holds, on either database."""
    site = site_of_environment()
    with closing(site.store), shown() as progress:
        moved = exchange.import_site(site.store, folder, site.now(), accounts, progress)
    click.echo(f"{moved.entries} entries are imported{_seal(moved)}.")
    if accounts is None:
        click.echo("No passwords came along; `people reset NAME` prints a link for a new one.")
    else:
        click.echo(f"{moved.accounts} password hashes came along.")


def _seal(moved: exchange.Moved) -> str:
    return f"; the last has the digest {moved.digest}" if moved.entries else ""
