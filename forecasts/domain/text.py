"""What a text may hold that people write for others to read."""

from __future__ import annotations

import unicodedata

LAYOUT = "\n\r\t"


def has_unseen(text: str) -> bool:
    r"""Whether a text has control characters (but for line breaks and tabs) or halves of others.

    >>> has_unseen("one line\nand another"), has_unseen("a bell\a")
    (False, True)
    """
    return any(
        unicodedata.category(character) in {"Cc", "Cs"}
        for character in text
        if character not in LAYOUT
    )
