from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
PREPARE = """\
import sys
from pathlib import Path
import forecast_app
forecast_app.HERE = Path(sys.argv[1])
forecast_app.prepare(forecast_app.site)
"""


@pytest.fixture
def environment(tmp_path):
    known = {name: value for name, value in os.environ.items() if not name.startswith("FORECASTS")}
    return known | {"FORECASTS_DATABASE": f"sqlite:///{tmp_path / 'forecasts.db'}"}


def _command(port):
    options = {"port": port, "headless": "true", "address": "localhost"}
    flags = [f"--server.{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", "forecast_app.py", *flags]


def _free_port():
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return free.getsockname()[1]


def _read(url):
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
        return answer.read().decode()


def _wait_for(server, url):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server has stopped"
        try:
            return _read(url)
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(url)


@contextmanager
def _running(environment, port):
    server = subprocess.Popen(
        _command(port), cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        yield server
    finally:
        server.kill()
        server.communicate()


def test_one_start_plants_the_seeds_and_prints_the_link_once(environment):
    port = _free_port()
    with _running(environment, port) as server:
        health = _wait_for(server, f"http://localhost:{port}/health")
        for _ in range(2):
            _read(f"http://localhost:{port}/")
        server.terminate()
        printed, _ = server.communicate(timeout=PATIENCE)
    (link,) = [line.split()[-1] for line in printed.splitlines() if "setup?code=" in line]
    assert link.startswith(f"http://localhost:{port}/setup?code=")
    assert '"status":"ok"' in health
    assert '"revision":0' not in health


def test_streamlits_own_websocket_takes_no_other_origin(environment):
    port = _free_port()
    stream = f"ws://localhost:{port}/_stcore/stream"
    with _running(environment, port) as server:
        _wait_for(server, f"http://localhost:{port}/health")
        with connect(stream, origin=f"http://localhost:{port}", subprotocols=["streamlit"]):
            pass
        for origin in ("http://localhost:1", "http://127.0.0.1", "http://evil.example"):
            with pytest.raises(InvalidStatus, match="403"):
                connect(stream, origin=origin, subprotocols=["streamlit"])


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("FORECASTS_SIGNUP", "perhaps", "FORECASTS_SIGNUP must be one of open, invited, closed"),
        ("FORECASTS_COLOUR", "blue", "FORECASTS_COLOUR is no setting"),
        ("FORECASTS_DATABASE", "sqlite:///{}/letter.txt", "is not a SQLite database"),
    ],
)
def test_a_bad_setting_or_database_stops_the_start_with_one_sentence(
    *, environment, tmp_path, name, value, sentence
):
    (tmp_path / "letter.txt").write_text("Dear all, " * 1000)
    ended = subprocess.run(
        _command(_free_port()),
        cwd=ROOT,
        env=environment | {name: value.format(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_mistakes_in_seeds_are_said_and_stop_nothing(environment, tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "bad.toml").write_text('[[question]]\nid = "x"\nkind = "odd"\n')
    (tmp_path / "seeds" / "worse.toml").write_text("[[[")
    prepared = subprocess.run(
        [sys.executable, "-c", PREPARE, tmp_path],
        cwd=ROOT,
        env=environment | {"FORECASTS_URL": "https://forecasts.example/"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "bad.toml: question 1 (x): kind: must be binary or choice" in prepared.stderr
    assert "worse.toml: " in prepared.stderr
    assert "https://forecasts.example/setup?code=" in prepared.stdout
