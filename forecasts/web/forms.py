"""What a person sends: read with limits, never trusted."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from forecasts.domain.probability import check_forecast
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

FORM_BYTES = 64 * 1024
LINKED = ("code", "next", "question", "p")
"""What a link may fill in."""


class TooLargeError(ForecastsError):
    """A form that no form here fills."""

    def __init__(self) -> None:
        """Name the limit."""
        super().__init__(f"A form may have at most {FORM_BYTES // 1024} KiB; this one has more.")


class UnreadableError(ForecastsError):
    """A form that came broken."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("The form did not arrive whole; please send it again.")


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields that the forms here have.

    `next` is where to go afterwards; `question` and `p`, probabilities with commas between, are
    a forecast kept until its author has an account.
    """

    name: str = ""
    password: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    next: str = "/"
    question: str = ""
    p: str = ""

    @property
    def probabilities(self) -> tuple[float, ...]:
        """The kept forecast; raises `InvalidValueError` where it is none."""
        return check_forecast([_number(part) for part in self.p.split(",")])


async def read_sent(request: Request) -> Sent:
    """What a link or a form says; raises `TooLargeError` and `UnreadableError`.

    A name or password in a link is left there: it would stand in histories and logs.
    """
    if request.method == "POST":
        return sent_from(_fields(await _body(request)))
    link = {name: value for name, value in request.query_params.items() if name in LINKED}
    return sent_from(link)


def sent_from(given: Mapping[str, str]) -> Sent:
    """The known ones of the given fields, and a `next` that stays on this site."""
    known = {one.name: given[one.name] for one in fields(Sent) if one.name in given}
    return Sent(**{**known, "next": local_path(given.get("next", ""))})


def local_path(text: str) -> str:
    r"""`text` where it is a path on this site, "/" where a browser might leave the site for it.

    >>> local_path("/question?id=1"), local_path("//evil.example"), local_path("/\\evil.example")
    ('/question?id=1', '/', '/')
    """
    local = text.startswith("/") and "//" not in text and "\\" not in text and text.isprintable()
    return text if local else "/"


async def _body(request: Request) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise UnreadableError
        body += message.get("body", b"")
        if len(body) > FORM_BYTES:
            raise TooLargeError
        more = message.get("more_body", False)
    return bytes(body)


def _fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
    except UnicodeError:
        raise UnreadableError from None


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text
