"""The guide's examples run: filters parse, commands succeed on the demo company."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.words import speaking
from zhike.records.asking import question
from zhike.records.health import database
from zhike.records.read import count
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.site.cli import main
from zhike.site.demo import SMALL, load
from zhike.site.home import Home

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> Iterator[tuple[str, str, str]]:
    for path in sorted(GUIDE.rglob("*.md")):
        for match in BLOCK.finditer(path.read_text(encoding="utf-8")):
            if match.group(1) == language:
                yield str(path.relative_to(GUIDE)), match.group(2) or "", match.group(3)


FILTERS = [(name, key, line) for name, key, body in blocks("filter") for line in body.splitlines() if line.strip()]
COMMANDS: dict[str, list[str]] = {}
for _name, _key, _body in blocks("console"):
    COMMANDS.setdefault(_name, []).extend(line[2:] for line in _body.splitlines() if line.startswith("$ "))


@pytest.mark.parametrize(("name", "key", "line"), FILTERS)
def test_every_filter_of_the_guide_can_be_asked(home: Any, name: str, key: str, line: str) -> None:
    registry.refresh()
    with speaking("zh-hans" if name.startswith("zh/") else "en"):
        question(SYSTEM, registry.object(key), line)
        assert count(SYSTEM, key, line)[0] >= 0


def test_the_guide_has_examples() -> None:
    assert len(FILTERS) > 15
    assert COMMANDS


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.sqlite if one.startswith("zh/") else ()) for one in sorted(COMMANDS)]
)
def test_every_command_of_the_guide_succeeds_on_the_demo_company(
    name: str,
    fresh_home: Home,
    admin: Actor,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(database, "POSTGRES_DURABLE", {})  # the tests' own server does not wait for its disk
    write(SYSTEM, Command("update", "user", admin.id, values={"login": "the.tests.own.admin"}))
    load(size=SMALL)
    for command in COMMANDS[name]:
        words = shlex.split(command)
        assert words[0] == "zhike"
        assert main([*words[1:], "--home", str(fresh_home.path)]) == 0, (command, capsys.readouterr().err)
        assert capsys.readouterr().out.strip(), command
