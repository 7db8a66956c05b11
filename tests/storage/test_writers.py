"""Many who write at once, in one process and in several: everything is kept, nobody fails."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from serving import prepare, start, submit_for, times_of_submitting

from forecasts.settings import Settings
from forecasts.site import open_site
from forecasts.storage.verify import verify

SECONDS = 1.0


def check_all_kept(url, people, submissions):
    with closing(open_site(Settings(database=url)).store) as store:
        assert verify(store.engine).entries == people + 1 + sum(submissions)
        assert store.engine.rows("SELECT COUNT(*) FROM forecasts") == [(sum(submissions),)]
        assert store.engine.rows("SELECT forecasters FROM crowds") == [(people,)]


def test_threads(url):
    people = 32
    prepare(url, people)
    site = open_site(Settings(database=url))
    with closing(site.store), ThreadPoolExecutor(people) as pool:
        work = [pool.submit(times_of_submitting, site, me, SECONDS) for me in range(people)]
        submissions = [len(one.result(timeout=60)) for one in work]
    assert min(submissions) > 0
    check_all_kept(url, people, submissions)


def test_processes(url):
    people = 8
    prepare(url, people)
    pipes = [start(submit_for, url, me, SECONDS)[1] for me in range(people)]
    for pipe in pipes:
        pipe.send("go")
    submissions = [len(pipe.recv()) for pipe in pipes]
    assert min(submissions) > 0
    check_all_kept(url, people, submissions)
