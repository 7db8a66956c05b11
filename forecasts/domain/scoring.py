"""Proper scores, at a moment and averaged over the horizon of a question."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecasts.domain.probability import Floats, Integers, check_vectors
from forecasts.domain.record import NEVER, ForecastRecord, microsecond, totals
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from forecasts.domain.record import Moment

__all__ = [
    "ForecastRecord",
    "ScoreTable",
    "baseline_score",
    "brier",
    "log_score",
    "peer_scores",
    "ranked_probability_score",
    "score_question",
    "spherical_score",
]


def brier(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """Half the squared distance between forecast and truth: 0…1, low is good.

    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...). For two outcomes it is the squared error of either probability.
    Raises InvalidValueError for a bad vector or index.
    Source: Brier 1950, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2, halved.

    >>> float(brier(forecast=[0.5, 0.5], outcome=0))
    0.25
    """
    vectors, happened = _read(forecast, outcome)
    return 0.5 * _square_sum(vectors - _truth(vectors, happened))


def log_score(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """The natural logarithm of the probability of what happened: −∞…0, high is good.

    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...); a probability of 0 gives −∞. Raises InvalidValueError for a bad vector or
    index. Source: Good 1952, doi 10.1111/j.2517-6161.1952.tb00104.x.

    >>> float(log_score(forecast=[1, 0], outcome=0))
    0.0
    """
    return _log(_given(*_read(forecast, outcome)))


def spherical_score(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """The probability of what happened over the length of the vector: 0…1, high is good.

    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...). Raises InvalidValueError for a bad vector or index.
    Source: Gneiting & Raftery 2007, doi 10.1198/016214506000001437.

    >>> float(spherical_score(forecast=[0, 1], outcome=1))
    1.0
    """
    vectors, happened = _read(forecast, outcome)
    return _given(vectors, happened) / np.sqrt(_square_sum(vectors))


def ranked_probability_score(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """The mean squared distance of the cumulative forecast from the truth: 0…1, low is good.

    For outcomes in an order, such as the bins of a number: being near is worth something.
    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...). Raises InvalidValueError for a bad vector or index.
    Source: Epstein 1969, doi 10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2, as the quadratic
    form over K − 1 cuts of Murphy 1971, doi 10.1175/1520-0450(1971)010<0155:ANOTRP>2.0.CO;2.

    >>> float(ranked_probability_score(forecast=[0, 1, 0], outcome=2))
    0.5
    """
    vectors, happened = _read(forecast, outcome)
    cuts: int = vectors.shape[-1] - 1
    misses = np.cumsum(vectors - _truth(vectors, happened), axis=-1)[..., :cuts]
    return _square_sum(misses) / cuts


def baseline_score(*, forecast: ArrayLike, outcome: ArrayLike) -> Floats:
    """Points against giving every outcome the same: −∞…100, high is good, uniform gives 0.

    100 · ln(p* · K) / ln K with p* the probability of what happened among K outcomes.
    forecast: (..., K) probabilities. outcome: the index of what happened, or (...) indices.
    Sends back (...); a probability of 0 gives −∞. Raises InvalidValueError for a bad vector or
    index. Source: the baseline score of Metaculus, an affine log score.

    >>> float(baseline_score(forecast=[0.25, 0.25, 0.25, 0.25], outcome=3))
    0.0
    """
    vectors, happened = _read(forecast, outcome)
    outcomes: int = vectors.shape[-1]
    return 100 * _log(_given(vectors, happened) * outcomes) / math.log(outcomes)


def peer_scores(*, forecasts: ArrayLike, outcome: int) -> Floats:
    """Points of each of N people against the mean log score of the others: they sum to 0.

    forecasts: (N, K) probabilities, everybody active at one moment. outcome: an index.
    Sends back (N,), high is good; one alone gets 0. Raises InvalidValueError for a bad vector or
    index, and where somebody gave 0 to what happened, since nobody can be compared with −∞.
    Source: the peer score of Metaculus.

    >>> peer_scores(forecasts=[[0.1, 0.9], [0.9, 0.1]], outcome=0).round(4).tolist()
    [-219.7225, 219.7225]
    """
    logs = _finite_logs(*_read(forecasts, outcome))
    if len(logs) <= 1:
        return np.zeros_like(logs)
    others = (np.sum(logs) - logs) / (len(logs) - 1)
    return 100 * (logs - others)


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """What one question gave each of P people; every field is an array (P,), one row a code.

    person: the codes 0…P−1. coverage: the part of the horizon with a forecast, 0…1.
    baseline, peer: points, averaged over the whole horizon; a time without a forecast counts 0.
    brier, log, spherical, ranked_probability: averaged over the person's own active time;
    NaN at coverage 0. spot_baseline, spot_peer: points at one moment, 0 for those absent;
    spot_coverage: 1 for those who had a forecast at that moment, 0 for the others.
    """

    person: Integers
    coverage: Floats
    brier: Floats
    log: Floats
    spherical: Floats
    ranked_probability: Floats
    baseline: Floats
    peer: Floats
    spot_baseline: Floats
    spot_peer: Floats
    spot_coverage: Floats


def score_question(
    record: ForecastRecord,
    *,
    outcome: int,
    opens: Moment,
    closes: Moment,
    known: Moment | None = None,
    spot: Moment | None = None,
) -> ScoreTable:
    """Every score of everybody on one resolved question.

    outcome: the index of what happened. The horizon runs from `opens` to `closes`, the scheduled
    close; what stood before it counts from `opens`, and nothing counts from `known` on, when the
    answer was known. `spot`: the moment of the spot scores, by default the earlier of `closes`
    and `known`; a forecast made exactly then counts, unless the answer was known.
    Each score is ∫ score dt over the horizon (points) or over the active time (the others).

    Raises InvalidValueError where the times are out of order, where `outcome` is no index, and
    where any forecast gave 0 to what happened.

    >>> record = ForecastRecord(
    ...     person=np.array([0]),
    ...     start=np.array(["2026-01-06"], dtype="datetime64[us]"),
    ...     end=np.array(["NaT"], dtype="datetime64[us]"),
    ...     forecasts=np.array([[0.9, 0.1]]),
    ... )
    >>> opens, closes = np.datetime64("2026-01-01"), np.datetime64("2026-01-11")
    >>> table = score_question(record, outcome=0, opens=opens, closes=closes)
    >>> table.coverage, table.baseline.round(4)
    (array([0.5]), array([42.3998]))
    """
    horizon = _horizon(opens, closes, known)
    person = np.arange(record.people)
    over_time = _over_time(record, outcome, horizon)
    return ScoreTable(person=person, **over_time, **_at_spot(record, outcome, horizon, spot))


@dataclass(frozen=True, slots=True)
class _Horizon:
    first: int
    last: int
    answer: int

    @property
    def end(self) -> int:
        return min(self.last, self.answer)


def _horizon(opens: Moment, closes: Moment, known: Moment | None) -> _Horizon:
    first, last = microsecond("opens", opens), microsecond("closes", closes)
    if first >= last:
        raise InvalidValueError("closes", "come after opens", closes)
    return _Horizon(first, last, NEVER if known is None else microsecond("known", known))


_DESCRIPTIVE = {
    "brier": brier,
    "log": log_score,
    "spherical": spherical_score,
    "ranked_probability": ranked_probability_score,
}


def _over_time(record: ForecastRecord, outcome: int, horizon: _Horizon) -> dict[str, Floats]:
    said: dict[str, ArrayLike] = {"forecast": record.forecasts, "outcome": outcome}
    logs = _finite_logs(*_read(**said))
    end = max(horizon.first, horizon.end)
    start, stop = (np.clip(times, horizon.first, end) for times in record.spans())
    length = horizon.last - horizon.first
    active = (stop - start) / length

    def total(amounts: Floats) -> Floats:
        return totals(record.person, amounts, record.people)

    coverage = total(active)
    descriptive = {
        name: _ratio(total(score(**said) * active), coverage)
        for name, score in _DESCRIPTIVE.items()
    }
    return {
        "coverage": coverage,
        **descriptive,
        "baseline": total(baseline_score(**said) * active),
        "peer": total(_peer_integrals(start, stop, logs) / length),
    }


def _at_spot(
    record: ForecastRecord, outcome: int, horizon: _Horizon, spot: Moment | None
) -> dict[str, Floats]:
    moment = horizon.end if spot is None else microsecond("spot", spot)
    if moment > horizon.end:
        raise InvalidValueError("spot", "come no later than the close and the answer", spot)
    start, end = record.spans()
    there = (np.maximum(start, horizon.first) <= moment) & (moment < end) & (start < horizon.answer)
    forecasts = record.forecasts[there]
    scores = {
        "spot_baseline": baseline_score(forecast=forecasts, outcome=outcome),
        "spot_peer": peer_scores(forecasts=forecasts, outcome=outcome),
        "spot_coverage": np.ones(len(forecasts)),
    }
    person, people = record.person[there], record.people
    return {name: totals(person, score, people) for name, score in scores.items()}


def _peer_integrals(start: Integers, stop: Integers, logs: Floats) -> Floats:
    """∫ peer score dt of each row from start to stop, (N,), in points × microseconds.

    With n people active and S the sum of their log scores, a row's peer score is
    100 · (log · n/(n−1) − S/(n−1)), so two running integrals over all changes serve every row.
    """
    exact, unit = _fixed_point(logs)
    times = np.concatenate([start, stop])
    order = np.argsort(times)
    lasts = np.diff(times[order], append=stop.max(initial=0))
    count = np.cumsum(np.repeat([1, -1], len(logs))[order])
    total = np.cumsum(np.concatenate([exact, -exact])[order])
    share = np.where(count > 1, lasts / np.maximum(count - 1, 1), 0)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    own, others = (
        _between(rank, np.cumsum(rate)) for rate in (count * share, total * unit * share)
    )
    return 100 * (exact * unit * own - others)


def _between(rank: Integers, reached: Floats) -> Floats:
    """How much a running integral grows from each row's start to its stop."""
    before: Floats = np.concatenate([[0.0], reached])[rank]
    rows = len(rank) // 2
    return before[rows:] - before[:rows]


def _fixed_point(values: Floats) -> tuple[Integers, float]:
    """The values as whole numbers of a unit, as fine as lets their sums be exact.

    Adding and taking away floats in turn would leave the errors of the many in sums of the few.
    """
    size = np.ceil(np.log2(max(np.abs(values).sum(), 1)))
    unit = 2.0 ** (size - 62)
    return np.rint(values / unit).astype(np.int64), float(unit)


def _ratio(totals: Floats, coverage: Floats) -> Floats:
    return np.divide(totals, coverage, out=np.full_like(totals, np.nan), where=coverage > 0)


def _read(forecast: ArrayLike, outcome: ArrayLike) -> tuple[Floats, Integers]:
    vectors, index = check_vectors("forecast", forecast), np.asarray(outcome)
    outcomes = vectors.shape[-1]
    fits = index.dtype.kind in "iu" and index.shape in ((), vectors.shape[:-1])
    if not fits or index.min(initial=0) < 0 or index.max(initial=0) >= outcomes:
        raise InvalidValueError("outcome", f"be an index from 0 to {outcomes - 1}", outcome)
    return vectors, np.broadcast_to(index, vectors.shape[:-1])


def _truth(vectors: Floats, happened: Integers) -> Floats:
    return np.equal(np.arange(vectors.shape[-1]), happened[..., np.newaxis]).astype(np.float64)


def _given(vectors: Floats, happened: Integers) -> Floats:
    return np.take_along_axis(vectors, happened[..., np.newaxis], axis=-1)[..., 0]


def _square_sum(values: Floats) -> Floats:
    sums: Floats = np.square(values).sum(axis=-1)
    return sums


def _log(values: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.log(values)


def _finite_logs(vectors: Floats, happened: Integers) -> Floats:
    given = _given(vectors, happened)
    if not given.all():
        raise InvalidValueError("A forecast to compare", "give what happened more than 0", 0)
    return np.log(given)
