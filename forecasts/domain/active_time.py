"""Time in which forecasts counted, and what comparing them with each other adds up to in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from forecasts.domain.exact import fixed_point
from forecasts.domain.record import NEVER, microsecond
from forecasts.errors import InvalidValueError

if TYPE_CHECKING:
    from forecasts.domain.probability import Floats, Integers
    from forecasts.domain.record import Moment


@dataclass(frozen=True, slots=True)
class Horizon:
    """From opening to the scheduled close, in microseconds since 1970, and what counts of it.

    opens, closes: the horizon is [opens, closes). answer: when the answer was known, or NEVER;
    nothing counts from then on.
    """

    opens: int
    closes: int
    answer: int

    @classmethod
    def between(cls, opens: Moment, closes: Moment, known: Moment | None) -> Self:
        """The horizon of a question; raises InvalidValueError where it closes before it opens.

        >>> Horizon.between(np.datetime64(1, "us"), np.datetime64(9, "us"), None).length
        8
        """
        first, last = microsecond("opens", opens), microsecond("closes", closes)
        if first >= last:
            raise InvalidValueError("closes", "come after opens", closes)
        return cls(first, last, NEVER if known is None else microsecond("known", known))

    @property
    def length(self) -> int:
        """What scores are averaged over, in microseconds."""
        return self.closes - self.opens

    @property
    def end(self) -> int:
        """The close or the answer, whatever came first."""
        return min(self.closes, self.answer)

    @property
    def last(self) -> int:
        """When time stops to count: the end, but not before the opening."""
        return max(self.opens, self.end)

    def part(self, times: Integers | int) -> Floats:
        """Where in the horizon times in microseconds, any shape, lie: 0 at opening, 1 at close."""
        return np.asarray((times - self.opens) / self.length)

    def spot(self, moment: Moment | None) -> int:
        """The moment of the spot scores; the end if not given, and no later, or it is refused."""
        spot = self.end if moment is None else microsecond("spot", moment)
        if spot > self.end:
            raise InvalidValueError("spot", "come no later than the close and the answer", moment)
        return spot


@dataclass(frozen=True, slots=True)
class PeerIntegrals:
    """Running integrals by which any piece of any forecast's peer score is found at once.

    With n forecasts active and S the sum of their log scores, one of them with log score l has
    the peer score 100 · (l · n/(n−1) − S/(n−1)), and 0 where n = 1. So over any piece of its time
    it has 100 · (l · ΔA − ΔB), with A = ∫ n/(n−1) dt and B = ∫ S/(n−1) dt.

    logs: (N,), the log scores. moments: (M,), all changes, sorted.
    own, others: (M,), A and B at these moments; in between they are straight.
    at_start, at_stop: (N,), where among the moments each forecast starts and stops.
    """

    logs: Floats
    moments: Floats
    own: Floats
    others: Floats
    at_start: Integers
    at_stop: Integers

    @classmethod
    def over(cls, start: Floats, stop: Floats, ended_by: Integers, logs: Floats) -> Self:
        """The integrals of N forecasts that count from start, (N,), sorted, to stop, (N,).

        ended_by: (N,), what ended each, as a record says. Where one forecast replaced another
        there is one change, not two, so changes are few and almost sorted.
        """
        exact, unit = fixed_point(logs)
        rows = len(logs)
        times = np.concatenate([start, stop[ended_by >= rows]])
        order = np.argsort(times, kind="stable")
        moments = times[order]
        count, total = (
            np.cumsum(_changes(amounts, ended_by, len(times))[order])[:-1] for amounts in (1, exact)
        )
        share = np.diff(moments) * (count > 1) / np.maximum(count - 1, 1)
        own, others = np.zeros((2, len(times)))
        np.cumsum(count * share, out=own[1:])
        np.cumsum(total * (unit * share), out=others[1:])
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        logs = np.multiply(exact, unit)
        return cls(logs, moments, own, others, rank[:rows], rank[ended_by])

    def whole(self) -> Floats:
        """∫ peer score dt of each forecast over all its time, (N,), in points × time."""
        own, others = (
            reached[self.at_stop] - reached[self.at_start] for reached in (self.own, self.others)
        )
        return 100 * (self.logs * own - others)

    def pieces(self, row: Integers, begin: Floats, end: Floats) -> Floats:
        """The same of M pieces, (M,): of forecast `row` from `begin` to `end`, (M,) each."""
        own, others = (
            np.interp(end, self.moments, reached) - np.interp(begin, self.moments, reached)
            for reached in (self.own, self.others)
        )
        return 100 * (self.logs[row] * own - others)


def _changes(amounts: Integers | int, ended_by: Integers, changes: int) -> Integers:
    """What each change adds to and takes away from a sum over the active, (M,)."""
    by_change = np.zeros(changes, dtype=np.int64)
    by_change[ended_by] = np.negative(amounts)
    by_change[: len(ended_by)] += amounts
    return by_change
