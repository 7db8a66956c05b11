"""The real records of replication markets, where they lie beside the project."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

STUDIES = Path(__file__).parents[1].parent / "shared" / "data" / "replication-markets"


def read(name):
    if not STUDIES.is_dir():
        pytest.skip(f"the records of replication markets are absent: no {STUDIES}")
    with (STUDIES / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
