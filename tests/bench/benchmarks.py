"""Every benchmark there is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crowds import crowds
from curves import curves
from databases import URLS
from methods import methods
from pages import pages
from points import points
from ranking import ranking
from writing import importing, processes, resolving_one, submitting, threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from figures import Figure, Size

STORED: dict[str, Callable[[str, Path, Size], Iterator[Figure]]] = {
    "submitting": submitting,
    "threads": threads,
    "processes": processes,
    "importing": importing,
    "resolving": resolving_one,
    "pages": pages,
}
"""Those that are run on every database."""

PURE: dict[str, Callable[[Size], Iterator[Figure | str]]] = {
    "points": points,
    "crowds": crowds,
    "curves": curves,
    "ranking": ranking,
    "methods": methods,
}
"""Those of the mathematics, which need none."""

BENCHMARKS = [*STORED, *PURE]


def figures(benchmark: str, size: Size) -> Iterator[Figure | str]:
    """What one benchmark measures, on every engine if it needs any."""
    if benchmark in PURE:
        yield from PURE[benchmark](size)
        return
    for engine in URLS:
        with TemporaryDirectory() as folder:
            yield from STORED[benchmark](engine, Path(folder), size)
