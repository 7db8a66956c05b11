"""The tables are what replaying the journal gives, whatever was done."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from databases import postgres_url
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasts.domain.events import (
    KINDS,
    SITE,
    PersonErased,
    PersonJoined,
    Redacted,
    ReferenceRecorded,
)
from forecasts.domain.people import Person, Role
from forecasts.domain.questions import Kind
from forecasts.errors import DatabaseError, ForecastsError
from forecasts.services import accounts, asking, forecasting, resolving
from forecasts.settings import Settings
from forecasts.site import Site, open_engine
from forecasts.storage.journal import JournalError, checked, read
from forecasts.storage.projections import PROJECTIONS
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store
from forecasts.storage.tables import TABLES, rows_of
from forecasts.storage.verify import TableError, Verified, verify

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SECRETS = {"credentials", "sessions", "codes", "failures"}
ADMIN = Person("ada", "Ada", Role.ADMIN)
PEOPLE = [ADMIN, *(Person(name.lower(), name, Role.FORECASTER) for name in ("Fay", "Finn", "Flo"))]


class Now:
    """A clock that moves on by itself, a little each time it is asked."""

    def __init__(self):
        self.moment = NEW_YEAR

    def __call__(self):
        self.moment += timedelta(minutes=1)
        return self.moment


@contextmanager
def opened(path):
    with opened_at(f"sqlite:///{path}") as site:
        yield site


@contextmanager
def opened_at(url):
    clock = Now()
    with closing(open_engine(url)) as engine:
        yield Site(Store(engine, clock()), clock, Settings())


def begin(site):
    """Four people, a binary question and one with three outcomes, both open for 100 days."""
    with site.store.transaction():
        for person in PEOPLE:
            event = PersonJoined(person.id, person.name, person.role)
            site.store.append(event, actor=person.id, now=site.now())
    closes = NEW_YEAR + timedelta(days=100)
    rain = asking.Draft(Kind.BINARY, "Will it rain?", "As measured.", closes, tags=("weather",))
    colour = asking.Draft(
        Kind.CHOICE, "Which colour?", "As seen.", closes, outcomes=("Red", "Green", "Blue")
    )
    return [asking.ask(site, ADMIN, draft) for draft in (rain, colour)]


def any_forecast(draw, site, question):
    weights = [draw.randint(1, 97) for _ in site.store.questions.get(question).outcomes]
    return [weight / sum(weights) for weight in weights]


def live(site, draw):
    """A long life that uses every kind of event."""
    questions = begin(site)
    rain, colour = questions
    for _ in range(60):
        person, question = draw.choice(PEOPLE), draw.choice(questions)
        forecasting.submit(site, person, question, any_forecast(draw, site, question))
        site.clock.moment += timedelta(hours=draw.randint(0, 24))
        if draw.random() < 0.2:
            forecasting.withdraw(site, person, question)
    reference = ReferenceRecorded(rain, "Elsewhere", "https://x.test", NEW_YEAR, (0.3, 0.7))
    with site.store.transaction():
        site.store.append(reference, actor=SITE, now=site.now())
    accounts.set_role(site, ADMIN, "fay", Role.MODERATOR)
    ((joined,),) = site.store.engine.rows("SELECT entry FROM people WHERE id = 'flo'")
    with site.store.transaction():
        site.store.append(PersonErased("flo", (joined,)), actor="ada", now=site.now())
    known = NEW_YEAR + timedelta(days=20)
    resolving.resolve(site, ADMIN, rain, outcome=0, known_since=known, source="the news")
    resolving.resolve(site, ADMIN, colour, outcome=2, known_since=known, source="the news")
    resolving.undo(site, ADMIN, rain)
    resolving.annul(site, ADMIN, rain, reason="a slip")
    resolving.undo(site, ADMIN, rain)
    resolving.resolve(site, ADMIN, rain, outcome=1, known_since=known, source="the news", note="!")
    snow = asking.Draft(Kind.BINARY, "Will it snow?", "As measured.", NEW_YEAR + timedelta(99))
    resolving.annul(site, ADMIN, asking.ask(site, ADMIN, snow), reason="asked twice")


def tables(site):
    return {name: list(rows_of(site.store.engine, name)) for name in TABLES}


@pytest.fixture(scope="module")
def long_life(tmp_path_factory):
    """The file of a site that has been through everything."""
    path = tmp_path_factory.mktemp("life") / "life.db"
    with opened(path) as site:
        live(site, random.Random(1))
    return path


@pytest.fixture
def copy(long_life, tmp_path):
    """A copy of that file, to be spoilt."""
    return shutil.copy(long_life, tmp_path / "copy.db")


def test_every_kind_of_event_has_a_projection():
    assert set(PROJECTIONS) == {*KINDS.values(), Redacted}


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_a_table_is_compared(long_life, name):
    assert set(TABLES[name].columns) == set(columns(long_life, name))


def test_every_table_is_projected_or_secret_or_the_journal(long_life, all_rows):
    with closing(SqliteEngine(long_life)) as engine:
        assert set(all_rows(engine)) == {*TABLES, *SECRETS, "journal", "migrations"}


def test_a_long_life_replays_to_the_same_tables(long_life):
    with closing(SqliteEngine(long_life)) as engine:
        kinds = {kind for (kind,) in engine.rows("SELECT DISTINCT kind FROM journal")}
        assert kinds == set(KINDS)
        assert all(list(rows_of(engine, name)) for name in TABLES)
        ((entries,),) = engine.rows("SELECT COUNT(*) FROM journal")
        assert verify(engine) == Verified(entries, redacted=(4,))


@pytest.fixture(scope="module")
def life_on_postgresql():
    """The address of a site on PostgreSQL that has been through the same."""
    url = postgres_url()
    with opened_at(url) as site:
        live(site, random.Random(1))
    return url


def test_the_same_life_gives_the_same_tables_on_every_engine(long_life, life_on_postgresql):
    with opened(long_life) as here, opened_at(life_on_postgresql) as there:
        assert tables(here) == tables(there)
        assert verify(here.store.engine) == verify(there.store.engine)


def test_acts_written_at_once_give_what_acts_one_by_one_give(long_life, url):
    with opened(long_life) as site, opened_at(url) as target:
        entries = [entry for _, entry in checked(read(site.store.engine))]
        joined = {entry.id: PersonJoined("flo", "Flo", Role.FORECASTER) for entry in entries[3:4]}
        acts = [(one.at, one.actor, joined.get(one.id, one.event)) for one in entries]
        with target.store.transaction():
            target.store.append_all(acts)
        assert tables(target) == tables(site)
        assert verify(target.store.engine) == verify(site.store.engine)


def test_verifying_changes_nothing(copy, all_rows):
    with closing(SqliteEngine(copy)) as engine:
        before = all_rows(engine)
        verify(engine)
        assert all_rows(engine) == before


def test_an_empty_site_verifies(site):
    assert verify(site.store.engine) == Verified(0, redacted=())


def test_what_happens_while_verifying_does_not_disturb(site, people, questions):
    def forecast_meanwhile(*_):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(
                forecasting.submit, site, people.forecaster, questions.binary, [0.5, 0.5]
            ).result(timeout=10)

    before = site.store.revision()
    assert verify(site.store.engine, forecast_meanwhile).entries == before
    assert site.store.revision() == before + 1


@pytest.mark.usefixtures("people")
def test_without_room_to_replay_it_is_said_so(site, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(DatabaseError, match="a temporary folder is needed, and none can"):
        verify(site.store.engine)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sentence = "The disk is full; nothing was changed."

    def fail(*_):
        raise DatabaseError(sentence)

    with pytest.raises(DatabaseError) as caught:
        verify(site.store.engine, fail)
    folder = f"{tmp_path}/forecasts-verify-"
    begins = f"The journal could not be replayed in the temporary folder {folder}"
    assert str(caught.value).startswith(begins)
    assert str(caught.value).endswith(f". {sentence}")
    assert list(tmp_path.glob("forecasts-verify-*")) == []


COMMANDS = st.sampled_from(["submit", "submit", "withdraw", "resolve", "undo", "annul", "wait"])
STEPS = st.tuples(COMMANDS, st.integers(0, 3), st.integers(0, 1), st.integers(1, 40))


def step(site, questions, command, who, which, number):
    person, question = PEOPLE[who], questions[which]
    match command:
        case "submit":
            outcomes = len(site.store.questions.get(question).outcomes)
            first = number / 50
            rest = (1 - first) / (outcomes - 1)
            forecasting.submit(site, person, question, [first] + [rest] * (outcomes - 1))
        case "withdraw":
            forecasting.withdraw(site, person, question)
        case "resolve":
            known = NEW_YEAR + timedelta(days=number)
            resolving.resolve(
                site, ADMIN, question, outcome=number % 2, known_since=known, source="the news"
            )
        case "undo":
            resolving.undo(site, ADMIN, question)
        case "annul":
            resolving.annul(site, ADMIN, question, reason="a slip")
        case "wait":
            site.clock.moment += timedelta(days=number)


@settings(max_examples=30)
@given(st.lists(STEPS, max_size=40))
def test_any_walk_replays_to_the_same_tables(steps):
    with TemporaryDirectory() as folder, opened(Path(folder) / "walk.db") as site:
        questions = begin(site)
        for one in steps:
            before = tables(site)
            try:
                step(site, questions, *one)
            except ForecastsError:
                assert tables(site) == before
        assert verify(site.store.engine).entries == site.store.revision()


def without_entry_numbers(found):
    """Tables but for the numbers of entries and the moments at which they were made."""
    found["questions"] = [row[:-1] for row in found["questions"]]
    found["resolutions"] = [row[:-1] for row in found["resolutions"]]
    found["totals"] = [(*row[:2], *map(pytest.approx, row[2:])) for row in found["totals"]]
    found["changes"] = [topic for topic, _ in found["changes"] if topic != "resolutions"]
    return found


def test_undoing_and_resolving_again_gives_the_same_state(tmp_path):
    with opened(tmp_path / "undo.db") as site:
        rain, _ = questions = begin(site)
        draw = random.Random(2)
        for person in PEOPLE * 3:
            question = draw.choice(questions)
            forecasting.submit(site, person, question, any_forecast(draw, site, question))
            site.clock.moment += timedelta(days=1)
        known = site.now()
        before = without_entry_numbers(tables(site))
        resolving.resolve(site, ADMIN, rain, outcome=0, known_since=known, source="the news")
        resolved = without_entry_numbers(tables(site))
        assert resolved["scores"]
        assert resolved["calibration"]
        resolving.undo(site, ADMIN, rain)
        assert without_entry_numbers(tables(site)) == before
        resolving.resolve(site, ADMIN, rain, outcome=0, known_since=known, source="the news")
        assert without_entry_numbers(tables(site)) == resolved


def spoil(path, statement, *values):
    """Change the file behind the site's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def complaint(path):
    with closing(SqliteEngine(path)) as engine, pytest.raises(TableError) as caught:
        verify(engine)
    return str(caught.value)


def columns(path, table):
    with closing(sqlite3.connect(path)) as connection:
        return [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]


def cells():
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        with opened(path):
            pass
        return [(table, column) for table in TABLES for column in columns(path, table)]


@pytest.mark.parametrize(("table", "column"), cells())
def test_a_changed_cell_is_found_and_named(copy, table, column):
    spoil(
        copy,
        f"""
        UPDATE {table}
        SET {column} = CASE typeof({column})
            WHEN 'text' THEN {column} || '~'
            WHEN 'null' THEN 'something'
            ELSE {column} + 1
        END
        WHERE rowid = (SELECT MAX(rowid) FROM {table})
        """,  # noqa: S608
    )
    assert complaint(copy).startswith(f"The table {table} is not what the journal gives; see row ")


@pytest.mark.parametrize(("table", "column"), cells())
def test_a_changed_cell_is_found_on_postgresql(life_on_postgresql, table, column):
    with psycopg.connect(life_on_postgresql, autocommit=True) as by_hand:
        by_hand.execute("SET session_replication_role = replica")
        ((place, value),) = by_hand.execute(
            f"SELECT ctid, {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1"  # noqa: S608
        ).fetchall()
        changed = f"{value}~" if isinstance(value, str) else value + 1000
        change = f"UPDATE {table} SET {column} = %s WHERE ctid = %s RETURNING ctid"  # noqa: S608
        ((place,),) = by_hand.execute(change, [changed, place]).fetchall()
        with (
            closing(open_engine(life_on_postgresql)) as engine,
            pytest.raises(TableError) as caught,
        ):
            verify(engine)
        by_hand.execute(change, [value, place])
    begins = f"The table {table} is not what the journal gives; see row "
    assert str(caught.value).startswith(begins)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_taken_away_is_found_and_named(copy, table):
    spoil(copy, f"DELETE FROM {table} WHERE rowid = (SELECT MAX(rowid) FROM {table})")  # noqa: S608
    assert complaint(copy).startswith(f"The table {table} is not what the journal gives; see row ")


def test_a_row_too_many_is_found_and_named(copy):
    spoil(copy, "INSERT INTO people VALUES ('zoe', 'Zoe', 'zoe', 'admin', '', 1, NULL)")
    assert complaint(copy) == (
        "The table people is not what the journal gives; see row 5 (zoe, Zoe)."
    )


@pytest.mark.parametrize(("change", "found"), [(1e-6, True), (1e-12, False)])
def test_scores_are_compared_to_a_billionth(copy, change, found):
    spoil(copy, "UPDATE scores SET peer = peer + ?", change)
    if found:
        assert complaint(copy).startswith("The table scores is not what the journal gives")
    else:
        with closing(SqliteEngine(copy)) as engine:
            verify(engine)


def test_a_changed_journal_entry_is_found_and_named(copy):
    spoil(copy, "UPDATE journal SET actor = 'eve' WHERE id = 7")
    with closing(SqliteEngine(copy)) as engine, pytest.raises(JournalError) as caught:
        verify(engine)
    assert str(caught.value) == "Journal entry 7 does not fit its seal."


def test_a_journal_cut_short_no_longer_gives_the_tables(copy):
    """The chain alone cannot miss what is gone from its end; the tables can."""
    spoil(copy, "DELETE FROM journal WHERE id = (SELECT MAX(id) FROM journal)")
    assert complaint(copy).startswith("The table questions is not what the journal gives")
