"""The archive of the change log goes with the data: into backups and out of them, into open formats, to another database."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.backups.test_backups import account, clean, put_back  # noqa: F401
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at
from zhike.records.audit_proof import prove_chain
from zhike.records.backups.making import make
from zhike.records.history import history
from zhike.records.log_archive.making import archive_log
from zhike.records.log_archive.parts import FOLDER, parts
from zhike.records.open_format.giving import give_everything
from zhike.records.open_format.package import packing
from zhike.records.write import write
from zhike.site.home import Home
from zhike.store.database import rows


@pytest.fixture
def one(clean: Home) -> int:  # noqa: F811
    """An account with two archived changes and one that is not."""
    found = account("苏州甲")
    write(SYSTEM, Command("update", "account", found, values={"name": "苏州乙"}))
    with standing_at(now() + timedelta(days=800)):
        archive_log(SYSTEM, (now() - timedelta(days=700)).date())
    write(SYSTEM, Command("update", "account", found, values={"name": "苏州丙"}))
    return found


def changes(record: int) -> list[Any]:
    return [(entry.verb, entry.archived) for entry in history(SYSTEM, "account", record)]


def test_a_backup_brings_the_archive_back(one: int, clean: Home) -> None:  # noqa: F811
    made = make()
    assert made.state == "good"
    with zipfile.ZipFile(made.path) as held:
        assert f"home/{FOLDER}/{parts()[0].file}.sealed" in held.namelist()
        assert all("苏州".encode() not in held.read(name) for name in held.namelist())
    shutil.rmtree(clean.path / FOLDER)
    put_back(made.path)
    assert changes(one) == [("update", False), ("update", True), ("create", True)]
    assert prove_chain().good


def test_a_backup_from_before_holds_the_rows_themselves(clean: Home) -> None:  # noqa: F811
    found = account("苏州甲")
    made = make()
    with standing_at(now() + timedelta(days=800)):
        archive_log(SYSTEM, (now() - timedelta(days=700)).date())
    put_back(made.path)
    assert parts() == ()
    assert changes(found) == [("create", False)]
    assert prove_chain().good


def test_everything_in_open_formats_holds_archived_changes_in_their_order(one: int, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    with packing(out) as package:
        give_everything(package, "tester")
    with zipfile.ZipFile(out) as held:
        lines = [json.loads(line) for line in held.read("history/changes.jsonl").decode().splitlines()]
        said = held.read("system/settings.jsonl").decode()
    ids = [line["id"] for line in lines]
    assert ids == sorted(ids)
    assert len(ids) == parts()[0].rows + rows('SELECT count(*) FROM "store_changerow"')[0][0]
    assert [line["verb"] for line in lines if line["record"] == one] == ["create", "update", "update"]
    assert "log_archive" not in said
