"""Taking a site elsewhere: to a folder that anybody can read, and from there to a new database.

These are for the operator at the machine; nobody is asked who they are.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasts.errors import ForecastsError
from forecasts.services.plausible import plausible
from forecasts.storage import journal
from forecasts.storage.account_files import read_accounts, write_accounts
from forecasts.storage.export_files import (
    JOURNAL,
    ExportError,
    check_journal,
    read_digest,
    read_journal,
    write_export,
)
from forecasts.storage.journal import JournalError
from forecasts.storage.progress import silent
from forecasts.storage.whole import new_file, new_folder

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from forecasts.storage.export_files import Digest
    from forecasts.storage.progress import Progress
    from forecasts.storage.store import Store


class NotEmptyError(ForecastsError):
    """A site that has a journal already, where a new one is needed."""

    def __init__(self, entries: int) -> None:
        """Say how many entries there are, and where an import can go."""
        super().__init__(
            f"The site has {entries} journal entries already; an export is imported into a new "
            "database, before the site is first started on it."
        )


class SecretsInsideError(ForecastsError):
    """A file of password hashes inside the folder that others may be given."""

    def __init__(self, accounts: Path, folder: Path) -> None:
        """Name both."""
        super().__init__(
            f"{accounts} would be in {folder}; keep password hashes out of what others may see."
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """How many entries and accounts came along, and the digest of the last entry."""

    entries: int
    digest: str
    accounts: int


def export_site(
    store: Store, folder: Path, accounts: Path | None = None, progress: Progress = silent
) -> Moved:
    """Write one state of a site to a new folder, and if wanted its password hashes to a new file.

    Each is there whole or not at all, and the folder last: where it is, all is. Raises
    `TakenError`, `FileError`, `SecretsInsideError`, and `JournalError` for a journal that is not
    whole.
    """
    if accounts is not None:
        _check_apart(accounts, folder)
    secrets = nullcontext() if accounts is None else new_file(accounts)
    with new_folder(folder) as part, secrets as file, store.engine.snapshot():
        digest = write_export(store.engine, part, progress)
        count = write_accounts(file, store.accounts.credentials()) if file else 0
    return Moved(digest.entries, digest.digest, count)


def _check_apart(accounts: Path, folder: Path) -> None:
    inside, outside = accounts.resolve(), folder.resolve()
    if outside in (inside, *inside.parents):
        raise SecretsInsideError(accounts, folder)


def import_site(
    store: Store,
    folder: Path,
    now: datetime,
    accounts: Path | None = None,
    progress: Progress = silent,
) -> Moved:
    """Make an empty site the one that was exported, whole or not at all.

    Raises `NotEmptyError`, and for what is wrong with the files, or cannot have happened until
    `now`, `LinesError`, `ExportError` and `FileError`.
    """
    _check_empty(store)
    digest = read_digest(folder)
    check_journal(folder, digest, progress)
    credentials = []
    with store.transaction(unhurried=True):
        _check_empty(store)
        _replay(store, folder, digest, now, progress)
        if accounts is not None:
            credentials = read_accounts(accounts, store.accounts.may_have_password())
            store.accounts.add_credentials(credentials)
    return Moved(digest.entries, digest.digest, len(credentials))


def _check_empty(store: Store) -> None:
    entries = store.revision()
    if entries:
        raise NotEmptyError(entries)


def _replay(store: Store, folder: Path, digest: Digest, now: datetime, progress: Progress) -> None:
    """Write the journal and its tables.

    A chain can fit and yet tell what cannot have happened, where somebody sealed it by hand.
    """
    entries = plausible(journal.checked(read_journal(folder, digest)), now)
    try:
        store.write(entries, digest.entries, progress)
    except JournalError as error:
        message = f"{folder / JOURNAL}, line {error.entry_id}: {error}"
        raise ExportError(message) from error
