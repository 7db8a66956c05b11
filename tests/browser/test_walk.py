"""The whole walk, from an empty database to standings, by several people in real browsers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from forecasts.domain.aggregation import aggregate, aggregate_history
from forecasts.domain.calibration import reliability
from forecasts.domain.scoring import score_question
from forecasts.domain.time_shares import standing_times
from forecasts.settings import Settings
from forecasts.site import open_site

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"
PRESIDENT = "harris-president-2028"


def test_from_an_empty_database_to_standings(server, somebody):
    started = datetime.now(UTC)  # noqa: TID251 - the server's clock is the machine's
    admin = somebody()
    make_the_first_account(admin, server)

    people = {name: somebody() for name in ("Ben", "Cem", "Dora")}
    for (name, page), percents in zip(people.items(), (30, 60, 45), strict=True):
        sign_up_with_a_forecast(page, server, name, percents)
    expect_crowd(admin, server, [0.30, 0.60, 0.45])

    forecast(people["Ben"], server, 80)
    expect(people["Ben"].get_by_text("Your forecast stands")).to_be_visible()
    expect_crowd(admin, server, [0.60, 0.45, 0.80])
    withdraw(people["Dora"], server)
    expect_crowd(admin, server, [0.60, 0.80])

    server.kill()
    server.start(now=(started + timedelta(days=30)).isoformat())
    known = started + timedelta(days=20)
    resolve(admin, server, "harris-governor-2026", "No", "2025-07-30")
    expect(admin.get_by_text("Nobody had a forecast here that counts")).to_be_visible()
    resolve(admin, server, PRESIDENT, "Yes", f"{known:%Y-%m-%d}")
    expect_scores(admin, server, known)

    server.kill()
    server.start(now=(started + timedelta(days=30)).isoformat())
    expect_scores(admin, server, known)
    for name, page in people.items():
        page.goto(server.url)
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    assert "the tables are what it gives" in server.command("verify")


def make_the_first_account(page, server):
    page.goto(server.url)
    expect(page.get_by_text("This site has no admin yet")).to_be_visible()
    page.goto(server.setup_link())
    fill_in(page, "Ada", "Make the account")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def sign_up_with_a_forecast(page, server, name, percents):
    page.goto(question(server))
    choose(page, percents)
    link = page.get_by_role("link", name="Sign up to submit")
    expect(link).to_have_attribute("href", re.compile(f"p={percents / 100:g}%2C"))
    link.click()
    expect(page.get_by_text(f"{percents} % Yes")).to_be_visible()
    fill_in(page, name, "Sign up")
    expect(page.get_by_role("button", name="Withdraw")).to_be_visible()


def fill_in(page, name, button):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=button).click()


def question(server):
    return f"{server.url}/question?id={PRESIDENT}"


def choose(page, percents):
    field = page.get_by_label("Yes in percent")
    field.fill(str(percents))
    field.press("Enter")
    slider = page.get_by_role("slider", name="Yes")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(f"^{percents}\\s%$"))


def forecast(page, server, percents):
    page.goto(question(server))
    choose(page, percents)
    page.get_by_role("button", name="Submit").click()


def withdraw(page, server):
    page.goto(question(server))
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Your forecast is withdrawn")).to_be_visible()


def expect_crowd(page, server, oldest_first):
    vectors = [[yes, 1 - yes] for yes in oldest_first]
    crowd = aggregate(vectors, method="recency_weighted_median").centre[0]
    page.goto(question(server))
    metric = page.get_by_test_id("stMetric").filter(has_text="recency-weighted median")
    expect(metric).to_contain_text(re.compile(f"forecasters{100 * crowd:.0f}\\s%"))


def resolve(page, server, question_id, outcome, day):
    page.goto(f"{server.url}/question?id={question_id}")
    title = page.get_by_role("heading", level=1).inner_text()
    page.goto(f"{server.url}/resolve")
    page.get_by_role("combobox", name="Question").click()
    page.get_by_role("option", name=re.compile(re.escape(title))).click()
    page.get_by_role("radio", name=outcome).check(force=True)
    page.get_by_role("spinbutton", name="year, Known since (UTC)").press_sequentially(
        day.replace("-", "")
    )
    source = page.get_by_label("Source, such as a link")
    source.fill("https://example.org/answer")
    source.press("Enter")
    expect(page.get_by_text("What it gives")).to_be_visible()
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_text(f"{outcome}, known since")).to_be_visible()


def expect_scores(page, server, known):
    table = scores_called_directly(server, known)
    page.goto(question(server))
    expect(page.get_by_role("heading", name="Scores")).to_be_visible()
    for name, (peer, baseline, brier, log, coverage, _) in table.items():
        expect_row(page, name, [peer, baseline, brier, log, coverage])
    page.goto(f"{server.url}/standings")
    for name, (peer, baseline, brier, _, coverage, mean_peer) in table.items():
        expect_row(page, name, [mean_peer, peer, baseline, brier, 1, coverage])
    page.goto(f"{server.url}/calibration")
    for name, value in calibration_called_directly(server, known).items():
        metric = page.get_by_test_id("stMetric").filter(has_text=name)
        expect(metric).to_contain_text(re.compile(f"{name}.*{value}$"))


def expect_row(page, name, numbers):
    """What the first table with that name shows behind it; a phone draws as much as fits."""
    row = page.locator("canvas tr").filter(has=page.get_by_text(name, exact=True)).first
    row.wait_for(state="attached")
    texts = row.locator("td").all_text_contents()
    shown = [float(text) for text in texts[texts.index(name) + 1 :]]
    assert len(shown) >= 3
    assert shown == pytest.approx(numbers[: len(shown)])


def in_database(server):
    """The question, the crowd's forecasts on it, and everybody's name."""
    site = open_site(Settings(database=server.database_url))
    try:
        names = {one.id: one.name for one in site.store.people.all()}
        crowd = site.store.forecasts.crowd(PRESIDENT, 2)
        return site.store.questions.get(PRESIDENT), crowd, names
    finally:
        site.store.close()


def midnight(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def calibration_called_directly(server, known):
    """What the calibration page says of the crowd: one question, its Brier score."""
    asked, crowd, _ = in_database(server)
    history = aggregate_history(
        crowd.record, method="recency_weighted_median", until=midnight(known)
    )
    said = standing_times(
        probability=history.centre[:, 0],
        start=history.times,
        opens=asked.opens,
        until=midnight(known),
    )
    happened = [1] * len(said.cell)
    found = reliability(forecast=said.cell / 1000, happened=happened, weight=said.time)
    return {"Questions": 1, "Brier": f"{found.brier:.3f}"}


def scores_called_directly(server, known):
    """By name: peer, baseline, Brier, log, coverage, mean peer over this one question."""
    asked, crowd, names = in_database(server)
    table = score_question(
        crowd.record, outcome=0, opens=asked.opens, closes=asked.closes, known=midnight(known)
    )
    mean_peer = table.peer / (3 + table.coverage)
    columns = (table.peer, table.baseline, table.brier, table.log, table.coverage, mean_peer)
    return {
        names[person]: tuple(column[code] for column in columns)
        for code, person in enumerate(crowd.people)
    }
