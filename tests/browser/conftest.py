"""A real server on a free port, and people with a browser each."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from chromium import FLAGS, executable
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
PATIENCE = 30_000
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


class Server:
    """The site as `streamlit run forecast_app.py` serves it, on a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "forecasts.db"
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self.printed: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def environ(self, now: str = "") -> dict[str, str]:
        """What the server and the commands are told."""
        said = {"FORECASTS_DATABASE": f"sqlite:///{self.database}", "FORECASTS_NOW": now}
        return {**os.environ, **said, "PYTHONUNBUFFERED": "1"}

    def start(self, *, now: str = "") -> None:
        """Start, and wait until the server answers."""
        options = ["--server.port", str(self.port), "--server.headless", "true"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "forecast_app.py", *options],
            cwd=ROOT,
            env=self.environ(now),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = threading.Event()
        threading.Thread(target=self._listen, args=(self.process, ready), daemon=True).start()
        assert ready.wait(PATIENCE / 1000), "".join(self.printed)

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def setup_link(self) -> str:
        """The link for the first account, as the terminal shows it."""
        words = " ".join(self.printed).split()
        return next(word for word in words if "/setup?code=" in word)

    def command(self, *arguments: str) -> str:
        """What `python -m forecasts …` prints."""
        done = subprocess.run(
            [sys.executable, "-m", "forecasts", *arguments],
            cwd=ROOT,
            env=self.environ(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def _listen(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        for line in process.stdout:
            self.printed.append(line)
            if "Local URL" in line or "URL:" in line:
                ready.set()
        process.stdout.close()
        ready.set()


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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
