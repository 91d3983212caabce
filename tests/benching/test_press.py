"""Homes for benches are filled by a press. What it prints is what the writing door would have written."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tools.benching.invented import SCORE, World
from tools.benching.press import TABLES, Press
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, standing_at, today
from zhike.records.asking import ids_by_words
from zhike.records.company.settings import setting_for
from zhike.records.declaring.customise import create_field
from zhike.records.derived import check_derived
from zhike.records.secrets import sealer_of
from zhike.records.write import write, write_many
from zhike.schema.kinds import Sealer
from zhike.schema.registry import registry
from zhike.store.database import from_db, instant_text, rows
from zhike.store.ids import take_ids

pytestmark = pytest.mark.usefixtures("home")
SIZE = 12


def test_every_table_holds_what_the_door_would_have_written() -> None:
    world = _world()
    operations = {key: _written(world, key) for key in ("account", "contact", "opportunity", "follow_up")}
    check_derived(repair=True)  # what the worker does after a write
    for key, operation in operations.items():
        press, printed = _printed(world, key, operation)
        mine: dict[int, str] = {}
        theirs: dict[int, str] = {}
        for table, columns in {press.spec.table: tuple(press.columns), **TABLES}.items():
            held = _plain(columns, _held(table, columns, key), theirs)
            for one, other in zip(_plain(columns, printed[table], mine), held, strict=True):
                assert one == other, (key, table, columns)


def _world() -> World:
    create_field(SYSTEM, "account", {"key": SCORE, "label": "Score", "kind": "number", "index": True})
    sellers = tuple(ids_by_words(registry.object("user"), login)[0] for login in ("li", "wang", "chen"))
    stages = {code: id_ for id_, code in rows('SELECT "id", "code" FROM "objects_stage"')}
    pipeline = ids_by_words(registry.object("pipeline"), "sales")[0]
    product = write(SYSTEM, Command("create", "product", values={"name": "MES", "code": "MES"})).id
    at = now()
    return World(SIZE, SIZE, {}, sellers, stages, pipeline, (product,), at, today("Asia/Shanghai"))


def _written(world: World, key: str) -> int:
    """Write records of an object through the door; returns the operation."""
    world.first[key] = take_ids(1)[0] + 1
    commands = []
    for number in range(world.many(key)):
        values = dict(world.invent(key, number)[0])
        if key == "follow_up":
            del values["account"]  # comes from the parent
        for filled in ("pipeline", "days_to_close", "birthday_key"):
            values.pop(filled, None)
        commands.append(Command("create", key, values=values, historic=True))
    with standing_at(world.now):
        outcome = write_many(SYSTEM, commands)
    assert outcome.operation is not None
    return outcome.operation


def _printed(world: World, key: str, operation: int) -> tuple[Press, dict[str, list[tuple[Any, ...]]]]:
    press = Press(registry.object(key), setting_for(SYSTEM), world.now)
    into: dict[str, list[tuple[Any, ...]]] = {press.spec.table: [], **{table: [] for table in TABLES}}
    for number in range(world.many(key)):
        press.print(into, world.first[key] + number, operation, *world.invent(key, number))
    return press, into


def _held(table: str, columns: tuple[str, ...], key: str) -> list[tuple[Any, ...]]:
    listed = ", ".join(f'"{one}"' for one in columns)
    only = "" if table.startswith("objects_") else f" WHERE \"object\" = '{key}'"
    return rows(f'SELECT {listed} FROM "{table}"{only}')


def _plain(columns: tuple[str, ...], lines: list[tuple[Any, ...]], keys: dict[int, str]) -> list[list[str]]:
    """Rows in one order and spelling, with what is sealed opened; ``keys``: the data keys of the records met so far."""
    found = []
    for line in lines:
        by = dict(zip(columns, line, strict=True))
        sealer = sealer_of(by["id"], by["vault"]) if "vault" in by else None
        if sealer is not None:
            keys[by["id"]] = by["vault"]
        by.pop("vault", None)
        for name, value in by.items():
            if isinstance(value, str) and value.startswith("v1.") and sealer is not None:
                by[name] = sealer.open(name, value)
        if isinstance(by.get("custom"), str):
            by["custom"] = json.loads(by["custom"])
        if "body" in by:
            by["body"] = _opened(by["body"], sealer_of(by["record"], keys.get(by["record"])))
        found.append([_spelled(one) for one in by.values()])
    return sorted(found)


def _spelled(value: Any) -> str:
    if isinstance(value, datetime):
        return instant_text(from_db(value, "instant"))
    return str(int(value) if isinstance(value, bool) else value)


def _opened(body: str, sealer: Sealer | None) -> list[tuple[str, bool, Any]]:
    """What the log says of each field, in its order, and whether it is sealed there."""
    told: list[tuple[str, bool, Any]] = []
    for name, (before, after) in json.loads(body).items():
        assert before is None
        sealed = isinstance(after, dict) and after.get("sealed")
        plain = json.loads(sealer.open("log." + name, sealed)) if sealed and sealer else after
        told.append((name, bool(sealed), plain))
    return told
