"""How the database finds what readers ask for: never by going through all that was ever said."""

from __future__ import annotations

import inspect
import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import pytest
from databases import URLS

from forecasts.domain.people import Role
from forecasts.site import open_engine
from forecasts.storage import journal
from forecasts.storage.scores import CROWD
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
LONG = {"forecasts", "journal"}
"""What grows without end."""

LOOKS = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
"""How PostgreSQL looks things up, where it says by what condition."""

EXAMPLES = {
    "people.get": ("ada",),
    "people.named": ("Ada",),
    "people.all": (),
    "people.admins": (),
    "people.scored": (),
    "people.names_on": ("rain",),
    "people.names_since": (7,),
    "people.entry": ("ada",),
    "people.last_erasure": (),
    "questions.listed": (),
    "questions.exists": ("rain",),
    "questions.last_entry": ("rain",),
    "questions.outcomes_since": (7,),
    "questions.references": ("rain",),
    "questions.get": ("rain",),
    "forecasts.crowd": ("rain", 2),
    "forecasts.standing": ("rain", MOMENT),
    "forecasts.standing_of_person": ("ada",),
    "forecasts.current": ("rain", "ada"),
    "forecasts.history": ("rain", "ada"),
    "forecasts.last_of_person": ("ada",),
    "scores.of_question": ("rain",),
    "scores.of_person": ("ada",),
    "scores.totals": (),
    "scores.questions": (),
    "scores.last_entry": (),
    "scores.counts": (f"{CROWD}median",),
    "accounts.password_hash": ("ada",),
    "accounts.set_password_hash": ("ada", "hash"),
    "accounts.credentials": (),
    "accounts.add_credentials": ([("ada", "hash")],),
    "accounts.may_have_password": (),
    "accounts.open_session": ("token", "ada", MOMENT),
    "accounts.session_person": ("token", MOMENT),
    "accounts.close_session": ("token",),
    "accounts.close_sessions": ("ada",),
    "accounts.forget": ("ada", "ada"),
    "accounts.forget_expired": (MOMENT,),
    "accounts.add_code": ("code", "invitation", None, MOMENT),
    "accounts.code": ("code", MOMENT),
    "accounts.remove_codes": ("invitation", None),
    "accounts.remove_code": ("code",),
    "accounts.add_failure": ("ada", "192.0.2.1", MOMENT),
    "accounts.failures": ("ada", MOMENT),
    "accounts.forget_failures": ("ada", "192.0.2.1", MOMENT),
    "journal.revision": (),
    "journal.newest": (10,),
}
"""What to ask every reader."""

SCANS = [
    "SELECT * FROM forecasts",
    "SELECT COUNT(*) FROM journal",
    "SELECT question, COUNT(*) FROM forecasts GROUP BY question",
    "SELECT id FROM forecasts ORDER BY question, starts, id",
    "SELECT id FROM journal WHERE actor = 'ada'",
    "SELECT 1 FROM questions WHERE EXISTS (SELECT 1 FROM forecasts WHERE ends = closes)",
    "SELECT COUNT(*) FROM forecasts JOIN questions ON questions.opens = forecasts.starts",
]
SEARCHES = [
    "SELECT * FROM questions",
    "SELECT MAX(id) FROM journal",
    "SELECT id FROM forecasts WHERE question = 'rain' ORDER BY starts, id",
    "SELECT name FROM people WHERE id IN (SELECT actor FROM journal WHERE id > 10)",
]


@dataclass(frozen=True, slots=True)
class Listener:
    """An engine that keeps every statement it is given, with its values."""

    engine: object
    heard: list = field(default_factory=list)

    def rows(self, sql, /, **params):
        self.heard.append((sql, params))
        return self.engine.rows(sql, **params)

    def many(self, sql, params, /):
        self.heard.extend((sql, one) for one in params)


@pytest.fixture(scope="module", params=URLS)
def engine(request, tmp_path_factory):
    """An engine with the tables of a site on which Ada has asked whether it rains."""
    url = URLS[request.param](tmp_path_factory.mktemp(request.param))
    with closing(open_engine(url)) as engine:
        Store(engine, MOMENT)
        with engine.transaction():
            engine.rows(
                """
                INSERT INTO people (id, name, name_key, role, joined, entry)
                VALUES ('ada', 'Ada', 'ada', :role, '', 1)
                """,
                role=Role.ADMIN.word,
            )
            engine.rows(
                """
                INSERT INTO questions
                    (id, kind, title, criteria, background, outcomes, tags, opens, closes,
                    first_entry, last_entry)
                VALUES
                    ('rain', 'binary', '', '', '', '["Yes", "No"]', '[]', :moment, :moment, 1, 1)
                """,
                moment="2026-01-01T00:00:00.000000Z",
            )
        yield engine


def readers(engine, listener):
    """Every reader of a store, asking through the listener, by its name in `EXAMPLES`."""
    found = {
        f"journal.{read.__name__}": partial(read, listener)
        for read in (journal.revision, journal.newest)
    }
    for family, reader in vars(Store(engine, MOMENT)).items():
        if reader is not engine:
            listening = type(reader)(listener)
            for name, method in inspect.getmembers(listening, inspect.ismethod):
                if not name.startswith("_"):
                    found[f"{family}.{name}"] = method
    return found


def scanned(engine, sql, params):
    """Which of the tables that grow without end a statement goes through."""
    found = _scanned_by_sqlite if isinstance(engine, SqliteEngine) else _scanned_by_postgres
    return found(engine, sql, params)


def _scanned_by_sqlite(engine, sql, params):
    """An index that is made for the statement alone takes a scan too."""
    plan = [row[3].split() for row in engine.rows(f"EXPLAIN QUERY PLAN {sql}", **params)]
    assert plan or sql.lstrip().startswith("INSERT")
    scans = [words for words in plan if words[0] == "SCAN" or "AUTOMATIC" in words]
    return {words[1] for words in scans} & LONG


def _scanned_by_postgres(engine, sql, params):
    """Reading an index without a condition is a scan too, but for its first or last row."""
    with engine.transaction():
        engine.rows("SET LOCAL enable_seqscan = off")
        ((plan,),) = engine.rows(f"EXPLAIN (FORMAT JSON) {sql}", **params)
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return {
        name
        for node, above in _nodes(plan[0]["Plan"], {})
        if (name := _table(node)) and not _looks_up(node, above)
    }


def _nodes(node, above):
    yield node, above
    for part in node.get("Plans", ()):
        yield from _nodes(part, node)


def _looks_up(node, above):
    few = above.get("Node Type") == "Limit" and "Filter" not in node
    return node["Node Type"] in LOOKS and ("Index Cond" in node or few)


def _table(node):
    """Which table a step of a plan reads, if one of those that grow without end.

    What fetches rows that an index found has been looked up below.
    """
    if node["Node Type"] in {"Bitmap Heap Scan", "ModifyTable"}:
        return None
    index = node.get("Index Name", "").removesuffix("_pkey").split("_")[0]
    name = node.get("Relation Name", index)
    return name if name in LONG else None


def test_every_reader_has_its_example(engine):
    assert sorted(readers(engine, Listener(engine))) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_reader_goes_through_all_that_was_ever_said(engine, name):
    listener = Listener(engine)
    read = readers(engine, listener)[name]
    with engine.transaction():
        read(*EXAMPLES[name])
    assert listener.heard
    for sql, params in listener.heard:
        assert scanned(engine, sql, params) == set(), sql


@pytest.mark.parametrize("sql", SCANS)
def test_a_scan_is_recognised(engine, sql):
    assert len(scanned(engine, sql, {})) == 1


@pytest.mark.parametrize("sql", SEARCHES)
def test_a_search_is_no_scan(engine, sql):
    assert scanned(engine, sql, {}) == set()


def test_what_stands_is_found_by_when_it_ended(engine):
    listener = Listener(engine)
    readers(engine, listener)["forecasts.standing"](*EXAMPLES["forecasts.standing"])
    ((sql, params),) = listener.heard
    if isinstance(engine, SqliteEngine):
        ((*_, plan),) = engine.rows(f"EXPLAIN QUERY PLAN {sql}", **params)
        assert plan == "SEARCH forecasts USING INDEX forecasts_by_end (question=? AND <expr>>?)"
