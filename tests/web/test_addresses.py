from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from forecasts.settings import Settings
from forecasts.web.addresses import client_address


def _connection(peer, *forwarded):
    return HTTPConnection(
        {
            "type": "http",
            "client": peer and (peer, 50000),
            "headers": [(b"x-forwarded-for", value.encode()) for value in forwarded],
        }
    )


@pytest.mark.parametrize(
    ("proxy", "peer", "forwarded", "address"),
    [
        ("", "203.0.113.7", (), "203.0.113.7"),
        ("", "203.0.113.7", ("198.51.100.1",), "203.0.113.7"),
        ("", "::ffff:203.0.113.7", (), "203.0.113.7"),
        ("", "2001:db8:1:2:3::4", (), "2001:db8:1:2::/64"),
        ("", "testclient", (), ""),
        ("", None, (), ""),
        ("10.0.0.0/8", "10.1.2.3", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.0/8", "10.1.2.3", ("198.51.100.1, 203.0.113.7",), "203.0.113.7"),
        ("10.0.0.0/8", "10.1.2.3", ("198.51.100.1", "203.0.113.7"), "203.0.113.7"),
        ("10.0.0.0/8", "10.1.2.3", ("198.51.100.1:443, 10.9.9.9",), "198.51.100.1"),
        ("10.0.0.0/8", "10.1.2.3", ("198.51.100.1, unknown",), "10.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3", ("10.9.9.9",), "10.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3", ("[2001:db8::1]:443",), "2001:db8::/64"),
        ("10.0.0.0/8, ::1", "::1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.0/8", "203.0.113.7", ("198.51.100.1",), "203.0.113.7"),
    ],
)
def test_the_address_is_the_nearest_that_no_listed_proxy_has(proxy, peer, forwarded, address):
    assert client_address(_connection(peer, *forwarded), Settings(proxy=proxy)) == address


@pytest.mark.parametrize(
    ("proxy", "forwarded", "address"),
    [
        ("", "198.51.100.1", "127.0.0.1"),
        ("10.0.0.0/8", "198.51.100.1", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, 198.51.100.1", "198.51.100.1"),
    ],
)
def test_what_the_server_takes_from_a_local_program_counts_only_where_listed(
    proxy, forwarded, address
):
    rewritten = _connection("198.51.100.1", forwarded)
    assert client_address(rewritten, Settings(proxy=proxy)) == address
