"""A page that stays open while its server goes and comes, as at every update."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from test_walk import (
    make_the_first_account,
    sign_up_with_a_forecast,
)

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("size", ["desktop"])]


@pytest.fixture
def page(server, somebody):
    """The open question of somebody who said 30 %, while the server is another one by now."""
    admin, page = somebody(), somebody()
    make_the_first_account(admin, server)
    sign_up_with_a_forecast(page, server, "Ben", 30)
    server.kill()
    server.start()
    expect(page.locator("[data-test-connection-state='CONNECTED']")).to_be_visible()
    return page


def test_a_number_typed_then_is_what_goes_in(page):
    page.get_by_label("Yes in percent").fill("64")
    page.get_by_label("Yes in percent").press("Enter")
    submit(page, "Your forecast stands")
    expect_forecast(page, 64)


def test_a_slider_moved_then_is_what_goes_in(page):
    page.get_by_role("slider", name="Yes").press("ArrowRight")
    submit(page, "Your forecast stands")
    expect_forecast(page, 31)


def test_a_press_right_after_typing_puts_in_nothing_else(page):
    page.get_by_label("Yes in percent").fill("64")
    submit(page, "Your forecast stands")
    expect_forecast(page, 64)


def test_an_emptied_number_goes_in_as_nothing(page):
    page.get_by_label("Yes in percent").fill("")
    submit(page, "got nothing")
    expect_forecast(page, 30)


def submit(page, answer):
    """Press, and once more where the first press only made the server look."""
    page.get_by_role("button", name="Submit").click()
    answered, again = page.get_by_text(answer), page.get_by_text("press Submit again")
    expect(answered.or_(again)).to_be_visible()
    if again.count():
        page.get_by_role("button", name="Submit").click()
        expect(answered).to_be_visible()


def expect_forecast(page, percents):
    metric = page.get_by_test_id("stMetric").filter(has_text="recency-weighted median")
    expect(metric).to_contain_text(f"{percents} %")
