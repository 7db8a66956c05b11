"""The site as a server of its own, to be met by browsers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from chromium import PATIENCE

ROOT = Path(__file__).parents[2]


class Server:
    """The site as `streamlit run forecast_app.py` serves it.

    On a database of its own, or on the one at `database_url`, which others may share.
    """

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.database = folder / "forecasts.db"
        self.database_url = database_url or f"sqlite:///{self.database}"
        self.port = _free_port()
        self.url = f"http://localhost:{self.port}"
        self.printed: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def environ(self, now: str = "") -> dict[str, str]:
        """What the server and the commands are told."""
        said = {"FORECASTS_DATABASE": self.database_url, "FORECASTS_NOW": now}
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
        """Keep what it prints; pytest shows it where a test fails."""
        for line in process.stdout:
            self.printed.append(line)
            print(line, end="")
            if "Local URL" in line or "URL:" in line:
                ready.set()
        process.stdout.close()
        ready.set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
