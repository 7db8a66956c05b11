"""The addresses beside the pages, and what every request and answer passes."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.routing import Route

from forecasts.domain.people import Role, require
from forecasts.errors import DatabaseError, ForecastsError
from forecasts.services import accounts
from forecasts.services.accounts import SESSION_COOKIE, SESSION_TIME
from forecasts.services.guessing import TooManyGuessesError
from forecasts.web.addresses import came_by_https, client_address
from forecasts.web.doorways import DOORWAYS, NoAdminYetError, drawn, entered
from forecasts.web.forms import TooLargeError, UnreadableError, read_sent
from forecasts.web.guards import same_origin, secure_headers
from forecasts.web.kept import submit_kept
from forecasts.web.pages import NOTHING, alert, form, link, page, paragraph, refusal_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from forecasts.domain.people import Person
    from forecasts.services.accounts import SignedIn
    from forecasts.site import Site
    from forecasts.web.doorways import Doorway
    from forecasts.web.forms import Sent
    from forecasts.web.pages import Html

    T = TypeVar("T")

HASHES_AT_ONCE = 2
"""Each takes a core and 64 MiB; whoever waits here holds up no event loop, thread or database."""

AGAIN = "/submit-again"
UNPROCESSABLE = 422
STATUS: dict[type[ForecastsError], int] = {
    UnreadableError: 400,
    NoAdminYetError: 403,
    accounts.SignUpClosedError: 403,
    TooLargeError: 413,
    TooManyGuessesError: 429,
    DatabaseError: 503,
}
"""What answers to an error, where it is not 422."""


def routes(site: Site) -> list[Route]:
    """The addresses of accounts and of the site's health."""
    hashing = CapacityLimiter(HASHES_AT_ONCE)
    forms = ["GET", "POST"]
    return [
        *(
            Route(doorway.path, partial(_pass, doorway, site, hashing), methods=forms)
            for doorway in DOORWAYS
        ),
        Route(AGAIN, partial(_submit_again, site), methods=forms),
        Route("/sign-out", partial(_sign_out, site), methods=forms),
        Route("/health", partial(_health, site)),
    ]


def middleware(site: Site) -> list[Middleware]:
    """What stands around the whole application, Streamlit's part too."""
    return [Middleware(secure_headers), Middleware(same_origin, site.settings)]


async def _pass(
    doorway: Doorway, site: Site, hashing: CapacityLimiter, request: Request
) -> Response:
    """Show the form of a doorway, or let somebody in by it."""
    try:
        sent = await read_sent(request)
        if request.method != "POST":
            return await _in_thread(_shown, doorway, site, sent, None)
        return await _let_in(doorway, site, hashing, request, sent)
    except ForecastsError as error:
        return _refused(error)


async def _let_in(
    doorway: Doorway, site: Site, hashing: CapacityLimiter, request: Request, sent: Sent
) -> Response:
    act = partial(entered, doorway, site, sent, client_address(request, site.settings))
    try:
        signed_in = await to_thread.run_sync(act, limiter=hashing)
    except ForecastsError as error:
        return await _in_thread(_shown, doorway, site, sent, error)
    return await _in_thread(_welcomed, site, sent, signed_in, request)


def _shown(doorway: Doorway, site: Site, sent: Sent, error: ForecastsError | None) -> Response:
    return _html(drawn(doorway, site, sent, error), 200 if error is None else _status(error))


def _welcomed(site: Site, sent: Sent, signed_in: SignedIn, request: Request) -> Response:
    """Send somebody on with a session, in place of the one that the browser had.

    They came in; that the other session could not be ended must not turn them back.
    """
    with suppress(DatabaseError):
        accounts.sign_out(site, request.cookies.get(SESSION_COOKIE, ""))
    response = _submitted(site, sent, signed_in.person)
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        max_age=int(SESSION_TIME.total_seconds()),
        secure=came_by_https(request, site.settings),
        httponly=True,
        samesite="lax",
    )
    return response


def _submitted(site: Site, sent: Sent, person: Person) -> Response:
    try:
        submit_kept(site, sent, person)
    except ForecastsError as error:
        return _html(_signed_in_page(person.name, error, sent))
    return _onward(sent)


def _signed_in_page(name: str, error: ForecastsError, sent: Sent) -> Html:
    kept = {"next": sent.next, "question": sent.question, "p": sent.p}
    return page(
        "You are signed in",
        paragraph(f"Welcome, {name}. Only your forecast could not be submitted."),
        alert(str(error)),
        form(AGAIN, "Try again", hidden=kept) if isinstance(error, DatabaseError) else NOTHING,
        link(sent.next, "Go on"),
    )


async def _submit_again(site: Site, request: Request) -> Response:
    """Submit the forecast kept for whoever signed in while the database failed."""
    token = request.cookies.get(SESSION_COOKIE, "")
    try:
        sent = await read_sent(request)
        if request.method != "POST":
            return _onward(sent)
        person = await _in_thread(accounts.person_of, site, token)
        signed_in = require(person, Role.FORECASTER, "forecast")
        return await _in_thread(_submitted, site, sent, signed_in)
    except ForecastsError as error:
        return _refused(error)


async def _sign_out(site: Site, request: Request) -> Response:
    """Ask whether to sign out, or do it."""
    token = request.cookies.get(SESSION_COOKIE, "")
    try:
        sent = await read_sent(request)
        if request.method != "POST":
            return await _in_thread(_sign_out_page, site, sent, token)
        await _in_thread(accounts.sign_out, site, token)
    except ForecastsError as error:
        return _refused(error)
    response = _onward(sent)
    secure = came_by_https(request, site.settings)
    response.delete_cookie(SESSION_COOKIE, secure=secure, httponly=True, samesite="lax")
    return response


def _sign_out_page(site: Site, sent: Sent, token: str) -> Response:
    person = accounts.person_of(site, token)
    if person is None:
        parts = (paragraph("You are not signed in."), link("/sign-in", "Sign in"))
        return _html(page("Sign out", *parts))
    who = paragraph(f"You are signed in as {person.name}.")
    button = form("/sign-out", "Sign out", hidden={"next": sent.next})
    return _html(page("Sign out", who, button, link(sent.next, "Stay signed in")))


async def _health(site: Site, _: Request) -> Response:
    """Say that the site is up and how far its journal goes, or what is wrong."""
    try:
        revision = await _in_thread(site.store.revision)
    except ForecastsError as error:
        return JSONResponse({"status": "error", "problem": str(error)}, 503)
    return JSONResponse({"status": "ok", "revision": revision})


async def _in_thread(call: Callable[..., T], *args: object) -> T:
    """What `call` returns; it waits for the database, so the event loop does not wait for it."""
    return await to_thread.run_sync(partial(call, *args))


def _refused(error: ForecastsError) -> Response:
    return _html(refusal_page(str(error)), _status(error))


def _status(error: ForecastsError) -> int:
    return STATUS.get(type(error), UNPROCESSABLE)


def _html(body: Html, status: int = 200) -> Response:
    return HTMLResponse(body, status, headers={"Cache-Control": "no-store"})


def _onward(sent: Sent) -> Response:
    return RedirectResponse(sent.next, 303, headers={"Cache-Control": "no-store"})
