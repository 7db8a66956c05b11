"""A backup is one whole state, and a restore gives it back, or leaves what was there."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import postgres_url, sqlite_url

from forecasts.domain.events import PersonJoined
from forecasts.domain.people import Role
from forecasts.errors import ForecastsError
from forecasts.services import accounts, forecasting
from forecasts.settings import Settings
from forecasts.site import open_engine, open_site
from forecasts.storage import backup as module
from forecasts.storage import journal
from forecasts.storage.backup import BackupError, OccupiedError, backup, restore
from forecasts.storage.engine import DatabaseError
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store
from forecasts.storage.verify import verify
from forecasts.storage.whole import FileError, TakenError

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
OLD = Path(__file__).parent / "old" / "1.db"

HOLDS_OPEN = """
import sys
from forecasts.storage.sqlite import SqliteEngine
engine = SqliteEngine(sys.argv[1], make=False)
print("open", flush=True)
sys.stdin.read()
"""

RESTORES_AND_DIES = """
import os, sys
from pathlib import Path
from forecasts.clock import utc_now
from forecasts.storage import backup
backup.PAGES = 5
def die(doing, done, whole):
    if doing == "pages" and done > 5:
        os._exit(9)
backup.restore(Path(sys.argv[1]), Path(sys.argv[2]), utc_now(), replace=True, progress=die)
"""


@pytest.fixture
def url(tmp_path):
    """Backups are of SQLite files."""
    return sqlite_url(tmp_path)


class Killed(BaseException):
    """What ends a command from outside."""


@pytest.fixture
def lived(site, people, questions):
    """A site with forecasts, at `forecasts.db` in `tmp_path`."""
    for number in range(1, 98):
        forecasting.submit(
            site, people.forecaster, questions.binary, [number / 100, 1 - number / 100]
        )
    return site


@pytest.fixture
def saved(lived, tmp_path):
    """A backup of `lived`."""
    path = tmp_path / "saved" / "site.backup"
    path.parent.mkdir()
    backup(lived.store.engine, path)
    return path


@pytest.fixture
def target(tmp_path):
    """Where a site may be restored to; nothing is there."""
    return tmp_path / "target" / "forecasts.db"


def rows_in(path, all_rows):
    with closing(SqliteEngine(path, make=False)) as engine:
        return all_rows(engine)


def make_site(path, names=("Zoe",)):
    with closing(Store(SqliteEngine(path), NOW)) as store, store.transaction():
        for name in names:
            event = PersonJoined(name.lower(), name, Role.ADMIN)
            store.append(event, actor=event.subject, now=NOW)


def test_a_site_comes_back_with_everything(lived, saved, target, all_rows):
    before = all_rows(lived.store.engine)
    assert restore(saved, target, NOW) == lived.store.revision()
    assert rows_in(target, all_rows) == before
    assert before["credentials"]
    with closing(open_site(Settings(database=f"sqlite:///{target}")).store) as store:
        verify(store.engine)


def test_nobody_is_signed_in_by_a_restore(lived, people, target, tmp_path, all_rows):
    admin = people.admin
    accounts.reset_code(lived, admin, "Fay")
    token = accounts.sign_in(lived, name="Ada", password=people.password, address="here").token
    backup(lived.store.engine, tmp_path / "saved")
    before = rows_in(tmp_path / "saved", all_rows)
    assert before["sessions"]
    assert before["codes"]
    restore(tmp_path / "saved", target, NOW)
    after = rows_in(target, all_rows)
    assert after == before | {"sessions": [], "codes": []}
    digests = [row[0].encode() for row in (*before["sessions"], *before["codes"])]
    content = target.read_bytes()
    assert not any(digest in content for digest in digests)
    assert accounts.person_of(lived, token) == admin


def test_a_backup_that_cannot_be_opened_is_let_go(saved, target, monkeypatch):
    closed = []
    close = SqliteEngine.close
    monkeypatch.setattr(SqliteEngine, "close", lambda one: (closed.append(one), close(one)))
    spoil(saved, "INSERT INTO migrations VALUES (99, '')")
    with pytest.raises(BackupError, match="made by a newer version"):
        restore(saved, target, NOW)
    assert len(closed) == 1


def test_a_backup_is_one_file_for_its_owner_only(saved):
    assert list(saved.parent.iterdir()) == [saved]
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    saved.chmod(0o400)
    uri = f"file:{saved}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_writers_neither_wait_nor_make_it_begin_anew(
    lived, people, questions, tmp_path, target, all_rows, monkeypatch
):
    def forecast_meanwhile(_doing, done, _whole):
        told.append(done)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(
                forecasting.submit, lived, people.other, questions.binary, [0.5, 0.5]
            ).result(timeout=10)

    told = []
    monkeypatch.setattr(module, "PAGES", 3)
    before = all_rows(lived.store.engine)
    backup(lived.store.engine, tmp_path / "saved", forecast_meanwhile)
    assert len(told) > 5
    assert told == sorted(set(told))
    assert lived.store.revision() == len(before["journal"]) + len(told)
    restore(tmp_path / "saved", target, NOW)
    assert rows_in(target, all_rows) == before


def test_processes_that_write_do_not_make_it_begin_anew(lived, tmp_path, monkeypatch):
    def write(_doing, done, _whole):
        told.append(done)
        with closing(sqlite3.connect(lived.store.engine.path)) as other, other:
            other.execute("INSERT INTO failures VALUES ('a', 'b', 'c')")

    told = []
    monkeypatch.setattr(module, "PAGES", 3)
    backup(lived.store.engine, tmp_path / "saved", write)
    assert told == sorted(set(told))
    with closing(sqlite3.connect(tmp_path / "saved")) as copy:
        assert copy.execute("SELECT * FROM failures").fetchall() == []


def test_a_killed_backup_leaves_nothing(lived, tmp_path):
    def kill(*_):
        raise Killed

    before = sorted(tmp_path.iterdir())
    with pytest.raises(Killed):
        backup(lived.store.engine, tmp_path / "saved", kill)
    assert sorted(tmp_path.iterdir()) == before


def test_a_backup_does_not_take_the_place_of_a_file(lived, saved):
    before = saved.read_bytes()
    with pytest.raises(TakenError) as caught:
        backup(lived.store.engine, saved)
    sentence = f"There is something at {saved} already; name a file that is not there yet."
    assert str(caught.value) == sentence
    assert saved.read_bytes() == before


def test_a_backup_of_a_damaged_site_is_not_kept(lived, tmp_path):
    path = lived.store.engine.path
    lived.store.close()
    damage_journal(path)
    with closing(SqliteEngine(path)) as engine, pytest.raises(BackupError) as caught:
        backup(engine, tmp_path / "saved")
    assert str(caught.value).startswith(f"{tmp_path / 'saved'} cannot be written. It is damaged: ")
    assert not (tmp_path / "saved").exists()


def test_postgresql_has_backups_of_its_own(tmp_path):
    with closing(open_engine(postgres_url())) as engine, pytest.raises(BackupError) as caught:
        backup(engine, tmp_path / "saved")
    sentence = "A site on PostgreSQL is backed up with pg_dump, or by an export."
    assert str(caught.value) == sentence
    assert not (tmp_path / "saved").exists()


# what is no whole backup


def damage(path, *pages):
    """Spoil pages, by default all but the first."""
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18])
    for page in pages or range(2, len(content) // size + 1):
        content[(page - 1) * size : (page - 1) * size + 50] = b"\xff" * 50
    path.write_bytes(content)


def damage_journal(path):
    """Spoil the page where the journal begins."""
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'")
    damage(path, page)


def spoil(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def cut(path, size):
    path.write_bytes(path.read_bytes()[:size])


BAD = {
    "not there": (lambda path: path.unlink(), "{path} cannot be read: No such file or directory."),
    "empty": (lambda path: cut(path, 0), "{path} is not a SQLite database."),
    "no database": (lambda path: path.write_text("hello"), "{path} is not a SQLite database."),
    "only a beginning": (lambda path: cut(path, 50), "{path} is cut short: it has 50 of "),
    "half": (lambda path: cut(path, path.stat().st_size // 2), "{path} is cut short: it has "),
    "nearly all": (lambda path: cut(path, path.stat().st_size - 1), "{path} is cut short: it has "),
    "damaged": (damage, "{path} cannot be restored. "),
    "damaged in one place": (damage_journal, "{path} cannot be restored. It is damaged: "),
    "another program's": (
        lambda path: spoil(path, "PRAGMA application_id = 7"),
        "{path} cannot be restored. {path} is a database of another program.",
    ),
    "a newer version's": (
        lambda path: spoil(path, "INSERT INTO migrations VALUES (99, '')"),
        "{path} cannot be restored. The database was made by a newer version (step 99,",
    ),
    "with a changed entry": (
        lambda path: spoil(path, "UPDATE journal SET actor = 'eve' WHERE id = 3"),
        "{path} cannot be restored. Journal entry 3 does not fit its seal.",
    ),
    "with a changed table": (
        lambda path: spoil(path, "UPDATE people SET role = 'admin'"),
        "{path} cannot be restored. The table people is not what the journal gives; see row 2",
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("there", [True, False])
def test_what_is_no_whole_backup_is_refused(saved, target, all_rows, name, there):
    spoiling, sentence = BAD[name]
    spoiling(saved)
    if there:
        target.parent.mkdir()
        make_site(target)
        before = rows_in(target, all_rows)
    with pytest.raises(ForecastsError) as caught:
        restore(saved, target, NOW, replace=True)
    assert str(caught.value).startswith(sentence.format(path=saved))
    if there:
        assert rows_in(target, all_rows) == before
    assert list(target.parent.glob(".*")) == []
    assert target.exists() == there


def test_a_small_page_size_and_the_largest_are_told_apart(lived, tmp_path, target):
    for size in (512, 65536):
        path = tmp_path / f"{size}.backup"
        backup(lived.store.engine, path)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size = {size}")
            connection.execute("VACUUM")
        assert restore(path, target, NOW, replace=True) == lived.store.revision()
        cut(path, path.stat().st_size - 1)
        with pytest.raises(BackupError, match="cut short"):
            restore(path, target, NOW, replace=True)


def test_an_older_backup_is_brought_up_to_date(target):
    before = OLD.read_bytes()
    entries = restore(OLD, target, NOW)
    assert OLD.read_bytes() == before
    with closing(open_site(Settings(database=f"sqlite:///{target}")).store) as store:
        assert store.revision() == entries > 0
        verify(store.engine)


def test_what_a_killed_server_left_beside_its_file_belongs_to_it(lived, tmp_path, target):
    """A copy of the folder `data/` is a backup too."""
    copied = tmp_path / "copied"
    copied.mkdir()
    path = lived.store.engine.path
    for name in (path.name, f"{path.name}-wal"):
        shutil.copy(path.with_name(name), copied)
    assert restore(copied / path.name, target, NOW) == lived.store.revision()
    assert sorted(one.name for one in copied.iterdir()) == [path.name, f"{path.name}-wal"]


# where it goes


def test_a_site_is_replaced_only_where_that_is_said(saved, target, all_rows):
    target.parent.mkdir()
    make_site(target)
    before = rows_in(target, all_rows)
    with pytest.raises(OccupiedError) as caught:
        restore(saved, target, NOW)
    assert str(caught.value) == (
        f"There is a site of 1 journal entries in {target} already; "
        "with --replace the backup takes its place."
    )
    assert rows_in(target, all_rows) == before
    restore(saved, target, NOW, replace=True)
    assert rows_in(target, all_rows)["journal"] == rows_in(saved, all_rows)["journal"]


@pytest.mark.parametrize("fill", [lambda path: path.touch(), lambda path: make_site(path, ())])
def test_an_empty_site_may_be_filled(saved, target, all_rows, fill):
    target.parent.mkdir()
    fill(target)
    restore(saved, target, NOW)
    assert rows_in(target, all_rows)["people"] == rows_in(saved, all_rows)["people"]


def test_a_site_that_begins_meanwhile_is_not_overwritten(saved, target, all_rows):
    def begin(doing, _done, _whole):
        if doing == "entries" and not target.exists():
            make_site(target)

    with pytest.raises(OccupiedError):
        restore(saved, target, NOW, progress=begin)
    assert [row[1] for row in rows_in(target, all_rows)["people"]] == ["Zoe"]


@pytest.mark.parametrize("spoiling", [damage, damage_journal])
def test_a_damaged_site_may_be_replaced(saved, target, all_rows, spoiling):
    target.parent.mkdir()
    make_site(target)
    spoiling(target)
    with pytest.raises(OccupiedError, match="There is a damaged site in "):
        restore(saved, target, NOW)
    restore(saved, target, NOW, replace=True)
    assert rows_in(target, all_rows)["journal"] == rows_in(saved, all_rows)["journal"]


@pytest.mark.parametrize("text", ["a letter", None])
def test_what_is_no_site_is_never_replaced(saved, target, text):
    target.parent.mkdir()
    if text is None:
        spoil(target, "CREATE TABLE letters (text)")
    else:
        target.write_text(text * 200)
    before = target.read_bytes()
    with pytest.raises(DatabaseError, match=r"not a SQLite database|of another program"):
        restore(saved, target, NOW, replace=True)
    assert target.read_bytes() == before


def test_a_folder_that_cannot_be_written(saved, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((DatabaseError, FileError), match="cannot be made"):
        restore(saved, tmp_path / "file" / "forecasts.db", NOW)


def test_a_folder_is_no_site(saved, target):
    target.mkdir(parents=True)
    with pytest.raises(DatabaseError, match="cannot be opened; check the path and its rights"):
        restore(saved, target, NOW, replace=True)


def test_a_site_that_a_server_has_open_is_not_replaced(saved, target, all_rows):
    target.parent.mkdir()
    make_site(target)
    command = [sys.executable, "-c", HOLDS_OPEN, str(target)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdout.readline() == "open\n"
        with pytest.raises(DatabaseError) as caught:
            restore(saved, target, NOW, replace=True)
        server.stdin.close()
    sentence = f"The site in {target} is open; stop its servers and commands first."
    assert str(caught.value) == sentence
    assert [row[1] for row in rows_in(target, all_rows)["people"]] == ["Zoe"]
    restore(saved, target, NOW, replace=True)


def test_nobody_opens_a_site_while_it_is_replaced(saved, target, monkeypatch):
    def open_meanwhile(doing, _done, _whole):
        if doing == "pages":
            with closing(sqlite3.connect(target, timeout=0)) as other:
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute("SELECT * FROM journal")
                tried.append(doing)

    tried = []
    monkeypatch.setattr(module, "PAGES", 5)
    restore(saved, target, NOW, progress=open_meanwhile)
    assert len(tried) > 1


def test_a_server_that_starts_meanwhile_waits_and_gets_the_restored_site(
    saved, target, all_rows, monkeypatch
):
    def start_meanwhile(doing, _done, _whole):
        if doing == "pages" and not servers:
            command = [sys.executable, "-c", HOLDS_OPEN, str(target)]
            pipe = subprocess.PIPE
            servers.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))

    servers = []
    monkeypatch.setattr(module, "PAGES", 5)
    restore(saved, target, NOW, progress=start_meanwhile)
    with servers[0] as server:
        assert server.stdout.readline() == "open\n"
        assert rows_in(target, all_rows)["journal"] == rows_in(saved, all_rows)["journal"]
        server.stdin.close()


@pytest.mark.parametrize("phase", ["entries", "pages"])
def test_a_restore_that_ends_early_leaves_the_old_site(saved, target, all_rows, monkeypatch, phase):
    def kill(doing, _done, _whole):
        if doing == phase:
            raise Killed

    monkeypatch.setattr(module, "PAGES", 5)
    monkeypatch.setattr(journal, "BLOCK", 10)
    target.parent.mkdir()
    make_site(target)
    before = rows_in(target, all_rows)
    with pytest.raises(Killed):
        restore(saved, target, NOW, replace=True, progress=kill)
    assert rows_in(target, all_rows) == before
    assert list(target.parent.glob(".*")) == []


def test_a_restore_that_is_killed_leaves_the_old_site(saved, target, all_rows):
    target.parent.mkdir()
    make_site(target, [f"Zoe {number}" for number in range(2000)])
    before = rows_in(target, all_rows)
    command = [sys.executable, "-c", RESTORES_AND_DIES, str(saved), str(target)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert rows_in(target, all_rows) == before
    restore(saved, target, NOW, replace=True)
    assert rows_in(target, all_rows)["people"] == rows_in(saved, all_rows)["people"]
