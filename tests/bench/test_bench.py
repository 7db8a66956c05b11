"""Every benchmark runs on every engine and measures something; how much is not asserted."""

from __future__ import annotations

import pytest
from benchmarks import BENCHMARKS, figures
from databases import URLS
from figures import TINY, Figure


@pytest.mark.parametrize("engine", URLS)
@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_it_measures_something(benchmark, engine):
    measured = list(figures(benchmark, engine, TINY))
    assert measured
    for figure in measured:
        assert figure.seconds > 0
        assert figure.base is None or figure.base > 0
        assert engine in str(figure)
        assert " 0 lost" in str(figure) or "lost" not in str(figure)


def test_a_figure_says_whether_it_is_good_enough():
    good = " ".join(str(Figure("reading", 0.002, "writing", 0.001, 2)).split())
    assert good == "reading 2.0 ms 2.00 x writing, 1.0 ms (at most 2: yes)"
    assert "(at most 1: NO)" in str(Figure("reading", 0.002, "writing", 0.001, 1))
    assert str(Figure("reading", 3, "alone")).split() == ["reading", "3.00", "s", "alone"]
