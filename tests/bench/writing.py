"""How fast forecasts are written: one by one, by many at once, by an import, at a resolution."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
from databases import URLS
from figures import Figure, side_by_side, timed
from serving import prepare, start, submit_for, times_of_submitting
from sites import MODERATOR, NOW, fill, open_site_at, question_id

from forecasts.services import forecasting, resolving
from forecasts.services.exchange import export_site, import_site
from forecasts.settings import Settings
from forecasts.site import open_site
from forecasts.storage import journal
from forecasts.storage.tables import TABLES, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from figures import Size

THREADS = 32
SERVERS = 8
RAW = "INSERT INTO raw VALUES ({mark}, 'question', 'person', '2026-01-01', '[0.3, 0.7]')"
RAW_TABLE = "CREATE TABLE raw (id INTEGER PRIMARY KEY, question TEXT, person TEXT, at TEXT, p TEXT)"


def submitting(name: str, folder: Path, size: Size) -> Iterator[Figure]:
    """One person submits, beside one plain INSERT that is as durable."""
    url = URLS[name](folder)
    site = open_site_at(url)
    fill(site, forecasts=size.crowd, questions=1, crowd=size.crowd, people=size.people)
    with closing(site.store), closing(_raw_writer(name, url)) as raw:
        numbers = iter(range(10**9))
        mark = "?" if name == "sqlite" else "%s"

        def submit() -> None:
            yes = 0.01 + next(numbers) % 98 / 100
            forecasting.submit(site, MODERATOR, question_id(0), [yes, 1 - yes])

        def insert() -> None:
            raw.execute(RAW.format(mark=mark), (next(numbers),))

        took, base = side_by_side(submit, insert, rounds=size.submitted)
    yield Figure(f"submitting, {name}", took, "one raw INSERT, durable", base, 4)


def _raw_writer(name: str, url: str) -> sqlite3.Connection | psycopg.Connection:
    if name == "sqlite":
        connection = sqlite3.connect(f"{url.removeprefix('sqlite:///')}.raw", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    else:
        connection = psycopg.connect(url, autocommit=True)
    connection.execute(RAW_TABLE)
    return connection


def threads(name: str, folder: Path, size: Size) -> Iterator[Figure]:
    """Many threads of one process submit for some seconds."""
    url = URLS[name](folder)
    prepare(url, THREADS)
    site = open_site(Settings(database=url))
    with closing(site.store):
        before = site.store.revision()
        with ThreadPoolExecutor(THREADS) as pool:
            work = [
                pool.submit(times_of_submitting, site, me, size.seconds) for me in range(THREADS)
            ]
            took = [one.result() for one in work]
        kept = site.store.revision() - before
    yield _together(f"{THREADS} threads submitting, {name}", took, kept, size.seconds)


def processes(name: str, folder: Path, size: Size) -> Iterator[Figure]:
    """Several processes submit for some seconds."""
    url = URLS[name](folder)
    prepare(url, SERVERS)
    pipes = [start(submit_for, url, me, size.seconds)[1] for me in range(SERVERS)]
    for pipe in pipes:
        pipe.send("go")
    took = [pipe.recv() for pipe in pipes]
    with closing(open_site(Settings(database=url)).store) as store:
        kept = store.revision() - SERVERS - 1
    yield _together(f"{SERVERS} processes submitting, {name}", took, kept, size.seconds)


def _together(what: str, took: list[list[float]], kept: int, seconds: float) -> Figure:
    turns = [len(times) for times in took]
    lost = sum(turns) - kept
    said = (
        f"slowest; 0 errors, {lost} lost, least served {min(turns) / max(turns):.2f} of most, "
        f"{sum(turns) / seconds:.0f} a second"
    )
    return Figure(what, max(map(max, filter(None, took))), said)


def importing(name: str, folder: Path, size: Size) -> Iterator[Figure]:
    """An export is imported, beside the same rows by plain bulk inserts."""
    count = size.imported[name]
    crowd = min(size.crowd, count)
    source = open_site_at(URLS[name](_inside(folder, "source")))
    with closing(source.store) as store:
        fill(source, forecasts=count, questions=count // crowd, crowd=crowd, people=size.people)
        export_site(store, folder / "export")
        with store.engine.snapshot():
            entries = list(journal.read(store.engine))
            rows = {table: list(rows_of(store.engine, table)) for table in TABLES}
    with closing(open_site_at(URLS[name](_inside(folder, "raw"))).store) as store, timed() as base:
        _raw(store, entries, rows)
    del entries, rows
    with closing(open_site_at(URLS[name](_inside(folder, "new"))).store) as store, timed() as took:
        import_site(store, folder / "export", NOW)
    what = f"importing {count:,} forecasts, {name}"
    yield Figure(what, took[0], "raw executemany", base[0], 2.5)


def _raw(store, entries, rows) -> None:
    with store.transaction():
        named = (dict(zip(journal.NAMES, entry, strict=True)) for entry in entries)
        store.engine.many(journal.INSERT, named)
        for name, table in TABLES.items():
            marks = ", ".join(f":{column}" for column in table.columns)
            store.engine.many(
                f"INSERT INTO {name} ({', '.join(table.columns)}) VALUES ({marks})",  # noqa: S608
                (dict(zip(table.columns, row, strict=True)) for row in rows[name]),
            )


def resolving_one(name: str, folder: Path, size: Size) -> Iterator[Figure]:
    """A question is resolved, beside reading its forecasts."""
    url = URLS[name](folder)
    site = open_site_at(url)
    fill(site, forecasts=size.resolved, questions=1, crowd=size.resolved, people=size.people)
    with closing(site.store) as store:
        with timed() as base:
            store.engine.rows("SELECT * FROM forecasts WHERE question = :q", q=question_id(0))
        with timed() as took:
            resolving.resolve(
                site, MODERATOR, question_id(0), outcome=0, known_since=NOW, source="simulated"
            )
    what = f"resolving a question of {size.resolved:,} forecasts, {name}"
    yield Figure(what, took[0], "reading them", base[0], 3)


def _inside(folder: Path, name: str) -> Path:
    inner = folder / name
    inner.mkdir()
    return inner
