"""The ASGI application: the pages and doors of one site; `streamlit run forecast_app.py`."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from anyio import to_thread

from forecasts.errors import ForecastsError
from forecasts.services.accounts import setup_code
from forecasts.services.seeding import plant, read_seeds
from forecasts.site import Site, this_site
from forecasts.web.routes import middleware, routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = Path(__file__).resolve().parent


def opened() -> Site:
    """The site; a bad setting or database ends the start with its one sentence."""
    try:
        return this_site()
    except ForecastsError as error:
        sys.exit(str(error))


def prepare(site: Site) -> None:
    """Plant the seeds, and print the link for the first account while there is none."""
    try:
        for path in sorted((HERE / "seeds").glob("*.toml")):
            seeds, errors = read_seeds(path)
            complain(*errors)
            plant(site, seeds)
        if code := setup_code(site):
            address = site.settings.url.rstrip("/") or local_address()
            link = f"{address}/setup?code={code}"
            print(f"\n  Make the first account, the admin’s: {link}\n", flush=True)  # noqa: T201
    except ForecastsError as error:
        complain(str(error))


def complain(*sentences: str) -> None:
    """Write what is wrong to the terminal, a line each."""
    sys.stderr.writelines(f"{sentence}\n" for sentence in sentences)


def local_address() -> str:
    """Where the site is on this machine."""
    return f"http://localhost:{st.get_option('server.port')}"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Prepare the site once per start of the server, not once per page."""
    await to_thread.run_sync(prepare, site)
    yield


site = opened()
app = st.App(
    HERE / "forecasts" / "ui" / "main.py",
    routes=routes(site),
    middleware=middleware(site),
    lifespan=lifespan,
)
