"""New files and folders that are there whole or not at all, whenever their maker is killed."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp, mkstemp
from typing import TYPE_CHECKING

from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPANIONS = ("", "-journal", "-wal", "-shm", "-line")
"""What an engine may put beside a file while it is at work on it."""


class TakenError(ForecastsError):
    """A name for something new under which there is something already."""


class FileError(ForecastsError):
    """A file or folder that cannot be read or written; the sentence says which and why."""


@contextmanager
def explained(path: Path, doing: str = "written") -> Iterator[None]:
    """Raise what the system says of a file as `FileError`."""
    try:
        yield
    except OSError as error:
        message = f"{path} cannot be {doing}: {error.strerror}."
        raise FileError(message) from error


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to fill that becomes `path` at the end of the block; only its owner may read it.

    Raises `TakenError` where `path` is there already, and `FileError`.
    """
    if os.path.lexists(path):
        message = f"There is something at {path} already; name a file that is not there yet."
        raise TakenError(message)
    with explained(path), part_beside(path) as part:
        yield part
        put(part, path)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that becomes `path` at the end of the block; only its owner may read it.

    Raises `TakenError` where `path` is there already and not an empty folder, and `FileError`.
    """
    with explained(path):
        if os.path.lexists(path) and not (path.is_dir() and not any(path.iterdir())):
            message = f"There is something at {path} already; name a new or an empty folder."
            raise TakenError(message)
        part = Path(mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.absolute().parent))
        try:
            yield part
            put(part, path)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


@contextmanager
def part_beside(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, gone at the end of the block unless it was put elsewhere."""
    number, name = mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.absolute().parent)
    os.close(number)
    try:
        yield Path(name)
    finally:
        for companion in COMPANIONS:
            Path(name + companion).unlink(missing_ok=True)


def put(part: Path, path: Path) -> None:
    """Let what is at `part`, once the disk has all of it, be at `path`."""
    for one in (part, *part.rglob("*")):
        _sync(one)
    part.replace(path)
    _sync(path.absolute().parent)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
