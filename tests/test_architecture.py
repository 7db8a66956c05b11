"""What keeps the house small; the contracts of imports are in pyproject.toml."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [*sorted((ROOT / "forecasts").rglob("*.py")), ROOT / "forecast_app.py"]
PAGES = sorted((ROOT / "forecasts" / "ui" / "views").glob("*.py"))
LONGEST_FUNCTION = 40
LONGEST_PAGE = 120
TOP = {
    "forecast_app.py",
    "forecasts",
    "data",
    "tests",
    "seeds",
    "requirements.txt",
    "README.md",
    "pyproject.toml",
    "Makefile",
    "CHANGELOG.md",
}


def name_of(path):
    return str(path.relative_to(ROOT))


def nodes(path, *kinds):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_is_long(path):
    lengths = {
        function.name: function.end_lineno - function.lineno + 1
        for function in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)
    }
    long = {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION}
    assert long == {}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_page_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_PAGE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_site_reads_the_environment(path):
    read = {node.attr for node in nodes(path, ast.Attribute)} & {"environ", "getenv"}
    assert read == ({"environ"} if path == ROOT / "forecasts" / "site.py" else set())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_services_reach_for_secrets(path):
    reached = [
        node
        for node in nodes(path, ast.Attribute)
        if node.attr == "accounts" and getattr(node.value, "attr", "") == "store"
    ]
    assert reached == [] or path.parent.name == "services"


def test_the_application_does_nothing_that_its_layers_do():
    path = ROOT / "forecast_app.py"
    imported = {one.name for node in nodes(path, ast.Import) for one in node.names}
    imported |= {node.module for node in nodes(path, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in imported}
    assert not roots & {"altair", "numpy", "pandas", "scipy", "sqlite3", "sqlite_utils"}


def test_the_top_of_the_repository_holds_what_was_agreed():
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout: what is ignored cannot be told from what is kept")
    command = [git, "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    top = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= TOP


def test_every_picture_of_the_readme_is_there():
    pictures = re.findall(r"!\[.+?\]\((.+?)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(pictures) == 2
    assert [one for one in pictures if not (ROOT / one).is_file()] == []
