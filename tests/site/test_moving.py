"""A home moves from SQLite to PostgreSQL and back with everything in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.postgres import Cluster
from zhike.site.commands.move import name_database
from zhike.site.home import Home
from zhike.store.moving import digest_of

pytestmark = pytest.mark.sqlite
ACCOUNTS = ("read", "account", "--columns", "name,phone,tags,seats,owner,created", "--sort", "name", "--format", "json")


@dataclass
class Moving:
    """A home of its own whose commands run in processes of their own."""

    path: Path

    def __call__(self, *words: str, code: int = 0) -> str:
        environment = {name: value for name, value in os.environ.items() if name != "ZHIKE_DATABASE"}
        command = [sys.executable, "-m", "zhike.site.cli", *words, "--home", str(self.path), "--language", "en"]
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout or done.stderr

    def write(self, object_key: str, **values: Any) -> None:
        self("write", object_key, "--json", json.dumps(values))


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    cluster = Cluster()
    cluster.start()
    yield cluster
    cluster.stop()


def test_everything_moves_there_and_back(server: Cluster, tmp_path: Path) -> None:
    zhike = Moving(tmp_path / "home")
    zhike("migrate")
    zhike("field", "create", "account", "--json", json.dumps({"label": "Seats", "key": "seats", "kind": "number"}))
    zhike.write("account", name="华信科技", phone="13812345678", seats=7, tags=["reference"])
    zhike.write("account", name="𠮷田商会")
    before = zhike(*ACCOUNTS)

    zhike("move", "sqlite", server.url)
    assert zhike(*ACCOUNTS) == before
    assert "华信科技" in zhike("search", "华信")
    assert not (zhike.path / "zhike.db").exists()
    assert list(zhike.path.glob("zhike.db.moved-*"))
    zhike.write("account", name="阿里山茶")
    assert "holds data already" in Moving(_another(tmp_path))("move", server.url, code=1)

    zhike("move", "sqlite")
    assert [one["name"] for one in json.loads(zhike(*ACCOUNTS))] == ["阿里山茶", "华信科技", "𠮷田商会"]
    zhike.write("account", name="又一家")
    ids = [one["id"] for one in json.loads(zhike("read", "account", "--columns", "name", "--format", "json"))]
    assert len(set(ids)) == 4
    checked = json.loads(zhike("check", "--audit", "--format", "json", code=1))  # nobody looks after this home
    assert [one["good"] for one in checked if "audit" in one["check"]] == [True]


def test_what_is_no_database_or_another_one_is_refused(tmp_path: Path) -> None:
    zhike = Moving(_another(tmp_path))
    assert "Name the database as" in zhike("move", "mysql://db/zhike", code=1)
    assert "on this database already" in zhike("move", "sqlite", code=1)
    assert "not on what was named first" in zhike("move", "postgresql://a/b", "sqlite", code=1)
    assert "did not answer" in zhike("move", "postgresql://nobody@127.0.0.1:1/none", code=1)


def test_equal_content_has_one_digest_whatever_the_database_calls_it() -> None:
    columns = ("id", "on", "at", "yes", "json")
    at = datetime(2026, 3, 9, 14, 30, tzinfo=UTC)
    there = [(1, date(2026, 3, 9), at, True, {"b": 1, "a": None}), (2, None, None, False, {})]
    here = [(2, None, None, 0, "{}"), (1, "2026-03-09", "2026-03-09 14:30:00.000000", 1, '{"a": null, "b": 1}')]
    assert digest_of(there, columns) == digest_of(here, columns)
    changed = [here[0], (1, "2026-03-10", *here[1][2:])]
    assert digest_of(there, columns) != digest_of(changed, columns)
    assert digest_of(there, columns) != digest_of(here[:1], columns)


def test_the_settings_file_names_the_new_database_and_keeps_the_rest(tmp_path: Path) -> None:
    toml = tmp_path / "zhike.toml"
    toml.write_text('hosts = ["crm.example"]\ndatabase = "postgresql://old/x"\n\n[mail]\ndatabase = "not this one"\n')
    name_database(Home(tmp_path), 'postgresql://a:"b@new/x')
    assert Home(tmp_path).database_url == 'postgresql://a:"b@new/x'
    assert Home(tmp_path).options["mail"] == {"database": "not this one"}
    name_database(Home(tmp_path), "")
    assert Home(tmp_path).database_url == ""
    assert Home(tmp_path).options["hosts"] == ["crm.example"]


def _another(tmp_path: Path) -> Path:
    path = tmp_path / "another"
    if not path.exists():
        Moving(path)("migrate")
    return path
