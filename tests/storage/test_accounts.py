"""Secrets: kept as digests, apart from the journal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from forecasts.storage.accounts import Code


@pytest.fixture
def secrets(site, people):
    """The reader and writer of secrets, inside a transaction, on a site with people."""
    assert people.admin
    with site.store.transaction():
        yield site.store.accounts


def test_the_newest_password_counts(secrets, people):
    assert secrets.password_hash("nobody") is None
    for kept in ("one", "two"):
        secrets.set_password_hash(people.admin.id, kept)
        assert secrets.password_hash(people.admin.id) == kept


def test_a_session_is_somebody_until_it_expires(secrets, people, clock):
    expires = clock() + timedelta(days=1)
    secrets.open_session("token", people.admin.id, expires)
    assert secrets.session_person("token", clock()) == people.admin.id
    assert secrets.session_person("other", clock()) is None
    assert secrets.session_person("token", expires - timedelta(microseconds=1)) is not None
    assert secrets.session_person("token", expires) is None


def test_sessions_are_closed_one_by_one_or_all_of_a_person(secrets, people, clock):
    expires = clock() + timedelta(days=1)
    for token in ("one", "two", "three"):
        secrets.open_session(token, people.admin.id, expires)
    secrets.open_session("other", people.other.id, expires)
    secrets.close_session("one")
    assert secrets.session_person("one", clock()) is None
    assert secrets.session_person("two", clock()) == people.admin.id
    secrets.close_sessions(people.admin.id)
    assert secrets.session_person("two", clock()) is None
    assert secrets.session_person("three", clock()) is None
    assert secrets.session_person("other", clock()) == people.other.id


def test_a_code_is_good_until_it_expires_or_is_removed(secrets, people, clock):
    expires = clock() + timedelta(days=1)
    secrets.add_code("reset me", "reset", people.admin.id, expires)
    secrets.add_code("come in", "invitation", None, expires)
    assert secrets.code("reset me", clock()) == Code("reset", people.admin.id)
    assert secrets.code("come in", clock()) == Code("invitation", None)
    assert secrets.code("come in", expires) is None
    secrets.remove_code("come in")
    assert secrets.code("come in", clock()) is None


def test_codes_of_one_purpose_and_person_are_removed_together(secrets, people, clock):
    expires = clock() + timedelta(days=1)
    secrets.add_code("one", "reset", people.admin.id, expires)
    secrets.add_code("two", "reset", people.other.id, expires)
    secrets.add_code("three", "setup", None, expires)
    secrets.remove_codes("reset", people.admin.id)
    secrets.remove_codes("setup", None)
    assert [bool(secrets.code(code, clock())) for code in ("one", "two", "three")] == [
        False,
        True,
        False,
    ]


def test_all_secrets_of_one_person_are_forgotten_together(secrets, people, clock):
    expires = clock() + timedelta(days=1)
    for person, account in ((people.admin, "ada"), (people.other, "finn")):
        secrets.set_password_hash(person.id, "kept")
        secrets.open_session(f"token of {account}", person.id, expires)
        secrets.add_code(f"code of {account}", "reset", person.id, expires)
        secrets.add_failure(account, "here", clock())
    secrets.add_code("come in", "invitation", None, expires)
    secrets.forget(people.admin.id, "ada")
    assert secrets.password_hash(people.admin.id) is None
    assert secrets.session_person("token of ada", clock()) is None
    assert secrets.code("code of ada", clock()) is None
    assert secrets.failures("ada", clock()) == []
    assert secrets.password_hash(people.other.id) == "kept"
    assert secrets.session_person("token of finn", clock()) == people.other.id
    assert secrets.code("code of finn", clock())
    assert len(secrets.failures("finn", clock())) == 1
    assert secrets.code("come in", clock())


def test_what_has_expired_is_forgotten(secrets, people, clock, site):
    secrets.open_session("short", people.admin.id, clock() + timedelta(days=1))
    secrets.open_session("long", people.admin.id, clock() + timedelta(days=9))
    secrets.add_code("short", "reset", people.admin.id, clock() + timedelta(days=1))
    secrets.forget_expired(clock.advance(days=1))
    assert site.store.engine.rows("SELECT COUNT(*) FROM sessions") == [(1,)]
    assert site.store.engine.rows("SELECT COUNT(*) FROM codes") == [(0,)]


def test_failures_are_counted_by_account_and_forgotten_by_address(secrets, clock):
    for address in ("here", "there", "here"):
        secrets.add_failure("ada", address, clock.advance(minutes=1))
    secrets.add_failure("bob", "here", clock())
    start = clock() - timedelta(minutes=1)
    assert [address for address, _ in secrets.failures("ada", start)] == ["there", "here"]
    secrets.forget_failures("ada", "here", start - timedelta(days=1))
    assert [address for address, _ in secrets.failures("ada", start)] == ["there"]
    secrets.forget_failures("nobody", "nowhere", clock())
    assert secrets.failures("ada", start) == []
    assert len(secrets.failures("bob", start)) == 1
