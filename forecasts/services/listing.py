"""Listing: which questions a list shows, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecasts.domain.questions import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from forecasts.services.reporting import ListedQuestion

ORDERS: dict[str, Callable[[ListedQuestion], tuple[bool, float]]] = {
    "Closing soon": lambda row: (row.state is not State.OPEN, row.question.closes.timestamp()),
    "Newest": lambda row: (False, -row.question.opens.timestamp()),
    "Most forecasts": lambda row: (False, -row.forecasts),
    "Most disagreement": lambda row: (False, -row.disagreement),
}


def tags(rows: Sequence[ListedQuestion]) -> list[str]:
    """Every tag, in the order of the alphabet."""
    found = {tag for row in rows for tag in row.question.tags}
    return sorted(found, key=lambda tag: (tag.casefold(), tag))


def select(
    rows: Sequence[ListedQuestion],
    *,
    text: str = "",
    states: Collection[State] = (),
    tags: Collection[str] = (),
) -> list[ListedQuestion]:
    """The questions with all words of `text`, in one of `states`, with one of `tags`.

    Nothing given means all.
    """
    words = text.casefold().split()
    return [
        row
        for row in rows
        if all(word in _searched(row) for word in words)
        and (not states or row.state in states)
        and (not tags or not set(tags).isdisjoint(row.question.tags))
    ]


def arrange(
    rows: Sequence[ListedQuestion], *, order: str, waiting: Collection[str] = ()
) -> list[ListedQuestion]:
    """The questions by one of `ORDERS`; those whose ids are `waiting` come first."""
    return sorted(rows, key=lambda row: (row.question.id not in waiting, ORDERS[order](row)))


def waiting(rows: Sequence[ListedQuestion], forecast: Collection[str]) -> frozenset[str]:
    """The ids of open questions without a standing forecast, given those that have one."""
    return frozenset(
        row.question.id
        for row in rows
        if row.state is State.OPEN and row.question.id not in forecast
    )


def _searched(row: ListedQuestion) -> str:
    asked = row.question
    return " ".join((asked.title, asked.criteria, *asked.outcomes, *asked.tags)).casefold()
