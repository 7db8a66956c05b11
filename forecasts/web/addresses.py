"""Where a request comes from, and under which name it reached the site."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from starlette.requests import HTTPConnection

    from forecasts.settings import Settings

Address: TypeAlias = IPv4Address | IPv6Address

LOOPBACK = IPv4Address("127.0.0.1")
HOME_BITS = 64
"""How much of an IPv6 address one household has in common: the rest its owner may choose."""


def client_address(connection: HTTPConnection, settings: Settings) -> str:
    """Who to count wrong passwords for: an IPv4 address, or the network of an IPv6 one.

    Behind a proxy that the settings list, it is the right-most forwarded address that is not
    such a proxy's. What stands further left, anybody could have written.
    """
    peer = _peer(connection)
    if peer is None:
        return ""
    if not _is_ours(peer, settings):
        return _home(LOOPBACK if _is_rewritten(connection, peer, settings) else peer)
    return _home(_sender(connection, settings) or peer)


def came_by_https(connection: HTTPConnection, settings: Settings) -> bool:
    """Whether the browser at the other end speaks https, as far as can be known."""
    return (
        connection.scope["scheme"] == "https"
        or settings.url.startswith("https:")
        or _from_proxy(connection, settings, "x-forwarded-proto") == "https"
    )


def own_hosts(connection: HTTPConnection, settings: Settings) -> set[str]:
    """The names, with ports, under which this request may have reached the site."""
    hosts = (
        connection.headers.get("host", ""),
        _from_proxy(connection, settings, "x-forwarded-host"),
        host_of(settings.url),
    )
    return {_without_usual_port(host) for host in hosts} - {""}


def host_of(url: str) -> str:
    """The host and port of an address, empty where it has none.

    >>> host_of("https://Example.org:443/question?id=1")
    'example.org'
    >>> host_of("null")
    ''
    """
    try:
        return _without_usual_port(urlsplit(url).netloc.rpartition("@")[2])
    except ValueError:
        return ""


def _without_usual_port(host: str) -> str:
    return host.strip().lower().removesuffix(":80").removesuffix(":443")


def _from_proxy(connection: HTTPConnection, settings: Settings, header: str) -> str:
    """What the nearest listed proxy says, if the request came through one."""
    peer = _peer(connection)
    if peer is None or not (_is_ours(peer, settings) or _was_passed_on(connection, peer, settings)):
        return ""
    return connection.headers.get(header, "").rpartition(",")[2].strip()


def _sender(connection: HTTPConnection, settings: Settings) -> Address | None:
    for hop in reversed(_hops(connection)):
        if hop is None or not _is_ours(hop, settings):
            return hop
    return None


def _is_rewritten(connection: HTTPConnection, peer: Address, settings: Settings) -> bool:
    """Whether `peer` may be no more than what a local program claims.

    uvicorn itself replaces 127.0.0.1 and ::1 by what they forward, which is not for it to trust.
    """
    return peer in _hops(connection) and not _is_ours(LOOPBACK, settings)


def _was_passed_on(connection: HTTPConnection, peer: Address, settings: Settings) -> bool:
    """Whether uvicorn may have put `peer` in place of a listed proxy on this machine."""
    return peer in _hops(connection) and _is_ours(LOOPBACK, settings)


def _peer(connection: HTTPConnection) -> Address | None:
    return _address(connection.client.host) if connection.client else None


def _hops(connection: HTTPConnection) -> list[Address | None]:
    forwarded = ",".join(connection.headers.getlist("x-forwarded-for"))
    return [_address(hop) for hop in forwarded.split(",")] if forwarded else []


def _is_ours(address: Address, settings: Settings) -> bool:
    return any(address in network for network in _networks(settings.proxy))


@cache
def _networks(listed: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(one.strip()) for one in listed.split(",") if one.strip())


def _address(text: str) -> Address | None:
    """The address that proxies write in several ways, None where it is none.

    >>> [str(_address(text)) for text in ("1.2.3.4:80", "[2001:db8::1]:80", "::ffff:1.2.3.4", "?")]
    ['1.2.3.4', '2001:db8::1', '1.2.3.4', 'None']
    """
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _home(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((int(address), HOME_BITS), strict=False))
