"""The departments as a tree: in the order one reads it, each with its depth."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.kernel.actor import Actor
from zhike.records.aggregate import aggregate_raw
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.values import Ref

MOST = 1000


@dataclass(frozen=True, slots=True)
class Branch:
    """One department: how deep it stands, how many active people are in it, whether others stand below."""

    record: Record
    depth: int
    people: int
    parent: int
    above: int  # the sibling before it, 0 for the first
    below: bool


def branches(actor: Actor) -> list[Branch]:
    """Every department, each below the one it belongs to; those whose parent is gone stand at the top."""
    rows = read(
        actor, Query("department", sort="name", columns=("name", "parent", "manager"), size=MOST, count=False)
    ).rows
    counted = aggregate_raw(actor, "user", ("department",), ("count",), "active = yes and department is not empty")
    people = {int(one.keys[0]): int(one.values[0]) for one in counted if one.keys[0] is not None}
    known = {one.id for one in rows}
    children: dict[int, list[Record]] = {}
    for one in rows:
        parent = one["parent"].id if isinstance(one["parent"], Ref) and one["parent"].id in known else 0
        children.setdefault(parent, []).append(one)
    found: list[Branch] = []

    def walk(parent: int, depth: int, seen: frozenset[int]) -> None:
        before = 0
        for one in children.get(parent, ()):
            if one.id in seen:
                continue
            found.append(Branch(one, depth, people.get(one.id, 0), parent, before, one.id in children))
            before = one.id
            walk(one.id, depth + 1, seen | {one.id})

    walk(0, 0, frozenset())
    return found


def department_refs(actor: Actor) -> tuple[Ref, ...]:
    """The departments to choose from, indented as they stand."""
    return tuple(Ref("department", one.record.id, "\u2003" * one.depth + one.record.title) for one in branches(actor))
