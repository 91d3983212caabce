"""The trash over all objects: what lies there, since when, by whom, with what went along; restoring; deleting for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Any

from zhike.access.rights import can, field_right
from zhike.kernel.actor import SYSTEM, SYSTEM_ID, Actor
from zhike.kernel.changes import Command, Done, Failed
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, Problem
from zhike.kernel.words import _
from zhike.query.tree import Path
from zhike.records.acts import Act
from zhike.records.asking import compiler, conditions, state, visible
from zhike.records.audit import note
from zhike.records.company.company import is_administrator, require_settings
from zhike.records.company.settings import keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.files import drop_files
from zhike.records.housekeeping import words_to_sweep
from zhike.records.linking import values_of
from zhike.records.lives import pointing
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Ref
from zhike.store.database import from_db, marks, row, rows, run, to_db, write_transaction
from zhike.store.ids import steady

KEPT_DAYS = "trash.days"
LONGEST = 3650
PORTION = 200
SHARED = ("setup", "hidden")  # people, roles and the like are named by what others did: they stay
_BESIDE = (
    ("store_linkrow", "source"),
    ("store_externalid", "record"),
    ("store_share", "record"),
    ("store_mark", "record"),
    ("store_stay", "record"),
    ("store_assigned", "record"),
    ("store_reminder", "record"),
    ("store_searchrow", "record"),
    ("store_timelinerow", "source"),
    ("store_alikekey", "record"),
    ("store_segmentmember", "record"),
    ("store_segmentmove", "record"),
    ("store_segmenthand", "record"),
    ("store_segmenthand", "segment"),
)


@dataclass(frozen=True, slots=True)
class Lying:
    """A record in the trash: since when, who put it there (None: the system), and how many records went along."""

    object: str
    id: int
    title: str
    at: datetime
    by: Ref | None
    operation: int | None
    along: int


@dataclass
class PurgeDone:
    """What was deleted for good, and what stayed because other records still point at it."""

    gone: int = 0
    stayed: int = 0


@steady()
def in_trash(actor: Actor, object_key: str = "", size: int = 50, before: datetime | None = None) -> list[Lying]:
    """The newest records in the trash the actor may see, of one object or of all; older than ``before`` if given."""
    registry.refresh()
    specs = [registry.object(object_key)] if object_key else list(registry)
    found: list[tuple[Any, ...]] = []
    for spec in specs:
        if can(actor, "read", spec) and spec.group != "hidden":
            found += [(spec, *line) for line in _newest(actor, spec, size, before)]
    newest = nlargest(size, found, key=lambda line: (line[3], line[1]))
    acts = _acts([line[1] for line in newest])
    along = _along({operation for operation, _by, _along in acts.values()})
    people_ = {by for _operation, by, _along in acts.values()}
    names = _names(people_)
    lines = []
    for spec, id_, title, at in newest:
        operation, by, went_along = acts.get(id_, (None, None, False))
        shown = title if field_right(actor, spec, spec[spec.title]) in ("read", "write") else ""
        who = Ref("user", by, names.get(by, "")) if by else None
        went = along.get(operation, 0) if operation and not went_along else 0
        lines.append(Lying(spec.key, id_, shown or f"{spec.label} #{id_}", at, who, operation, went))
    return lines


def _newest(actor: Actor, spec: ObjectSpec, size: int, before: datetime | None) -> list[tuple[Any, ...]]:
    build = compiler(spec)
    where = conditions(build, spec, state(spec, trashed=True), visible(actor, spec))
    params = list(build.params)
    if before is not None:
        where += ' AND t."trashed" < %s'
        params.append(to_db(before))
    found = rows(
        f'SELECT t."id", t."title_shown", t."trashed" {build.source()} WHERE {where}'
        f' ORDER BY t."trashed" DESC, t."id" DESC LIMIT {int(size)}',
        params,
    )
    return [(id_, title or "", from_db(at, "instant")) for id_, title, at in found]


def _acts(ids: Sequence[int]) -> dict[int, tuple[int, int, bool]]:
    """By record: the operation that put it into the trash last, whose it was, and whether it went along with another."""
    if not ids:
        return {}
    sql = (
        'SELECT c."record", c."operation", o."actor", c."actor" FROM "store_changerow" c JOIN "store_operation" o'
        f' ON o."id" = c."operation" WHERE c."record" IN ({marks(ids)}) AND c."verb" = \'trash\' ORDER BY c."id"'
    )
    return {line[0]: (line[1], line[2], line[3] == SYSTEM_ID != line[2]) for line in rows(sql, ids)}


def _along(operations: Iterable[int]) -> dict[int, int]:
    """By operation: how many records went into the trash because others did."""
    ids = sorted(operations)
    if not ids:
        return {}
    sql = (
        f'SELECT "operation", count(*) FROM "store_changerow" WHERE "operation" IN ({marks(ids)})'
        ' AND "verb" = \'trash\' AND "actor" = %s GROUP BY "operation"'
    )
    return {line[0]: int(line[1]) for line in rows(sql, [*ids, SYSTEM_ID])}


def _names(ids: Iterable[int]) -> dict[int | None, str]:
    listed = sorted(one for one in ids if one)
    spec = registry.find("user")
    if not listed or spec is None:
        return {}
    return dict(rows(f'SELECT "id", "title_shown" FROM "{spec.table}" WHERE "id" IN ({marks(listed)})', listed))


def restore(actor: Actor, refs: Sequence[Ref]) -> tuple[int, int | None, list[Problem]]:
    """Bring records back, as one operation, with what went along: ``(how many came, the operation, why others did not)``."""
    act = Act(actor, kind="restore")
    back, problems = 0, []
    with write_transaction():
        outcome = write_many(actor, [Command("restore", one.object, one.id) for one in refs], on_error="skip", act=act)
        for result in outcome.results:
            if isinstance(result, Failed):
                problems += list(result.error.problems) or [Problem(result.error.title)]
            elif isinstance(result, Done) and result.changes:
                back += 1
    return back, act.started, problems


# -- deleting for good -------------------------------------------------------------------------------------------------
def kept_days() -> int:
    """After how many days the trash is emptied by itself; 0: never."""
    return int(kept(KEPT_DAYS, 0))


def keep_for(actor: Actor, days: int) -> None:
    """Set after how many days what lies in the trash is deleted for good (0: never). Raises Forbidden, Invalid."""
    require_settings(actor)
    if not 0 <= days <= LONGEST:
        raise Invalid(Problem(_("Give a number of days from 0 (never) to {n}.").with_(n=LONGEST), "days", "range"))
    with write_transaction():
        note_setting(actor, KEPT_DAYS, kept_days(), days)
        keep(KEPT_DAYS, days or None)


def may_purge(actor: Actor) -> bool:
    """Whether the actor may delete for good: administrators alone."""
    return is_administrator(actor)


def purge(actor: Actor, refs: Sequence[Ref]) -> PurgeDone:
    """Delete records that lie in the trash for good: row, links, shares, files; with the row goes its key, and with that every
    personal value of its history. Records something still points at stay. Nothing brings them back. Raises Forbidden."""
    if not may_purge(actor):
        raise Forbidden(_("Only an administrator deletes for good."))
    done = PurgeDone()
    by_object: dict[str, list[int]] = {}
    for one in refs:
        by_object.setdefault(one.object, []).append(one.id)
    again = True
    while again:  # what pointed at one of them may be gone after a round
        again = False
        for key, ids in by_object.items():
            spec = registry.find(key)
            if spec is None or not ids:
                continue
            gone = [
                one
                for start in range(0, len(ids), PORTION)
                for one in _purge(actor, spec, ids[start : start + PORTION])
            ]
            by_object[key] = [one for one in ids if one not in set(gone)]
            done.gone += len(gone)
            again = again or bool(gone)
    done.stayed = sum(map(len, by_object.values()))
    if done.gone:
        words_to_sweep()
    return done


def purge_old() -> PurgeDone:
    """The schedule: what has lain in the trash longer than the company keeps it goes for good. Nobody threw away what was
    merged into another record: it stays, so that the merge can still be taken apart."""
    days = kept_days()
    if not days:
        return PurgeDone()
    registry.refresh()
    until = now() - timedelta(days=days)
    refs = []
    for spec in registry:
        if spec.group not in SHARED:
            only = ' AND "object" = %s' if spec.custom else ""
            params = [to_db(until), *([spec.key] if spec.custom else [])]
            found = rows(
                f'SELECT t."id" FROM "{spec.table}" t WHERE "trashed" IS NOT NULL AND "trashed" < %s{only}'
                ' AND NOT EXISTS (SELECT 1 FROM "store_redirect" r WHERE r."id" = t."id") ORDER BY "trashed" LIMIT 5000',
                params,
            )
            refs += [Ref(spec.key, line[0]) for line in found]
    return purge(SYSTEM, refs)


def _purge(actor: Actor, spec: ObjectSpec, ids: Sequence[int]) -> list[int]:
    with write_transaction():
        own = ' AND "object" = %s' if spec.custom else ""
        lying = rows(
            f'SELECT "id" FROM "{spec.table}" WHERE "id" IN ({marks(ids)}) AND "trashed" IS NOT NULL{own}',
            [*ids, *([spec.key] if spec.custom else [])],
        )
        some = sorted({line[0] for line in lying})
        held = _pointed_at(spec, some) if some else set()
        gone = [one for one in some if one not in held]
        if not gone:
            return []
        among = marks(gone)
        _drop_files(spec, gone)
        for table, column in _BESIDE:
            run(f'DELETE FROM "{table}" WHERE "{column}" IN ({among})', gone)
        run(f'DELETE FROM "{spec.table}" WHERE "id" IN ({among}) AND "trashed" IS NOT NULL', gone)
        for one in gone:
            note("purge", actor, object=spec.key, record=one)
    return gone


def _pointed_at(spec: ObjectSpec, ids: Sequence[int]) -> set[int]:
    """Which of these other records still point at, be they in the trash; people and times of a record do not count."""
    links: list[tuple[ObjectSpec, FieldSpec]] = [
        (source, link) for source, link in registry.pointing_at(spec.key) if not (link.readonly and link.system)
    ]
    links += [(source, link) for source in registry for link in source.links if link.kind == "any_link"]
    found: set[int] = set()
    for source, link in links:
        for trashed in (False, True):
            pairs = pointing(spec, ids, source, link, limit=100_000, trashed=trashed)
            found |= {target for one, target in pairs if not (source.key == spec.key and one == target)}
    return found.intersection(ids)


def _drop_files(spec: ObjectSpec, ids: Sequence[int]) -> None:
    """The files of records that go, unless another record holds the same one."""
    fields = [one for one in spec.fields if one.kind == "file"]
    for held in values_of(spec, [one.key for one in fields], ids).values() if fields else ():
        for field in fields:
            value = held[field.key]
            if isinstance(value, FileRef) and not _shared(spec, field, value.id, ids):
                drop_files([value.id])


def _shared(spec: ObjectSpec, field: FieldSpec, blob: int, ids: Sequence[int]) -> bool:
    build = compiler(spec)
    where = f'{build.value(Path((spec,), (), field))} = %s AND t."id" NOT IN ({marks(ids)})'
    return row(f"SELECT 1 {build.source()} WHERE {where}", [*build.params, blob, *ids]) is not None
