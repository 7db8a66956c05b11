"""Every benchmark, or those named, on every engine, as lines of ratios: `make bench`."""

from __future__ import annotations

import sys

from benchmarks import BENCHMARKS, figures
from databases import URLS
from figures import FULL

for benchmark in sys.argv[1:] or BENCHMARKS:
    for engine in URLS:
        for figure in figures(benchmark, engine, FULL):
            print(figure, flush=True)
