"""Every benchmark there is."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pages import pages
from writing import importing, processes, resolving_one, submitting, threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from figures import Figure, Size

    Benchmark = Callable[[str, Path, Size], Iterator[Figure]]

BENCHMARKS: dict[str, Benchmark] = {
    "submitting": submitting,
    "threads": threads,
    "processes": processes,
    "importing": importing,
    "resolving": resolving_one,
    "pages": pages,
}


def figures(benchmark: str, engine: str, size: Size) -> Iterator[Figure]:
    """What one benchmark measures on one engine."""
    with TemporaryDirectory() as folder:
        yield from BENCHMARKS[benchmark](engine, Path(folder), size)
