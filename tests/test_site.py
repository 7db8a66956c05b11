"""A site is built from its settings, or says why it cannot be."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forecasts.clock import utc_now
from forecasts.settings import Settings, SettingsError
from forecasts.site import INSTALL, open_site, site_of_environment, this_site
from forecasts.storage.engine import DatabaseError


@pytest.fixture
def settings(tmp_path):
    return Settings(database=f"sqlite:///{tmp_path}/data/forecasts.db")


def test_a_new_site_is_empty(settings, tmp_path):
    site = open_site(settings)
    with closing(site.store):
        assert site.store.revision() == 0
        assert site.clock is utc_now
        assert (tmp_path / "data" / "forecasts.db").is_file()


def test_the_clock_can_be_stopped(settings):
    noon = datetime(2028, 11, 7, 12, tzinfo=UTC)
    site = open_site(Settings(database=settings.database, now=noon))
    with closing(site.store):
        assert site.now() == noon
        assert site.now() == noon


def test_sites_have_keys_of_their_own(settings):
    one, other = open_site(settings), open_site(settings)
    with closing(one.store), closing(other.store):
        assert one.key != other.key


def test_a_database_that_cannot_be_used(tmp_path):
    with pytest.raises(DatabaseError):
        open_site(Settings(database=f"sqlite:///{tmp_path}"))


def test_postgresql_without_its_driver(monkeypatch):
    monkeypatch.setitem(sys.modules, "forecasts.storage.postgres", None)
    with pytest.raises(DatabaseError) as caught:
        open_site(Settings(database="postgresql://ada:secret@db.example/site"))
    assert str(caught.value) == (
        "For PostgreSQL its driver is missing: .venv/bin/pip install --editable '.[postgres]'"
    )
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert INSTALL in readme


def test_the_environment_describes_a_site(settings, monkeypatch):
    monkeypatch.setenv("FORECASTS_DATABASE", settings.database)
    monkeypatch.setenv("FORECASTS_SIGNUP", "closed")
    site = site_of_environment()
    with closing(site.store):
        assert site.settings == Settings(database=settings.database, signup="closed")


def test_a_bad_environment_stops_the_start(settings, monkeypatch):
    monkeypatch.setenv("FORECASTS_DATABASE", settings.database)
    monkeypatch.setenv("FORECASTS_SINGUP", "closed")
    with pytest.raises(SettingsError, match="FORECASTS_SINGUP is no setting"):
        site_of_environment()


def test_a_process_has_one_site(settings, monkeypatch):
    monkeypatch.setenv("FORECASTS_DATABASE", settings.database)
    this_site.cache_clear()
    with closing(this_site().store):
        assert this_site() is this_site()
    this_site.cache_clear()
