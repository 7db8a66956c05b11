"""How fast crowd forecasts are made, at every change and thinned for drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from figures import Figure, Size


def crowds(size: Size) -> Iterator[Figure | str]:
    """Nothing yet."""
    yield f"crowds: {size.groups}"
