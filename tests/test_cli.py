"""The operator's commands, each as it is typed."""

from __future__ import annotations

import io
import runpy
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from forecasts.cli import commands, main, terminal
from forecasts.domain.people import Role
from forecasts.services import accounts
from forecasts.settings import Settings
from forecasts.site import open_site

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(site, people, tmp_path, monkeypatch, capsys):
    """Runs a command on the file of `site`; returns its code and what it said where."""
    assert people.admin in site.store.people.all()
    monkeypatch.setenv("FORECASTS_DATABASE", f"sqlite:///{tmp_path / 'forecasts.db'}")

    def run(*argv):
        code = main(argv)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_verify_counts_the_entries(run):
    sentence = "4 entries: the journal is whole, and the tables are what it gives.\n"
    assert run("verify") == (0, sentence, "")


def test_verify_names_what_is_wrong(run, site):
    with site.store.transaction():
        site.store.engine.rows("UPDATE people SET role = 'admin' WHERE name = 'Fay'")
    sentence = "The table people is not what the journal gives; see row 2 (id-of-fay, Fay).\n"
    assert run("verify") == (1, "", sentence)


def use(monkeypatch, path):
    """Let commands work on another file; returns it."""
    monkeypatch.setenv("FORECASTS_DATABASE", f"sqlite:///{path}")
    return path


def test_a_site_is_backed_up_and_restored(run, site, tmp_path, monkeypatch, all_rows):
    saved = tmp_path / "saved"
    before = all_rows(site.store.engine)
    assert run("backup", str(saved)) == (0, f"The site is backed up to {saved}.\n", "")
    other = use(monkeypatch, tmp_path / "other.db")
    said = f"4 entries: {other} is what {saved} holds.\n"
    assert run("restore", str(saved)) == (0, said, "")
    sentence = (
        f"There is a site of 4 journal entries in {other} already; "
        "with --replace the backup takes its place.\n"
    )
    assert run("restore", str(saved)) == (1, "", sentence)
    assert run("restore", str(saved), "--replace") == (0, said, "")
    with closing(open_site(Settings(database=f"sqlite:///{other}")).store) as store:
        assert all_rows(store.engine) == before


def test_a_backup_leaves_an_old_database_as_it_is(run, tmp_path, monkeypatch):
    """So that it can be taken before an update does what cannot be undone."""
    old = ROOT / "tests" / "storage" / "old" / "1.db"
    path = use(monkeypatch, tmp_path / "old.db")
    path.write_bytes(old.read_bytes())
    assert run("backup", str(tmp_path / "saved"))[0] == 0
    with closing(sqlite3.connect(tmp_path / "saved")) as copy:
        assert copy.execute("SELECT MAX(number) FROM migrations").fetchall() == [(1,)]


def test_a_backup_is_not_restored_into_postgresql(run, monkeypatch):
    monkeypatch.setenv("FORECASTS_DATABASE", "postgresql://nobody@nowhere/nothing")
    sentence = "A backup goes into SQLite; for PostgreSQL there are pg_restore and import.\n"
    assert run("restore", "file") == (1, "", sentence)


@pytest.mark.parametrize("with_accounts", [True, False])
def test_a_site_is_exported_and_imported(run, site, people, tmp_path, monkeypatch, with_accounts):
    folder, secrets = tmp_path / "folder", tmp_path / "secrets"
    accounts_too = ("--accounts", str(secrets)) if with_accounts else ()
    ((digest,),) = site.store.engine.rows("SELECT digest FROM journal WHERE id = 4")
    said = f"4 entries are in {folder}; the last has the digest {digest}.\n"
    more = f"4 password hashes are in {secrets}; keep it secret.\n" if with_accounts else ""
    assert run("export", str(folder), *accounts_too) == (0, said + more, "")
    other = use(monkeypatch, tmp_path / "other.db")
    said = f"4 entries are imported; the last has the digest {digest}.\n"
    more = (
        "4 password hashes came along.\n"
        if with_accounts
        else "No passwords came along; `people reset NAME` prints a link for a new one.\n"
    )
    assert run("import", str(folder), *accounts_too) == (0, said + more, "")
    with closing(open_site(Settings(database=f"sqlite:///{other}")).store) as store:
        assert store.people.all() == site.store.people.all()
        assert (store.accounts.password_hash(people.admin.id) is not None) == with_accounts


def test_an_empty_site_is_exported_and_imported(run, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    open_site(Settings(database=f"sqlite:///{use(monkeypatch, tmp_path / 'a.db')}")).store.close()
    assert run("export", str(folder)) == (0, f"0 entries are in {folder}.\n", "")
    use(monkeypatch, tmp_path / "b.db")
    assert run("import", str(folder))[1].startswith("0 entries are imported.\n")


def test_a_terminal_sees_how_far_it_is(run, tmp_path, monkeypatch):
    monkeypatch.setattr(terminal, "sys", SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: 1)))
    wiped = "\r\x1b[K"
    assert run("verify")[2] == f"{wiped}entries: 4 of 4{wiped}"
    assert f"{wiped}journal: 4 of 4{wiped}tables: 0 of " in run("export", str(tmp_path / "f"))[2]
    assert run("backup", str(tmp_path / "saved"))[2].endswith(wiped)


def test_a_terminal_that_goes_away_ends_nothing(run, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise BrokenPipeError

    echo = terminal.click.echo
    monkeypatch.setattr(terminal, "sys", SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: 1)))
    monkeypatch.setattr(
        terminal.click, "echo", lambda *args, **how: (fail if how.get("err") else echo)(*args)
    )
    saved = tmp_path / "saved"
    assert run("backup", str(saved)) == (0, f"The site is backed up to {saved}.\n", "")


def test_people_are_listed_by_name(run):
    lines = [
        "admin       Ada",
        "forecaster  Fay",
        "forecaster  Finn",
        "moderator   Mo",
    ]
    assert run("people", "list") == (0, "\n".join(lines) + "\n", "")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("", "http://localhost:8501/reset?code="),
        ("https://forecasts.example", "https://forecasts.example/reset?code="),
        ("https://forecasts.example/", "https://forecasts.example/reset?code="),
    ],
)
def test_reset_prints_a_link_that_is_good_once(run, site, people, monkeypatch, url, link):
    monkeypatch.setenv("FORECASTS_URL", url)
    code, said, complaints = run("people", "reset", "fay")
    assert (code, complaints) == (0, "")
    assert said.startswith(link)
    one_time = said.removeprefix(link).strip()
    signed_in = accounts.reset_password(site, code=one_time, password="another good one")
    assert signed_in.person == people.forecaster


def test_a_role_is_given(run, site, people):
    assert run("people", "role", "FAY", "moderator") == (0, "Fay is moderator now.\n", "")
    assert site.store.people.get(people.forecaster.id).role is Role.MODERATOR


@pytest.fixture
def answer(monkeypatch):
    """Types an answer to whatever is asked next."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_who_is_erased_becomes_a_number(run, site, people):
    assert run("people", "erase", "--yes", "FAY") == (0, "Fay is Former member 3 now.\n", "")
    assert site.store.people.get(people.forecaster.id).name == "Former member 3"
    _, listed, _ = run("people", "list")
    assert listed.splitlines()[-1] == "erased      Former member 3"
    _, said, _ = run("verify")
    assert said == (
        "5 entries: the journal is whole, and the tables are what it gives.\n"
        "Bodies were redacted at entry 3.\n"
    )
    run("people", "erase", "Finn", "--yes")
    assert run("verify")[1].endswith("Bodies were redacted at entries 3, 4.\n")


def test_before_anybody_is_erased_it_is_said_what_that_means(run, answer):
    answer("y\n")
    assert run("people", "erase", "Fay") == (
        0,
        f"{accounts.ERASING}\nErase Fay? [y/N]: Fay is Former member 3 now.\n",
        "",
    )


@pytest.mark.parametrize("text", ["n\n", "\n", ""], ids=["no", "enter", "end"])
def test_nobody_is_erased_unless_it_is_confirmed(run, answer, site, all_rows, text):
    before = all_rows(site.store.engine)
    answer(text)
    code, said, complaints = run("people", "erase", "Fay")
    assert (code, complaints.strip()) == (1, "Nothing was changed.")
    assert "still hold the name" in said
    assert all_rows(site.store.engine) == before


def test_who_stops_a_command_is_not_told_that_nothing_was_done(run, site, people, monkeypatch):
    erase = accounts.erase

    def erase_and_stop(*args, **more):
        erase(*args, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(accounts, "erase", erase_and_stop)
    code, said, complaints = run("people", "erase", "Fay", "--yes")
    assert (code, said, complaints.strip()) == (1, "", "Stopped.")
    assert site.store.people.get(people.forecaster.id).erased


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("people", "reset", "Gus"), "Nobody here is called “Gus”."),
        (("people", "role", "Gus", "admin"), "Nobody here is called “Gus”."),
        (
            ("people", "role", "Fay", "boss"),
            "A role must be one of forecaster, moderator, admin; got boss.",
        ),
        (
            ("people", "role", "Ada", "forecaster"),
            "A site must keep at least one admin; make somebody else admin first.",
        ),
        (("people", "erase", "Gus", "--yes"), "Nobody here is called “Gus”."),
        (
            ("people", "erase", "Ada", "--yes"),
            "A site must keep at least one admin; make somebody else admin first.",
        ),
        (("people", "reset"), "Missing argument 'NAME'."),
        (("dance",), "No such command 'dance'."),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(run, site, all_rows, argv, sentence):
    before = all_rows(site.store.engine)
    assert run(*argv) == (1, "", f"{sentence}\n")
    assert all_rows(site.store.engine) == before


def test_a_bad_setting_is_one_sentence(run, monkeypatch):
    monkeypatch.setenv("FORECASTS_SIGNUP", "maybe")
    code, said, complaints = run("verify")
    assert (code, said) == (1, "")
    assert complaints == "FORECASTS_SIGNUP must be one of open, invited, closed; got maybe.\n"


@pytest.mark.parametrize(
    "argv",
    [
        ("verify",),
        ("people", "list"),
        ("people", "reset", "Ada"),
        ("people", "role", "Ada", "admin"),
        ("people", "erase", "Ada"),
    ],
    ids=" ".join,
)
def test_no_command_makes_a_database(run, tmp_path, monkeypatch, argv):
    path = tmp_path / "mistyped" / "forecasts.db"
    monkeypatch.setenv("FORECASTS_DATABASE", f"sqlite:///{path}")
    sentence = f"There is no database {path}; the site makes it when it starts.\n"
    assert run(*argv) == (1, "", sentence)
    assert not path.parent.exists()


def every_command(group, words=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, (*words, name))
        else:
            yield (*words, name)


@pytest.mark.parametrize("words", [(), *every_command(commands)], ids=" ".join)
def test_every_command_has_help(run, words):
    code, said, complaints = run(*words, "--help")
    assert (code, complaints) == (0, "")
    assert said.startswith(f"Usage: {' '.join(('python -m forecasts', *words))} ")
    assert said.endswith("  Show this message and exit.\n") or "\nCommands:\n" in said


@pytest.mark.parametrize("words", [*every_command(commands)], ids=" ".join)
def test_every_command_stands_in_the_readme(words):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"    .venv/bin/python -m forecasts {' '.join(words)}" in readme


def test_the_package_runs_as_a_command(tmp_path, monkeypatch, capsys):
    database = f"sqlite:///{tmp_path / 'forecasts.db'}"
    open_site(Settings(database=database)).store.close()
    monkeypatch.setenv("FORECASTS_DATABASE", database)
    monkeypatch.setattr(sys, "argv", ["forecasts", "people", "list"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("forecasts", run_name="__main__")
    assert caught.value.code == 0
    assert capsys.readouterr().out == ""


def test_a_sentence_goes_to_the_error_stream_and_the_code_to_the_shell(tmp_path):
    database = f"sqlite:///{tmp_path / 'forecasts.db'}"
    with closing(open_site(Settings(database=database)).store):
        found = subprocess.run(
            [sys.executable, "-m", "forecasts", "people", "reset", "Ada"],
            cwd=ROOT,
            env={"FORECASTS_DATABASE": database},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == "Nobody here is called “Ada”.\n"
