"""A kill at any moment loses nothing that was confirmed, and nothing comes twice."""

from __future__ import annotations

import random
import threading
from collections import Counter
from contextlib import closing
from itertools import count

import pytest
from databases import URLS
from serving import QUESTION, answer, number_of, prepare, someone, start

from forecasts.settings import Settings
from forecasts.site import open_site
from forecasts.storage.verify import verify

KILLS = 50
LONGEST = 0.04
"""A server lives so many seconds at most after its first confirmation."""


@pytest.mark.parametrize("engine_name", URLS)
def test_what_was_confirmed_is_there_after_every_kill(engine_name, tmp_path):
    url = URLS[engine_name](tmp_path)
    prepare(url, people=1)
    draw, numbers, confirmed = random.Random(3), count(), set()
    for _ in range(KILLS):
        confirmed |= confirmed_before_the_kill(url, numbers, draw.uniform(0, LONGEST))
        kept = kept_numbers(url)
        assert set(kept) >= confirmed
        assert set(kept.values()) == {1}
    assert len(confirmed) >= KILLS


def confirmed_before_the_kill(url, numbers, life):
    """What a server confirms to its client until it is killed."""
    server, mine = start(answer, url)
    death = threading.Timer(life, server.kill)
    confirmed = set()
    try:
        while True:
            mine.send(next(numbers))
            confirmed.add(mine.recv())
            if len(confirmed) == 1:
                death.start()
    except (EOFError, ConnectionError):
        pass
    death.join()
    server.join()
    mine.close()
    return confirmed


def kept_numbers(url):
    """How often each number is kept, after a look at everything."""
    with closing(open_site(Settings(database=url)).store) as store:
        entries = verify(store.engine).entries
        kept = Counter(
            number_of(one.probabilities) for one in store.forecasts.history(QUESTION, someone(0).id)
        )
        assert entries == 2 + kept.total()
        return kept
