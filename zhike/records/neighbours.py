"""The records before and after one in a list, found from its place in the order: the same two small questions however long
the list is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.query.tree import EVERYTHING, Compare, Node, Path, SortKey
from zhike.records.asking import compiler, conditions, order, question, state, visible
from zhike.records.paging import Cursor, page_rows, sort_sql
from zhike.records.read import Query
from zhike.records.redirects import LARGEST_ID
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import row
from zhike.store.ids import steady
from zhike.store.plan import RowPlan


@steady()
def neighbours(actor: Actor, query: Query, record_id: int) -> tuple[int | None, int | None]:
    """Ids of the records before and after one in the list a query asks for (its page and columns do not matter).

    A record that no longer matches has its neighbours where it would stand. ``(None, None)`` for one out of sight and for
    lists sorted by several fields. Raises NotFound (no such object), Forbidden, BadQuery."""
    registry.refresh()
    spec = registry.object(query.object)
    require(actor, "read", spec)
    sort = order(actor, spec, query.sort)
    nodes = [question(actor, spec, query.where), state(spec, query.archived, query.trashed)]
    scope = visible(actor, spec)
    place = _place(spec, scope, sort[0], record_id) if len(sort) == 1 else None
    if place is None:
        return None, None
    key = sort[0]

    def first(towards: SortKey, after: Cursor | None) -> tuple[Any, ...] | None:
        found, _more = page_rows(spec, RowPlan(spec, ()), scope, nodes, (towards,), 1, after, walk=not query.trashed)
        return found[0] if found else None

    following = first(key, place)
    back = replace(key, descending=not key.descending)
    before = first(back, place)
    empty = place.values[0] is None
    if before is not None and not empty and before[-1] is None:
        before = None  # empties stand at the end in both directions
    if before is None and empty:
        before = first(back, None)
        before = None if before is None or before[-1] is None else before
    return (before[0] if before else None), (following[0] if following else None)


def _place(spec: ObjectSpec, scope: Node, key: SortKey, record_id: int) -> Cursor | None:
    """Where a record within sight stands in the order."""
    if not 0 < record_id < LARGEST_ID:
        return None
    build = compiler(spec)
    where = conditions(build, spec, EVERYTHING, Compare(Path((spec,), (), spec["id"]), "=", record_id), scope)
    found = row(f"SELECT {sort_sql(spec, key)} {build.source()} WHERE {where}", build.params)
    return Cursor((found[0],), record_id) if found else None
