"""Many entries projected at once: what an import writes, a block at a time."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from forecasts.domain.events import ForecastMade, ForecastWithdrawn
from forecasts.storage.crowds import CrowdSums, keep_crowds, read_crowd
from forecasts.storage.projections import INSERT_FORECAST, project

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecasts.storage.engine import Engine
    from forecasts.storage.journal import Entry, Sealed

    Said = tuple[int, tuple[float, ...]]


class Projector:
    """Does to the tables what `project` does with each entry in turn.

    It knows who stands on the questions it has met, so that runs of forecasts, of which there
    are the most, need no look at the tables; they are written a block at a time. Nobody else
    may write meanwhile: it lives within one transaction.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._standing: dict[str, dict[str, Said]] = {}
        self._crowds: dict[str, CrowdSums] = {}

    def project(self, block: Iterable[Sealed]) -> None:
        """Write what follows from the next entries."""
        for forecasts, run in groupby(block, key=_is_forecast):
            if forecasts:
                self._forecasts(run)
            else:
                for _, entry in run:
                    project(self._engine, entry)

    def _forecasts(self, run: Iterable[Sealed]) -> None:
        made: dict[int, dict[str, object]] = {}
        ended: list[dict[str, object]] = []
        last: dict[str, int] = {}
        for (_, at, *_), entry in run:
            question = entry.event.subject
            self._meet(question)
            before = self._standing[question].pop(entry.actor, None)
            after = _probabilities(entry)
            if before is not None and before[0] in made:
                made[before[0]]["ends"] = at
            elif before is not None:
                ended.append({"id": before[0], "ends": at})
            if after is not None:
                self._standing[question][entry.actor] = (entry.id, after)
                made[entry.id] = _row(entry, at, after)
            self._crowds[question].move(None if before is None else before[1], after)
            last[question] = entry.id
        self._write(made, ended, last)

    def _meet(self, question_id: str) -> None:
        if question_id in self._standing:
            return
        rows = self._engine.rows(
            """
            SELECT person, id, probabilities
            FROM forecasts
            WHERE question = :question AND ends IS NULL
            """,
            question=question_id,
        )
        self._standing[question_id] = {
            person_id: (number, tuple(json.loads(probabilities)))
            for person_id, number, probabilities in rows
        }
        self._crowds[question_id] = read_crowd(self._engine, question_id)

    def _write(
        self,
        made: dict[int, dict[str, object]],
        ended: list[dict[str, object]],
        last: dict[str, int],
    ) -> None:
        self._engine.many("UPDATE forecasts SET ends = :ends WHERE id = :id", ended)
        self._engine.many(INSERT_FORECAST, made.values())
        self._engine.many(
            "UPDATE questions SET last_entry = :entry WHERE id = :id",
            ({"id": question_id, "entry": number} for question_id, number in last.items()),
        )
        keep_crowds(self._engine, ((one, self._crowds[one]) for one in last))


def _is_forecast(sealed: Sealed) -> bool:
    return type(sealed[1].event) in {ForecastMade, ForecastWithdrawn}


def _probabilities(entry: Entry) -> tuple[float, ...] | None:
    return entry.event.probabilities if isinstance(entry.event, ForecastMade) else None


def _row(entry: Entry, at: str, probabilities: tuple[float, ...]) -> dict[str, object]:
    return {
        "id": entry.id,
        "question": entry.event.subject,
        "person": entry.actor,
        "starts": at,
        "ends": None,
        "probabilities": f"[{', '.join(map(repr, probabilities))}]",
    }
