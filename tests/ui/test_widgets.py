"""How pages say numbers and what people wrote."""

from __future__ import annotations

import string

import pytest

from forecasts.domain.forecasts import Score
from forecasts.ui import widgets

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def test_points_have_a_sign():
    assert widgets.points(12.344) == "+12.34"
    assert widgets.points(-0.5) == f"{MINUS}0.50"


def test_a_score_without_coverage_has_no_brier():
    without = Score("rain", "fay", 0.0, None, None, 0.0, 0.0)
    assert "Brier" not in widgets.score_line(without)
    scored = Score("rain", "fay", 0.5, 0.04, -0.2, 40.0, -12.5)
    assert widgets.score_line(scored) == (
        f"peer **{MINUS}12.50** · baseline **+40.00** · Brier **0.040** · coverage **50{NBSP}%**"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [(None, None), (0.0, 0), (-0.0004, 0), (0.03, "+3"), (-0.005, "-0.5"), (0.125, "+12.5")],
)
def test_a_move_is_in_points(change, said):
    assert widgets.move(change) == said


def test_plain_text_escapes_all_that_markdown_could_read():
    assert widgets.plain(string.punctuation) == "".join(f"\\{one}" for one in string.punctuation)
    assert widgets.plain("  two\n\nlines of\ttext ") == "two lines of text"


@pytest.mark.parametrize(
    "text", [":streamlit:", "a -> b", "a <- b", "a -- b", "http://x.org", "www.x.org", "a@x.org"]
)
def test_plain_text_holds_apart_what_would_be_drawn_as_something_else(text):
    shown = widgets.plain(text)
    assert widgets.JOINER in shown
    assert shown.replace("\\", "").replace(widgets.JOINER, "") == text
    assert widgets.plain("Éire – 100") == "Éire – 100"


def test_prose_keeps_markdown_but_no_image():
    assert widgets.prose("*See* [this](http://x)") == "*See* [this](http://x)"
    assert "![" not in widgets.prose("![](http://x) and !![y][z]")


def test_a_bar_is_as_long_as_its_probability_and_says_so():
    assert "width:62.5%" in widgets.bar(0.625, label="it")
    assert "width:0.0%" in widgets.bar(None, label="it")
    assert 'aria-label="&lt;b&gt; &quot;it&quot;"' in widgets.bar(0.5, label='<b> "it"')
