"""How long records stood on each step of their path: kept with every write, asked for by reports."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from zhike.records.company.settings import keep, kept
from zhike.records.draft import Draft
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import from_db, insert_many, marks, rows, run, run_many, to_db, write_transaction
from zhike.store.plan import own_rows, part_sql

KNOWN = "stays_known"  # setting: objects whose stays before the table existed were made from the change log
BATCH = 500
COLUMNS = ("object", "record", "step", "entered", "left")


def path_field(spec: ObjectSpec) -> FieldSpec | None:
    """The field a record's path runs along, if the object has one."""
    return spec.field(spec.path) if spec.path else None


def entered_field(spec: ObjectSpec) -> FieldSpec | None:
    """The recorded instant at which a record came to its present step, such as ``stage_entered``."""
    return spec.field(f"{spec.path}_entered") if spec.path else None


def step_of(value: Any) -> str:
    """A step as stays name it: a record's id, or an option's key; "" for none."""
    return "" if value is None else str(value.id) if isinstance(value, Ref) else str(value)


def steps_of(field: FieldSpec, ids: Sequence[int], until: datetime | None = None) -> dict[int, set[int | str]]:
    """Every step these records stand on or stood on, by record, as filters compare them: ids of a link's targets, or keys of
    options. ``until``: those they had come to by then."""
    found: dict[int, set[int | str]] = {}
    if ids:
        then = ' AND "entered" <= %s' if until else ""
        sql = f'SELECT "record", "step" FROM "store_stay" WHERE "record" IN ({marks(ids)}){then}'
        for record, step in rows(sql, [*ids, *([to_db(until)] if until else [])]):
            found.setdefault(record, set()).add(int(step) if field.kind == "link" else step)
    return found


def keep_stays(spec: ObjectSpec, drafts: Sequence[Draft], at: datetime) -> None:
    """Called by every write: whoever left a step gets the end of their stay, whoever came to one its beginning."""
    field = path_field(spec)
    if field is None:
        return
    moving = [draft for draft in drafts if draft.changed(field.key)]
    if not moving:
        return
    moments = {draft.id: _entered(spec, draft, at) for draft in moving}
    run_many(
        'UPDATE "store_stay" SET "left" = CASE WHEN "entered" > %s THEN "entered" ELSE %s END WHERE "record" = %s AND "left" IS NULL',
        [(to_db(moments[one.id]), to_db(moments[one.id]), one.id) for one in moving if not one.created],
    )
    lines = [
        (spec.key, one.id, step, to_db(moments[one.id]), None)
        for one in moving
        if (step := step_of(one.values.get(field.key)))
    ]
    insert_many("store_stay", COLUMNS, lines)


def _entered(spec: ObjectSpec, draft: Draft, at: datetime) -> datetime:
    """The recorded moment when it was given (history that is imported), else now; never in the future."""
    field = entered_field(spec)
    told = draft.values.get(field.key) if field else None
    if isinstance(told, datetime) and (draft.created or (field is not None and draft.changed(field.key))):
        return min(told, at)
    made = draft.values.get("created")
    return min(made, at) if draft.created and isinstance(made, datetime) else at


def know_older_stays() -> int:
    """Make the stays of records that are older than the table, from the change log, once; returns how many were made."""
    known = set(kept(KNOWN, []))
    made = 0
    for spec in registry:
        if path_field(spec) is None or spec.key in known:
            continue
        made += remake_stays(spec)
        known.add(spec.key)
        keep(KNOWN, sorted(known))
    return made


def remake_stays(spec: ObjectSpec) -> int:
    """Make all stays of an object's records from the change log anew; returns how many there are."""
    made, last = 0, 0
    while True:
        only = own_rows(spec)
        sql = f'SELECT t."id" FROM "{spec.table}" t WHERE t."id" > %s' + (f" AND {only}" if only else "")
        ids = [line[0] for line in rows(f'{sql} ORDER BY t."id" LIMIT {BATCH}', (last,))]
        if not ids:
            return made
        last = ids[-1]
        with write_transaction():
            lines = _from_log(spec, ids)
            run(f'DELETE FROM "store_stay" WHERE "record" IN ({marks(ids)})', ids)
            insert_many("store_stay", COLUMNS, lines)
        made += len(lines)


def _from_log(spec: ObjectSpec, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    field, since = path_field(spec), entered_field(spec)
    assert field is not None
    name, moment = field.slot or field.key, (since.slot or since.key) if since else ""
    moves: dict[int, list[tuple[datetime, str]]] = {one: [] for one in ids}
    sql = (
        f'SELECT "record", "at", "body" FROM "store_changerow" WHERE "record" IN ({marks(ids)}) ORDER BY "record", "id"'
    )
    for record, at, body in rows(sql, ids):
        pairs = json.loads(body)
        if name not in pairs:
            continue
        when = from_db(at, "instant")
        told = (pairs.get(moment) or (None, None))[1]
        if isinstance(told, str):
            when = min(when, from_db(told.replace("Z", "+00:00"), "instant"))
        moves[record].append((when, _logged_step(pairs[name][1])))
    now_at = dict(
        rows(f'SELECT t."id", {part_sql("t", field)} FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)})', ids)
    )
    lines: list[tuple[Any, ...]] = []
    for record, told_moves in moves.items():
        if not told_moves and now_at.get(record) is not None:
            continue
        for (when, step), following in zip(told_moves, [*told_moves[1:], None], strict=True):
            if step:
                left = max(following[0], when) if following else None
                lines.append((spec.key, record, step, to_db(when), to_db(left) if left else None))
    return lines


def _logged_step(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id")
    return "" if value is None else str(value)
