"""What templates were compiled to is shared by all processes and never older than the template."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment

from zhike.web import prepared
from zhike.web.prepared import Engine

pytestmark = pytest.mark.sqlite
TEXT = "{{ who }} has {{ 2 + 3 }}"


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "hello.html").write_text(TEXT)
    return tmp_path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are compiled."""
    seen: list[str] = []
    whole = Environment.compile

    def compile_(self: Environment, source: str, *more: object, **named: object) -> object:
        seen.append(source)
        return whole(self, source, *more, **named)

    monkeypatch.setattr(Environment, "compile", compile_)
    return seen


def shown(templates: Path) -> str:
    """As a process that has just started shows it."""
    return Engine(templates).get_template("hello.html").render(who="<Li>")


def test_a_second_process_compiles_nothing(templates: Path, compiled: list[str]) -> None:
    assert shown(templates) == shown(templates) == "&lt;Li&gt; has 5"
    assert compiled == [TEXT]


def test_a_template_that_was_changed_is_compiled_anew(templates: Path) -> None:
    shown(templates)
    (templates / "hello.html").write_text("{{ who }} had")
    assert shown(templates) == "&lt;Li&gt; had"


def test_an_engine_set_otherwise_compiles_anew(
    templates: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(templates)
    monkeypatch.setattr(prepared, "_COMPILER", "another")
    shown(templates)
    assert compiled == [TEXT, TEXT]


def test_what_was_cut_off_while_it_was_written_is_compiled_anew(templates: Path, compiled: list[str]) -> None:
    shown(templates)
    (kept,) = (templates / "__pycache__").iterdir()
    kept.write_bytes(kept.read_bytes()[:-40])
    assert shown(templates) == "&lt;Li&gt; has 5"
    assert compiled == [TEXT, TEXT]


def test_a_folder_that_cannot_be_written_is_left_as_it_is(
    templates: Path, compiled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: object, **_named: object) -> None:
        raise PermissionError

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    assert shown(templates) == shown(templates) == "&lt;Li&gt; has 5"
    assert compiled == [TEXT, TEXT]


def test_where_python_writes_nothing_neither_do_templates(templates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    shown(templates)
    assert not (templates / "__pycache__").exists()
