"""What only the engine on a file can do, and what is said of a file that cannot be used."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import sqlite_url
from filelock import FileLock

from forecasts.settings import Settings
from forecasts.site import open_site
from forecasts.storage import purging
from forecasts.storage.engine import BUSY, DatabaseError, Patience
from forecasts.storage.journal import JournalError, checked, read
from forecasts.storage.migrations import migrate
from forecasts.storage.sqlite import READERS, SqliteEngine
from forecasts.storage.sqlite_file import MARK

ROOT = Path(__file__).parents[2]
HASTY = Patience(connect=0.05, lock=0.05)
OPEN_FILES = Path("/dev/fd")


@pytest.fixture
def url(tmp_path):
    return sqlite_url(tmp_path)


def all_connections(engine):
    return [*engine._writers._free.queue, *engine._readers._free.queue]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("journal_mode", "wal"),
        ("busy_timeout", 10_000),
        ("secure_delete", 1),
    ],
)
def test_every_connection_is_durable_and_strict(engine, setting, value):
    for database in all_connections(engine):
        assert database.conn.execute(f"PRAGMA {setting}").fetchone() == (value,)


def test_the_pool_does_not_grow(engine):
    if not OPEN_FILES.is_dir():
        pytest.skip("this system does not list a process's open files")
    with engine.transaction():
        engine.rows("CREATE TABLE things (number INTEGER PRIMARY KEY)")
    before = len(list(OPEN_FILES.iterdir()))
    for number in range(200):
        thread = threading.Thread(target=read_and_write, args=(engine, number))
        thread.start()
        thread.join()
    assert engine.rows("SELECT COUNT(*) FROM things") == [(200,)]
    assert len(list(OPEN_FILES.iterdir())) == before


def read_and_write(engine, number):
    with engine.transaction():
        engine.rows("INSERT INTO things VALUES (:number)", number=number)
    engine.rows("SELECT COUNT(*) FROM things")


@pytest.fixture
def secret(engine):
    """An engine from whose tables a secret was deleted; it waits for nobody for long."""
    with closing(SqliteEngine(engine.path, patience=HASTY)) as hasty:
        with hasty.transaction():
            hasty.rows("CREATE TABLE things (name TEXT)")
            hasty.rows("INSERT INTO things VALUES ('a secret')")
        with hasty.transaction():
            hasty.rows("DELETE FROM things")
        assert secret_in(hasty)
        yield hasty


def secret_in(engine):
    files = (engine.path, engine.path.with_name(f"{engine.path.name}-wal"))
    return any(b"a secret" in file.read_bytes() for file in files)


def test_purging_leaves_nothing_in_the_files(secret):
    assert secret.purge()
    assert not secret_in(secret)


def test_purging_waits_for_a_writer_elsewhere_only_for_a_while(engine, secret):
    with engine.transaction():
        assert not secret.purge()
    assert secret.purge()
    assert not secret_in(secret)


@pytest.fixture
def unpurged(engine, secret, monkeypatch):
    """It could not be purged, since somebody read."""
    monkeypatch.setattr(purging, "REST", 0)
    with engine.snapshot():
        engine.rows("SELECT * FROM things")
        assert not secret.purge()
        with secret.transaction():
            secret.rows("INSERT INTO things VALUES ('a word')")
        assert secret_in(secret)
    assert secret_in(secret)
    return secret


def test_what_a_reader_kept_from_being_purged_goes_with_a_later_commit(unpurged):
    with unpurged.transaction():
        unpurged.rows("INSERT INTO things VALUES ('a word')")
    assert not secret_in(unpurged)
    assert unpurged.rows("PRAGMA busy_timeout") == [(50,)]


def test_or_when_somebody_opens_the_file(unpurged):
    with closing(SqliteEngine(unpurged.path)):
        assert not secret_in(unpurged)


def test_a_folder_is_made_with_those_above(tmp_path):
    with closing(SqliteEngine(tmp_path / "one" / "two" / "forecasts.db")) as engine:
        assert engine.rows("SELECT 1") == [(1,)]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError) as caught:
        SqliteEngine(tmp_path / "file" / "folder" / "forecasts.db")
    folder = tmp_path / "file" / "folder"
    assert str(caught.value) == f"The folder {folder} cannot be made: Not a directory."


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "forecasts.db"
    path.write_text("Dear diary, " * 1000)
    with pytest.raises(DatabaseError) as caught:
        SqliteEngine(path)
    assert str(caught.value) == f"The file {path} is not a SQLite database."


OTHERS = {
    "tables": "CREATE TABLE notes (text TEXT)",
    "migrations": "CREATE TABLE migrations (version TEXT, applied TEXT)",
    "a view": "CREATE VIEW one AS SELECT 1",
    "its mark": "PRAGMA application_id = 7",
}


@pytest.mark.parametrize("made", OTHERS.values(), ids=OTHERS)
def test_a_database_of_another_program_is_left_as_it_was(tmp_path, made):
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute(made)
    before = path.read_bytes()
    with pytest.raises(DatabaseError) as caught:
        open_site(Settings(database=f"sqlite:///{path}"))
    assert str(caught.value) == f"The file {path} is a database of another program."
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_becomes_ours(tmp_path):
    path = tmp_path / "forecasts.db"
    path.touch()
    for _ in range(2):
        with closing(SqliteEngine(path)) as engine:
            assert engine.rows("PRAGMA application_id") == [(MARK,)]


def test_a_file_that_is_not_there_and_shall_not_be_made(tmp_path):
    path = tmp_path / "data" / "forecasts.db"
    with pytest.raises(DatabaseError) as caught:
        SqliteEngine(path, make=False)
    assert str(caught.value) == f"There is no database {path}; the site makes it when it starts."
    assert not path.parent.exists()
    SqliteEngine(path).close()
    SqliteEngine(path, make=False).close()


def test_a_path_that_is_a_folder(tmp_path):
    with pytest.raises(DatabaseError) as caught:
        SqliteEngine(tmp_path)
    sentence = f"The database {tmp_path} cannot be opened; check the path and its rights."
    assert str(caught.value) == sentence


def test_text_that_is_none_is_damage(engine):
    with engine.transaction():
        engine.rows("CREATE TABLE things AS SELECT CAST(X'FF' AS TEXT) AS name")
    with pytest.raises(DatabaseError, match="is damaged; restore a backup"):
        engine.rows("SELECT name FROM things")


def test_a_table_that_is_gone_is_damage(engine):
    """So it looks to a reader while a file is put in the place of another."""
    with pytest.raises(DatabaseError, match="lacks a table; restore a backup"):
        engine.rows("SELECT * FROM nowhere")


def test_what_is_no_matter_of_the_database_is_not_dressed_up(engine):
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        engine.rows("SELECT FROM WHERE")


WRITES_ALONE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("holding", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""


def test_a_writer_in_another_process_is_waited_for_and_then_named(tmp_path):
    path = tmp_path / "forecasts.db"
    with closing(SqliteEngine(path, patience=HASTY)) as engine:
        with process(WRITES_ALONE, path) as other:
            assert other.stdout.readline() == "holding\n"
            with pytest.raises(DatabaseError) as caught, engine.transaction():
                pass
            assert str(caught.value) == BUSY
            assert engine.rows("SELECT 1") == [(1,)]
            other.communicate("go\n")
        with engine.transaction():
            engine.rows("CREATE TABLE things (number INTEGER)")


@pytest.mark.parametrize("mark", [0, MARK], ids=["unmarked", "marked"])
def test_a_file_that_another_process_is_about_to_make_is_waited_for(tmp_path, mark):
    path = tmp_path / "forecasts.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(f"PRAGMA application_id = {mark}")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError) as caught:
            SqliteEngine(path, patience=HASTY)
        assert str(caught.value) == BUSY
        with ThreadPoolExecutor(1) as pool:
            opening = pool.submit(SqliteEngine, path)
            other.execute("COMMIT")
            with closing(opening.result()) as engine:
                assert engine.rows("PRAGMA journal_mode") == [("wal",)]


def test_readers_that_are_all_taken_are_not_waited_for_for_ever(tmp_path):
    with closing(SqliteEngine(tmp_path / "forecasts.db", patience=HASTY)) as engine:
        taken = [engine._readers._free.get() for _ in range(READERS)]
        with pytest.raises(DatabaseError) as caught:
            engine.rows("SELECT 1")
        assert str(caught.value) == BUSY
        for reader in taken:
            engine._readers._free.put(reader)


WRITES_TOGETHER = """
import sys
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from forecasts.storage.journal import JournalError, checked, read
from forecasts.storage.migrations import migrate
from forecasts.storage.sqlite import SqliteEngine
print("ready", flush=True)
sys.stdin.readline()
with closing(SqliteEngine(sys.argv[1])) as engine:
    for _ in range(25):
        with engine.transaction():
            engine.rows("CREATE TABLE IF NOT EXISTS things (number INTEGER)")
            engine.rows("INSERT INTO things SELECT COUNT(*) FROM things")
"""


def test_processes_that_make_and_write_one_file_lose_nothing(tmp_path):
    path = tmp_path / "forecasts.db"
    others = [process(WRITES_TOGETHER, path) for _ in range(4)]
    for other in others:
        assert other.stdout.readline() == "ready\n"
    for other in others:
        other.stdin.write("go\n")
        other.stdin.flush()
    for other in others:
        with other:
            assert other.communicate() == ("", "")
    with closing(SqliteEngine(path)) as engine:
        rows = engine.rows("SELECT number FROM things ORDER BY number")
    assert rows == [(number,) for number in range(100)]


def process(script, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


OPENS_AS_NOBODY = """
import os, sys
from forecasts.errors import ForecastsError
from forecasts.settings import Settings
from forecasts.site import open_site
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    open_site(Settings(database=f"sqlite:///{sys.argv[1]}")).store.close()
except ForecastsError as error:
    print(error)
"""


@pytest.fixture
def folder():
    """A folder that anybody may enter and nobody but its owner may write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def said_to_somebody_without_rights(path):
    with process(OPENS_AS_NOBODY, path) as other:
        said, complaints = other.communicate()
    assert complaints == ""
    return said.strip()


def test_a_file_that_is_read_only(folder):
    path = folder / "forecasts.db"
    open_site(Settings(database=f"sqlite:///{path}")).store.close()
    path.chmod(0o444)
    folder.chmod(0o777)
    assert said_to_somebody_without_rights(path) == (
        f"The database {path} cannot be written; check the rights of the file and folder."
    )


def test_what_is_read_only_to_whoever_started_the_site(tmp_path):
    path = tmp_path / "forecasts.db"
    path.touch(0o444)
    with real_user_without_rights(), pytest.raises(DatabaseError, match="cannot be written"):
        SqliteEngine(path)


@contextmanager
def real_user_without_rights():
    """Nobody, if it was root, who may write everything."""
    user, effective = os.getuid(), os.geteuid()
    os.setreuid(user or 65534, effective)
    try:
        yield
    finally:
        os.setreuid(user, effective)


def test_a_file_in_a_folder_that_is_read_only(folder):
    path = folder / "forecasts.db"
    open_site(Settings(database=f"sqlite:///{path}")).store.close()
    path.chmod(0o666)
    folder.chmod(0o555)
    assert said_to_somebody_without_rights(path) in {
        f"The database {path} cannot be opened; check the path and its rights.",
        f"The database {path} cannot be written; check the rights of the file and folder.",
    }


def test_a_new_file_in_a_folder_that_is_read_only(folder):
    folder.chmod(0o555)
    path = folder / "forecasts.db"
    assert said_to_somebody_without_rights(path) == (
        f"The database {path} cannot be opened; check the path and its rights."
    )


def test_a_folder_that_may_not_be_made(folder):
    folder.chmod(0o555)
    inner = folder / "data"
    assert said_to_somebody_without_rights(inner / "forecasts.db") == (
        f"The folder {inner} cannot be made: Permission denied."
    )


def test_a_file_that_does_not_open_leaves_nothing_open(tmp_path):
    if not OPEN_FILES.is_dir():
        pytest.skip("this system does not list a process's open files")
    path = tmp_path / "forecasts.db"
    path.write_text("Dear diary, " * 1000)
    before = len(list(OPEN_FILES.iterdir()))
    for _ in range(20):
        with pytest.raises(DatabaseError):
            SqliteEngine(path)
    assert len(list(OPEN_FILES.iterdir())) == before


def test_threads_share_the_readers(engine):
    with ThreadPoolExecutor(4 * READERS) as pool:
        assert list(pool.map(lambda _: engine.rows("SELECT 1"), range(200))) == [[(1,)]] * 200
    assert len(all_connections(engine)) == 1 + READERS


def test_whoever_stands_in_line_too_long_reads_that_it_is_busy(tmp_path):
    path = tmp_path / "forecasts.db"
    with closing(SqliteEngine(path, patience=HASTY)) as engine:
        with FileLock(f"{path}-line"):
            with pytest.raises(DatabaseError) as caught, engine.transaction():
                pass
            assert str(caught.value) == BUSY
        with engine.transaction():
            engine.rows("CREATE TABLE things (number INTEGER)")


def test_a_line_that_nobody_may_join(tmp_path):
    path = tmp_path / "forecasts.db"
    with closing(SqliteEngine(path)) as engine:
        (tmp_path / "forecasts.db-line").unlink()
        (tmp_path / "forecasts.db-line").mkdir()
        with pytest.raises(DatabaseError, match="cannot be written"), engine.transaction():
            pass


@pytest.mark.parametrize("column", ["at", "actor", "kind", "subject", "body_digest", "digest"])
def test_a_value_that_is_no_text_is_found_in_the_journal(engine, column):
    migrate(engine, datetime(2026, 1, 1, tzinfo=UTC))
    with engine.transaction():
        engine.rows("INSERT INTO journal VALUES (1, '', '', '', '', '', '', '')")
        engine.rows(f"UPDATE journal SET {column} = X'FF00'")  # noqa: S608
    with pytest.raises(JournalError, match=r"^Journal entry 1 has a value that is no text\.$"):
        list(checked(read(engine)))


def test_the_line_has_the_owner_and_the_rights_of_the_file(tmp_path):
    path, line = tmp_path / "forecasts.db", tmp_path / "forecasts.db-line"
    SqliteEngine(path).close()
    line.unlink()
    path.chmod(0o660)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    SqliteEngine(path).close()
    assert line.stat().st_mode == path.stat().st_mode
    assert (line.stat().st_uid, line.stat().st_gid) == (path.stat().st_uid, path.stat().st_gid)
