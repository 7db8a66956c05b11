"""A kill at any moment loses nothing that was confirmed."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from forecasts.clock import to_text
from forecasts.settings import Settings
from forecasts.site import open_site
from forecasts.storage.verify import verify

SUBMITS_FOR_EVER = """
import sys
from itertools import count
from forecasts.clock import from_text
from forecasts.domain.people import Person, Role
from forecasts.services import forecasting
from forecasts.settings import Settings
from forecasts.site import open_site
site = open_site(Settings(database=sys.argv[1], now=from_text(sys.argv[4])))
person = Person(sys.argv[2], "Fay", Role.FORECASTER)
for number in count():
    yes = (number % 98 + 1) / 100
    forecasting.submit(site, person, sys.argv[3], [yes, 1 - yes])
    print(site.store.revision(), flush=True)
"""


@pytest.mark.parametrize("confirmations", [1, 50, 400])
def test_what_was_confirmed_is_there_after_a_kill(site, people, questions, tmp_path, confirmations):
    database = f"sqlite:///{tmp_path / 'forecasts.db'}"
    with closing(site.store):
        arguments = [database, people.forecaster.id, questions.binary, to_text(site.now())]
    confirmed = []
    for _ in range(2):
        confirmed += confirmed_before_the_kill(arguments, confirmations)
    with closing(open_site(Settings(database=database)).store) as store:
        kept = {one.id for one in store.forecasts.history(questions.binary, people.forecaster.id)}
        assert len(confirmed) >= 2 * confirmations
        assert kept.issuperset(confirmed)
        assert verify(store.engine) >= max(confirmed)


def confirmed_before_the_kill(arguments, confirmations):
    command = [sys.executable, "-c", SUBMITS_FOR_EVER, *arguments]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline() for _ in range(confirmations)]
        process.kill()
        rest = process.stdout.read().splitlines(keepends=True)
    return [int(line) for line in lines + rest if line.endswith("\n")]
