"""A disk that takes no more: a sentence, nothing half done, and on it goes once there is room."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from serving import QUESTION, number_of, prepare, someone

from forecasts.settings import Settings
from forecasts.site import open_site
from forecasts.storage.verify import verify

TESTS = Path(__file__).parents[1]

SUBMITS_UNTIL_THE_DISK_IS_FULL = """
import resource, sys
from pathlib import Path
from serving import someone, submit
from forecasts.errors import DatabaseError
from forecasts.settings import Settings
from forecasts.site import open_site
url = sys.argv[1]
wal = Path(url.removeprefix("sqlite:///") + "-wal")
site = open_site(Settings(database=url))
submit(site, someone(0), 0)
for number in range(1, 4):
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size + 1000, resource.RLIM_INFINITY))
    try:
        submit(site, someone(0), 100 + number)
    except DatabaseError as error:
        print(error)
    print(len(site.store.forecasts.history("will-it-rain", "person-0")))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    submit(site, someone(0), number)
"""


def test_a_disk_that_is_full(tmp_path):
    pytest.importorskip("resource", reason="this system has no limits on files")
    path = tmp_path / "forecasts.db"
    url = f"sqlite:///{path}"
    prepare(url, people=1)
    done = subprocess.run(
        [sys.executable, "-c", SUBMITS_UNTIL_THE_DISK_IS_FULL, url],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    full = f"The disk failed while {path} was read or written; nothing was changed."
    assert done.stdout.splitlines() == [full, "1", full, "2", full, "3"]
    with closing(open_site(Settings(database=url)).store) as store:
        verify(store.engine)
        history = store.forecasts.history(QUESTION, someone(0).id)
        assert [number_of(one.probabilities) for one in history] == [0, 1, 2, 3]
