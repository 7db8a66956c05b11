"""Whoever has waited longest is next."""

from __future__ import annotations

import threading

import pytest

from forecasts.storage.turns import Turns


def wait_in_line(turns, name, served, place):
    def take():
        with turns:
            served.append(name)

    thread = threading.Thread(target=take)
    thread.start()
    while len(turns._waiting) < place:
        thread.join(0.001)
    return thread


def test_turns_come_in_the_order_of_asking():
    turns, served = Turns(), []
    with turns:
        threads = [wait_in_line(turns, name, served, name + 1) for name in range(20)]
        assert served == []
    for thread in threads:
        thread.join()
    assert served == list(range(20))


def test_who_asks_again_at_once_comes_after_those_who_wait():
    turns, served = Turns(), []
    with turns:
        threads = [wait_in_line(turns, name, served, name + 1) for name in range(3)]
    with turns:
        served.append("again")
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, "again"]


def test_an_error_hands_the_turn_on():
    turns = Turns()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns:
            _ = 1 / 0
    assert not turns._taken
