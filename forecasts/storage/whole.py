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

TAKEN_FILE = "There is something at {path} already; name a file that is not there yet."


class TakenError(ForecastsError):
    """A name for something new under which there is something already."""


class FileError(ForecastsError):
    """A file or folder that cannot be read or written; the sentence says which and why."""


@contextmanager
def file_errors(path: Path, doing: str = "written") -> Iterator[None]:
    """Raise what the system says of a file as `FileError`; nothing else belongs into the block."""
    try:
        yield
    except OSError as error:
        message = f"{path} cannot be {doing}: {error.strerror or error}."
        raise FileError(message) from error


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to fill that becomes `path` at the end of the block; only its owner may read it.

    Raises `TakenError` where `path` is there already, and `FileError`.
    """
    if os.path.lexists(path):
        raise TakenError(TAKEN_FILE.format(path=path))
    with part_beside(path) as part:
        yield part
        with file_errors(path):
            _sync(part)
            _name(part, path)
            _sync(path.absolute().parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that becomes `path` at the end of the block; only its owner may read it.

    Raises `TakenError` where `path` is there already and not an empty folder, and `FileError`.
    """
    with file_errors(path):
        if os.path.lexists(path) and not (path.is_dir() and not any(path.iterdir())):
            message = f"There is something at {path} already; name a new or an empty folder."
            raise TakenError(message)
        part = Path(mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.absolute().parent))
    try:
        yield part
        with file_errors(path):
            for one in (part, *part.rglob("*")):
                _sync(one)
            part.replace(path)
            _sync(path.absolute().parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


@contextmanager
def part_beside(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, gone at the end of the block; raises `FileError`."""
    with file_errors(path):
        number, name = mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.absolute().parent)
        os.close(number)
    try:
        yield Path(name)
    finally:
        for companion in COMPANIONS:
            Path(name + companion).unlink(missing_ok=True)


def _name(part: Path, path: Path) -> None:
    """Let a file be at `path` too; one that came there meanwhile stays.

    Where a file can have only one name it is given the other, and one that came is overwritten.
    """
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise TakenError(TAKEN_FILE.format(path=path)) from None
    except OSError:
        part.replace(path)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
