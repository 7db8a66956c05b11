"""Every page as somebody with a browser meets it: reachable, accessible, offline, whole."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import SIZES
from playwright.sync_api import expect
from real_server import Server
from simulated import NOW, PASSWORD, fill

from forecasts.services.accounts import SESSION_COOKIE
from forecasts.ui.navigation import PAGES

pytestmark = pytest.mark.browser

OUTPUT = Path(__file__).parent / "output"
QUESTIONS = (
    "question?id=harris-president-2028",
    "question?id=harris-next-campaign",
    "question?id=harris-wins-2028",
    "question?id=harris-governor-2026",
)
ADDRESSES = (*(entry.path for entry in PAGES if entry.in_menu), *QUESTIONS)
DOORS = ("sign-in", "sign-up?question=harris-president-2028&p=0.7,0.3", "sign-out")
PICTURES = {"question": QUESTIONS[0], "calibration": "calibration"}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A running site with a simulated crowd, and the token of its admin."""
    server = Server(tmp_path_factory.mktemp("simulated"))
    token = fill(server.database)
    server.start(now=NOW.isoformat())
    yield server, token
    server.kill()


@pytest.fixture
def admin(simulated, somebody):
    """The admin's browser."""
    server, token = simulated
    page = somebody()
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": server.url}])
    return page


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_drawn_whole_and_accessible(simulated, admin, size, address):
    asked_for = []
    admin.on("request", lambda request: asked_for.append(urlsplit(request.url).hostname))
    open_page(admin, simulated[0], address)
    assert set(asked_for) <= {"localhost", None}
    for word in ("None", "nan", "NaT", "Traceback"):
        expect(admin.get_by_text(word, exact=True)).to_have_count(0)
    width = admin.evaluate("document.documentElement.scrollWidth")
    assert width <= SIZES[size][0]
    save(admin, f"{size}-{address.split('=')[-1] or 'questions'}")
    assert violations(admin) == []


@pytest.mark.parametrize("address", DOORS)
def test_a_door_is_accessible(simulated, somebody, address):
    page = somebody()
    page.goto(f"{simulated[0].url}/{address}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert violations(page) == []


def test_a_reload_and_a_second_tab_stay_signed_in_and_signing_out_ends_both(simulated, somebody):
    server, _ = simulated
    first = somebody()
    first.goto(f"{server.url}/sign-in")
    first.get_by_label("Name").fill("simulated 1")
    first.get_by_label("Password").fill(PASSWORD)
    first.get_by_role("button", name="Sign in").click()
    expect(first.get_by_role("button", name="Sign out")).to_be_visible()
    first.reload()
    expect(first.get_by_role("button", name="Sign out")).to_be_visible()
    second = first.context.new_page()
    open_page(second, server, "standings")
    second.get_by_role("button", name="Sign out").click()
    expect(second.get_by_role("link", name="Sign in")).to_be_visible()
    first.get_by_label("Search", exact=True).first.fill("California")
    first.get_by_label("Search", exact=True).first.press("Enter")
    expect(first.get_by_role("link", name="Sign in")).to_be_visible()


def test_an_unknown_question_says_so(simulated, somebody):
    page = somebody()
    page.goto(f"{simulated[0].url}/question?id=nothing-such")
    expect(page.get_by_text("There is no question “nothing-such”.")).to_be_visible()


def test_the_back_button_leads_from_a_question_to_the_list(simulated, somebody):
    page = somebody()
    open_page(page, simulated[0], "")
    page.get_by_role("link", name="Will Kamala Harris run for president in 2028?").click()
    expect(page.get_by_role("heading", name="Crowd forecast")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Questions", level=1)).to_be_visible()


def test_a_question_can_be_left_and_opened_again(simulated, somebody):
    page = somebody()
    open_page(page, simulated[0], "")
    for _ in range(2):
        page.get_by_role("link", name="Will Kamala Harris run for president in 2028?").click()
        expect(page.get_by_role("link", name="Sign up to submit 50")).to_be_visible()
        page.get_by_label("Yes in percent").fill("61")
        page.get_by_label("Yes in percent").press("Enter")
        expect(page.get_by_role("link", name="Sign up to submit 61")).to_be_visible()
        page.get_by_role("link", name="All questions").click()
        expect(page.get_by_role("heading", name="Questions", level=1)).to_be_visible()


@pytest.mark.parametrize("hold", [0, 30, "tap"])
def test_what_was_typed_goes_in_with_the_press_right_after_it(simulated, chromium, hold):
    server, token = simulated
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": server.url}])
    page = context.new_page()
    open_page(page, server, "question?id=harris-president-2028")
    for percents in (41, 22):
        page.get_by_label("Yes in percent").fill(f"{percents}")
        submit = page.get_by_role("button", name="Submit")
        if hold == "tap":
            submit.tap()
        else:
            submit.click(delay=hold)
        expect(page.get_by_text("Your forecast stands")).to_be_visible()
        first = page.locator("canvas tr").filter(has_text="Simulated admin").first
        expect(first).to_contain_text(f"0.{percents}")
    context.close()


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("size", ["desktop"])
def test_the_pictures_of_the_readme_show_a_chart(simulated, admin, name):
    open_page(admin, simulated[0], PICTURES[name])
    expect(admin.locator("[data-testid='stVegaLiteChart'] svg").first).to_be_visible()
    admin.screenshot(path=OUTPUT / f"readme-{name}.png")


def open_page(page, server, address):
    """Go there and wait until nothing on the page is being drawn any more."""
    page.goto(f"{server.url}/{address}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(
        page.locator("[data-testid='stApp'][data-test-script-state='notRunning']")
    ).to_be_visible()
    page.wait_for_load_state("networkidle")


def save(page, name):
    OUTPUT.mkdir(exist_ok=True)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    before = page.viewport_size
    page.set_viewport_size({"width": before["width"], "height": min(height + 60, 4000)})
    page.screenshot(path=OUTPUT / f"{name}.png")
    page.set_viewport_size(before)


def violations(page):
    """What axe finds, a line each; the phone's menu is Streamlit's own (a `ul` around a `div`)."""
    others = {"exclude": [["[data-testid='stSidebarNavItems']"]]}
    found = Axe().run(page, context=others).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
