"""The journal: numbered, sealed, in order."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from forecasts.domain.events import (
    ForecastMade,
    ForecastWithdrawn,
    PersonErased,
    PersonJoined,
    QuestionAnnulled,
    Redacted,
    body_of,
)
from forecasts.domain.people import Role
from forecasts.site import open_engine
from forecasts.storage import journal
from forecasts.storage.journal import (
    JournalError,
    append,
    checked,
    newest,
    read,
    redact,
    revision,
)
from forecasts.storage.migrations import migrate

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EVENTS = [
    ForecastMade("rain", (0.25, 0.75)),
    ForecastMade("snow", (0.5, 0.5)),
    ForecastWithdrawn("rain"),
    QuestionAnnulled("snow", "Nobody measured – sorry."),
    ForecastMade("rain", (0.1, 0.9)),
]
COLUMNS = ("id", "at", "actor", "kind", "subject", "body", "body_digest", "digest")


@pytest.fixture
def engine(url):
    with closing(open_engine(url)) as engine:
        migrate(engine, NOON)
        yield engine


def write(engine, events=EVENTS):
    with engine.transaction():
        return [append(engine, event, actor="ada", now=NOON) for event in events]


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_empty_journal_is_whole(engine):
    assert revision(engine) == 0
    assert list(entries_of(engine)) == []
    assert newest(engine, 5) == []


def test_entries_are_numbered_and_come_back_as_they_were_written(engine):
    entries = write(engine)
    assert [entry.id for entry in entries] == [1, 2, 3, 4, 5]
    assert list(entries_of(engine)) == entries
    assert newest(engine, 2) == [entries[4], entries[3]]
    assert revision(engine) == 5


def test_long_journals_are_read_in_blocks(engine, monkeypatch):
    monkeypatch.setattr(journal, "BLOCK", 2)
    assert list(entries_of(engine)) == []
    entries = write(engine)
    assert list(entries_of(engine)) == entries


def test_seals_are_sha256_of_canonical_json(engine):
    write(engine, EVENTS[:2])
    first, second = engine.rows("SELECT body, body_digest, digest FROM journal ORDER BY id")
    body = '{"probabilities":[0.25,0.75]}'
    seal = sha256(
        f'[1,"","2026-01-05T12:00:00.000000Z","ada","forecast-made","rain","{sha256(body)}"]'
    )
    assert first == (body, sha256(body), seal)
    body = '{"probabilities":[0.5,0.5]}'
    assert second[2] == sha256(
        f'[2,"{seal}","2026-01-05T12:00:00.000000Z","ada","forecast-made","snow","{sha256(body)}"]'
    )


def test_seals_stay_what_they_were_in_older_databases(engine):
    write(engine)
    ((seal,),) = engine.rows("SELECT digest FROM journal WHERE id = 5")
    assert seal == "6b2d69d96917a565e2452b46059929470827efcc75bbbdb46e6ca692f008e6cc"


def test_a_clock_set_back_does_not_turn_the_order(engine):
    moments = [NOON, NOON - timedelta(days=1), NOON + timedelta(seconds=1), NOON]
    with engine.transaction():
        kept = [append(engine, EVENTS[0], actor="ada", now=now).at for now in moments]
    later = NOON + timedelta(seconds=1)
    assert kept == [NOON, NOON, later, later]
    assert [entry.at for entry in entries_of(engine)] == kept


def test_a_name_carries_128_random_bits():
    one, other = (body_of(PersonJoined("id", "Ada", Role.ADMIN)) for _ in range(2))
    assert one != other
    assert re.search(r'"nonce":"[0-9a-f]{32}"', one)


def test_appending_takes_a_transaction(engine):
    with pytest.raises(Exception, match="cannot be written"):
        append(engine, EVENTS[0], actor="ada", now=NOON)
    assert revision(engine) == 0


def entries_of(engine):
    return (entry for _, entry in checked(read(engine)))


def tamper(engine, statement, **values):
    """Change the journal by hand."""
    with engine.transaction():
        engine.rows(statement, **values)


@pytest.mark.parametrize("entry", [1, 3, 5])
@pytest.mark.parametrize("column", COLUMNS)
def test_any_change_of_any_column_is_found_and_named(engine, column, entry):
    write(engine)
    changed = "id + 100" if column == "id" else f"{column} || '0'"
    tamper(engine, f"UPDATE journal SET {column} = {changed} WHERE id = :entry", entry=entry)  # noqa: S608
    with pytest.raises(JournalError, match=rf"^Journal entry {entry} [a-z ]+\.$"):
        list(entries_of(engine))


@pytest.mark.parametrize("column", COLUMNS[1:])
@pytest.mark.parametrize("entry", [1, 4])
def test_any_changed_character_of_any_column_is_found_and_named(engine, column, entry):
    write(engine)
    ((value,),) = engine.rows(f"SELECT {column} FROM journal WHERE id = {entry}")  # noqa: S608
    for place in range(len(value)):
        other = "~" if value[place] != "~" else "!"
        spoilt = value[:place] + other + value[place + 1 :]
        change = f"UPDATE journal SET {column} = :value WHERE id = :entry"  # noqa: S608
        tamper(engine, change, value=spoilt, entry=entry)
        with pytest.raises(JournalError, match=rf"^Journal entry {entry} [a-z ]+\.$"):
            list(entries_of(engine))
    tamper(engine, change, value=value, entry=entry)
    assert len(list(entries_of(engine))) == len(EVENTS)


def test_a_body_that_was_taken_away_is_found(engine):
    write(engine)
    tamper(engine, "UPDATE journal SET body = NULL WHERE id = 2")
    with pytest.raises(JournalError, match="Journal entry 2 "):
        list(entries_of(engine))


@pytest.fixture
def erased(engine):
    """Ada and Bob have joined by entries 1 and 2 and are erased by entries 4 and 5."""
    people = [PersonJoined(name, name, Role.FORECASTER) for name in ("ada", "bob")]
    wishes = [PersonErased(person.subject, (number,)) for number, person in enumerate(people, 1)]
    entries = write(engine, [*people, EVENTS[0], *wishes])
    with engine.transaction():
        redact(engine, [1, 2])
    return entries, body_of(people[0])


def test_redacted_entries_leave_a_chain_that_still_fits(engine, erased):
    entries, _ = erased
    found = list(entries_of(engine))
    assert [entry.event for entry in found[:2]] == [
        Redacted("ada", "person-joined"),
        Redacted("bob", "person-joined"),
    ]
    assert found[2:] == entries[2:]
    assert newest(engine, 5) == found[::-1]


def test_a_redacted_body_put_back_is_found(engine, erased):
    _, body = erased
    tamper(engine, "UPDATE journal SET body = :body WHERE id = 1", body=body)
    sentence = r"^Journal entry 1 still has the body that entry 4 took away\.$"
    with pytest.raises(JournalError, match=sentence):
        list(entries_of(engine))


def test_another_body_in_the_place_of_a_redacted_one_is_found(engine, erased):
    assert erased
    tamper(engine, "UPDATE journal SET body = '{}' WHERE id = 1")
    sentence = r"^Journal entry 1 has another body than the one that was sealed\.$"
    with pytest.raises(JournalError, match=sentence):
        list(entries_of(engine))


def test_the_first_body_gone_without_an_entry_that_says_so_is_named(engine, erased):
    assert erased
    write(engine, [*EVENTS, PersonErased("eve", ())])
    tamper(engine, "UPDATE journal SET body = NULL WHERE id IN (7, 9)")
    sentence = r"^Journal entry 7 lost its body, and no entry says that it was redacted\.$"
    with pytest.raises(JournalError, match=sentence):
        list(entries_of(engine))


@pytest.mark.parametrize("number", [1, 3, 6, 7, 99])
def test_an_entry_cannot_say_that_it_took_what_was_not_there_to_take(engine, erased, number):
    """It was redacted before, is still there, is the entry itself, comes later, or never was."""
    assert erased
    write(engine, [PersonErased("ada", (number,)), EVENTS[0]])
    sentence = rf"^Journal entry {number} still has the body that entry 6 took away\.$"
    with pytest.raises(JournalError, match=sentence):
        list(entries_of(engine))


def test_a_body_changed_with_its_digest_is_found(engine):
    write(engine)
    body = '{"probabilities":[0.99,0.01]}'
    tamper(
        engine,
        "UPDATE journal SET body = :body, body_digest = :digest WHERE id = 2",
        body=body,
        digest=sha256(body),
    )
    with pytest.raises(JournalError, match="Journal entry 2 does not fit its seal"):
        list(entries_of(engine))


@pytest.mark.parametrize("number", [0, -3])
def test_an_entry_before_the_first_is_found_and_named(engine, number):
    write(engine)
    tamper(
        engine,
        """
        INSERT INTO journal (id, at, actor, kind, subject, body, body_digest, digest)
        SELECT :number, at, actor, kind, subject, body, body_digest, digest
        FROM journal
        WHERE id = 1
        """,
        number=number,
    )
    with pytest.raises(JournalError) as caught:
        list(entries_of(engine))
    assert str(caught.value) == f"Journal entry {number} has no place in the order."


@pytest.mark.parametrize("entry", [1, 2, 4])
def test_an_entry_taken_out_is_missed(engine, entry):
    write(engine)
    tamper(engine, "DELETE FROM journal WHERE id = :entry", entry=entry)
    with pytest.raises(JournalError, match=f"Journal entry {entry} is missing"):
        list(entries_of(engine))


def test_two_entries_that_changed_places_are_found(engine):
    write(engine)
    for old, new in ((2, 99), (3, 2), (99, 3)):
        tamper(engine, "UPDATE journal SET id = :new WHERE id = :old", old=old, new=new)
    with pytest.raises(JournalError, match="Journal entry 2 does not fit its seal"):
        list(entries_of(engine))


def test_what_comes_before_a_wrong_entry_is_still_given(engine):
    entries = write(engine)
    tamper(engine, "UPDATE journal SET actor = 'eve' WHERE id = 4")
    found = []
    with pytest.raises(JournalError):
        found.extend(iter(entries_of(engine)))
    assert found == entries[:3]
