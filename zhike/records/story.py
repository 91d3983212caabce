"""A record's history told by acts: everything one act changed stands together, with what became of the act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.records.history import Entry, entries_of
from zhike.records.read import seen_id
from zhike.records.titles import titles_of
from zhike.records.undo import may_undo
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.store.database import from_db, marks, rows
from zhike.store.ids import steady

MOST_OTHERS = 1000


@dataclass(frozen=True, slots=True)
class Chapter:
    """One act as far as it touched the record: its changes, newest first.

    ``others``: how many more records it touched (told only to those who may undo it; None: not told), ``capped`` at 1,000.
    ``undone_by``: who took it back, and when; ``took_back``: the act it took back itself (when and by whom)."""

    operation: int
    at: datetime
    actor: Ref
    via: str
    kind: str
    why: str
    entries: tuple[Entry, ...]
    may_undo: bool = False
    others: int | None = None
    capped: bool = False
    undone_by: Ref | None = None
    undone_at: datetime | None = None
    took_back: datetime | None = None

    @property
    def archived(self) -> bool:
        """Whether it is told from the archive of the log."""
        return any(one.archived for one in self.entries)


@dataclass(frozen=True, slots=True)
class Story:
    """Chapters, newest first, and the mark to go on from (0 at the end)."""

    chapters: tuple[Chapter, ...]
    before: int = 0


@steady()
def story(actor: Actor, object_key: str, record_id: int, size: int = 40, before: int = 0, field_key: str = "") -> Story:
    """The newest chapters of a record's history, about ``size`` changes; fields hidden from the actor are left out, and
    acts of which nothing is left. ``field_key``: only what happened to that field. Raises NotFound."""
    spec = registry.object(object_key)
    record_id = seen_id(actor, object_key, record_id)
    if field_key and field_key not in {field.key for field in told_apart(actor, spec)}:
        field_key = ""
    found = entries_of(actor, object_key, record_id, size + 1, before_id=before, field=field_key)
    groups = [tuple(some) for _operation, some in groupby(found, key=lambda entry: entry.operation)]
    more = len(found) > size
    if more and len(groups) > 1:  # the last act may go on beyond what was read
        groups.pop()
    told = [group for group in (_told(some, field_key) for some in groups) if group]
    return Story(tuple(_chapters(actor, told)), groups[-1][-1].id if more else 0)


def told_apart(actor: Actor, spec: ObjectSpec) -> list[FieldSpec]:
    """Fields whose changes the actor can ask for by name: read in full, stored, and nobody's secret."""
    return [
        field
        for field in spec.fields
        if not field.system
        and kind_of(field).stored
        and not kind_of(field).secret
        and field_right(actor, spec, field) in ("read", "write")
    ]


def _told(entries: Sequence[Entry], field_key: str) -> tuple[Entry, ...]:
    """An act's entries without those that say nothing to this reader."""
    kept = [one for one in entries if one.changes or one.verb != "update" or one.why]
    if field_key:
        kept = [one for one in kept if any(field.key == field_key for field, _before, _after in one.changes)]
    return tuple(kept)


def _chapters(actor: Actor, groups: Sequence[tuple[Entry, ...]]) -> list[Chapter]:
    ids = sorted({group[0].operation for group in groups})
    acts = _acts(ids)
    titles = titles_of(
        actor, {"user": {held[0] for held in acts.values()} | {held[4] for held in acts.values() if held[4]}}
    )
    mine = [one for one in ids if one in acts and may_undo(actor, acts[one][0])]
    touched = _touched(mine)
    chapters = []
    for group in groups:
        newest, operation = group[0], group[0].operation
        by, via, undone, took_back, undoer, undone_at = acts.get(
            operation, (newest.actor.id, "", None, None, None, None)
        )
        count = touched.get(operation)
        chapters.append(
            Chapter(
                operation, newest.at, Ref("user", by, titles.get(by, "")), via, newest.kind, newest.why, group,
                may_undo=operation in mine and undone is None and not newest.archived,
                others=None if count is None else max(0, min(count, MOST_OTHERS) - 1),
                capped=count is not None and count > MOST_OTHERS,
                undone_by=Ref("user", undoer or 0, titles.get(undoer, "")) if undone is not None and undoer is not None else None,
                undone_at=undone_at, took_back=took_back,
            )
        )  # fmt: skip
    return chapters


def _acts(ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    """By operation: actor, way in, what undid it, when what it undid had happened, who undid it and when."""
    if not ids:
        return {}
    sql = (
        'SELECT o."id", o."actor", o."via", o."undone_by", b."at", u."actor", u."at" FROM "store_operation" o'
        ' LEFT JOIN "store_operation" u ON u."id" = o."undone_by" LEFT JOIN "store_operation" b ON b."id" = o."undoes"'
        f' WHERE o."id" IN ({marks(ids)})'
    )
    return {
        line[0]: (line[1], line[2], line[3], from_db(line[4], "instant"), line[5], from_db(line[6], "instant"))
        for line in rows(sql, ids)
    }


def _touched(ids: Sequence[int]) -> dict[int, int]:
    """How many records each of some operations changed, counted up to one more than :data:`MOST_OTHERS`."""
    if not ids:
        return {}
    one = (
        'SELECT %s, (SELECT count(DISTINCT x."record") FROM (SELECT "record" FROM "store_changerow" WHERE "operation" = %s'
        f" LIMIT {MOST_OTHERS + 1}) x)"
    )
    found = rows(" UNION ALL ".join([one] * len(ids)), [id_ for operation in ids for id_ in (operation, operation)])
    return {int(operation): int(count) for operation, count in found}
