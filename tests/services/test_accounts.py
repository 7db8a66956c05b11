"""Signing up, in and out, guessing, codes and roles."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import argon2
import pytest

from forecasts.domain.events import SITE, RoleChanged
from forecasts.domain.people import Role, WeakPasswordError
from forecasts.services import accounts
from forecasts.services.accounts import (
    LastAdminError,
    NameTakenError,
    NoSuchPersonError,
    SignUpClosedError,
    WrongPasswordError,
)
from forecasts.services.codes import CODE_TIME, BadCodeError
from forecasts.services.guessing import TooManyGuessesError
from forecasts.settings import Settings
from forecasts.site import Site
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.store import Store

HASHER_OF_A_SITE = accounts.HASHER
GOOD = "correct horse battery"
NEW = "another good password"
BAD_LINK = "This link has been used, is too old, or is not whole; ask for a new one."
WRONG = "Name and password do not belong together."


def sign_in(site, name="Ada", password=GOOD, address="192.0.2.1"):
    return accounts.sign_in(site, name=name, password=password, address=address)


def with_settings(site, **changes):
    return replace(site, settings=replace(site.settings, **changes))


def test_the_first_account_takes_the_code_of_the_terminal_and_is_admin(site):
    assert not accounts.has_admin(site)
    code = accounts.setup_code(site)
    ada = accounts.sign_up(site, name=" Ada ", password=GOOD, code=code)
    assert (ada.person.name, ada.person.role) == ("Ada", Role.ADMIN)
    assert accounts.has_admin(site)
    assert accounts.person_of(site, ada.token) == ada.person
    assert accounts.setup_code(site) is None


def test_only_the_newest_code_of_the_terminal_is_good(site, refused):
    old, new = accounts.setup_code(site), accounts.setup_code(site)
    with refused(BAD_LINK, BadCodeError):
        accounts.sign_up(site, name="Eve", password=GOOD, code=old)
    assert accounts.sign_up(site, name="Ada", password=GOOD, code=new).person.role is Role.ADMIN


@pytest.mark.parametrize("signup", ["open", "invited", "closed"])
def test_without_it_there_is_no_first_account(site, refused, signup):
    accounts.setup_code(site)
    sentence = (
        "The first account is the admin’s: open the link that was printed in the terminal "
        "where the site was started."
    )
    with refused(sentence, SignUpClosedError):
        accounts.sign_up(with_settings(site, signup=signup), name="Eve", password=GOOD)
    with refused(BAD_LINK, BadCodeError):
        accounts.sign_up(site, name="Eve", password=GOOD, code="guessed")


def test_the_code_of_the_terminal_makes_one_account_only(site):
    code = accounts.setup_code(site)
    accounts.sign_up(site, name="Ada", password=GOOD, code=code)
    again = accounts.sign_up(site, name="Fay", password=GOOD, code=code)
    assert again.person.role is Role.FORECASTER


def test_a_refused_sign_up_does_not_use_the_code_up(site, refused):
    code = accounts.setup_code(site)
    with refused("A password must have 10 to 200 characters; got 5.", WeakPasswordError):
        accounts.sign_up(site, name="Ada", password="short", code=code)
    assert accounts.sign_up(site, name="Ada", password=GOOD, code=code)


def test_others_sign_up_as_forecasters(site, people):
    new = accounts.sign_up(site, name="Gus", password=GOOD)
    assert new.person.role is Role.FORECASTER
    assert new.person in site.store.people.all()
    assert new.person.id not in {person.id for person in (people.admin, people.other)}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Ada", "The name “Ada” is taken; please choose another."),
        (" aDA", "The name “aDA” is taken; please choose another."),
        ("ＡＤＡ", "The name “ＡＤＡ” is taken; please choose another."),
        ("x", "A name must have 2 to 40 characters; got 1."),
        ("x" * 41, "A name must have 2 to 40 characters; got 41."),
        ("A\x00da", "A name must have only characters that can be seen; got U+0000."),
    ],
)
def test_a_name_that_cannot_be(site, people, refused, name, sentence):
    assert people.admin.name == "Ada"
    with refused(sentence):
        accounts.sign_up(site, name=name, password=GOOD)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "A password must have 10 to 200 characters; got 5."),
        ("ha" * 101, "A password must have 10 to 200 characters; got 202."),
        ("hahahahaha", "A password must have at least 5 different characters."),
        (
            "password-1234",
            "That password is among the first anybody would try; please choose another.",
        ),
    ],
)
def test_a_password_that_is_weak(site, people, refused, password, sentence):
    with refused(sentence, WeakPasswordError):
        accounts.sign_up(site, name="Gus", password=password)
    code = accounts.reset_code(site, people.admin, "Fay")
    with refused(sentence, WeakPasswordError):
        accounts.reset_password(site, code=code, password=password)


def test_one_name_taken_by_two_at_once_is_one_account(site, people):
    assert people.admin

    def try_to_take(_):
        try:
            return accounts.sign_up(site, name="Gus", password=GOOD).person
        except NameTakenError:
            return None

    with ThreadPoolExecutor(4) as pool:
        made = [person for person in pool.map(try_to_take, range(4)) if person]
    assert made == [site.store.people.named("Gus")]


def test_by_invitation(site, people, refused):
    invited = with_settings(site, signup="invited")
    with refused("An account here takes an invitation: ask an admin for a link."):
        accounts.sign_up(invited, name="Gus", password=GOOD)
    with refused(BAD_LINK, BadCodeError):
        accounts.sign_up(invited, name="Gus", password=GOOD, code="guessed")
    reset = accounts.reset_code(site, people.admin, "Fay")
    with refused(BAD_LINK, BadCodeError):
        accounts.sign_up(invited, name="Gus", password=GOOD, code=reset)
    code = accounts.invitation_code(invited, people.admin)
    new = accounts.sign_up(invited, name="Gus", password=GOOD, code=code)
    assert new.person.role is Role.FORECASTER
    with refused(BAD_LINK, BadCodeError):
        accounts.sign_up(invited, name="Gil", password=GOOD, code=code)


def test_an_invitation_is_good_for_two_weeks(site, people, clock, refused):
    invited = with_settings(site, signup="invited")
    code = accounts.invitation_code(invited, people.admin)
    clock.advance(days=14)
    with refused(BAD_LINK, BadCodeError):
        accounts.sign_up(invited, name="Gus", password=GOOD, code=code)


def test_where_sign_up_is_closed_no_invitation_helps(site, people, refused):
    closed = with_settings(site, signup="closed")
    code = accounts.invitation_code(closed, people.admin)
    with refused("This site takes no new accounts.", SignUpClosedError):
        accounts.sign_up(closed, name="Gus", password=GOOD, code=code)


@pytest.mark.parametrize("name", ["Ada", " ada ", "ＡＤＡ"])
def test_signing_in(site, people, name):
    signed_in = sign_in(site, name, people.password)
    assert signed_in.person == people.admin
    assert accounts.person_of(site, signed_in.token) == people.admin


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Ada", "wrong password"),
        ("Nobody", GOOD),
        ("Ada", ""),
        ("Ada", GOOD.upper()),
        ("Ada", "x" * 201),
        ("", GOOD),
        ("x" * 41, GOOD),
    ],
)
def test_a_wrong_half_is_not_named(site, people, name, password):
    assert people.password == GOOD
    before = site.store.revision()
    with pytest.raises(WrongPasswordError) as caught:
        sign_in(site, name, password)
    assert str(caught.value) == WRONG
    assert site.store.revision() == before
    assert site.store.engine.rows("SELECT * FROM sessions") == []


@pytest.mark.parametrize(("name", "password"), [("Ada", "x" * 201), ("x" * 41, GOOD)])
def test_what_nobody_can_have_is_neither_counted_nor_hashed(site, people, refused, name, password):
    assert people.admin
    with refused(WRONG, WrongPasswordError):
        sign_in(site, name, password)


def test_a_person_without_a_password_cannot_sign_in(site, people):
    with site.store.transaction():
        site.store.engine.rows("DELETE FROM credentials")
    with pytest.raises(WrongPasswordError):
        sign_in(site, people.admin.name)


def test_passwords_are_hashed_as_rfc_9106_recommends():
    hasher = HASHER_OF_A_SITE
    assert hasher.type is argon2.Type.ID
    assert (hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (3, 64 * 1024, 4)
    assert (hasher.hash_len, hasher.salt_len) == (32, 16)


def test_an_outdated_hash_is_renewed(site, people, monkeypatch):
    stronger = argon2.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "HASHER", stronger)
    sign_in(site)
    kept = site.store.accounts.password_hash(people.admin.id)
    assert not stronger.check_needs_rehash(kept)
    assert sign_in(site)


def test_a_password_that_changes_while_it_is_checked_opens_nothing(site, people, monkeypatch):
    code, fits = accounts.reset_code(site, people.admin, "Fay"), accounts._fits

    def change_meanwhile(kept, password):
        answer = fits(kept, password)
        accounts.reset_password(site, code=code, password=NEW)
        return answer

    monkeypatch.setattr(accounts, "_fits", change_meanwhile)
    with pytest.raises(WrongPasswordError):
        sign_in(site, "Fay", people.password)


def test_a_token_is_somebody_for_thirty_days(site, people, clock):
    token = sign_in(site).token
    clock.advance(days=30, seconds=-1)
    assert accounts.person_of(site, token) == people.admin
    clock.advance(seconds=1)
    assert accounts.person_of(site, token) is None


@pytest.mark.parametrize("token", [None, "", "guessed"])
def test_any_other_token_is_nobody(site, people, token):
    assert people.admin
    assert accounts.person_of(site, token) is None


def test_signing_out_ends_one_session(site, people):
    here, there = sign_in(site).token, sign_in(site).token
    accounts.sign_out(site, here)
    assert accounts.person_of(site, here) is None
    assert accounts.person_of(site, there) == people.admin


def test_a_session_outlives_the_process_and_a_role_change(site, people, tmp_path, clock):
    token = sign_in(site, "Fay").token
    accounts.set_role(site, people.admin, people.forecaster.id, Role.MODERATOR)
    site.store.close()
    with closing(SqliteEngine(tmp_path / "forecasts.db")) as engine:
        again = Site(Store(engine, clock()), clock, Settings())
        assert accounts.person_of(again, token).role is Role.MODERATOR


def test_expired_sessions_are_cleared_away(site, people, clock):
    sign_in(site)
    clock.advance(days=31)
    sign_in(site)
    assert people.admin
    assert site.store.engine.rows("SELECT COUNT(*) FROM sessions") == [(1,)]


def guess(site, name="Ada", address="192.0.2.1"):
    """How many seconds a wrong guess must wait; None where it is tried."""
    try:
        sign_in(site, name, "wrong password", address)
    except WrongPasswordError:
        return None
    except TooManyGuessesError as error:
        return str(error)


def asked_to_wait(seconds):
    unit = "second" if seconds == 1 else "seconds"
    return f"Too many wrong passwords; please try again in {seconds} {unit}."


def test_five_guesses_are_free_then_waits_double(site, people, clock):
    assert people.admin
    assert [guess(site) for _ in range(5)] == [None] * 5
    for pause in (2, 4, 8, 16):
        assert guess(site) == asked_to_wait(pause)
        clock.advance(seconds=pause - 1)
        assert guess(site) == asked_to_wait(1)
        clock.advance(seconds=0.5)
        assert guess(site) == asked_to_wait(1)
        clock.advance(seconds=0.5)
        assert guess(site) is None


def test_even_the_right_password_waits(site, people, clock):
    for _ in range(5):
        guess(site)
    with pytest.raises(TooManyGuessesError, match="in 2 seconds"):
        sign_in(site)
    clock.advance(seconds=2)
    assert sign_in(site).person == people.admin


def test_success_forgets_the_guesses_from_there(site, people):
    for _ in range(4):
        guess(site)
    sign_in(site)
    assert people.admin
    assert [guess(site) for _ in range(5)] == [None] * 5
    assert guess(site) == asked_to_wait(2)


def test_guesses_are_forgotten_after_a_quarter_of_an_hour(site, people, clock):
    assert people.admin
    for _ in range(5):
        guess(site)
    clock.advance(minutes=15, microseconds=1)
    assert guess(site) is None


def test_another_address_and_another_account_do_not_wait(site, people):
    for _ in range(5):
        guess(site)
    assert guess(site) == asked_to_wait(2)
    assert guess(site, "Mo") is None
    assert sign_in(site, address="198.51.100.1").person == people.admin


def test_an_account_that_is_not_there_waits_the_same(site, people):
    assert people.admin
    assert [guess(site, "Nobody") for _ in range(5)] == [None] * 5
    assert guess(site, "Nobody") == asked_to_wait(2)
    assert guess(site, " NOBODY ") == asked_to_wait(2)


def test_many_addresses_together_slow_down_loosely(site, people, clock):
    assert people.admin
    with site.store.transaction():
        for number in range(50):
            site.store.accounts.add_failure("ada", f"address {number}", clock())
    assert guess(site, address="one more") == asked_to_wait(2)
    with site.store.transaction():
        for number in range(50):
            site.store.accounts.add_failure("ada", f"address {number}", clock())
    assert guess(site, address="one more") == asked_to_wait(60)
    clock.advance(seconds=60)
    assert sign_in(site, address="one more")


def test_no_wait_from_one_address_is_longer_than_a_quarter_of_an_hour(site, people, clock):
    assert people.admin
    with site.store.transaction():
        for _ in range(40):
            site.store.accounts.add_failure("ada", "192.0.2.1", clock())
    assert guess(site) == asked_to_wait(900)


def test_guesses_side_by_side_are_all_counted(site, people):
    assert people.admin
    start = threading.Barrier(12)

    def try_one(_):
        start.wait()
        return guess(site)

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(try_one, range(12)))
    assert answers.count(None) == 5
    assert answers.count(asked_to_wait(2)) == 7


def test_a_reset_code_changes_the_password_once_and_ends_every_session(site, people, refused):
    old = sign_in(site, "Fay").token
    code = accounts.reset_code(site, people.admin, " FAY ")
    assert accounts.person_of_code(site, code) == people.forecaster
    new = accounts.reset_password(site, code=code, password=NEW)
    assert accounts.person_of(site, old) is None
    assert accounts.person_of(site, new.token) == new.person == people.forecaster
    assert sign_in(site, "Fay", NEW).person == people.forecaster
    with pytest.raises(WrongPasswordError):
        sign_in(site, "Fay", people.password)
    with refused(BAD_LINK, BadCodeError):
        accounts.reset_password(site, code=code, password=GOOD)


def test_two_who_use_one_code_at_once_change_it_once(site, people):
    code = accounts.reset_code(site, people.admin, "Fay")

    def try_to_use(number):
        try:
            return accounts.reset_password(site, code=code, password=f"{NEW} {number}").person
        except BadCodeError:
            return None

    with ThreadPoolExecutor(3) as pool:
        changed = [person for person in pool.map(try_to_use, range(3)) if person]
    assert changed == [people.forecaster]


def test_only_the_newest_reset_code_of_a_person_is_good(site, people, refused):
    old = accounts.reset_code(site, people.admin, "Fay")
    other = accounts.reset_code(site, people.admin, "Finn")
    new = accounts.reset_code(site, people.admin, "Fay")
    with refused(BAD_LINK, BadCodeError):
        accounts.person_of_code(site, old)
    assert accounts.person_of_code(site, new) == people.forecaster
    assert accounts.person_of_code(site, other) == people.other


def test_a_reset_code_is_good_for_two_days(site, people, clock, refused):
    code = accounts.reset_code(site, people.admin, "Fay")
    clock.advance(days=2)
    with refused(BAD_LINK, BadCodeError):
        accounts.reset_password(site, code=code, password=NEW)


def test_an_invitation_resets_nothing(site, people, refused):
    code = accounts.invitation_code(site, people.admin)
    with refused(BAD_LINK, BadCodeError):
        accounts.reset_password(site, code=code, password=NEW)


def test_the_operator_needs_no_account(site, people):
    code = accounts.reset_code(site, None, "Ada", operator=True)
    assert accounts.person_of_code(site, code) == people.admin
    accounts.set_role(site, None, people.other.id, Role.ADMIN, operator=True)
    (entry,) = site.store.newest_entries(1)
    assert (entry.actor, entry.event) == (SITE, RoleChanged(people.other.id, Role.ADMIN))


def test_a_role_is_changed_by_an_event(site, people):
    accounts.set_role(site, people.admin, people.other.id, Role.MODERATOR)
    assert site.store.people.get(people.other.id).role is Role.MODERATOR
    (entry,) = site.store.newest_entries(1)
    assert entry.actor == people.admin.id
    assert entry.event == RoleChanged(people.other.id, Role.MODERATOR)


def test_a_role_that_somebody_has_already_is_no_event(site, people, all_rows):
    before = all_rows(site.store.engine)
    accounts.set_role(site, people.admin, people.admin.id, Role.ADMIN)
    assert all_rows(site.store.engine) == before


@pytest.mark.parametrize("role", [Role.FORECASTER, Role.MODERATOR])
def test_the_last_admin_stays(site, people, refused, role):
    sentence = "A site must keep at least one admin; make somebody else admin first."
    with refused(sentence, LastAdminError):
        accounts.set_role(site, people.admin, people.admin.id, role)
    accounts.set_role(site, people.admin, people.other.id, Role.ADMIN)
    accounts.set_role(site, people.admin, people.admin.id, role)
    assert site.store.people.admins() == 1


def test_two_admins_who_step_down_at_once_leave_one(site, people):
    accounts.set_role(site, people.admin, people.other.id, Role.ADMIN)
    admins = [people.admin, replace(people.other, role=Role.ADMIN)]
    start = threading.Barrier(2)

    def step_down(person):
        start.wait()
        try:
            accounts.set_role(site, person, person.id, Role.FORECASTER)
        except LastAdminError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        stepped_down = list(pool.map(step_down, admins))
    assert sorted(stepped_down) == [False, True]
    assert site.store.people.admins() == 1


def test_somebody_who_is_not_there(site, people, refused):
    with refused("Nobody here is called “nobody”.", NoSuchPersonError):
        accounts.set_role(site, people.admin, "nobody", Role.ADMIN)
    with refused("Nobody here is called “nobody”.", NoSuchPersonError):
        accounts.reset_code(site, people.admin, "nobody")


def test_the_admin_sees_everybody(site, people):
    assert accounts.everybody(site, people.admin) == site.store.people.all()
    assert accounts.everybody(site, None, operator=True) == site.store.people.all()


@pytest.mark.parametrize(
    ("signup", "needed"), [("open", None), ("invited", "invitation"), ("closed", None)]
)
def test_what_a_new_account_takes(site, signup, needed, request):
    wanting = with_settings(site, signup=signup)
    assert accounts.needed_code(wanting) == "setup"
    assert request.getfixturevalue("people").admin
    if signup == "closed":
        with pytest.raises(SignUpClosedError):
            accounts.needed_code(wanting)
    else:
        assert accounts.needed_code(wanting) == needed


def test_secrets_are_not_in_the_file(site, people, tmp_path):
    reset = accounts.reset_code(site, people.admin, "Fay")
    invitation = accounts.invitation_code(site, people.admin)
    new = accounts.sign_up(site, name="Gus", password="a very secret password")
    token = sign_in(site, "Gus", "a very secret password").token
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Gus" in written
    assert b"$argon2id$" in written
    for secret in (reset, invitation, new.token, token, "a very secret password"):
        assert secret.encode() not in written


def test_secrets_are_no_events(site, people):
    revision = site.store.revision()
    sign_in(site)
    accounts.reset_code(site, people.admin, "Fay")
    accounts.invitation_code(site, people.admin)
    assert site.store.revision() == revision


def test_tokens_and_codes_have_256_random_bits(site, people):
    secrets = {
        sign_in(site).token,
        sign_in(site).token,
        accounts.reset_code(site, people.admin, "Fay"),
        accounts.invitation_code(site, people.admin),
    }
    assert len(secrets) == 4
    assert {len(secret) for secret in secrets} == {43}


@pytest.mark.parametrize("purpose", CODE_TIME)
def test_every_code_has_an_end(purpose):
    assert CODE_TIME[purpose] > timedelta(0)
