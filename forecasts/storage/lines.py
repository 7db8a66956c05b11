"""JSON Lines that others may have written: one object a line, in one form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from forecasts.domain.events import canonical
from forecasts.domain.shapes import mistakes
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from forecasts.domain.shapes import Rule

SHOWN = 20
"""So many mistakes are told one by one."""


class LinesError(ForecastsError):
    """A file with mistakes; the text has one a line, and how many more there are."""

    def __init__(self, name: str, first: Iterable[str], more: int) -> None:
        """Name the file, each of the first mistakes, and the number of the others."""
        rest = [f"… and {more} more"] if more else []
        told = "\n  ".join([*first, *rest])
        super().__init__(f"{name} cannot be imported, and nothing was:\n  {told}")


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says, and what is wrong with it."""

    number: int
    values: Any
    mistakes: list[str]

    @property
    def told(self) -> list[str]:
        """Each mistake with the number of the line."""
        return [f"line {self.number}: {mistake}" for mistake in self.mistakes]


def to_line(values: Mapping[str, object]) -> bytes:
    """A line of a file."""
    return f"{canonical(values)}\n".encode()


def read_line(number: int, line: bytes, shape: Mapping[str, Rule], *, sealed: bool = False) -> Line:
    """A line that shall have the fields of `shape`.

    Its form is looked at too, unless the file is `sealed`: the very one that was exported.
    """
    try:
        values = json.loads(line.decode())
    except UnicodeDecodeError:
        return Line(number, None, ["it must be UTF-8"])
    except (ValueError, RecursionError):
        cut = "" if line.endswith(b"\n") else "; it is cut short"
        return Line(number, None, [f"it must be JSON{cut}"])
    wrong = mistakes(values, shape)
    if not wrong and not sealed and to_line(values) != line:
        wrong = ["it must be written as an export writes it: keys sorted, no spaces"]
    return Line(number, values, wrong)


def refuse_mistakes(name: str, found: Iterator[str]) -> None:
    """Go through a file to its end; raises `LinesError` if there was any mistake."""
    first = list(islice(found, SHOWN))
    if first:
        raise LinesError(name, first, sum(1 for _ in found))
