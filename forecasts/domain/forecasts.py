"""What was said about a question, by whom, and what it scored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """One person's probabilities for the outcomes of a question, from `starts` until `ends`."""

    id: int
    question: str
    person: str
    starts: datetime
    ends: datetime | None
    probabilities: tuple[float, ...]

    @property
    def stands(self) -> bool:
        """Whether it was neither replaced nor withdrawn."""
        return self.ends is None


@dataclass(frozen=True, slots=True)
class StandingForecast:
    """What somebody says now, by their name, and since when."""

    name: str
    since: datetime
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """Somebody else's probabilities for a question, read at a moment."""

    source: str
    url: str
    at: datetime
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """What one question gave one person; Brier and log are None where they had no coverage."""

    question: str
    person: str
    coverage: float
    brier: float | None
    log: float | None
    baseline: float
    peer: float
