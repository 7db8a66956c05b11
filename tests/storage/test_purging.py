"""When what could not be cleared at once is tried again."""

from __future__ import annotations

import pytest

from forecasts.storage import purging
from forecasts.storage.engine import BUSY, DatabaseError
from forecasts.storage.purging import REST, TRIES, Purging


class Clock:
    moment = 1000.0

    def monotonic(self):
        return self.moment

    def sleep(self, seconds):
        self.moment += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(purging, "time", clock)
    return clock


@pytest.fixture
def tried(clock):
    """Answers tries as it is told, and keeps when each was."""

    class Tried:
        answer = False

        def __init__(self):
            self.moments = []

        def __call__(self):
            self.moments.append(clock.moment)
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    return Tried()


def test_nothing_is_tried_again_that_was_done_or_never_asked_for(clock, tried):
    due = Purging()
    due.again(tried)
    tried.answer = True
    assert due.insist(tried)
    clock.moment += REST
    due.again(tried)
    assert tried.moments == [1000.0]


def test_it_is_tried_for_a_moment_then_after_a_rest_until_it_is_done(clock, tried):
    due = Purging()
    assert not due.insist(tried)
    assert len(tried.moments) == TRIES
    last = tried.moments[-1]
    due.again(tried)
    assert tried.moments[-1] == last
    for tried.answer in (False, True):
        clock.moment += REST
        due.again(tried)
        assert tried.moments[-1] == clock.moment
    clock.moment += REST
    due.again(tried)
    assert len(tried.moments) == TRIES + 2


def test_a_database_that_fails_is_not_pressed_and_harms_nobody(clock, tried):
    tried.answer = DatabaseError(BUSY)
    due = Purging()
    assert not due.insist(tried)
    clock.moment += REST
    due.again(tried)
    assert len(tried.moments) == 2
