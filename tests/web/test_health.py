from __future__ import annotations

import pytest

PHRASE = "correct horse battery"


def test_health_says_how_far_the_journal_goes(site, visitor):
    assert visitor.get("/health").json() == {"status": "ok", "revision": 1}
    visitor.fill_in("/sign-up", name="Bo", password=PHRASE)
    assert visitor.get("/health").json() == {"status": "ok", "revision": 2}
    assert site.store.revision() == 2


@pytest.mark.usefixtures("site")
def test_health_says_when_the_database_is_gone(open_site, tmp_path, visit):
    visitor = visit(open_site())
    for suffix in ("", "-wal"):
        (tmp_path / f"forecasts.db{suffix}").write_bytes(b"not a database" * 1000)
    answer = visitor.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "error")
    assert str(tmp_path) in answer.json()["problem"]
