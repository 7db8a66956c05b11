"""A real server on a free port, and people with a browser each."""

from __future__ import annotations

import pytest
from chromium import FLAGS, PATIENCE, SIZES, executable
from playwright.sync_api import expect, sync_playwright
from real_server import Server


@pytest.fixture
def server(tmp_path):
    """A running server on an empty database; whatever the test leaves running ends."""
    one = Server(tmp_path)
    one.start()
    yield one
    one.kill()


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def size(request):
    """The name of a screen size."""
    return request.param


@pytest.fixture
def somebody(chromium, size):
    """Make a fresh browser, as somebody's own: its first page."""
    contexts = []

    def make():
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
