"""What commands share: the site that is there, and how far they have come."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from forecasts.site import site_of_environment
from forecasts.storage.progress import silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecasts.site import Site
    from forecasts.storage.progress import Progress

WIPE = "\r\x1b[K"
"""Goes to the start of a terminal's line and empties it."""


def site_that_is_there() -> Site:
    """The site, for the caller to close: a command on a mistyped path makes no other."""
    return site_of_environment(make=False)


@contextmanager
def shown() -> Iterator[Progress]:
    """Shows how far something is, in one line of a terminal; a pipe or file gets nothing."""
    if not sys.stderr.isatty():
        yield silent
        return
    try:
        yield _show
    finally:
        _write(WIPE)


def _show(doing: str, done: int, whole: int) -> None:
    _write(f"{WIPE}{doing}: {done:,} of {whole:,}")


def _write(text: str) -> None:
    """Nothing long ends because its terminal went away."""
    with suppress(OSError):
        click.echo(text, nl=False, err=True, color=True)
