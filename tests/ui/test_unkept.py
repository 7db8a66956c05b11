"""Pages whose address names what no database keeps, on every engine."""

from __future__ import annotations

from contextlib import closing

import pytest
from databases import URLS

from forecasts.site import open_engine
from forecasts.ui import widgets


@pytest.fixture(params=URLS)
def engine(request, tmp_path):
    """An engine on a new, empty database."""
    with closing(open_engine(URLS[request.param](tmp_path))) as engine:
        yield engine


@pytest.mark.parametrize("path", ["question", "resolve"])
def test_an_address_of_no_question_is_said(people, open_view, path):
    at = open_view(path, people.moderator, id="ra\0in")
    assert not at.exception
    sentences = [widgets.plain("There is no question “ra\0in”.")] if path == "question" else []
    assert [one.value for one in at.error] == sentences
