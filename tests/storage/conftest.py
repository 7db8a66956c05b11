"""Storage is tested on every engine."""

from __future__ import annotations

from contextlib import closing

import pytest
from databases import URLS

from forecasts.site import open_engine


@pytest.fixture(params=URLS)
def url(request, tmp_path):
    """The address of a new, empty database."""
    return URLS[request.param](tmp_path)


@pytest.fixture
def engine(url):
    """An engine on a new, empty database."""
    with closing(open_engine(url)) as engine:
        yield engine
