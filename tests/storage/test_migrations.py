"""Tables are made once, in numbered steps, and a newer database is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from forecasts.settings import Settings
from forecasts.site import open_site
from forecasts.storage import migrations
from forecasts.storage.engine import DatabaseError
from forecasts.storage.migrations import STEPS, migrate

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
TUESDAY = datetime(2026, 1, 6, tzinfo=UTC)


def test_every_step_leaves_a_record(engine):
    migrate(engine, MONDAY)
    records = engine.rows("SELECT number, at FROM migrations")
    assert records == [
        (number, "2026-01-05T00:00:00.000000Z") for number in range(1, len(STEPS) + 1)
    ]


def test_what_is_done_is_not_done_again(engine, all_rows):
    migrate(engine, MONDAY)
    before = all_rows(engine)
    migrate(engine, TUESDAY)
    assert all_rows(engine) == before


def test_only_what_is_new_is_done(engine, monkeypatch):
    migrate(engine, MONDAY)
    monkeypatch.setattr(migrations, "STEPS", (*STEPS, ("CREATE TABLE more (number INTEGER)",)))
    migrate(engine, TUESDAY)
    assert engine.rows("SELECT * FROM more") == []
    assert engine.rows("SELECT MAX(at) FROM migrations") == [("2026-01-06T00:00:00.000000Z",)]


def test_a_step_that_fails_leaves_no_half(engine, monkeypatch, all_rows):
    monkeypatch.setattr(migrations, "STEPS", (("CREATE TABLE more (number INTEGER)", "nonsense"),))
    with pytest.raises(Exception, match="syntax error"):
        migrate(engine, MONDAY)
    assert all_rows(engine) == {}


def test_a_database_of_a_newer_version_is_left_alone(tmp_path):
    settings = Settings(database=f"sqlite:///{tmp_path}/forecasts.db")
    site = open_site(settings)
    with site.store.transaction():
        site.store.engine.rows("INSERT INTO migrations VALUES (:number, '')", number=len(STEPS) + 1)
    site.store.close()
    with pytest.raises(DatabaseError) as caught:
        open_site(settings)
    assert str(caught.value) == (
        f"The database was made by a newer version (step {len(STEPS) + 1}, "
        f"this one knows {len(STEPS)}); please update."
    )
