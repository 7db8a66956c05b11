"""Which characters a text may not hide."""

from __future__ import annotations

import pytest

from forecasts.domain.text import has_unseen


@pytest.mark.parametrize("text", ["", "a\nb\r\n\tc", "Größe 1 €", "👩‍👩‍👧", "שלום\u200f"])
def test_what_people_write(text):
    assert not has_unseen(text)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_what_nobody_sees(character):
    assert has_unseen(f"a{character}b")
