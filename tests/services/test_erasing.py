"""Erasing a person: what goes, what stays, and who may."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
from databases import URLS, postgres

from forecasts.domain.events import SITE, PersonErased, PersonJoined
from forecasts.domain.people import NotAllowedError, Person, Role, name_key
from forecasts.errors import DatabaseError, ForecastsError
from forecasts.services import accounts, chronicle, forecasting, reporting, resolving, scoreboard
from forecasts.services.accounts import (
    FormerMemberError,
    LastAdminError,
    NoSuchPersonError,
    WrongPasswordError,
)
from forecasts.services.codes import BadCodeError
from forecasts.site import open_engine
from forecasts.storage import purging
from forecasts.storage.sqlite import SqliteEngine
from forecasts.storage.verify import verify

FORMER_FAY = "Former member 3"
LAST_ADMIN = "A site must keep at least one admin; make somebody else admin first."
ERASED = f"{FORMER_FAY} was erased and has no account any more."


@pytest.fixture(params=URLS)
def url(request, tmp_path):
    """The address of a new, empty database."""
    return URLS[request.param](tmp_path)


@pytest.fixture
def engine(url):
    """An engine on it."""
    with closing(open_engine(url)) as engine:
        yield engine


@pytest.fixture
def fay(people):
    """Fay, who joined by the third entry."""
    return people.forecaster


@pytest.fixture
def erase(site, people):
    """Lets the admin erase somebody."""

    def erase(person):
        return accounts.erase(site, people.admin, person.id).person

    return erase


def sign_in(site, name, password, address="192.0.2.1"):
    return accounts.sign_in(site, name=name, password=password, address=address)


def test_who_was_erased_is_a_number_without_rights(site, people, erase, fay, clock):
    accounts.set_role(site, people.admin, fay.id, Role.ADMIN)
    moment = clock.advance(hours=1)
    former = erase(fay)
    assert former == Person(fay.id, FORMER_FAY, Role.FORECASTER, erased=True)
    assert site.store.people.get(fay.id) == former
    assert site.store.people.named("Fay") is None
    (entry,) = site.store.newest_entries(1)
    assert (entry.actor, entry.at) == (people.admin.id, moment)
    assert entry.event == PersonErased(fay.id, (3,))
    found = verify(site.store.engine)
    assert (found.entries, found.redacted) == (entry.id, (3,))


def test_everything_they_could_come_in_by_is_gone(site, people, erase, fay, clock, refused):
    token = sign_in(site, "Fay", people.password).token
    code = accounts.reset_code(site, people.admin, "Fay")
    with suppress(WrongPasswordError):
        sign_in(site, " FAY", "wrong password")
    erase(fay)
    assert accounts.person_of(site, token) is None
    assert site.store.accounts.password_hash(fay.id) is None
    assert site.store.accounts.failures(name_key("Fay"), clock()) == []
    with pytest.raises(BadCodeError):
        accounts.person_of_code(site, code)
    with pytest.raises(BadCodeError):
        accounts.reset_password(site, code=code, password="another good password")
    with refused("Name and password do not belong together.", WrongPasswordError):
        sign_in(site, FORMER_FAY, people.password)
    with pytest.raises(WrongPasswordError):
        sign_in(site, "Fay", people.password)


@pytest.mark.parametrize("name", ["Fay", FORMER_FAY, "former member 3", "ＦＯＲＭＥＲ member  3"])
def test_no_name_finds_them(site, people, erase, fay, refused, name):
    erase(fay)
    sentence = f"Nobody here is called “{name}”."
    with refused(sentence, NoSuchPersonError):
        accounts.person_named(site, name)
    with refused(sentence, NoSuchPersonError):
        accounts.reset_code(site, people.admin, name)


def test_they_get_no_role_and_are_not_erased_twice(site, people, erase, fay, refused):
    erase(fay)
    with refused(ERASED, FormerMemberError):
        accounts.set_role(site, people.admin, fay.id, Role.ADMIN)
    with refused(ERASED, FormerMemberError):
        erase(fay)
    sentence = "To erase somebody you must be signed in as a forecaster."
    with refused(sentence, NotAllowedError):
        accounts.erase(site, fay, fay.id)


def test_nobody_is_erased_who_is_not_there(site, people, refused):
    with refused("Nobody here is called “nobody”.", NoSuchPersonError):
        accounts.erase(site, people.admin, "nobody")


def test_the_last_admin_stays(site, people, refused):
    for by, operator in ((people.admin, False), (None, True)):
        with refused(LAST_ADMIN, LastAdminError):
            accounts.erase(site, by, people.admin.id, operator=operator)
    accounts.set_role(site, people.admin, people.other.id, Role.ADMIN)
    accounts.erase(site, people.admin, people.admin.id)
    assert site.store.people.admins() == 1


def test_two_admins_who_leave_at_once_leave_one(site, people):
    accounts.set_role(site, people.admin, people.other.id, Role.ADMIN)
    start = threading.Barrier(2)

    def leave(person):
        start.wait()
        try:
            return accounts.erase(site, person, person.id)
        except LastAdminError:
            return None

    with ThreadPoolExecutor(2) as pool:
        left = list(pool.map(leave, [people.admin, people.other]))
    assert left.count(None) == 1
    assert site.store.people.admins() == 1


def test_everybody_may_erase_themself_and_nobody_else(site, people, fay, refused):
    sentence = "To erase somebody you must be signed in as an admin."
    for by in (None, people.moderator, fay):
        with refused(sentence, NotAllowedError):
            accounts.erase(site, by, people.other.id)
    assert accounts.erase(site, fay, fay.id).person.name == FORMER_FAY
    (line, *_) = chronicle.lines(site, people.admin, 1)
    assert line[2:] == (FORMER_FAY, f"erased {FORMER_FAY}")


def test_the_operator_needs_no_account(site, fay):
    accounts.erase(site, None, fay.id, operator=True)
    assert site.store.newest_entries(1)[0].actor == SITE


def test_former_members_come_last_among_everybody(site, people, erase, fay):
    former = erase(fay)
    assert accounts.everybody(site, people.admin) == [
        people.admin,
        people.other,
        people.moderator,
        former,
    ]


def test_the_name_is_free_again_and_is_somebody_else(site, people, erase, fay):
    erase(fay)
    new = accounts.sign_up(site, name="Fay", password=people.password).person
    assert new.id != fay.id
    assert sign_in(site, "fay", people.password).person == new


def test_an_erased_name_takes_no_place_that_another_needs(site, people, erase, fay):
    assert erase(fay).name != erase(people.other).name
    assert verify(site.store.engine).redacted == (3, 4)


def test_a_sign_in_that_is_erased_while_it_is_checked_opens_nothing(
    site, people, erase, fay, monkeypatch
):
    fits = accounts._fits

    def erase_meanwhile(kept, password):
        answer = fits(kept, password)
        erase(fay)
        return answer

    monkeypatch.setattr(accounts, "_fits", erase_meanwhile)
    with pytest.raises(WrongPasswordError):
        sign_in(site, "Fay", people.password)
    assert site.store.engine.rows("SELECT * FROM sessions") == []


def test_what_fails_half_way_erases_nothing(site, people, fay, monkeypatch, refused):
    rows = site.store.engine.rows

    def fail(sql, /, **params):
        if "failures" in sql:
            raise DatabaseError("The disk is full; nothing was changed.")
        return rows(sql, **params)

    with refused("The disk is full; nothing was changed."), monkeypatch.context() as patch:
        patch.setattr(site.store.engine, "rows", fail)
        accounts.erase(site, people.admin, fay.id)


def test_who_is_erased_is_told_what_is_not_cleared_yet(site, people, fay, monkeypatch):
    assert accounts.erase(site, people.admin, people.other.id).left == ""
    monkeypatch.setattr(site.store.engine, "purge", lambda *_: False)
    assert accounts.erase(site, people.admin, fay.id).left == accounts.UNCLEARED
    assert site.store.people.get(fay.id).erased


# What stays


def shown(site, people, questions):
    """Everything that says names, as text."""
    reports = [
        *(reporting.question(site, people.other, one) for one in questions),
        scoreboard.ranking(site, people.other),
        scoreboard.scored_people(site, people.other),
        chronicle.lines(site, people.admin, 100),
        accounts.everybody(site, people.admin),
    ]
    return [repr(report).replace(people.forecaster.id, "their id") for report in reports]


def test_forecasts_and_scores_stay_under_the_number(
    *, site, people, questions, say, resolve, erase, fay, clock
):
    for person, yes in ((fay, 0.7), (people.other, 0.4)):
        say(person, questions.binary, yes)
        say(person, questions.choice, 0.2, 0.3, 0.5)
    resolve(questions.binary, 0, clock.advance(days=50))
    both = questions.binary, questions.choice
    before = shown(site, people, both)
    assert sum("Fay" in text for text in before) == len(before)
    erase(fay)
    after = shown(site, people, both)
    assert [FORMER_FAY in text for text in after] == [True] * len(after)
    assert [text for text in after if "Fay" in text] == []
    for kept, text in zip(before[:2], after[:2], strict=True):
        assert text == kept.replace("Fay", FORMER_FAY)
    resolving.undo(site, people.moderator, questions.binary)
    resolve(questions.binary, 0, clock())
    assert shown(site, people, both)[0].count(FORMER_FAY) == after[0].count(FORMER_FAY)
    assert verify(site.store.engine).redacted == (3,)


# What is in the files


@pytest.fixture
def files(engine, tmp_path):
    """Reads all that the database has in its files but for PostgreSQL's log, in lower case."""
    folder, server = tmp_path, None
    if not isinstance(engine, SqliteEngine):
        ((data,),) = engine.rows("SHOW data_directory")
        folder, server = Path(data) / "base", postgres()
        if not folder.is_dir():
            pytest.skip("the files of this PostgreSQL are elsewhere")

    def read():
        if server is not None:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute("CHECKPOINT")
        return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).lower()

    return read


@pytest.mark.parametrize("closed", [False, True], ids=["while it runs", "once it is closed"])
def test_the_name_is_nowhere_in_the_files(*, site, people, files, questions, erase, closed):
    zoe = accounts.sign_up(site, name="Zoé Quixote", password=people.password).person
    forecasting.submit(site, zoe, questions.binary, [0.5, 0.5])
    with suppress(ForecastsError):
        sign_in(site, "Zoé QUIXOTE", "wrong password")
    assert b"quixote" in files()
    former = erase(zoe)
    if closed:
        site.store.close()
    written = files()
    assert former.name.lower().encode() in written
    for part in ("zoé", "quixote"):
        assert part.encode() not in written


def test_nor_is_it_in_what_is_left_of_pages_that_were_split(site, people, files):
    """Deleting does not reach the copies that a page of an index leaves behind; see `purge`."""
    names = [f"{number * 7919 % 10007:05} Panza" for number in range(1, 601)]
    crowd = [Person(f"id-{number}", name, Role.FORECASTER) for number, name in enumerate(names)]
    *gone, last = crowd[::3]
    with site.store.transaction():
        for one in crowd:
            event = PersonJoined(one.id, one.name, one.role)
            site.store.append(event, actor=one.id, now=site.now())
        for one in gone:
            event = PersonErased(one.id, (site.store.people.entry(one.id),))
            site.store.append(event, actor=SITE, now=site.now())
    accounts.erase(site, people.admin, last.id)
    written = files()
    left = {one for one in names if one.lower().encode() in written}
    assert left == {*names} - {*names[::3]}


def test_nobody_who_writes_waits_for_an_erasing_that_waits_for_a_reader(site, people, join, url):
    with (
        ThreadPoolExecutor(1) as pool,
        closing(open_engine(url)) as other,
        other.snapshot(),
    ):
        other.rows("SELECT COUNT(*) FROM people")
        began = time.monotonic()
        erasing = pool.submit(accounts.erase, site, people.admin, people.forecaster.id)
        for number in range(4):
            join(f"Newcomer {number}")
        assert time.monotonic() - began < 5
        assert erasing.result().left == accounts.UNCLEARED
    assert time.monotonic() - began < 9


def test_the_name_goes_with_a_later_change_once_the_reader_has_gone(
    *, site, people, join, files, url, monkeypatch
):
    monkeypatch.setattr(purging, "REST", 0)
    monkeypatch.setattr(purging, "TRIES", 2)
    dulcinea = accounts.sign_up(site, name="Dulcinea", password=people.password).person
    with closing(open_engine(url)) as other:
        with other.snapshot():
            other.rows("SELECT COUNT(*) FROM people")
            assert accounts.erase(site, people.admin, dulcinea.id).left == accounts.UNCLEARED
            join("Rocinante")
        assert b"dulcinea" in files()
        join("Altisidora")
        assert b"dulcinea" not in files()
