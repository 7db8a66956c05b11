"""Whoever has waited longest is next."""

from __future__ import annotations

import threading

import pytest

from forecasts.storage.engine import BUSY, DatabaseError
from forecasts.storage.turns import Turns


def wait_in_line(turns, name, served, place):
    def take():
        with turns.turn():
            served.append(name)

    thread = threading.Thread(target=take)
    thread.start()
    while len(turns._waiting) < place:
        thread.join(0.001)
    return thread


def test_turns_come_in_the_order_of_asking():
    turns, served = Turns(), []
    with turns.turn():
        threads = [wait_in_line(turns, name, served, name + 1) for name in range(20)]
        assert served == []
    for thread in threads:
        thread.join()
    assert served == list(range(20))


def test_who_asks_again_at_once_comes_after_those_who_wait():
    turns, served = Turns(), []
    with turns.turn():
        threads = [wait_in_line(turns, name, served, name + 1) for name in range(3)]
    with turns.turn():
        served.append("again")
    for thread in threads:
        thread.join()
    assert served == [0, 1, 2, "again"]


def test_an_error_hands_the_turn_on():
    turns = Turns()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.turn():
            _ = 1 / 0
    assert not turns._taken


def test_who_waits_too_long_leaves_the_line():
    turns, served = Turns(), []
    with turns.turn():
        for _ in range(2):
            with pytest.raises(DatabaseError) as caught, turns.turn(0.01):
                served.append("too late")
            assert str(caught.value) == BUSY
        patient = wait_in_line(turns, "patient", served, 1)
    patient.join()
    assert served == ["patient"]
    assert not turns._taken


def test_a_turn_that_comes_in_the_last_moment_is_taken():
    turns = Turns()
    mine = threading.Lock()
    turns._taken = True
    turns._give_up(mine)
    turns._hand_on()
    assert not turns._taken
