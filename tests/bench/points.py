"""How fast all scores of one question are made, and those of a thousand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Figure, Size


def points(size: Size) -> Iterator[Figure | str]:
    """Nothing yet."""
    yield f"points: {size.groups}"
