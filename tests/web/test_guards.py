from __future__ import annotations

import anyio
import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from forecasts.services import accounts
from forecasts.services.accounts import SESSION_COOKIE
from forecasts.web.forms import FORM_BYTES
from forecasts.web.guards import HEADERS
from forecasts.web.routes import middleware, routes

PHRASE = "correct horse battery"

ROUTES = routes(None)
PATHS = [route.path for route in ROUTES]
FORMS = [route.path for route in ROUTES if "POST" in route.methods]
POLICY = (
    "default-src 'self'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'"
)
HOSTILE = "\"'><script>alert(1)</script>"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("path", [*PATHS, "/nothing-here"])
def test_every_answer_carries_the_headers(visitor, path, method):
    answer = visitor.request(method, path, headers={"Origin": "http://testserver"})
    assert answer.status_code < 500
    assert HEADERS["Content-Security-Policy"] == POLICY
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value]


@pytest.mark.parametrize("path", FORMS)
def test_pages_about_accounts_are_not_kept(visitor, path):
    for answer in (visitor.get(path), visitor.fill_in(path, name="Ada", password=PHRASE)):
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://testserver:8502"},
        {"Origin": "http://testserver@evil.example"},
        {"Origin": "http://[broken"},
        {"Referer": "http://evil.example/testserver"},
        {"Origin": "http://evil.example", "Referer": "http://testserver/"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"},
    ],
    ids=str,
)
def test_another_site_changes_nothing(*, site, admin, person, visitor, path, headers):
    visitor.fill_in("/sign-in", name="Ada", password=PHRASE)
    token = visitor.cookies[SESSION_COOKIE]
    code = accounts.reset_code(site, admin, person.name)
    before = site.store.revision(), site.store.accounts.password_hash(person.id)
    fields = {"name": "Eve", "password": "another good password", "code": code}
    answer = visitor.post(path, data=fields, headers=headers)
    assert answer.status_code == 403
    assert "This came from another site" in visitor.problem(answer)
    assert (site.store.revision(), site.store.accounts.password_hash(person.id)) == before
    assert accounts.person_of(site, token) == admin


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, {"Origin": "http://testserver"}),
        ({}, {"Origin": "https://TESTSERVER:443"}),
        ({}, {"Referer": "http://testserver/sign-in?next=/"}),
        ({}, {"Sec-Fetch-Site": "same-origin"}),
        ({}, {"Sec-Fetch-Site": "none"}),
        ({"url": "https://forecasts.example/"}, {"Origin": "https://forecasts.example"}),
        (
            {"proxy": "192.0.2.1"},
            {"Origin": "https://forecasts.example", "X-Forwarded-Host": "forecasts.example"},
        ),
    ],
    ids=str,
)
@pytest.mark.usefixtures("person")
def test_the_sites_own_pages_may_ask(open_site, settings, headers, visit):
    visitor = visit(open_site(**settings))
    fields = {"name": "Bo", "password": PHRASE}
    assert visitor.post("/sign-in", data=fields, headers=headers).is_redirect


@pytest.mark.parametrize("path", FORMS)
def test_names_and_links_are_escaped(site, admin, person, visitor, path):
    code = accounts.reset_code(site, admin, person.name)
    fields = dict.fromkeys(("name", "password", "next", "question", "p"), HOSTILE)
    for answer in (
        visitor.get(path, params=fields | {"code": HOSTILE}),
        visitor.fill_in(path, **fields, code=HOSTILE),
        visitor.fill_in(path, **fields, code=code),
    ):
        assert "<script" not in answer.text
        assert answer.headers.get("location", "/") == "/"


def test_a_hostile_name_stays_text_once_it_is_an_account(site, admin, visitor):
    name = "<script>alert(1)</script>"
    assert visitor.fill_in("/sign-up", name=name, password=PHRASE).is_redirect
    pages = [
        visitor.get("/sign-out"),
        visitor.get(f"/reset?code={accounts.reset_code(site, admin, name)}"),
    ]
    for page in pages:
        assert "&lt;script&gt;" in page.text
        assert "<script" not in page.text


@pytest.mark.parametrize("path", FORMS)
def test_a_huge_form_is_refused_and_changes_nothing(site, visitor, path):
    before = site.store.revision()
    answer = visitor.fill_in(path, name="Bo", password=PHRASE, junk="x" * FORM_BYTES)
    assert answer.status_code == 413
    assert visitor.problem(answer) == "A form may have at most 64 KiB; this one has more."
    assert site.store.revision() == before


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/x-www-form-urlencoded", b"name=%ff%fe&password=%ff", 400),
        ("application/x-www-form-urlencoded", b"name=\xff", 400),
        ("application/x-www-form-urlencoded", b"%%%&&==&name", None),
        ("multipart/form-data", b"--x\r\n", None),
        ("application/json", b'{"name": "Ada"}', None),
        ("", b"", None),
    ],
)
def test_a_broken_form_is_no_bug(visitor, path, kind, body, status):
    headers = {"Origin": "http://testserver", "Content-Type": kind}
    answer = visitor.post(path, content=body, headers=headers)
    assert answer.status_code < 500
    assert status in {None, answer.status_code}


def test_a_form_that_breaks_off_makes_no_account(site):
    body = f"name=Bo&password={PHRASE}".encode()
    came = iter(
        [
            {"type": "http.request", "body": body, "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/sign-up",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"origin", b"http://testserver")],
        "client": ("192.0.2.1", 50000),
    }
    sent = []

    async def receive():
        return next(came)

    async def send(message):
        sent.append(message)

    anyio.run(Starlette(routes=routes(site), middleware=middleware(site)), scope, receive, send)
    assert sent[0]["status"] == 400
    assert site.store.people.named("Bo") is None


async def _greet(websocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


def _connect(site, headers):
    app = Starlette(routes=[WebSocketRoute("/stream", _greet)], middleware=middleware(site))
    client = TestClient(app, client=("192.0.2.1", 50000))
    with client.websocket_connect("/stream", headers=headers) as websocket:
        return websocket.receive_text()


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://testserver:8502", "http://localhost", "null", "", "http://[x"],
)
def test_a_websocket_of_another_origin_is_refused(site, origin):
    with pytest.raises(WebSocketDisconnect):
        _connect(site, {"Origin": origin})


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({"url": "https://"}, {}),
        ({"url": "https://:443"}, {}),
        ({}, {"Host": ":80"}),
        ({}, {"Host": " "}),
        ({}, {"Host": ""}),
        ({"proxy": "192.0.2.1"}, {"X-Forwarded-Host": ":443"}),
    ],
    ids=str,
)
@pytest.mark.parametrize("origin", ["null", ""])
def test_no_name_is_nobodys_own(open_site, settings, headers, origin):
    with pytest.raises(WebSocketDisconnect):
        _connect(open_site(**settings), {"Origin": origin, **headers})


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({}, {"Origin": "http://testserver"}),
        ({}, {"Origin": "https://testserver"}),
        ({}, {}),
        ({"url": "https://forecasts.example"}, {"Origin": "https://forecasts.example"}),
        (
            {"proxy": "192.0.2.1"},
            {"Origin": "https://forecasts.example", "X-Forwarded-Host": "forecasts.example"},
        ),
    ],
    ids=str,
)
def test_a_websocket_of_the_site_is_open(open_site, settings, headers):
    assert _connect(open_site(**settings), headers) == "hello"
