"""Which segments there are, and what is kept of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.kernel.clock import now
from zhike.query.tree import And, Compare, Node, Not, Or, Path
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import from_db, marks, row, rows, run, to_db

SEGMENT = "segment"
FEW_MEMBERS = 5000
"""Up to so many members are looked up before the records; of a larger segment the records are looked through."""
_ASKED = (
    'SELECT g."id", g."name", g."object", g."where", s."ready", s."members", s."asked", s."object", s."where"'
    ' FROM "objects_segment" g LEFT JOIN "store_segmentstate" s ON s."segment" = g."id"'
    ' WHERE g."trashed" IS NULL AND '
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment and what is kept of it. ``ready``: its members are complete; ``begun``: they belong to the conditions it has
    now, complete or not; ``asked``: when all of them were last asked for (None: never)."""

    id: int
    name: str
    object: str
    where: str
    ready: bool
    begun: bool
    members: int
    asked: datetime | None


def _segment(line: tuple[Any, ...]) -> Segment:
    id_, name, object_key, where, ready, members, asked, of_object, of_where = line
    begun = of_object == object_key and of_where == (where or "")
    return Segment(
        id_, name, object_key, where or "", begun and bool(ready), begun, members or 0, from_db(asked, "instant")
    )


def segment_named(object_key: str, name: str) -> Segment | None:
    """The segment of an object with this id, key or title."""
    ident = int(name) if name.isascii() and name.isdecimal() and len(name) < 16 else 0
    named = '(g."id" = %s OR g."code" = %s OR g."title_shown" = %s)'
    found = row(
        f'{_ASKED} g."object" = %s AND {named} ORDER BY (g."code" = %s) DESC, g."id" LIMIT 1',
        (object_key, ident, name, name[:500], name),
    )
    return _segment(found) if found else None


def segment_of(segment_id: int) -> Segment | None:
    """The segment with this id; None when there is none, or it is in the trash."""
    found = row(f'{_ASKED} g."id" = %s', (segment_id,))
    return _segment(found) if found else None


def all_segments(object_key: str = "") -> list[Segment]:
    """Every segment, or those of one object."""
    only, params = ('g."object" = %s', (object_key,)) if object_key else ("(1 = 1)", ())
    return [_segment(line) for line in rows(f'{_ASKED} {only} ORDER BY g."id"', params)]


def by_hand(spec: ObjectSpec, segment_id: int, tree: Node) -> Node:
    """The conditions of a segment together with what was added and left out by hand."""
    path = Path((spec,), (), spec["id"])
    found = rows('SELECT "record", "added" FROM "store_segmenthand" WHERE "segment" = %s ORDER BY "id"', (segment_id,))
    inside, outside = (tuple(one for one, added in found if bool(added) is wanted) for wanted in (True, False))
    whole: Node = Or((tree, Compare(path, "in", inside))) if inside else tree
    return And((whole, Not(Compare(path, "in", outside)))) if outside else whole


def begin(segment: Segment) -> None:
    """From now on the kept members are those of the conditions the segment has now; they are not complete yet."""
    if not segment.begun:
        held = row('SELECT "object" FROM "store_segmentstate" WHERE "segment" = %s', (segment.id,))
        if held is not None and held[0] != segment.object:
            forget(segment.id)
    run(
        'INSERT INTO "store_segmentstate" ("segment", "object", "where", "ready", "members", "asked")'
        ' VALUES (%s, %s, %s, %s, 0, %s) ON CONFLICT ("segment") DO UPDATE SET "object" = excluded."object",'
        ' "where" = excluded."where", "ready" = excluded."ready", "asked" = excluded."asked"',
        (segment.id, segment.object, segment.where, to_db(False), to_db(now())),
    )


def ask_anew(segment: Segment) -> None:
    """Note that all members are asked for now; meanwhile the kept ones hold."""
    run('UPDATE "store_segmentstate" SET "asked" = %s WHERE "segment" = %s', (to_db(now()), segment.id))


def complete(segment: Segment) -> None:
    """The members are complete, and counted once more."""
    run(
        'UPDATE "store_segmentstate" SET "ready" = %s, "members" = (SELECT count(*) FROM "store_segmentmember" m'
        ' WHERE m."segment" = %s) WHERE "segment" = %s',
        (to_db(True), segment.id, segment.id),
    )


def forget(segment_id: int) -> None:
    """Forget members, history and state of a segment; what was done by hand stays, for it may come back."""
    for table in ("store_segmentmember", "store_segmentmove", "store_segmentstate"):
        run(f'DELETE FROM "{table}" WHERE "segment" = %s', (segment_id,))


def memberships(record_id: int) -> dict[int, datetime]:
    """The segments a record is kept in, and since when."""
    found = rows('SELECT "segment", "since" FROM "store_segmentmember" WHERE "record" = %s', (record_id,))
    return {segment: from_db(since, "instant") for segment, since in found}


def gone(segment_ids: list[int]) -> list[int]:
    """Those of these segments that do not exist any more, or are in the trash."""
    table = registry.object(SEGMENT).table
    sql = f'SELECT "id" FROM "{table}" WHERE "trashed" IS NULL AND "id" IN ({marks(segment_ids)})'
    live = {line[0] for line in rows(sql, segment_ids)} if segment_ids else set()
    return [one for one in segment_ids if one not in live]
