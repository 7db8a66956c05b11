"""From scores to ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasts.domain.probability import check_array, check_count, check_number, check_numbers
from forecasts.domain.record import totals
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from forecasts.domain.probability import Floats, Integers

DECIMALS = 9
"""Scores that agree to so many decimals are a tie; beyond them lies noise of binary arithmetic."""


@dataclass(frozen=True, slots=True)
class Standings:
    """What P people have over all their questions; every field is an array (P,).

    questions: on how many they had a forecast that counted.
    coverage: the sum of their coverages. total_peer: Σ peer. mean_peer: Σ peer / (k + Σ coverage).
    baseline: Σ baseline. brier: the mean over those questions, NaN without any.
    profit: what the play-money markets brought, in the unit it was given in; NaN if never given.
    Sums that are 0 but for noise of binary arithmetic are 0, never −0. Source: as for `standings`.
    """

    questions: Integers
    coverage: Floats
    total_peer: Floats
    mean_peer: Floats
    baseline: Floats
    brier: Floats
    profit: Floats


def standings(
    *,
    questions: ArrayLike,
    coverage: ArrayLike,
    peer: ArrayLike,
    baseline: ArrayLike,
    brier: ArrayLike,
    profit: ArrayLike | None = None,
    k: float = 3.0,
) -> Standings:
    """What everybody has over all questions, from the sums over those on which they counted.

    questions: (P,), on how many each of P people had a forecast that counted, 0 or more.
    coverage, peer, baseline, brier: (P,), the sums of these scores over those questions. profit:
    (P,), money from markets, NaN where there is none. k > 0: how many questions' worth of
    coverage at 0 points everybody starts from, so that one lucky question does not win.
    Raises InvalidValueError for columns of different shapes, counts that are negative or not
    whole, sums that are not finite, coverage below 0 and k ≤ 0.
    Source: our own; the mean is the Bayesian average with k observations at 0 put before the rest.

    >>> table = standings(questions=[2], coverage=[1.5], peer=[40], baseline=[70], brier=[0.3])
    >>> table.mean_peer.round(4), table.brier
    (array([8.8889]), array([0.15]))
    """
    if not check_number("k", k) > 0:
        raise InvalidValueError("k", "be more than 0", k)
    counts = _counts(questions)
    columns = {"coverage": coverage, "peer": peer, "baseline": baseline, "brier": brier}
    sums = {name: _finite(name, column, counts.shape) for name, column in columns.items()}
    covered = _not_negative("coverage", sums["coverage"])
    none = np.full_like(covered, np.nan)
    return Standings(
        questions=counts,
        coverage=covered,
        total_peer=_tidy(sums["peer"]),
        mean_peer=_tidy(sums["peer"] / (k + covered)),
        baseline=_tidy(sums["baseline"]),
        brier=np.divide(sums["brier"], counts, out=none.copy(), where=counts > 0),
        profit=none if profit is None else _tidy(_column("profit", profit, counts.shape)),
    )


def standings_from_scores(
    *,
    person: ArrayLike,
    coverage: ArrayLike,
    peer: ArrayLike,
    baseline: ArrayLike,
    brier: ArrayLike,
    people: int | None = None,
    profit: ArrayLike | None = None,
    k: float = 3.0,
) -> Standings:
    """What everybody has over all questions, from S scores: one row a person and question.

    person: (S,), codes 0…P−1. coverage, peer, baseline, brier: (S,), what one question gave that
    person. Scores with coverage 0 do not count, whatever they are. people: P, by default one
    more than the largest code; who has no scores stands with 0 questions. profit: (P,), NaN where
    there is none. k > 0: as for `standings`.
    Raises InvalidValueError for columns of different shapes, codes out of range, people that are
    no whole number from 0, coverage below 0, scores that count and are not finite, and k ≤ 0.
    Source: as for `standings`.

    >>> scores = {"person": [0, 1, 0], "coverage": [1, 0.5, 0.5], "peer": [30, -5, 10]}
    >>> table = standings_from_scores(**scores, baseline=[50, 0, 20], brier=[0.1, 0.3, 0.2])
    >>> table.questions, table.total_peer, table.mean_peer.round(4)
    (array([2, 1]), array([40., -5.]), array([ 8.8889, -1.4286]))
    """
    codes = _codes(person, people)
    covered = _not_negative("coverage", _column("coverage", coverage, codes.shape))
    counting = slice(None) if covered.all() else covered > 0
    size = int(codes.max(initial=-1)) + 1 if people is None else people
    scores = {"coverage": covered, "peer": peer, "baseline": baseline, "brier": brier}
    sums = {
        name: _sums(name, codes[counting], _column(name, column, codes.shape)[counting], size)
        for name, column in scores.items()
    }
    questions = np.bincount(codes[counting], minlength=size)
    return standings(questions=questions, **sums, profit=profit, k=k)


def ranks(
    values: ArrayLike,
    *,
    higher_is_better: bool = True,
    questions: ArrayLike | None = None,
    at_least: int = 0,
    bots: ArrayLike | None = None,
) -> Integers:
    """The rank of each of N values, (N,), the best 1; ties share one: 1, 2, 2, 4.

    Values that agree to 9 decimals tie. NaN stands for no value: all of them share the last rank.
    questions: (N,) counts; who has fewer than `at_least` has no rank, which is 0, and takes none
    away. bots: (N,) of bool; they are ranked among themselves, from 1, and people as if there
    were no bots.
    Raises InvalidValueError unless `values` is one row of numbers, for other shapes of the rest,
    and for `at_least` without questions. Source: standard competition ranking, "1224".

    >>> ranks([10, 40, 20, 20, float("nan")])
    array([4, 1, 2, 2, 5])
    >>> ranks([10, 40, 20], questions=[5, 1, 5], at_least=3)
    array([2, 0, 1])
    >>> ranks([10, 40, 20], bots=[False, True, False])
    array([2, 1, 1])
    """
    numbers = _rounded(check_numbers("values", values))
    if numbers.ndim != 1:
        raise InvalidValueError("values", "be one row of numbers", f"shape {numbers.shape}")
    if questions is None and at_least > 0:
        raise InvalidValueError("at_least", "come with questions", at_least)
    costs = np.asarray(-numbers if higher_is_better else numbers, dtype=np.float64)
    enough = _flags("questions", _enough(questions, at_least), costs.shape, default=True)
    apart = _flags("bots", bots, costs.shape, default=False)
    found = np.zeros(costs.shape, dtype=np.int64)
    for group in (enough & ~apart, enough & apart):
        found[group] = _places(costs[group])
    return found


def _rounded(values: Floats) -> Floats:
    """Numbers to so many decimals; those too large to have any stay as they are."""
    with np.errstate(over="ignore"):
        rounded: Floats = np.round(values, DECIMALS)
    return np.where(np.isinf(rounded), values, rounded)


def _places(costs: Floats) -> Integers:
    """The rank of each cost, the least 1.

    Each takes the rank of the first like it in order, and so costs no search of its own.
    """
    order = np.argsort(costs)
    ordered = costs[order]
    new = ~((ordered[1:] == ordered[:-1]) | np.isnan(ordered[:-1]))
    first = np.concatenate([[True], new])[: len(costs)]
    place = np.empty(len(costs), dtype=np.int64)
    place[order] = np.maximum.accumulate(np.where(first, np.arange(1, len(costs) + 1), 0))
    return place


def _enough(questions: ArrayLike | None, at_least: int) -> ArrayLike | None:
    return None if questions is None else _counts(questions) >= at_least


def _flags(
    name: str, given: ArrayLike | None, shape: tuple[int, ...], *, default: bool
) -> NDArray[np.bool_]:
    if given is None:
        return np.full(shape, default)
    flags = check_array(name, given, kinds="b", rule="say yes or no, True or False")
    return _shaped(name, flags, shape).astype(np.bool_, copy=False)


def _tidy(sums: Floats) -> Floats:
    return np.where(np.abs(sums) < 0.5 * 10.0**-DECIMALS, 0.0, sums)


def _sums(name: str, codes: Integers, scores: Floats, size: int) -> Floats:
    sums = totals(codes, scores, size)
    if not np.isfinite(sums).all():
        wrong = scores[~np.isfinite(scores)]
        raise InvalidValueError(name, "be finite where it counts", wrong[0] if wrong.size else sums)
    return sums


def _codes(person: ArrayLike, people: int | None) -> Integers:
    codes = _whole("person", person, "be one row of codes")
    most = np.inf if people is None else check_count("people", people) - 1
    for code in (codes.min(initial=0), codes.max(initial=0)):
        if codes.size and not 0 <= code <= most:
            raise InvalidValueError("person", f"be codes from 0 to {most}", code)
    return codes


def _counts(questions: ArrayLike) -> Integers:
    rule = "be one row of counts from 0"
    counts = _whole("questions", questions, rule)
    if counts.min(initial=0) < 0:
        raise InvalidValueError("questions", rule, counts.min())
    return counts


def _whole(name: str, values: ArrayLike, rule: str) -> Integers:
    """One row of whole numbers; what is too large for one comes out below 0."""
    row = check_array(name, values, kinds="iu", rule=rule).astype(np.int64, copy=False)
    if row.ndim != 1:
        raise InvalidValueError(name, rule, f"shape {row.shape}")
    return row


def _column(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    return _shaped(name, check_numbers(name, values), shape)


def _shaped(name: str, column: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if column.shape != shape:
        raise InvalidValueError(name, f"have the shape {shape}", f"shape {column.shape}")
    return column


def _finite(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    column = _column(name, values, shape)
    if not np.isfinite(column).all():
        raise InvalidValueError(name, "be finite", column[~np.isfinite(column)][0])
    return column


def _not_negative(name: str, column: Floats) -> Floats:
    if not column.min(initial=0) >= 0:
        raise InvalidValueError(name, "be 0 or more", column[~(column >= 0)][0])
    return column
