"""Where a Chromium is, and how tests use it; run as a script it gets one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
)
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
PATIENCE = 30_000
"""Milliseconds until what is waited for counts as missing."""


def executable() -> str | None:
    """The system's Chromium; None lets Playwright take its own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> None:
    """Install a Chromium: by apt-get where that asks nothing, else by Playwright's download."""
    if shutil.which("apt-get") and (prefix := _without_asking()) is not None:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "chromium"]):
            done = subprocess.run([*prefix, "apt-get", *command], env=quiet, check=False)
        if done.returncode == 0 and executable():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def _without_asking() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], check=False).returncode == 0:
        return [sudo, "-n"]
    return None


if __name__ == "__main__":
    if executable() is None:
        install()
    print(f"Chromium: {executable() or 'Playwright’s own'}")
