"""A home of every version that was ever released comes up to date: a backup first, then nothing lost and nothing guessed.

The homes lie in ``tests/upgrade/homes``; ``tools/keep_home.py`` makes the next one."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor

from tests.new_home import empty_home, key_put_back
from zhike.automation.worker import work_off
from zhike.kernel.actor import SYSTEM
from zhike.records.audit_proof import prove_chain
from zhike.records.backups.restoring import restore
from zhike.records.backups.shelf import backups
from zhike.records.derived import check_derived
from zhike.records.files import open_file
from zhike.records.history import history
from zhike.records.read import Query, count, read, read_one
from zhike.records.reveal import reveal
from zhike.records.search import search
from zhike.records.undo import undo
from zhike.schema.registry import registry
from zhike.site.commands.migrate import bring_up_to_date, migrate_now, needs_upgrade
from zhike.site.home import Home
from zhike.store.database import from_db, insert_many, is_postgres, row, rows, run, to_db
from zhike.store.ids import never_again

HOMES = sorted((Path(__file__).parent / "homes").glob("*.json.gz"))
GROWS = {"store_setting", "store_counter", "store_optionrow", "objects_grant"}
GROWS |= {"store_operation", "store_changerow", "store_searchrow", "store_outboxrow"}
"""What an upgrade adds to: new choices, and grants for what is new, written through the door."""


@pytest.fixture
def home(fresh_home: Home) -> Iterator[Home]:
    with key_put_back(fresh_home):
        empty_home(fresh_home)
        yield fresh_home


def laid_down(kept: dict[str, Any], home: Home) -> None:
    """Make the old tables by the migrations the home had, and put its rows and files in."""
    for name, content in kept["files"].items():
        path = home.path / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
        path.chmod(0o600)
    executor = MigrationExecutor(connection)
    wanted = {(app, name) for app, name in kept["migrations"]}
    graph = executor.loader.graph
    leaves = [
        one
        for one in wanted
        if not any(child.key in wanted and child.key[0] == one[0] for child in graph.node_map[one].children)
    ]
    state = executor.migrate(leaves)
    known = {one._meta.db_table: one for one in state.apps.get_models()}
    for table, held in kept["tables"].items():
        fields = {one.column: one for one in known[table]._meta.concrete_fields}
        lines = [
            [_value(fields[name], value) for name, value in zip(held["columns"], line, strict=True)]
            for line in held["rows"]
        ]
        run(f'DELETE FROM "{table}"')
        insert_many(table, held["columns"], lines)
        _count_on(table, known[table])
    if is_postgres():
        run("CREATE SEQUENCE record_id START WITH 1000")
    never_again(next(line[1] for line in kept["tables"]["store_counter"]["rows"] if line[0] == "record_id"))


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(field, models.DateTimeField):
        return to_db(from_db(value, "instant"))
    return to_db(bool(value)) if isinstance(field, models.BooleanField) and value is not None else value


def _count_on(table: str, model: type[models.Model]) -> None:
    if is_postgres() and isinstance(model._meta.pk, models.BigAutoField):
        row(f'SELECT setval(pg_get_serial_sequence(\'"{table}"\', \'id\'), (SELECT max("id") FROM "{table}"))')


def counted(tables: Any) -> dict[str, int]:
    return {name: rows(f'SELECT count(*) FROM "{name}"')[0][0] for name in tables}


@pytest.mark.parametrize("path", HOMES, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_a_home_of_an_older_version_comes_up_to_date_after_a_backup(path: Path, home: Home) -> None:
    assert path.stat().st_size < 100_000
    kept = json.loads(gzip.decompress(path.read_bytes()))
    laid_down(kept, home)
    before = counted(kept["tables"])
    assert needs_upgrade()
    bring_up_to_date("en")
    assert not needs_upgrade()
    [made] = backups()
    assert (made.why, made.state) == ("upgrade", "good")
    after = counted(kept["tables"])
    assert {name for name in before if after[name] != before[name]} <= GROWS
    assert all(after[name] >= before[name] for name in before)
    work_off()
    _nothing_is_lost(kept["expects"])
    restore(made.path, then=lambda: migrate_now("en"))
    work_off()
    _nothing_is_lost(kept["expects"])


def _nothing_is_lost(kept: dict[str, Any]) -> None:
    registry.refresh()
    assert check_derived() == []
    assert prove_chain().good
    account = read_one(SYSTEM, "account", kept["keep"])
    assert account["name"] == kept["name"]
    for field in ("phone", "hotline"):
        assert reveal(SYSTEM, "account", kept["keep"], field, "a test").replace(" ", "") == kept["phone"]
    assert [hit.id for hit in search(SYSTEM, kept["phone"])] == [kept["keep"]]
    assert [line.id for line in read(SYSTEM, Query("account", trashed=True)).rows if line.id == kept["binned"]]
    assert read_one(SYSTEM, "opportunity", kept["deal"])["account"].id == kept["keep"]
    ref, content = open_file(SYSTEM, "file", kept["file"], "content")
    assert (ref.name, b"".join(content)) == ("报价.txt", b"an offer")
    assert count(SYSTEM, "machine", f"firm = {kept['keep']} and price > 80000")[0] == 1
    told = history(SYSTEM, "account", kept["keep"])
    assert any("华信" in str(entry.changes) for entry in told)
    undo(SYSTEM, kept["merge"])
    assert read_one(SYSTEM, "opportunity", kept["deal"])["account"].id == kept["lose"]


def test_there_is_a_home_of_every_version_that_was_released() -> None:
    assert HOMES, "tools/keep_home.py makes one"
    told = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
    released = [line.split()[1].strip("[]") for line in told.splitlines() if line.startswith("## ")]
    missing = [one for one in released if one != "Unreleased" and not any(path.name.startswith(one) for path in HOMES)]
    assert missing == [], "make them with tools/keep_home.py"
