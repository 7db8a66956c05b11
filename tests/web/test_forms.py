from __future__ import annotations

import pytest

from forecasts.web.forms import Sent, local_path

PHRASE = "correct horse battery"

LEAVING = [
    "",
    "question",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/x\r\nSet-Cookie: a=b",
    "/\x00",
    "http://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    " //evil.example",
    " /question",
    "/.//evil.example",
    "/x\u2028y",
]


@pytest.mark.parametrize("address", LEAVING)
def test_next_never_leaves_the_site(visitor, address):
    assert local_path(address) == "/"
    answer = visitor.fill_in("/sign-in", name="Ada", password=PHRASE, next=address)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    "path", ["/", "/question?id=x", "/question?id=x#scores", "/a%2Fb", "/?q=a b"]
)
def test_next_is_kept_where_it_stays(path):
    assert local_path(path) == path


def test_secrets_stay_out_of_what_is_printed():
    assert "secret" not in repr(Sent(name="Bo", password="secret", code="secret"))
