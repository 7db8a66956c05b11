"""Two servers on one database are one site: what one of them wrote, the other shows."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from databases import URLS
from playwright.sync_api import expect
from real_server import Server
from test_walk import (
    choose,
    forecast,
    make_the_first_account,
    question,
    sign_up_with_a_forecast,
)

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("size", ["desktop"])]


@pytest.fixture(params=URLS)
def shared_database(request, tmp_path):
    """The address of an empty database that several servers can use."""
    return URLS[request.param](tmp_path)


@pytest.fixture
def servers(shared_database, tmp_path):
    """Two running servers on one database."""
    with ExitStack() as ending:
        both = [Server(tmp_path, shared_database) for _ in range(2)]
        for one in both:
            ending.callback(one.kill)
            one.start()
        yield both


def test_a_forecast_made_in_one_is_seen_in_the_other_on_the_next_rerun(servers, somebody):
    here, there = servers
    reader, forecaster = somebody(), somebody()
    make_the_first_account(reader, there)
    reader.goto(question(there))
    expect(reader.get_by_role("heading", name="Your forecast")).to_be_visible()

    sign_up_with_a_forecast(forecaster, here, "Ben", 30)
    rerun_shows(reader, 30, touch=40)
    forecast(forecaster, here, 80)
    expect(forecaster.get_by_text("Your forecast stands")).to_be_visible()
    rerun_shows(reader, 80, touch=41)


def test_who_loses_a_server_goes_on_at_the_other(servers, somebody):
    here, there = servers
    admin, forecaster = somebody(), somebody()
    make_the_first_account(admin, there)
    sign_up_with_a_forecast(forecaster, here, "Ben", 30)
    here.kill()
    forecast(forecaster, there, 60)
    expect(forecaster.get_by_text("Your forecast stands")).to_be_visible()
    expect(forecaster.get_by_text("Ben", exact=True).first).to_be_visible()
    admin.goto(question(there))
    expect_crowd(admin, 60)
    assert "the tables are what it gives" in there.command("verify")


def rerun_shows(page, percents, *, touch):
    """Move the form, which runs the page again without loading it anew, and see the crowd."""
    choose(page, touch)
    expect_crowd(page, percents)


def expect_crowd(page, percents):
    metric = page.get_by_test_id("stMetric").filter(has_text="recency-weighted median")
    expect(metric).to_contain_text(f"{percents} %")
