"""What only a server can do: be away, be restarted, cut a connection, refuse somebody."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from databases import own_postgres, postgres_url, stop, table_names
from serving import number_of, prepare, someone, submit

from forecasts.clock import utc_now
from forecasts.errors import DatabaseError
from forecasts.settings import Settings
from forecasts.site import Site, open_engine, open_site
from forecasts.storage.engine import BUSY, Patience
from forecasts.storage.postgres import PostgresEngine
from forecasts.storage.postgres_errors import AWAY, CODES, IN_DOUBT
from forecasts.storage.store import Store
from forecasts.storage.verify import verify

HASTY = Patience(connect=0.5, lock=0.5, statement=2)


@pytest.fixture(scope="module")
def server():
    """A server that may be stopped and started again."""
    server = own_postgres()
    yield server
    server.cleanup()


@pytest.fixture(scope="module")
def address(server):
    """Its address as a URL to which parts can be given."""
    folder = server.get_postmaster_info().socket_dir
    hba = Path(folder) / "pg_hba.conf"
    rules = ["local all guarded scram-sha-256", "local all unwanted reject"]
    hba.write_text("\n".join([*rules, hba.read_text()]))
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'secret'")
        connection.execute("CREATE ROLE unwanted LOGIN")
        connection.execute("CREATE ROLE onlooker LOGIN")
        connection.execute("SELECT pg_reload_conf()")
    return f"host={folder}"


WRONG = {
    "host": ("postgresql://postgres:secret@host.invalid/postgres", "The host in {} is not known."),
    "port": (
        "postgresql://postgres:secret@127.0.0.1:1/postgres",
        "Nothing answers at the host and port in {}; is the database running?",
    ),
    "port that is none": (
        "postgresql://postgres:secret@127.0.0.1:99999/postgres",
        "The port in {} must be a number from 1 to 65535.",
    ),
    "port in words": (
        "postgresql://postgres:secret@127.0.0.1:secret/postgres",
        "The port in {} must be a number from 1 to 65535.",
    ),
    "folder": (
        "postgresql://postgres:secret@/postgres?host=/nowhere",
        "Nothing answers at the host and port in {}; is the database running?",
    ),
    "user": (
        "postgresql://secret@/postgres?{address}",
        "The database does not know the user in {}.",
    ),
    "password": (
        "postgresql://guarded:secrets@/postgres?{address}",
        "The database refuses the user and password in {}.",
    ),
    "no password": (
        "postgresql://guarded@/postgres?{address}",
        "The database refuses the user and password in {}.",
    ),
    "user from here": (
        "postgresql://unwanted:secret@/postgres?{address}",
        "The database does not let the user in {} in from here; see pg_hba.conf.",
    ),
    "name": (
        "postgresql://postgres:secret@/secret?{address}",
        "There is no database of the name in {}; make it with createdb.",
    ),
    "parameter": (
        "postgresql://postgres:secret@/postgres?{address}&secret=1",
        "{} has a parameter behind the ? that PostgreSQL does not know.",
    ),
    "option": (
        "postgresql://postgres:secret@/postgres?{address}&options=-csecret%3D1",
        "{} has an option that PostgreSQL does not know.",
    ),
    "schema": (
        "postgresql://postgres:secret@/postgres?{address}&options=-csearch_path%3Dsecret",
        "The schema that {} names is not there; make it first.",
    ),
    "value of an option": (
        "postgresql://postgres:secret@/postgres?{address}&options=-cstatement_timeout%3Dsecret",
        "{} has an option of a value that PostgreSQL does not know.",
    ),
    "value of a parameter": (
        "postgresql://postgres:secret@/postgres?{address}&sslmode=secret",
        "{} has a parameter of a value that PostgreSQL does not know.",
    ),
    "kind of server": (
        "postgresql://postgres:secret@/postgres?{address}&target_session_attrs=standby",
        "{} asks for another kind of server than the one that answers.",
    ),
    "signs": (
        "postgresql://postgres:%secret@/postgres?{address}",
        "{} must look like postgresql://user:password@host:5432/name.",
    ),
    "brackets": (
        "postgresql://postgres:secret@[::1/postgres",
        "{} must look like postgresql://user:password@host:5432/name.",
    ),
    "rights": (
        "postgresql://onlooker:secret@/postgres?{address}",
        "The database cannot be written; its user lacks the rights to that.",
    ),
}


@pytest.mark.parametrize("part", WRONG)
def test_an_address_that_is_wrong_in_one_part(address, part):
    url, sentence = WRONG[part]
    with pytest.raises(DatabaseError) as caught:
        open_engine(url.format(address=address))
    assert str(caught.value) == sentence.format("FORECASTS_DATABASE")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None or "secret" not in str(caught.value.__cause__)


def test_a_schema_that_another_program_filled_is_left_as_it_was():
    url = postgres_url()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("CREATE TABLE notes (text TEXT)")
        with pytest.raises(DatabaseError, match=r"^The schema \w+ of the database has tables of"):
            open_engine(url)
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        assert other.execute(tables).fetchall() == [("notes",)]


def test_a_schema_without_a_site_where_none_shall_be_made():
    url = postgres_url()
    with pytest.raises(DatabaseError) as caught:
        open_engine(url, make=False)
    sentence = "There is no site in the database; it is made when the site starts."
    assert str(caught.value) == sentence
    open_engine(url).close()
    with closing(open_engine(url, make=False)) as engine:
        assert table_names(engine) == []


def test_every_text_is_ordered_by_code_point():
    with closing(open_site(Settings(database=postgres_url())).store) as store:
        texts = store.engine.rows(
            """
            SELECT table_name, column_name, collation_name
            FROM information_schema.columns
            WHERE table_schema = current_schema() AND data_type = 'text'
            """
        )
    assert len(texts) > 20
    assert {collation for *_, collation in texts} == {"C"}


SETTINGS = {
    "synchronous_commit": "on",
    "default_transaction_read_only": "on",
    "lock_timeout": "500ms",
    "statement_timeout": "2s",
    "idle_in_transaction_session_timeout": "5min",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_connection_is_durable_and_has_limits(name):
    with closing(PostgresEngine(postgres_url(), patience=HASTY)) as engine:
        assert engine.rows("SELECT current_setting(:name)", name=name) == [(SETTINGS[name],)]


@pytest.mark.parametrize("code", CODES)
def test_what_the_operator_or_a_later_try_can_mend_is_a_sentence(code):
    cause = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$"
    with closing(open_engine(postgres_url())) as engine:
        with pytest.raises(DatabaseError) as caught, engine.transaction():
            engine.rows("CREATE TABLE things (number INTEGER)")
            engine.rows(cause)
        assert str(caught.value) == CODES[code]
        assert table_names(engine) == []


def test_a_transaction_that_goes_on_after_a_failed_statement_is_no_success():
    with closing(open_engine(postgres_url())) as engine:
        with pytest.raises(RuntimeError, match="had failed"), engine.transaction():
            engine.rows("CREATE TABLE things (number INTEGER)")
            with suppress(psycopg.ProgrammingError):
                engine.rows("SELECT * FROM nowhere")
        assert table_names(engine) == []


def test_writers_see_what_others_wrote_whatever_the_database_does_by_default():
    url = f"{postgres_url()}%20-cdefault_transaction_isolation%3Dserializable"
    prepare(url, people=4)
    sites = [open_site(Settings(database=url)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda me: [submit(sites[me], someone(me), n) for n in range(20)], range(4)))
    for site in sites:
        assert site.store.revision() == 4 + 1 + 4 * 20
        site.store.close()


def test_what_is_no_matter_of_the_database_is_not_dressed_up():
    with closing(open_engine(postgres_url())) as engine, pytest.raises(psycopg.ProgrammingError):
        engine.rows("SELECT * FROM nowhere")


CUT = """
    SELECT pg_terminate_backend(pid)
    FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND application_name = %s
"""


@pytest.fixture
def cut_off():
    """An engine, and what cuts all of its connections."""
    url = f"{postgres_url()}&application_name=cut_off"
    with closing(open_engine(url)) as engine, psycopg.connect(url, autocommit=True) as other:
        with engine.transaction():
            engine.rows("CREATE TABLE things (number INTEGER)")
        other.execute("SET application_name = 'cutter'")
        yield engine, lambda: other.execute(CUT, ["cut_off"])


def test_a_connection_that_is_cut_in_a_transaction_leaves_no_trace(cut_off):
    engine, cut = cut_off
    with pytest.raises(DatabaseError) as caught, engine.transaction():
        engine.rows("INSERT INTO things VALUES (1)")
        cut()
        engine.rows("INSERT INTO things VALUES (2)")
    assert str(caught.value) == AWAY
    with engine.transaction():
        engine.rows("INSERT INTO things VALUES (3)")
    assert engine.rows("SELECT number FROM things") == [(3,)]


def test_a_connection_that_is_cut_before_the_commit_is_confirmed_leaves_doubt(cut_off):
    engine, cut = cut_off
    with pytest.raises(DatabaseError) as caught, engine.transaction():
        engine.rows("INSERT INTO things VALUES (1)")
        cut()
    assert str(caught.value) == IN_DOUBT
    assert engine.rows("SELECT number FROM things") == []


def test_connections_that_were_cut_while_nobody_used_them_are_not_noticed(cut_off):
    engine, cut = cut_off
    for _ in range(3):
        cut()
        assert engine.rows("SELECT COUNT(*) FROM things") == [(0,)]


def test_a_database_restarted_under_load_loses_nothing(server):
    url = server.get_uri()
    people = 8
    prepare(url, people)
    site = Site(Store(PostgresEngine(url, patience=HASTY), utc_now()), utc_now, Settings())
    confirmed: list[list[int]] = [[] for _ in range(people)]
    refused: list[list[str]] = [[] for _ in range(people)]
    over = threading.Event()

    def go_on(me):
        number = 0
        while not over.is_set():
            number += 1
            try:
                submit(site, someone(me), number)
                confirmed[me].append(number)
            except DatabaseError as error:
                refused[me].append(str(error))

    def wait_for_more(done):
        deadline, before = time.monotonic() + 120, [len(mine) for mine in done]
        while not all(len(mine) > few for mine, few in zip(done, before, strict=True)):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    with closing(site.store) as store, ThreadPoolExecutor(people) as pool:
        work = [pool.submit(go_on, me) for me in range(people)]
        try:
            wait_for_more(confirmed)
            stop(server)
            wait_for_more(refused)
            server.ensure_postgres_running()
            wait_for_more(confirmed)
        finally:
            over.set()
        for one in work:
            one.result(timeout=60)
        check_kept(store, confirmed, refused)


def test_a_database_that_is_away_is_said_and_used_again_when_it_is_back(server):
    patience = Patience(connect=0.3, lock=0.3)
    with closing(PostgresEngine(server.get_uri(), patience=patience)) as engine:
        assert engine.rows("SELECT 1") == [(1,)]
        stop(server)
        for _ in range(3):
            with pytest.raises(DatabaseError) as caught:
                engine.rows("SELECT 1")
            assert str(caught.value) == AWAY
            with pytest.raises(DatabaseError) as caught, engine.transaction():
                pass
            assert str(caught.value) == AWAY
        server.ensure_postgres_running()
        assert soon(lambda: engine.rows("SELECT 1")) == [(1,)]


def soon(read):
    """What `read` gives once the database is back, which the pool may learn a little later."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return read()
        except DatabaseError:
            assert time.monotonic() < deadline


def check_kept(store, confirmed, refused):
    """All that was confirmed is kept once; what was refused once at most, if it was in doubt."""
    verify(store.engine)
    assert {said for mine in refused for said in mine} <= {AWAY, IN_DOUBT, BUSY}
    for me, mine in enumerate(confirmed):
        history = store.forecasts.history("will-it-rain", someone(me).id)
        kept = [number_of(one.probabilities) for one in history]
        assert len(kept) == len(set(kept))
        assert set(mine) <= set(kept)
        assert len(set(kept) - set(mine)) <= refused[me].count(IN_DOUBT)
