"""A database of each released schema opens, migrates and verifies, on every engine."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from databases import table_names

from forecasts.settings import Settings
from forecasts.site import open_engine, open_site
from forecasts.storage import migrations
from forecasts.storage.migrations import STEPS, migrate
from forecasts.storage.verify import verify

OLD = {int(path.stem): path for path in (Path(__file__).parent / "old").glob("*.db")}
RELEASED = 2
"""The step of the newest schema that was released; with each release it grows."""

LATER = datetime(2027, 1, 1, tzinfo=UTC)


def test_there_is_one_of_each():
    assert sorted(OLD) == list(range(1, RELEASED + 1))
    assert len(STEPS) >= RELEASED


def rows_in_file(path):
    """Every row of every table of a file, by table and column; nothing of ours reads it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]  # noqa: S608
            for (name,) in tables
        }


@pytest.fixture(params=OLD)
def old(request, url, monkeypatch):
    """An address at which a database of an old schema is, and what it holds."""
    path = OLD[request.param]
    if url.startswith("sqlite"):
        shutil.copy(path, url.removeprefix("sqlite:///"))
    else:
        _carry_over(path, request.param, url, monkeypatch)
    return url, rows_in_file(path)


def _carry_over(path, step, url, monkeypatch):
    with monkeypatch.context() as before, closing(open_engine(url)) as engine:
        before.setattr(migrations, "STEPS", STEPS[:step])
        migrate(engine, LATER)
        with engine.transaction():
            engine.rows("DELETE FROM migrations")
            for name, rows in sorted(rows_in_file(path).items(), key=_parents_first):
                columns = rows[0].keys() if rows else []
                marks = ", ".join(f":{column}" for column in columns)
                engine.many(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608


def _parents_first(item):
    return item[0] not in {"people", "questions"}


def test_it_opens_and_verifies(old):
    url, before = old
    with closing(open_site(Settings(database=url, now=LATER)).store) as store:
        assert verify(store.engine).entries == len(before["journal"])
        steps = [number for (number,) in store.engine.rows("SELECT number FROM migrations")]
        assert steps == list(range(1, len(STEPS) + 1))
    with closing(open_site(Settings(database=url)).store) as store:
        assert len(store.engine.rows("SELECT * FROM migrations")) == len(STEPS)


def test_nothing_of_it_is_lost(old):
    url, before = old
    with closing(open_site(Settings(database=url, now=LATER)).store) as store:
        assert set(before) <= set(table_names(store.engine))
        assert_calibration_is_kept(store, before.pop("calibration"))
        for name, rows in before.items():
            assert rows, name
            columns = ", ".join(rows[0])
            kept = store.engine.rows(f"SELECT {columns} FROM {name}")  # noqa: S608
            assert {tuple(row.values()) for row in rows} <= set(kept)


def assert_calibration_is_kept(store, rows):
    """The first two steps had a row for each probability of a series."""
    assert rows
    kept = {}
    for series in {row["series"] for row in rows}:
        found = store.scores.counts(series)
        for cell, weight, happened in zip(
            np.rint(found.probability * 1000), found.weight, found.happened, strict=True
        ):
            kept.setdefault((series, cell, happened), []).append(weight)
    for row in rows:
        weights = kept[row["series"], row["probability"], row["happened"]]
        assert any(weight == pytest.approx(row["weight"], abs=1e-9) for weight in weights)


def revisions_of_several_that_start_at_once(url):
    start = threading.Barrier(4)

    def open_it(_):
        start.wait()
        with closing(open_site(Settings(database=url, now=LATER)).store) as store:
            return store.revision()

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(open_it, range(4)))


def test_several_servers_that_start_at_once_make_one_site(url):
    assert revisions_of_several_that_start_at_once(url) == [0] * 4


def test_several_servers_that_start_at_once_migrate_it_once(old):
    url, before = old
    assert revisions_of_several_that_start_at_once(url) == [len(before["journal"])] * 4
    with closing(open_site(Settings(database=url)).store) as store:
        assert len(store.engine.rows("SELECT * FROM migrations")) == len(STEPS)
        verify(store.engine)
