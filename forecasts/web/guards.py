"""What every request and every answer passes: the site's own origin, and its headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from forecasts.errors import ForecastsError
from forecasts.web.addresses import host_of, own_hosts
from forecasts.web.pages import refusal_page

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from forecasts.settings import Settings

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'"
    ),
}
"""What every answer says, Streamlit's own too."""

READING = {"GET", "HEAD", "OPTIONS"}
POLICY_VIOLATION = 1008


class ForeignOriginError(ForecastsError):
    """A change asked for by another site's page."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "This came from another site, or your browser hides where it came from; "
            "please go back to this site and try there."
        )


def secure_headers(app: ASGIApp) -> ASGIApp:
    """`app`, every HTTP answer of which carries `HEADERS`."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await app(scope, receive, send_secured if scope["type"] == "http" else send)

    return guarded


def same_origin(app: ASGIApp, settings: Settings) -> ASGIApp:
    """`app`, where no page of another site can change anything or open a WebSocket."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not _may_connect(HTTPConnection(scope), settings):
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        elif scope["type"] == "http" and not _may_ask(HTTPConnection(scope), settings):
            refused = refusal_page(str(ForeignOriginError()))
            await HTMLResponse(refused, status_code=403)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded


def _may_connect(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether a WebSocket is the site's own; only browsers name an origin, and all of them do."""
    origin = connection.headers.get("origin")
    return origin is None or host_of(origin) in own_hosts(connection, settings)


def _may_ask(connection: HTTPConnection, settings: Settings) -> bool:
    if connection.scope["method"] in READING:
        return True
    headers = connection.headers
    if "sec-fetch-site" in headers:
        return headers["sec-fetch-site"] in {"same-origin", "none"}
    origin = headers.get("origin") or headers.get("referer", "")
    return host_of(origin) in own_hosts(connection, settings)
