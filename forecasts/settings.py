"""What the operator of a site may set, by environment."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from forecasts.clock import from_text
from forecasts.errors import ForecastsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PREFIX = "FORECASTS_"
SQLITE = "sqlite:///"
POSTGRES = "postgresql://"
SIGN_UP = ("open", "invited", "closed")
VISITORS = ("read", "none")


class SettingsError(ForecastsError):
    """A setting with an unknown name or a bad value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one site; each field is the environment variable `FORECASTS_<FIELD>`.

    `database` may hold a password, so no text shows it. `proxy` lists the addresses or networks,
    separated by commas, whose forwarded addresses count. `url` is where people reach the site;
    empty means the machine's own.
    """

    database: str = field(default="sqlite:///data/forecasts.db", repr=False)
    url: str = ""
    signup: str = "open"
    visitors: str = "read"
    proxy: str = ""
    now: datetime | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; raises `SettingsError` for an unknown name or a bad value."""
        names = {f"{PREFIX}{one.name.upper()}": one.name for one in fields(cls)}
        given: dict[str, Any] = {}
        for variable, value in environ.items():
            if variable in names:
                given[names[variable]] = value
            elif variable.startswith(PREFIX):
                message = f"{variable} is no setting; there are {', '.join(names)}."
                raise SettingsError(message)
        given["now"] = _moment(given.get("now", ""))
        settings = cls(**given)
        _check(settings)
        return settings


def _moment(text: str) -> datetime | None:
    try:
        return from_text(text) if text else None
    except (ValueError, OverflowError):
        message = f"{PREFIX}NOW must look like 2028-11-07T12:30:00Z; got {text}."
        raise SettingsError(message) from None


def _check(settings: Settings) -> None:
    if settings.signup not in SIGN_UP:
        _refuse("SIGNUP", f"be one of {', '.join(SIGN_UP)}", settings.signup)
    if settings.visitors not in VISITORS:
        _refuse("VISITORS", f"be one of {', '.join(VISITORS)}", settings.visitors)
    if not (settings.database.startswith(POSTGRES) or _names_file(settings.database)):
        rule = f"look like sqlite:///data/forecasts.db or {POSTGRES}user:password@host/name"
        message = f"{PREFIX}DATABASE must {rule}; what it is now is not shown for its password."
        raise SettingsError(message)
    if settings.url and not _names_host(settings.url):
        _refuse("URL", "look like https://forecasts.example", settings.url)
    for network in filter(None, settings.proxy.split(",")):
        _check_network(network)


def _names_file(database: str) -> bool:
    """Whether it is a file: what is only in memory, each connection has for itself."""
    name = PurePath(database.removeprefix(SQLITE)).name
    return database.startswith(SQLITE) and name not in {"", ":memory:"}


def _names_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and url.startswith(("http://", "https://")) and not any(map(str.isspace, url))


def _check_network(network: str) -> None:
    try:
        ip_network(network.strip())
    except ValueError:
        _refuse("PROXY", "list addresses or networks such as 10.0.0.0/8", network)


def _refuse(name: str, rule: str, value: str) -> None:
    message = f"{PREFIX}{name} must {rule}; got {value}."
    raise SettingsError(message)
