"""Scoreboard: how good people and the crowd were, over all resolved questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecasts.domain.calibration import Reliability, reliability
from forecasts.domain.standings import Standings, ranks, standings
from forecasts.services.reporting import check_reader
from forecasts.storage.scores import CROWD, PERSON

if TYPE_CHECKING:
    from forecasts.domain.people import Person
    from forecasts.domain.probability import Integers
    from forecasts.site import Site


@dataclass(frozen=True, slots=True)
class StandingsReport:
    """Who did how well: a name for each row of the table, and over how many questions."""

    names: tuple[str, ...]
    table: Standings
    questions: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """A way to rank people: by a column of the standings, and what it means in a sentence."""

    column: str
    higher_is_better: bool
    explained: str


RANKINGS = {
    "Mean peer": Ranking(
        "mean_peer",
        higher_is_better=True,
        explained="Peer points for each question covered, with three questions at 0 added, "
        "so that one lucky question does not win.",
    ),
    "Total peer": Ranking(
        "total_peer",
        higher_is_better=True,
        explained="All peer points together: being better than the others, often.",
    ),
    "Baseline": Ranking(
        "baseline",
        higher_is_better=True,
        explained="All points against giving every outcome the same probability.",
    ),
    "Brier": Ranking(
        "brier",
        higher_is_better=False,
        explained="The mean Brier score over scored questions; lower is better.",
    ),
}
"""By what the standings can be ranked; the first is the default."""


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """How stated probabilities compare with what happened; None before anything is scored."""

    reliability: Reliability | None
    questions: int


def ranking(site: Site, person: Person | None) -> StandingsReport:
    """The standings over every resolved question."""
    check_reader(site, person)
    totals = site.store.scores.totals()
    table = standings(
        questions=[one.questions for one in totals],
        coverage=[one.coverage for one in totals],
        peer=[one.peer for one in totals],
        baseline=[one.baseline for one in totals],
        brier=[one.brier for one in totals],
    )
    return StandingsReport(
        names=tuple(one.name for one in totals),
        table=table,
        questions=site.store.scores.questions(),
    )


def places(report: StandingsReport, by: str) -> Integers:
    """Everybody's rank by one of `RANKINGS`, 1 for the best; ties share one."""
    ranking = RANKINGS[by]
    values = getattr(report.table, ranking.column)
    return ranks(values, higher_is_better=ranking.higher_is_better)


def crowd_calibration(site: Site, person: Person | None, method: str) -> CalibrationReport:
    """How well the crowd forecast by `method` is calibrated."""
    check_reader(site, person)
    return _calibration(site, CROWD + method)


def person_calibration(site: Site, person: Person | None, of: str) -> CalibrationReport:
    """How well the person with the id `of` is calibrated."""
    check_reader(site, person)
    return _calibration(site, PERSON + of)


def scored_people(site: Site, person: Person | None) -> list[Person]:
    """Everybody with a score, by name."""
    check_reader(site, person)
    return site.store.people.scored()


def _calibration(site: Site, series: str) -> CalibrationReport:
    counts = site.store.scores.counts(series)
    if not counts.probability.size:
        return CalibrationReport(None, 0)
    curve = reliability(
        forecast=counts.probability,
        happened=counts.happened,
        weight=counts.weight,
        question=counts.question,
    )
    return CalibrationReport(curve, int(counts.question.max()) + 1)
