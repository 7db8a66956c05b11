"""How well each way to aggregate serves simulated groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Figure, Size


def methods(size: Size) -> Iterator[Figure | str]:
    """Nothing yet."""
    yield f"methods: {size.groups}"
