"""The project keeps its own rules."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.house import code, files, pages

PYTHON = [
    path for path in files.project_files() if path.suffix == ".py" and files.short_name(path).startswith("zhike/")
]
TEMPLATES = [
    path for path in files.project_files() if path.suffix == ".html" and "/templates/" in files.short_name(path)
]


@cache
def parsed(path: Path) -> ast.Module:
    """A file's syntax tree, read once for all rules."""
    return ast.parse(path.read_text("utf-8"))


def test_there_is_something_to_check():
    assert len(PYTHON) > 50
    assert TEMPLATES


@pytest.mark.parametrize("rule", code.RULES, ids=lambda rule: rule.__name__)
def test_code(rule):
    found = []
    for path in PYTHON:
        name = files.short_name(path)
        found += [f"{name}:{line} {text}" for line, text in rule(parsed(path), name)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("rule", pages.RULES, ids=lambda rule: rule.__name__)
def test_templates(rule):
    found = []
    for path in TEMPLATES:
        found += [f"{files.short_name(path)}:{line} {text}" for line, text in rule(path.read_text("utf-8"))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("rule", [files.too_long, files.names_a_machine], ids=lambda rule: rule.__name__)
def test_files(rule):
    found = []
    for path in files.project_files():
        if path.suffix not in files.BINARY:
            found += rule(files.short_name(path), path.read_text("utf-8"))
    assert not found, "\n".join(found)


def test_every_folder_of_code_is_a_package():
    folders = {path.parent for path in PYTHON}
    assert not [files.short_name(folder) for folder in folders if not (folder / "__init__.py").is_file()]


def test_no_package_lock_names_where_it_was_fetched():
    lock = (files.ROOT / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        text = (files.ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "index-url" not in text
