"""Every benchmark, or those named, as lines of ratios: `make bench`."""

from __future__ import annotations

import sys

from benchmarks import BENCHMARKS, figures
from figures import FULL
from machine import machine

print(machine())
for benchmark in sys.argv[1:] or BENCHMARKS:
    for figure in figures(benchmark, FULL):
        print(figure, flush=True)
