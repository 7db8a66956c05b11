"""Hashing is dear on purpose: it is done for two at once, and nobody else waits for it."""

from __future__ import annotations

import threading
from functools import partial

import anyio
import httpx2
from argon2 import PasswordHasher
from starlette.applications import Starlette

from forecasts.services import accounts
from forecasts.web.routes import HASHES_AT_ONCE, middleware, routes

MORE_THAN_THREADS = 50
PATIENCE = 30


class SlowHasher(PasswordHasher):
    """Checks nothing until it is told to `go`; `most` were at it at the same time."""

    def __init__(self):
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go, self.full = threading.Event(), threading.Event()
        self.now = self.most = 0
        self.lock = threading.Lock()

    def verify(self, *given):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            if self.now == HASHES_AT_ONCE:
                self.full.set()
        self.go.wait(PATIENCE)
        with self.lock:
            self.now -= 1
        return super().verify(*given)


async def many_sign_in(app, slow):
    """What a crowd is answered, and what somebody else is while it waits."""
    transport = httpx2.ASGITransport(app=app, client=("192.0.2.1", 50000))
    answers = []

    async def sign_in(client, number):
        fields = {"name": f"Somebody {number}", "password": "a guess"}
        answers.append(await client.post("/sign-in", data=fields))

    with anyio.fail_after(PATIENCE):
        async with (
            httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client,
            anyio.create_task_group() as crowd,
        ):
            client.headers["Origin"] = "http://testserver"
            for number in range(MORE_THAN_THREADS):
                crowd.start_soon(partial(sign_in, client, number))
            await anyio.to_thread.run_sync(slow.full.wait, PATIENCE)
            health = await client.get("/health")
            waiting = MORE_THAN_THREADS - len(answers)
            slow.go.set()
    return health, waiting, answers


def test_two_at_once_and_nobody_else_waits(site, monkeypatch):
    slow = SlowHasher()
    monkeypatch.setattr(accounts, "HASHER", slow)
    app = Starlette(routes=routes(site), middleware=middleware(site))
    health, waiting, answers = anyio.run(many_sign_in, app, slow)
    assert health.status_code == 200
    assert waiting == MORE_THAN_THREADS
    assert [answer.status_code for answer in answers] == [422] * MORE_THAN_THREADS
    assert slow.most == HASHES_AT_ONCE == 2
