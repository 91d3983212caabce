"""Where do ids of merged records lead? Over any number of merges, for readers, writers and filters alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from zhike.query.tree import And, Compare, Node, Not, Or
from zhike.schema.spec import ObjectSpec
from zhike.store.database import marks, rows
from zhike.store.ids import notes

LARGEST_ID = 2**53
LONGEST_CHAIN = 20  # merges of merged records


def winners(spec: ObjectSpec | None, ids: Iterable[int]) -> dict[int, int]:
    """Where ids of merged records lead now; ids that were never merged are left out. ``spec`` None: of any object."""
    found: dict[int, int] = {}
    asked = {one: {one} for one in ids if 0 < one < LARGEST_ID}  # the id to look up → the ids it stands for
    only, of_object = ('"object" = %s AND ', (spec.key,)) if spec else ("", ())
    for _merge in range(LONGEST_CHAIN):
        listed = sorted(asked)
        sql = f'SELECT "id", "to" FROM "store_redirect" WHERE {only}"id" IN ({marks(listed)})'
        following: dict[int, set[int]] = {}
        for old, to in rows(sql, (*of_object, *listed)) if listed else ():
            found |= dict.fromkeys(asked[old], to)
            following.setdefault(to, set()).update(asked[old])
        if not following:
            break
        asked = following
    return found


def followed(node: Node) -> Node:
    """The filter with each id a link is compared with replaced by that of the record it was merged into, if it was: links
    were moved there, so the old id would find nothing."""
    known = notes()
    asked = set(_linked_ids(node))
    if fresh := [one for one in asked if ("kept", one) not in known]:
        found = winners(None, fresh)
        known |= {("kept", one): found.get(one, one) for one in fresh}
    moved = {one: known["kept", one] for one in asked if known["kept", one] != one}
    return _moved(node, moved) if moved else node


def _linked_ids(node: Node) -> Iterable[int]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _linked_ids(part)
    elif isinstance(node, Not):
        yield from _linked_ids(node.part)
    elif isinstance(node, Compare) and _names_records(node):
        values: tuple[Any, ...] = node.value if isinstance(node.value, tuple) else (node.value,)
        yield from (one for one in values if isinstance(one, int))


def _names_records(node: Compare) -> bool:
    field = node.path.field
    by_link = field.kind in ("link", "links", "any_link") and node.path.part is None
    return by_link or bool(node.path.links and field.key == "id")


def _moved(node: Node, moved: dict[int, int]) -> Node:
    if isinstance(node, And | Or):
        return type(node)(tuple(_moved(part, moved) for part in node.parts))
    if isinstance(node, Not):
        return Not(_moved(node.part, moved))
    if not isinstance(node, Compare) or moved.keys().isdisjoint(_linked_ids(node)):
        return node
    if isinstance(node.value, tuple):
        return replace(node, value=tuple(dict.fromkeys(moved.get(one, one) for one in node.value)), said="")
    return replace(node, value=moved[node.value], said="")
