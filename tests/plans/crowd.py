"""A company that a planner takes for one with a million customers: some thousand printed records, and statistics scaled up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.company import Company
from tests.doors.statements import Statement
from tools.benching.fill import OBJECTS, insert
from tools.benching.invented import SCORE, World
from tools.benching.press import TABLES, Press
from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.clock import now, today
from zhike.records.acts import Act
from zhike.records.asking import ids_by_words
from zhike.records.company.settings import setting_for
from zhike.records.declaring.customise import create_field
from zhike.records.sharing import share
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.store.database import is_postgres, rows, run, write_transaction
from zhike.store.ids import take_ids

ACCOUNTS = 1200
TIMES = 1000  # as many more as there are
SHARED = 20
BIG = {"objects_account", "objects_contact", "objects_opportunity", "objects_followup", "store_searchrow", "store_linkrow",
       "store_timelinerow", "store_changerow", "store_alikekey", "store_stay"}  # fmt: skip
ENDS_BY_ITSELF = re.compile(
    r"SELECT count\(\*\) FROM \(SELECT "  # counts stop at their cap
    r'|SELECT 1 FROM "\w+" t WHERE t."trashed" IS NULL LIMIT 1 OFFSET \d+$'  # is there more than so many?
    r"|SELECT sum\("  # totals are given up after a time: docs/why/070
)
"""Statements that may read along a table: they end before they have read much of it."""


def crowd(company: Company) -> World:
    """Fill the home: a fiftieth of everything is 李娜's, some accounts of others are shared with her."""
    create_field(SYSTEM, "account", {"key": SCORE, "label": "Score", "kind": "number", "index": True})
    others = take_ids(48)  # owners of whom nothing else is known
    sellers = (company.li.id, company.wang.id, *others)
    stages = {code: id_ for id_, code in rows('SELECT "id", "code" FROM "objects_stage"')}
    pipeline = ids_by_words(registry.object("pipeline"), "sales")[0]
    product = write(SYSTEM, Command("create", "product", values={"name": "MES", "code": "MES"})).id
    world = World(ACCOUNTS, ACCOUNTS, {}, sellers, stages, pipeline, (product,), now(), today("Asia/Shanghai"), 2, 2)
    for key in OBJECTS:
        world.first[key] = take_ids(world.many(key))[0]
    presses = {key: Press(registry.object(key), setting_for(SYSTEM), world.now) for key in OBJECTS}
    for key, press in presses.items():
        into: dict[str, list[tuple[Any, ...]]] = {press.spec.table: [], **{table: [] for table in TABLES}}
        for number in range(world.many(key)):
            press.print(into, world.first[key] + number, 1, *world.invent(key, number))
        for table, lines in into.items():
            insert(table, TABLES.get(table) or tuple(press.columns), lines)
    with write_transaction():
        act = Act(SYSTEM, "share")
        for number in range(SHARED):
            share(act, "account", world.first["account"] + 2 + number * 50, [Ref("user", company.li.id)])
    _scale()
    return world


def _scale() -> None:
    """Let the planner believe in :data:`TIMES` as many rows."""
    if is_postgres():  # nobody else may count meanwhile; what lies in parts is not counted by itself
        for table in BIG - {"store_changerow"}:
            run(f'ALTER TABLE "{table}" SET (autovacuum_enabled = false)')
    run("ANALYZE")
    if is_postgres():
        run("UPDATE pg_statistic SET stakind1 = 0 WHERE stakind1 = 1 AND stadistinct < 0")  # few of a kind stay few
        for table in BIG:
            run("UPDATE pg_class SET reltuples = reltuples * %s WHERE relname = %s", (TIMES, table))
        return
    for table, index, stat in rows("SELECT tbl, idx, stat FROM sqlite_stat1"):
        if table in BIG:
            more = " ".join(one if one == "1" else str(int(one) * TIMES) for one in stat.split())
            run("UPDATE sqlite_stat1 SET stat = %s WHERE tbl = %s AND idx IS %s", (more, table, index))
    run("ANALYZE sqlite_schema")


def big(statement: Statement) -> dict[str, str]:
    """Big tables a statement reads, by the alias it knows them under."""
    found = re.findall(r'(?:FROM|JOIN) "?(\w+)"? (?:AS )?(\w+)', statement[0])
    bare = re.findall(r'(?:FROM|JOIN) "(\w+)"', statement[0])
    return {table: table for table in bare if table in BIG} | {alias: table for table, alias in found if table in BIG}


def reads_all(statement: Statement) -> Iterator[str]:
    """Steps that read a whole big table, or sort what a whole big table gives. A walk along an index is none where it ends
    at a LIMIT: nothing is sorted after it."""
    sql, params = statement
    if ENDS_BY_ITSELF.match(sql):
        return
    if is_postgres():
        run("SET LOCAL jit = off")
        for (step,) in rows(f"EXPLAIN (COSTS OFF) {sql}", params):
            scanned = re.search(r"Seq Scan on (\w+)", step)
            if scanned and scanned[1] in BIG:
                yield step.strip()
        return
    steps = [(int(line[1]), str(line[3])) for line in rows(f"EXPLAIN QUERY PLAN {sql}", params)]
    sorted_within = {parent for parent, step in steps if step == "USE TEMP B-TREE FOR ORDER BY"}
    tables = big(statement)
    for parent, step in steps:
        scanned = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?$", step)
        if scanned is None or (_table_of(scanned[2]) if scanned[2] else tables.get(scanned[1])) not in BIG:
            continue
        if parent in sorted_within or " LIMIT " not in sql:
            yield step


def _table_of(index: str) -> str:
    return str(rows("SELECT tbl_name FROM sqlite_master WHERE name = %s", (index,))[0][0])
