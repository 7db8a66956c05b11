"""How long the server works for a page on a small site, and on one with a hundred times as much."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING
from uuid import uuid4

from databases import URLS
from figures import Figure
from sites import (
    MEASURED,
    MEASURED_QUESTIONS,
    MODERATOR,
    NOW,
    fill,
    open_site_at,
    question_id,
)
from streamlit.testing.v1 import AppTest

from forecasts.services import resolving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from figures import Size

    from forecasts.site import Site

PAGES = {
    "question": ("question", {"id": question_id(1)}),
    "list": ("questions", {"tag": MEASURED}),
    "standings": ("standings", {}),
    "calibration": ("calibration", {}),
}
"""By its name: a page's module, and what its address asks for; all sites have these questions."""

GROWS_AT_MOST = 1.5
PATIENCE = 600


def show(module, site, took):
    """What AppTest runs: one page for a visitor; the frame around it is not timed."""
    import time  # noqa: PLC0415 - the body is all that AppTest takes along
    from importlib import import_module  # noqa: PLC0415

    view = import_module(f"forecasts.ui.views.{module}")
    began = time.perf_counter()
    view.render(site, None)
    took.append(time.perf_counter() - began)


def pages(name: str, folder: Path, size: Size) -> Iterator[Figure]:
    """Each page with nothing kept from before, and again with what it keeps."""
    few, many = (
        _site(URLS[name](_inside(folder, str(forecasts))), forecasts, size, name)
        for forecasts in (size.few, size.many[name])
    )
    with closing(few.store), closing(many.store):
        for page in PAGES:
            for state, draw in (("first", _draw_anew), ("again", _draw)):
                times = [[draw(page, site) for site in (many, few)] for _ in range(size.drawings)]
                took, base = map(median, zip(*times, strict=True))
                what = f"{page} page, {state}, {size.many[name]:,} forecasts, {name}"
                yield Figure(what, took, f"with {size.few:,}", base, GROWS_AT_MOST)


def _site(url: str, forecasts: int, size: Size, name: str) -> Site:
    """As many questions and people on each, and as many forecasts on the questions measured."""
    site = open_site_at(url)
    questions = max(size.many[name] // size.crowd, MEASURED_QUESTIONS)
    fill(site, forecasts=forecasts, questions=questions, crowd=size.crowd, people=size.people)
    resolved = range(min(MEASURED_QUESTIONS, size.few // size.crowd))
    for number in resolved:
        if question_id(number) != PAGES["question"][1]["id"]:
            resolving.resolve(
                site,
                MODERATOR,
                question_id(number),
                outcome=number % 2,
                known_since=NOW,
                source="simulated",
            )
    return site


def _draw(page: str, site: Site) -> float:
    module, query = PAGES[page]
    took: list[float] = []
    at = AppTest.from_function(show, args=(module, site, took), default_timeout=PATIENCE)
    at.query_params.update(query)
    at.run()
    assert not at.exception, at.exception
    assert at.title, page
    return took[0]


def _draw_anew(page: str, site: Site) -> float:
    """Draw for a site by another key, for which nothing is kept yet."""
    return _draw(page, replace(site, key=uuid4().hex))


def _inside(folder: Path, name: str) -> Path:
    inner = folder / name
    inner.mkdir()
    return inner
