"""Who belongs into a segment: asked anew for a few records after a write, or for all of them in portions, always as a
difference to the members that are kept. Both ways come to the same members, whichever is later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now
from zhike.kernel.errors import BadQuery, NotFound
from zhike.query.tree import NOTHING, Node
from zhike.records.asking import compiler, conditions, segment_tree, state
from zhike.records.segments.kept import Segment
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import hold, insert_many, marks, row, rows, run, to_db, write_transaction
from zhike.store.plan import own_rows

AT_ONCE = 500
PORTION = 20_000
LARGEST = 2**62


class Wanted(NamedTuple):
    """The records that belong into a segment: what stands after ``FROM``, the condition, and the parameters of both."""

    source: str
    where: str
    params: list[Any]


def tree_of(segment: Segment) -> Node:
    """The conditions of a segment with the eyes of the system; nothing for those that cannot be read any more."""
    spec = registry.find(segment.object)
    try:
        return segment_tree(SYSTEM, spec, segment.where) if spec is not None else NOTHING
    except (BadQuery, NotFound):
        return NOTHING


def wanted(spec: ObjectSpec, segment: Segment, tree: Node) -> Wanted:
    """What the conditions find and what was added by hand, without what was left out by hand; live records only."""
    build = compiler(spec)
    found = build.where(tree)
    hand = 'SELECT h."record" FROM "store_segmenthand" h WHERE h."segment" = %s AND h."added" = %s'
    build.params += [segment.id, to_db(True), segment.id, to_db(False)]
    where = f'({found} OR t."id" IN ({hand})) AND t."id" NOT IN ({hand}) AND {conditions(build, spec, state(spec))}'
    return Wanted(build.source(), where, build.params)


def refresh(segment: Segment, ids: Iterable[int]) -> int:
    """Let exactly those of these records be members that belong into the segment; returns how many came or went."""
    spec = registry.find(segment.object)
    listed = sorted(set(ids))
    if spec is None or not listed:
        return 0
    asked = wanted(spec, segment, tree_of(segment))
    moved = 0
    for start in range(0, len(listed), AT_ONCE):
        some = listed[start : start + AT_ONCE]
        with write_transaction():
            moved += _difference(segment, asked, f"{{}} IN ({marks(some)})", some, telling=True)
    return moved


def sweep(segment: Segment, after: int, *, telling: bool) -> tuple[int, int]:
    """Ask for the members among the next records behind an id, within the running transaction: the last id that was looked
    at (:data:`LARGEST` when there are no more) and how many records that were. ``telling``: who comes and goes is kept."""
    spec = registry.find(segment.object)
    if spec is None:
        return LARGEST, 0
    only = f" AND {own_rows(spec)}" if own_rows(spec) else ""
    portion = f'SELECT t."id" FROM "{spec.table}" t WHERE t."id" > %s{only} ORDER BY t."id" LIMIT {PORTION}'
    found = row(f'SELECT max(x."id"), count(*) FROM ({portion}) x', (after,))
    last, number = (found[0], int(found[1])) if found else (None, 0)
    upto = int(last) if last is not None and number == PORTION else LARGEST
    asked = wanted(spec, segment, tree_of(segment))
    _difference(segment, asked, "{0} > %s AND {0} <= %s", [after, upto], telling=telling)
    return upto, number


def _difference(segment: Segment, asked: Wanted, within: str, given: Sequence[int], *, telling: bool) -> int:
    """Members that do not belong there go, those that are missing come, among the records that ``within`` names."""
    hold(f"segment:{segment.id}")
    at = to_db(now())
    of_record, of_member = within.format('t."id"'), within.format('"record"')
    belongs = f"{asked.source} WHERE {asked.where} AND {of_record}"
    left = rows(
        f'DELETE FROM "store_segmentmember" WHERE "segment" = %s AND {of_member}'
        f' AND "record" NOT IN (SELECT t."id" {belongs}) RETURNING "record"',
        [segment.id, *given, *asked.params, *given],
    )
    came = rows(
        'INSERT INTO "store_segmentmember" ("segment", "record", "since")'
        f' SELECT %s, t."id", %s {belongs} AND NOT EXISTS (SELECT 1 FROM "store_segmentmember" m'
        ' WHERE m."segment" = %s AND m."record" = t."id") ORDER BY t."id" RETURNING "record"',
        [segment.id, at, *asked.params, *given, segment.id],
    )
    if telling:
        moves = [
            (segment.id, one, at, to_db(came_in)) for some, came_in in ((left, False), (came, True)) for (one,) in some
        ]
        insert_many("store_segmentmove", ("segment", "record", "at", "entered"), moves)
    if len(came) != len(left):
        change = 'UPDATE "store_segmentstate" SET "members" = "members" + %s WHERE "segment" = %s'
        run(change, (len(came) - len(left), segment.id))
    return len(came) + len(left)
