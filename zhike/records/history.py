"""What happened to a record: its change log as entries, and its timeline of records and changes together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.query.tree import Compare, Path
from zhike.records.company.settings import setting_for
from zhike.records.log_archive.parts import Line, history_of
from zhike.records.read import Query, read, seen_id
from zhike.records.record import Record
from zhike.records.secrets import sealer_of
from zhike.records.titles import refs_of, titles_of
from zhike.schema.kinds import ParseError, Sealer, Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import DAMAGED, Masked, Ref
from zhike.store.database import from_db, marks, row, rows, to_db
from zhike.store.ids import steady
from zhike.store.keyfile import VaultError

QUIET = frozenset({"created", "created_by", "title"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One write: when, by whom, what changed as ``(field, before, after)`` in canonical values with titles. ``archived``: it
    comes from the archive of the log."""

    at: datetime
    actor: Ref
    verb: str
    operation: int
    version: int
    changes: tuple[tuple[FieldSpec, Any, Any], ...]
    why: str = ""
    kind: str = "edit"
    id: int = 0
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing on a timeline: a record of its own (a follow-up, a task) or a change of the record itself."""

    at: datetime
    kind: str
    record: Record | None = None
    entry: Entry | None = None


@steady()
def history(
    actor: Actor, object_key: str, record_id: int, size: int = 100, before: datetime | None = None
) -> list[Entry]:
    """The newest entries of a record's change log, fields hidden from the actor left out. Raises NotFound."""
    return entries_of(actor, object_key, seen_id(actor, object_key, record_id), size, before)


def entries_of(
    actor: Actor,
    object_key: str,
    record_id: int,
    size: int,
    before: datetime | None = None,
    before_id: int = 0,
    field: str = "",
) -> list[Entry]:
    """What the log says about a record the actor is known to see. ``before_id``: only changes logged earlier than that one;
    ``field``: only those that say something about a field."""
    spec = registry.object(object_key)
    sql = (
        'SELECT c."at", c."actor", c."verb", c."operation", c."version", c."body", o."why", o."kind", c."id" FROM "store_changerow" c'
        ' LEFT JOIN "store_operation" o ON o."id" = c."operation" WHERE c."record" = %s'
    )
    params: list[Any] = [record_id]
    if before is not None:
        sql += ' AND c."at" < %s'
        params.append(to_db(before))
    if before_id:
        sql += ' AND c."id" < %s'
        params.append(before_id)
    if field:
        sql += ' AND c."body" LIKE %s'
        params.append(f'%"{spec[field].slot or field}"%')
    found = rows(sql + f' ORDER BY c."id" DESC LIMIT {int(size)}', params)
    if len(found) < size:
        name = (spec[field].slot or field) if field else ""
        found += _with_reasons(history_of(record_id, size - len(found), before_id, before, name))
    sealer = _sealer(spec, record_id) if any('"sealed"' in line[5] for line in found) else None
    setting = setting_for(actor)
    entries = [
        Entry(
            at=from_db(at, "instant"),
            actor=Ref("user", by),
            verb=verb,
            operation=operation,
            version=version,
            changes=_changes(actor, spec, json.loads(body), sealer, setting, created=verb == "create"),
            why=why or "",
            kind=kind or "edit",
            id=id_,
            archived=bool(archive),
        )
        for at, by, verb, operation, version, body, why, kind, id_, *archive in found
    ]
    return _with_titles(actor, entries)


def _with_reasons(lines: Sequence[Line]) -> list[tuple[Any, ...]]:
    """Archived lines as the log's question answers, marked at their end."""
    ids = sorted({one[1] for one in lines})
    if not ids:
        return []
    asked = f'SELECT "id", "why", "kind" FROM "store_operation" WHERE "id" IN ({marks(ids)})'
    about = {id_: (why, kind) for id_, why, kind in rows(asked, ids)}
    return [
        (at, by, verb, operation, version, body, *about.get(operation, (None, None)), id_, True)
        for id_, operation, _object, _record, version, verb, by, at, body in lines
    ]


@steady()
def moves(
    actor: Actor, object_key: str, record_id: int, field_key: str, size: int = 200
) -> list[tuple[datetime, Any, Any]]:
    """When a field that can be read changed: ``(instant, before, after)``, the newest first, links without titles."""
    spec = registry.object(object_key)
    record_id = seen_id(actor, object_key, record_id)
    field = spec.field(field_key)
    if field is None or field_right(actor, spec, field) not in ("read", "write") or kind_of(field).secret:
        return []
    name = field.slot or field.key
    sql = (
        'SELECT "at", "body" FROM "store_changerow" WHERE "record" = %s AND "body" LIKE %s'
        f' ORDER BY "id" DESC LIMIT {int(size)}'
    )
    found = rows(sql, (record_id, f'%"{name}"%'))
    if len(found) < size:
        found += [(one[7], one[8]) for one in history_of(record_id, size - len(found), name=name)]
    setting = setting_for(actor)
    sealer = _sealer(spec, record_id) if field.personal and found else None
    changed = [(at, json.loads(body).get(name)) for at, body in found]
    return [
        (from_db(at, "instant"), *(_canonical(field, side, sealer, setting) for side in pair[:2]))
        for at, pair in changed
        if pair
    ]


@steady()
def timeline(
    actor: Actor,
    object_key: str,
    record_id: int,
    size: int = 30,
    before: datetime | None = None,
    objects: Sequence[str] | None = None,
    changes: bool = True,
) -> list[Moment]:
    """The newest moments of a record: what is written down about it, and how it changed. ``objects``: only records of
    these; ``changes``: with the changes of the record itself."""
    record_id = seen_id(actor, object_key, record_id)
    moments = _written_down(actor, record_id, size, before, objects) if objects is None or objects else []
    if changes:
        moments += [
            Moment(entry.at, "change", entry=entry) for entry in entries_of(actor, object_key, record_id, size, before)
        ]
    moments.sort(key=lambda moment: moment.at, reverse=True)
    return moments[:size]


def _written_down(
    actor: Actor, record_id: int, size: int, before: datetime | None, objects: Sequence[str] | None
) -> list[Moment]:
    sql = 'SELECT "at", "object", "source" FROM "store_timelinerow" WHERE "subject" = %s'
    params: list[Any] = [record_id]
    if objects is not None:
        sql += f' AND "object" IN ({marks(objects)})'
        params += objects
    if before is not None:
        sql += ' AND "at" < %s'
        params.append(to_db(before))
    found = rows(sql + f' ORDER BY "at" DESC, "id" DESC LIMIT {int(size) * 2}', params)
    by_object: dict[str, list[int]] = {}
    for _at, key, source in found:
        by_object.setdefault(key, []).append(source)
    known: dict[int, Record] = {}
    for key, ids in by_object.items():
        known |= {one.id: one for one in _records(actor, key, ids)}
    return [
        Moment(from_db(at, "instant"), "record", record=known[source]) for at, _key, source in found if source in known
    ]


def changed_values(
    spec: ObjectSpec, body: dict[str, Any], sealer: Sealer | None, setting: Setting
) -> dict[str, tuple[Any, Any]]:
    """A logged body as field key → (before, after) canonical values; fields that no longer exist are left out."""
    by_name = {field.slot or field.key: field for field in spec.fields}
    return {
        by_name[name].key: (
            _canonical(by_name[name], pair[0], sealer, setting),
            _canonical(by_name[name], pair[1], sealer, setting),
        )
        for name, pair in body.items()
        if name in by_name
    }


def _canonical(field: FieldSpec, logged: Any, sealer: Sealer | None, setting: Setting) -> Any:
    if isinstance(logged, dict) and "sealed" in logged:
        if sealer is None:
            return None
        try:
            logged = json.loads(sealer.open("log." + (field.slot or field.key), logged["sealed"]))
        except VaultError:
            return DAMAGED
    if logged is None:
        return None
    try:
        return kind_of(field).parse(logged, field, setting)
    except ParseError:
        return str(logged)


def _changes(
    actor: Actor, spec: ObjectSpec, body: dict[str, Any], sealer: Sealer | None, setting: Setting, *, created: bool
) -> tuple[tuple[FieldSpec, Any, Any], ...]:
    lines = []
    for key, (before, after) in changed_values(spec, body, sealer, setting).items():
        field = spec[key]
        right = field_right(actor, spec, field)
        if right == "hidden" or key in QUIET or (field.readonly and created):
            continue
        lines.append((field, safe_value(field, before, right), safe_value(field, after, right)))
    return tuple(lines)


def safe_value(field: FieldSpec, value: Any, right: str) -> Any:
    """A logged value as somebody with this right on the field may see it: secrets and masked fields in part."""
    kind = kind_of(field)
    if value is None or not (kind.secret or right == "masked"):
        return value
    return Masked(kind.mask(value) if isinstance(value, str) else "•••")


def _sealer(spec: ObjectSpec, record_id: int) -> Sealer | None:
    found = row(f'SELECT "vault" FROM "{spec.table}" WHERE "id" = %s', (record_id,))
    try:
        return sealer_of(record_id, found[0]) if found else None
    except VaultError:
        return None


def _records(actor: Actor, object_key: str, ids: Sequence[int]) -> tuple[Record, ...]:
    spec = registry.find(object_key)
    if spec is None or not can(actor, "read", spec):
        return ()
    node = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids))
    keys = tuple(field.key for field in spec.fields if not field.system or field.key in ("owner", "created"))
    allowed = tuple(key for key in keys if field_right(actor, spec, spec[key]) != "hidden")
    return read(
        actor, Query(object_key, columns=allowed, size=len(ids), sort="-id", count=False, archived="all", node=node)
    ).rows


def _with_titles(actor: Actor, entries: Sequence[Entry]) -> list[Entry]:
    wanted: dict[str, set[int]] = {"user": {entry.actor.id for entry in entries}}
    for entry in entries:
        for _field, before, after in entry.changes:
            for ref in (*refs_of(before), *refs_of(after)):
                wanted.setdefault(ref.object, set()).add(ref.id)
    titles = titles_of(actor, wanted)

    def named(value: Any) -> Any:
        if isinstance(value, Ref):
            return Ref(value.object, value.id, titles.get(value.id, ""))
        if refs_of(value):
            return tuple(Ref(ref.object, ref.id, titles.get(ref.id, "")) for ref in refs_of(value))
        return value

    return [
        replace(
            entry,
            actor=Ref("user", entry.actor.id, titles.get(entry.actor.id, "")),
            changes=tuple((field, named(before), named(after)) for field, before, after in entry.changes),
        )
        for entry in entries
    ]
