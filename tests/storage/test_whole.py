"""New files and folders take nobody's place, and only their own errors are theirs."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from forecasts.storage.whole import FileError, TakenError, file_errors, new_file, new_folder


@pytest.fixture
def path(tmp_path):
    """Where something new shall be."""
    return tmp_path / "new"


def test_a_file_that_appears_meanwhile_stays(path, tmp_path):
    with pytest.raises(TakenError) as caught, new_file(path) as part:
        part.write_text("ours")
        path.write_text("theirs")
    sentence = f"There is something at {path} already; name a file that is not there yet."
    assert str(caught.value) == sentence
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("link", [True, False])
def test_a_file_gets_its_name_with_links_or_without(path, tmp_path, monkeypatch, link):
    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    if not link:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    with new_file(path) as part:
        part.write_text("ours")
    assert path.read_text() == "ours"
    assert path.stat().st_nlink == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_appears_meanwhile_stays(path, tmp_path):
    with pytest.raises(FileError, match="new cannot be written: Directory not empty"):  # noqa: SIM117
        with new_folder(path):
            path.mkdir()
            (path / "theirs").touch()
    assert list(tmp_path.rglob("*")) == [path, path / "theirs"]


@pytest.mark.parametrize("new", [new_file, new_folder])
def test_what_goes_wrong_elsewhere_is_not_said_of_the_file(path, tmp_path, new):
    with pytest.raises(BrokenPipeError), new(path):
        raise BrokenPipeError(errno.EPIPE, "the terminal went away")
    assert list(tmp_path.iterdir()) == []


def test_an_error_without_words_of_the_system_is_said_by_its_own(path):
    with pytest.raises(FileError, match="new cannot be read: strange"), file_errors(path, "read"):
        raise OSError("strange")
