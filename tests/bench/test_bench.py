"""Every benchmark runs and measures something; how much is not asserted."""

from __future__ import annotations

import pytest
from benchmarks import BENCHMARKS, STORED, figures
from databases import URLS
from figures import TINY, Figure
from machine import PACKAGES, machine


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_it_measures_something(benchmark):
    lines = list(figures(benchmark, TINY))
    measured = [line for line in lines if isinstance(line, Figure)]
    assert all(map(str, lines))
    assert lines
    for figure in measured:
        assert figure.seconds > 0
        assert figure.base is None or figure.base > 0
        assert " 0 lost" in str(figure) or "lost" not in str(figure)
    if benchmark in STORED:
        assert {engine for engine in URLS for figure in measured if engine in figure.what} == {
            *URLS
        }


def test_a_figure_says_whether_it_is_good_enough():
    good = " ".join(str(Figure("reading", 0.002, "writing", 0.001, 2)).split())
    assert good == "reading 2.0 ms 2 x writing, 1.0 ms (at most 2: yes)"
    assert "(at most 1: NO)" in str(Figure("reading", 0.002, "writing", 0.001, 1))
    assert str(Figure("reading", 3, "alone")).split() == ["reading", "3.00", "s", "alone"]


def test_the_machine_is_named_with_its_versions():
    named = machine()
    assert all(package in named for package in PACKAGES)
    assert "cores" in named
