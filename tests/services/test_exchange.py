"""A site goes to a folder and comes out of it the same, on either database; nothing else does."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from databases import URLS

from forecasts.domain.events import (
    KINDS,
    ForecastMade,
    PersonErased,
    PersonJoined,
    QuestionAsked,
    ReferenceRecorded,
    canonical,
)
from forecasts.domain.people import Role
from forecasts.domain.questions import YES_NO, Kind
from forecasts.errors import ForecastsError
from forecasts.services import accounts, exchange, forecasting, resolving, scoreboard
from forecasts.services.exchange import NotEmptyError, SecretsInsideError
from forecasts.settings import Settings
from forecasts.site import open_site
from forecasts.storage import journal
from forecasts.storage.export_files import ENTRY, ExportError
from forecasts.storage.lines import LinesError
from forecasts.storage.tables import TABLES, rows_of
from forecasts.storage.verify import verify
from forecasts.storage.whole import FileError, TakenError

LATER = datetime(2026, 6, 1, tzinfo=UTC)
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"


@pytest.fixture
def lived(site, people, questions, clock):
    """A site that went through everything an event can say, somebody erased included."""
    for number, person in enumerate((people.admin, people.forecaster, people.other) * 3):
        forecasting.submit(
            site, person, questions.binary, [(number + 1) / 11, 1 - (number + 1) / 11]
        )
        forecasting.submit(site, person, questions.choice, [0.2, 0.3, 0.5])
        clock.advance(days=1)
    forecasting.withdraw(site, people.other, questions.binary)
    accounts.set_role(site, people.admin, people.forecaster.id, Role.MODERATOR)
    known = clock.advance(hours=1)
    for question, outcome in ((questions.binary, 1), (questions.choice, 2)):
        resolving.resolve(
            site, people.admin, question, outcome=outcome, known_since=known, source="=news()"
        )
    resolving.undo(site, people.admin, questions.choice)
    resolving.annul(site, people.admin, questions.choice, reason="“half” a ½ line\nbreak")
    reference = ReferenceRecorded(questions.binary, "@there", "https://x.test", known, (0.3, 0.7))
    erase(site, people.other.id, people.admin.id)
    with site.store.transaction():
        site.store.append(reference, actor="site", now=site.now())
    return site


def erase(site, person_id, by):
    engine = site.store.engine
    ((joined,),) = engine.rows("SELECT entry FROM people WHERE id = :id", id=person_id)
    with site.store.transaction():
        site.store.append(PersonErased(person_id, (joined,)), actor=by, now=site.now())
        engine.rows("DELETE FROM credentials WHERE person = :id", id=person_id)


@pytest.fixture(params=URLS)
def target(request, tmp_path):
    """An empty site on either database."""
    folder = tmp_path / "target"
    folder.mkdir()
    with opened(URLS[request.param](folder)) as site:
        yield site


@contextmanager
def opened(url):
    site = open_site(Settings(database=url, now=LATER))
    with closing(site.store):
        yield site


@pytest.fixture
def exported(lived, tmp_path):
    """The folder to which `lived` was exported."""
    exchange.export_site(lived.store, tmp_path / "export", tmp_path / "accounts.jsonl")
    return tmp_path / "export"


def state(site):
    """All that a move shall keep."""
    engine = site.store.engine
    tables = {name: list(rows_of(engine, name)) for name in TABLES}
    return list(journal.read(engine)), tables, site.store.accounts.credentials()


def assert_empty(site):
    rows, tables, credentials = state(site)
    assert (rows, credentials) == ([], [])
    assert not any(tables.values())


def lines_of(folder):
    return (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)


def rewrite(folder, lines):
    """Put other lines in the place of the journal, and let `digest.json` agree where it can."""
    text = b"".join(lines)
    (folder / "journal.jsonl").write_bytes(text)
    tell(folder, sha256=hashlib.sha256(text).hexdigest())


def tell(folder, **values):
    path = folder / "digest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def seal(folder, change):
    """Change the entries and seal them all anew, as somebody would who means it."""
    before, lines = "", []
    for line in lines_of(folder):
        values = json.loads(line)
        change(values)
        if values["body"] is not None:
            values["body_digest"] = hashlib.sha256(values["body"].encode()).hexdigest()
        sealed = [values["id"], before, *(values[name] for name in journal.NAMES[1:5])]
        text = canonical([*sealed, values["body_digest"]])
        before = values["digest"] = hashlib.sha256(text.encode()).hexdigest()
        lines.append(f"{canonical(values)}\n".encode())
    rewrite(folder, lines)
    tell(folder, digest=before)


def refusal(target, folder, error=ForecastsError, accounts_file=None):
    with pytest.raises(error) as caught:
        exchange.import_site(target.store, folder, LATER, accounts_file)
    assert_empty(target)
    return str(caught.value)


def test_what_lived_went_through_everything(lived):
    kinds = {kind for (kind,) in lived.store.engine.rows("SELECT DISTINCT kind FROM journal")}
    assert kinds == set(KINDS)
    assert all(state(lived)[1].values())


def test_a_site_moves_to_another_database_and_back(lived, exported, target, tmp_path):
    before = state(lived)
    secrets = tmp_path / "accounts.jsonl"
    moved = exchange.import_site(target.store, exported, LATER, secrets)
    assert state(target) == before
    assert moved == exchange.Moved(len(before[0]), before[0][-1][-1], 3)
    exchange.export_site(target.store, tmp_path / "back", tmp_path / "back.jsonl")
    assert (tmp_path / "back.jsonl").read_bytes() == secrets.read_bytes()
    for path in exported.rglob("*.*"):
        assert (tmp_path / "back" / path.relative_to(exported)).read_bytes() == path.read_bytes()
    with opened(URLS["sqlite"](tmp_path / "home")) as home:
        exchange.import_site(home.store, tmp_path / "back", LATER, tmp_path / "back.jsonl")
        assert state(home) == before
        verify(home.store.engine)


def test_standings_and_passwords_are_the_same(lived, exported, target, tmp_path):
    exchange.import_site(target.store, exported, LATER, tmp_path / "accounts.jsonl")
    assert repr(scoreboard.ranking(target, None)) == repr(scoreboard.ranking(lived, None))
    accounts.sign_in(target, name="Fay", password="correct horse battery", address="here")


def test_an_empty_site_comes_along_too(site, target, tmp_path):
    moved = exchange.export_site(site.store, tmp_path / "export")
    assert moved == exchange.import_site(target.store, tmp_path / "export", LATER)
    assert moved == exchange.Moved(0, "", 0)
    assert_empty(target)


def test_journals_longer_than_a_block(target, lived, tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "BLOCK", 4)
    told = []
    exchange.export_site(lived.store, tmp_path / "again", progress=lambda *one: told.append(one))
    exchange.import_site(
        target.store, tmp_path / "again", LATER, progress=lambda *one: told.append(one)
    )
    assert state(target)[:2] == state(lived)[:2]
    whole = lived.store.revision()
    assert {doing for doing, _, _ in told} == {"journal", "tables", "lines", "entries"}
    assert ("journal", 4, whole) in told
    assert ("lines", 4, whole) in told
    assert ("entries", whole, whole) in told


def test_a_site_that_is_not_empty_takes_no_export(lived, exported, refused):
    entries = lived.store.revision()
    sentence = (
        f"The site has {entries} journal entries already; an export is imported into a new "
        "database, before the site is first started on it."
    )
    with refused(sentence, NotEmptyError):
        exchange.import_site(lived.store, exported, LATER)


def test_a_site_that_begins_meanwhile_keeps_what_it_has(exported, target, monkeypatch):
    def begin(*_):
        with target.store.transaction():
            event = PersonJoined("zoe", "Zoe", Role.ADMIN)
            target.store.append(event, actor="zoe", now=LATER)

    monkeypatch.setattr(exchange, "check_journal", begin)
    with pytest.raises(NotEmptyError):
        exchange.import_site(target.store, exported, LATER)
    assert target.store.revision() == 1


# what an export looks like


def test_the_digest_tells_what_the_journal_is(lived, exported):
    text = (exported / "journal.jsonl").read_bytes()
    rows = list(journal.read(lived.store.engine))
    assert json.loads((exported / "digest.json").read_text()) == {
        "format": 1,
        "entries": len(rows),
        "digest": rows[-1][-1],
        "sha256": hashlib.sha256(text).hexdigest(),
    }
    assert [tuple(json.loads(line)[name] for name in ENTRY) for line in text.splitlines()] == rows
    assert tuple(ENTRY) == journal.NAMES


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_there_for_people(lived, exported, name):
    with (exported / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == TABLES[name].columns
    kept = list(rows_of(lived.store.engine, name))
    assert rows == [[as_cell(value) for value in row] for row in kept]


def as_cell(value):
    formula = isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}
    return f"'{value}" if formula else "" if value is None else str(value)


def test_what_a_spreadsheet_would_calculate_is_marked(exported):
    assert ",'=news()," in (exported / "tables" / "resolutions.csv").read_text(encoding="utf-8")
    assert ",'@there," in (exported / "tables" / "reference_values.csv").read_text(encoding="utf-8")
    assert ",-" in (exported / "tables" / "scores.csv").read_text(encoding="utf-8")


def test_accounts_go_into_a_new_file(lived, tmp_path):
    secrets = tmp_path / "accounts.jsonl"
    secrets.write_text("mine")
    with pytest.raises(TakenError) as caught:
        exchange.export_site(lived.store, tmp_path / "export", secrets)
    sentence = f"There is something at {secrets} already; name a file that is not there yet."
    assert str(caught.value) == sentence
    assert list(tmp_path.glob("export*")) == []
    assert secrets.read_text() == "mine"


def test_secrets_stay_out_of_the_folder(lived, exported, tmp_path):
    hashes = [kept for _, kept in lived.store.accounts.credentials()]
    everything = b"".join(path.read_bytes() for path in exported.rglob("*.*"))
    assert not any(kept.encode() in everything for kept in hashes)
    secrets = tmp_path / "accounts.jsonl"
    lines = secrets.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["password_hash"] for line in lines] == hashes
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600


@pytest.mark.parametrize("inside", ["accounts.jsonl", "tables/../a", "deep/er"])
def test_secrets_are_not_put_into_the_folder(lived, tmp_path, inside):
    folder = tmp_path / "export"
    with pytest.raises(SecretsInsideError, match="keep password hashes out of what others"):
        exchange.export_site(lived.store, folder, folder / inside)
    assert not folder.exists()


def test_an_export_while_somebody_writes_is_one_state(lived, target, tmp_path):
    def join_meanwhile(*_):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(join, lived).result(timeout=10)

    before = state(lived)
    exchange.export_site(lived.store, tmp_path / "export", tmp_path / "a", join_meanwhile)
    assert lived.store.revision() > len(before[0])
    exchange.import_site(target.store, tmp_path / "export", LATER, tmp_path / "a")
    assert state(target) == before


def join(site):
    number = site.store.revision()
    with site.store.transaction():
        event = PersonJoined(f"new-{number}", f"New {number}", Role.FORECASTER)
        site.store.append(event, actor=event.subject, now=site.now())
        site.store.accounts.set_password_hash(event.subject, HASH)


class Killed(BaseException):
    """What ends a command from outside."""


@pytest.mark.parametrize("phase", ["journal", "tables"])
def test_a_killed_export_leaves_nothing(lived, tmp_path, phase):
    def kill(doing, _done, _whole):
        if doing == phase:
            raise Killed

    before = sorted(tmp_path.iterdir())
    with pytest.raises(Killed):
        exchange.export_site(lived.store, tmp_path / "export", tmp_path / "accounts", kill)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("phase", ["lines", "entries"])
def test_a_killed_import_leaves_nothing(exported, target, monkeypatch, phase):
    def kill(doing, _done, _whole):
        if doing == phase:
            raise Killed

    monkeypatch.setattr(journal, "BLOCK", 5)
    with pytest.raises(Killed):
        exchange.import_site(target.store, exported, LATER, progress=kill)
    assert_empty(target)
    exchange.import_site(target.store, exported, LATER)


def test_a_journal_that_is_not_whole_is_not_exported(lived, tmp_path):
    with lived.store.transaction():
        lived.store.engine.rows("UPDATE journal SET actor = 'eve' WHERE id = 3")
    with pytest.raises(journal.JournalError, match="entry 3 does not fit its seal"):
        exchange.export_site(lived.store, tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_an_export_goes_into_a_folder_that_is_empty(lived, tmp_path):
    folder = tmp_path / "export"
    folder.mkdir()
    exchange.export_site(lived.store, folder)
    with pytest.raises(TakenError) as caught:
        exchange.export_site(lived.store, folder)
    sentence = f"There is something at {folder} already; name a new or an empty folder."
    assert str(caught.value) == sentence
    with pytest.raises(TakenError):
        exchange.export_site(lived.store, folder / "journal.jsonl")
    with pytest.raises(FileError, match="cannot be written: No such file or directory"):
        exchange.export_site(lived.store, tmp_path / "no" / "where")


# what is no whole export


@pytest.mark.parametrize("seed", range(60))
def test_any_changed_character_is_refused(exported, tmp_path, seed):
    draw = random.Random(seed)
    text = (exported / "journal.jsonl").read_bytes()
    where = draw.randrange(len(text))
    new = draw.choice([byte for byte in b'a0 "\\{}:,\n\t\x00\xff}' if byte != text[where]])
    changed = text[:where] + bytes([new]) + text[where + 1 :]
    (exported / "journal.jsonl").write_bytes(changed)
    line = text[:where].count(b"\n") + 1
    with opened(URLS["sqlite"](tmp_path / "new")) as new_site:
        sentence = refusal(new_site, exported)
    assert f"line {line}:" in sentence or f"line {line + 1}:" in sentence


@pytest.mark.parametrize("name", ["digest.json", "journal.jsonl"])
def test_a_character_more_or_less_is_refused(exported, tmp_path, name):
    path = exported / name
    text = path.read_bytes()
    with opened(URLS["sqlite"](tmp_path / "new")) as new_site:
        for changed in (text + b" ", text + b"\n", text[:-1], b" " + text, text[1:], b""):
            path.write_bytes(changed)
            if name == "journal.jsonl" or changed.strip() != text.strip():
                refusal(new_site, exported)


def test_one_changed_line_is_named(exported, target):
    lines = lines_of(exported)
    values = json.loads(lines[4])
    lines[4] = f"{canonical({**values, 'actor': 'eve'})}\n".encode()
    rewrite(exported, lines)
    path = exported / "journal.jsonl"
    sentence = f"{path}, line 5: Journal entry 5 does not fit its seal."
    assert refusal(target, exported, ExportError) == sentence


def test_a_file_that_was_sealed_in_another_form_says_the_same(exported, target):
    lines = lines_of(exported)
    rewrite(exported, [line.replace(b":", b": ", 1) for line in lines])
    assert exchange.import_site(target.store, exported, LATER).entries == len(lines)


def without(line, name):
    values = json.loads(line)
    del values[name]
    return f"{canonical(values)}\n".encode()


def changed(line, **fields):
    return f"{canonical({**json.loads(line), **fields})}\n".encode()


def test_all_mistakes_are_told_with_line_and_field(exported, target):
    lines = lines_of(exported)
    body = json.loads(lines[6])["body"]
    lines[0] = b"hello\n"
    lines[1] = b"[" * 100_000 + b"\n"
    lines[2] = b'"text"\n'
    lines[3] = without(lines[3], "actor")
    lines[4] = changed(lines[4], colour="red")
    lines[5] = changed(lines[5], id=True, at="2026-01-01", digest="x", subject=None)
    lines[6] = changed(lines[6], body=body.replace("[", '["a",'))
    lines[7] = b"\xff\n"
    lines[8] = changed(lines[8], id=3)
    lines[9] = changed(lines[9], kind="dance-danced")
    lines[10] = lines[10].replace(b":", b": ", 1)
    lines[11] = changed(lines[11], body="no JSON")
    lines[12] = changed(lines[12], body="[]", actor="\ud800".encode("utf-8", "replace").decode())
    lines[13] = lines[13].replace(b'"actor":"', b'"actor":"\\ud800')
    lines[14] = changed(lines[14], actor="\0")
    lines[-1] = lines[-1][:-9]
    path = exported / "journal.jsonl"
    path.write_bytes(b"".join(lines))
    assert refusal(target, exported, LinesError).splitlines() == [
        f"{path} cannot be imported, and nothing was:",
        "  line 1: it must be JSON",
        "  line 2: it must be JSON",
        "  line 3: it must be a JSON object",
        "  line 4: actor is missing",
        "  line 5: colour is unknown to this version",
        "  line 6: id must be a whole number",
        "  line 6: at must be a moment such as 2028-11-07T12:30:00.000000Z",
        "  line 6: subject must be text",
        "  line 6: digest must be 64 hexadecimal digits",
        "  line 7: body.probabilities must be a list, each a number",
        "  line 8: it must be UTF-8",
        "  line 9: id must be 9, the number of the line; got 3",
        "  line 10: kind is unknown to this version; got dance-danced",
        "  line 11: it must be written as an export writes it: keys sorted, no spaces",
        "  line 12: body must be JSON",
        "  line 13: body must be a JSON object",
        "  line 14: actor must be text",
        "  line 15: actor must be text",
        f"  line {len(lines)}: it must be JSON; it is cut short",
    ]


def test_of_many_mistakes_the_first_are_told(exported, target):
    count = len(lines_of(exported))
    rewrite(exported, [b"x\n"] * count)
    told = refusal(target, exported, LinesError).splitlines()
    assert told[-2:] == ["  line 20: it must be JSON", f"  … and {count - 20} more"]


def test_an_export_cut_short_between_two_lines_is_found(exported, target):
    lines = lines_of(exported)
    (exported / "journal.jsonl").write_bytes(b"".join(lines[:-1]))
    assert refusal(target, exported, ExportError) == (
        f"{exported / 'journal.jsonl'} is not what digest.json tells of: "
        f"entries is {len(lines) - 1} and not {len(lines)}."
    )


@pytest.mark.parametrize("name", ["sha256", "digest"])
def test_the_digest_must_be_that_of_the_journal(exported, target, name):
    tell(exported, **{name: "0" * 64})
    assert f"{name} is " in refusal(target, exported, ExportError)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "{path} must be JSON."),
        ("[" * 100_000, "{path} must be JSON."),
        ("[]", "{path}: it must be a JSON object."),
        ('{"format": true}', "{path}: format must be a whole number."),
        ('{"format": 2}', "{folder} was exported by a newer version; please update."),
        ('{"format": 1, "entries": 1, "digest": ""}', "{path}: sha256 is missing."),
    ],
)
def test_a_digest_that_cannot_be_read(exported, target, text, sentence):
    path = exported / "digest.json"
    path.write_text(text)
    assert refusal(target, exported) == sentence.format(path=path, folder=exported)


def test_what_is_no_export(target, tmp_path):
    folder = tmp_path / "nothing"
    assert refusal(target, folder) == f"{folder} is no export: it has no digest.json."


def test_an_export_without_its_journal(exported, target):
    (exported / "journal.jsonl").unlink()
    assert "journal.jsonl cannot be read: No such file or directory." in refusal(target, exported)


def test_a_body_without_its_redaction_is_refused(exported, target):
    lines = lines_of(exported)
    lines[1] = changed(lines[1], body=None)
    rewrite(exported, lines)
    assert "entry 2 lost its body" in refusal(target, exported)


def test_a_body_that_was_redacted_is_not_smuggled_in(exported, target):
    bodies = [json.loads(line)["body"] for line in lines_of(exported)]
    number = bodies.index(None) + 1

    def smuggle(values):
        if values["id"] == number:
            values["body"] = '{"name":"Finn","nonce":"","role":"forecaster"}'

    seal(exported, smuggle)
    assert f"line {number}: Journal entry {number} still has" in refusal(target, exported)


KNOWN = "2026-01-10T00:00:00.000000Z"
ASKED = {
    "background": "",
    "closes": "2026-04-11T00:00:00.000000Z",
    "criteria": "As the jury says.",
    "opens": "2026-01-01T00:00:00.000000Z",
    "outcomes": ["Red", "Green"],
    "question_kind": "choice",
    "tags": [],
    "title": "Which one will it be?",
}
JOINED = {"name": "Zoe", "nonce": "", "role": "forecaster"}
RESOLVED = {"known_since": KNOWN, "note": "", "outcome": 0, "source": "x"}
REFERENCE = {"at": KNOWN, "source": "x", "url": "x"}


def saying(*probabilities):
    return {"probabilities": list(probabilities)}


OPEN, CLOSED = "will-it-rain-in-april", "which-colour-will-win"
UNKNOWN_QUESTION = "Its question must have been asked before; got 'no-question'"
BAD_ID = (
    "A person’s id must be at most 60 lower-case letters, digits and hyphens, and nobody else’s"
)
NOT_MEMBER = "The person must have joined before and not be erased"
IMPOSSIBLE = [
    ("forecast-made", OPEN, saying(1.0), "A forecast must have 2 probabilities, one for each"),
    ("forecast-made", OPEN, saying(0.2, 0.3, 0.5), "A forecast must have 2 probabilities"),
    ("forecast-made", OPEN, saying(5, -4), "A forecast must lie between 0 and 1; got 5.0"),
    ("forecast-made", OPEN, saying(0, 1), "A probability must be above 0; got 0"),
    ("forecast-made", OPEN, saying(0.5, 0.6), "A forecast must sum to 1; got 1.1"),
    ("forecast-made", OPEN, saying(0.999999, 0.0000005), "A forecast must sum to 1; got 0.99999"),
    ("forecast-made", "no-question", saying(0.5, 0.5), UNKNOWN_QUESTION),
    ("forecast-made", CLOSED, saying(0.2, 0.3, 0.5), "“Which colour will win?” is annulled"),
    ("forecast-withdrawn", "no-question", {}, UNKNOWN_QUESTION),
    ("forecast-withdrawn", CLOSED, {}, "“Which colour will win?” is annulled already"),
    ("reference-recorded", OPEN, REFERENCE | saying(1), "A forecast must have 2 probabilities"),
    (
        "reference-recorded",
        OPEN,
        REFERENCE | saying(-1, 2),
        "A forecast must lie between 0 and 1",
    ),
    ("reference-recorded", "no-question", REFERENCE | saying(1, 0), UNKNOWN_QUESTION),
    ("person-joined", "zoe", JOINED | {"name": "Z\noe"}, "A name must have only characters that"),
    ("person-joined", "zoe", JOINED | {"name": "Z\u202eoe"}, "can be seen; got U+202E"),
    ("person-joined", "zoe", JOINED | {"name": " Zoe"}, "A name must be trimmed, composed and"),
    ("person-joined", "zoe", JOINED | {"name": "ADA"}, "and nobody else’s; got 'ADA'"),
    ("person-joined", "id-of-ada", JOINED, f"{BAD_ID}; got 'id-of-ada'"),
    ("person-joined", "site", JOINED, f"{BAD_ID}; got 'site'"),
    ("person-joined", "z" * 3000, JOINED, f"{BAD_ID}; got 'zzz"),
    ("role-changed", "nobody", {"role": "admin"}, f"{NOT_MEMBER}; got 'nobody'"),
    ("role-changed", "id-of-finn", {"role": "admin"}, f"{NOT_MEMBER}; got 'id-of-finn'"),
    ("person-erased", OPEN, {"entries": []}, NOT_MEMBER),
    ("person-erased", "id-of-mo", {"entries": []}, "An erasure must name entry 2, by which the"),
    ("question-asked", "red", ASKED | {"outcomes": []}, "A choice must have 2 to 50 outcomes"),
    ("question-asked", "red", ASKED | {"question_kind": "binary"}, "has the outcomes Yes and No"),
    ("question-asked", OPEN, ASKED, f"A question’s id must be its own; got {OPEN}"),
    ("question-resolved", OPEN, RESOLVED | {"outcome": 2}, "The outcome must be one of Yes, No"),
    ("question-resolved", CLOSED, RESOLVED, "“Which colour will win?” is annulled already"),
    ("question-resolved", "no-question", RESOLVED, UNKNOWN_QUESTION),
    ("question-annulled", CLOSED, {"reason": "x"}, "“Which colour will win?” is annulled already"),
    ("question-annulled", "no-question", {"reason": "x"}, UNKNOWN_QUESTION),
    ("resolution-undone", OPEN, {}, "“Will it rain in April?” is neither resolved nor annulled"),
    ("resolution-undone", "no-question", {}, UNKNOWN_QUESTION),
]


def one_more(folder, kind, subject, body, **fields):
    """Seal one more entry behind the others; returns its number."""
    lines = lines_of(folder)
    last = json.loads(lines[-1])
    number = last["id"] + 1
    values = {**last, "id": number, "actor": "id-of-fay", "kind": kind, "subject": subject}
    rewrite(folder, [*lines, changed(lines[-1], **values | {"body": canonical(body)} | fields)])
    tell(folder, entries=number)
    seal(folder, lambda _: None)
    return number


@pytest.fixture
def reopened(lived, people, questions, tmp_path):
    """The folder to which `lived` was exported, with one question open again."""
    resolving.undo(lived, people.admin, questions.binary)
    exchange.export_site(lived.store, tmp_path / "reopened")
    return tmp_path / "reopened"


@pytest.mark.parametrize(("kind", "subject", "body", "why"), IMPOSSIBLE)
def test_what_cannot_have_happened_is_refused(reopened, tmp_path, kind, subject, body, why):
    number = one_more(reopened, kind, subject, body)
    path = reopened / "journal.jsonl"
    with opened(URLS["sqlite"](tmp_path / "new")) as new_site:
        sentence = refusal(new_site, reopened, ExportError)
    begins = f"{path}, line {number}: Journal entry {number} cannot have happened: "
    assert sentence.startswith(begins)
    assert why in sentence
    assert sentence.endswith(".")
    assert not sentence.endswith("..")
    assert len(sentence) < 400


@pytest.mark.parametrize(
    ("kind", "subject", "body"),
    [
        ("forecast-made", OPEN, saying(0.9999995, 0.0000005)),
        ("forecast-withdrawn", OPEN, {}),
        ("reference-recorded", CLOSED, REFERENCE | saying(0, 1, 0)),
        ("person-joined", "id-of-fay-2", JOINED),
        ("role-changed", "id-of-mo", {"role": "admin"}),
        ("question-asked", "red", ASKED),
        ("question-resolved", OPEN, RESOLVED),
        ("question-annulled", OPEN, {"reason": "x"}),
        ("resolution-undone", CLOSED, {}),
    ],
)
def test_what_can_have_happened_is_imported(reopened, target, kind, subject, body):
    number = one_more(reopened, kind, subject, body)
    assert exchange.import_site(target.store, reopened, LATER).entries == number
    assert verify(target.store.engine).entries == number


@pytest.mark.parametrize(
    ("kind", "subject", "body"),
    [("forecast-made", OPEN, saying(0.5, 0.5)), ("question-asked", "red", ASKED)],
)
@pytest.mark.parametrize("actor", ["nobody", OPEN])
def test_who_acts_has_joined(reopened, target, actor, kind, subject, body):
    one_more(reopened, kind, subject, body, actor=actor)
    sentence = f"Who acts must have joined before; got '{actor}'."
    assert refusal(target, reopened, ExportError).endswith(sentence)


def test_the_site_makes_no_forecasts(reopened, target):
    one_more(reopened, "forecast-made", OPEN, saying(0.5, 0.5), actor="site")
    assert "Who acts must have joined before; got 'site'." in refusal(target, reopened)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("9998-01-01T00:00:00.000000Z", "Its time must not be in the future; got 9998-01-01"),
        ("2026-06-02T00:00:00.000001Z", "Its time must not be in the future; got 2026-06-02"),
        ("2025-12-31T00:00:00.000000Z", "Its time must not be before that of the entry before, 2"),
    ],
)
def test_time_goes_on_until_now(reopened, target, at, why):
    one_more(reopened, "forecast-withdrawn", OPEN, {}, at=at)
    assert why in refusal(target, reopened, ExportError)


def test_a_clock_may_be_a_day_ahead(reopened, target):
    at = "2026-06-02T00:00:00.000000Z"
    number = one_more(reopened, "forecast-withdrawn", OPEN, {}, at=at)
    assert exchange.import_site(target.store, reopened, LATER).entries == number


def test_only_who_was_erased_has_no_body(reopened, target):
    """A forecast whose body is gone would be a person of the question’s name."""
    number = [json.loads(line)["kind"] for line in lines_of(reopened)].index("forecast-made") + 1

    def take(values):
        if values["id"] == number:
            values["body"] = None

    seal(reopened, take)
    sentence = refusal(target, reopened, ExportError)
    assert f"line {number}: " in sentence
    assert "An entry without a body must be person-joined; got forecast-made." in sentence


def test_whatever_is_sealed_is_imported_whole_or_refused_with_its_line(reopened, tmp_path):
    """Parts of entries change places; nothing is a bug, and what is imported verifies."""
    draw = random.Random(7)
    original = lines_of(reopened)
    entries = [json.loads(line) for line in original]
    told = []
    for number in range(150):
        one, other = draw.sample(entries, 2)
        fields = draw.sample(("actor", "at", "subject"), draw.randint(0, 2))
        fields += draw.choice([["kind", "body"], []])
        new = {name: other[name] for name in fields}
        rewrite(reopened, with_changed(original, one["id"], new))
        seal(reopened, lambda _: None)
        with opened(URLS["sqlite"](tmp_path / str(number))) as new_site:
            try:
                exchange.import_site(new_site.store, reopened, LATER)
            except (ExportError, LinesError) as error:
                told.append(str(error))
            else:
                verify(new_site.store.engine)
    assert 10 < len(told) < 140
    assert all("line " in sentence for sentence in told)


def with_changed(lines, number, new):
    line = changed(lines[number - 1], **new)
    return [*lines[: number - 1], line, *lines[number:]]


@pytest.mark.parametrize("inside", ["", "."])
def test_secrets_are_not_the_folder(lived, tmp_path, inside):
    before = sorted(tmp_path.iterdir())
    with pytest.raises(SecretsInsideError, match="keep password hashes out of what others"):
        exchange.export_site(lived.store, tmp_path / "export", tmp_path / "export" / inside)
    assert sorted(tmp_path.iterdir()) == before


def test_the_folder_comes_after_its_secrets(lived, tmp_path):
    def come_between(doing, _done, _whole):
        if doing == "tables":
            (tmp_path / "accounts").write_text("mine")

    with pytest.raises(TakenError):
        exchange.export_site(lived.store, tmp_path / "export", tmp_path / "accounts", come_between)
    assert not (tmp_path / "export").exists()
    assert (tmp_path / "accounts").read_text() == "mine"


def test_a_failing_database_is_not_the_fault_of_the_export(exported, target, monkeypatch):
    def fail(*_):
        raise ForecastsError("The disk is full.")

    monkeypatch.setattr(target.store.engine, "many", fail)
    assert refusal(target, exported) == "The disk is full."


# accounts


def test_bad_accounts_import_nothing(exported, target, tmp_path, people):
    secrets = tmp_path / "accounts.jsonl"
    good = secrets.read_bytes().splitlines(keepends=True)
    secrets.write_bytes(
        b"".join(
            [
                good[0],
                changed(good[1], password_hash="secret"),
                changed(good[1], person="nobody"),
                changed(good[1], person=people.other.id),
                good[0],
                b"x",
            ]
        )
    )
    expected = "person must be somebody of the journal who was not erased, and stand in one line"
    first = json.loads(good[0])["person"]
    assert refusal(target, exported, LinesError, secrets).splitlines() == [
        f"{secrets} cannot be imported, and nothing was:",
        "  line 2: password_hash must be an argon2id hash",
        f"  line 3: {expected} only; got nobody",
        f"  line 4: {expected} only; got {people.other.id}",
        f"  line 5: {expected} only; got {first}",
        "  line 6: it must be JSON; it is cut short",
    ]


def test_accounts_that_are_not_there_import_nothing(exported, target, tmp_path):
    sentence = f"{tmp_path / 'no'} cannot be read: No such file or directory."
    assert refusal(target, exported, FileError, tmp_path / "no") == sentence


def test_without_accounts_nobody_has_a_password(exported, target):
    assert exchange.import_site(target.store, exported, LATER).accounts == 0
    assert target.store.accounts.credentials() == []


# many


def test_many_forecasts_on_many_questions(site, target, tmp_path):
    closes = site.now() + timedelta(days=100)
    acts = [(site.now(), f"p{n}", PersonJoined(f"p{n}", f"P {n}", Role.ADMIN)) for n in range(50)]
    for number in range(20):
        event = QuestionAsked(
            f"q{number}",
            Kind.BINARY,
            "Will it rain?",
            "As it does.",
            "",
            YES_NO,
            site.now(),
            closes,
            (),
        )
        acts.append((site.now(), "p0", event))
    draw = random.Random(3)
    for _ in range(12_000):
        yes = draw.randint(1, 99) / 100
        event = ForecastMade(f"q{draw.randrange(20)}", (yes, round(1 - yes, 2)))
        acts.append((site.now(), f"p{draw.randrange(50)}", event))
    with site.store.transaction():
        site.store.append_all(acts)
    exchange.export_site(site.store, tmp_path / "export")
    exchange.import_site(target.store, tmp_path / "export", LATER)
    assert state(target) == state(site)
