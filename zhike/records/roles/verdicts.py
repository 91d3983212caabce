"""What each person may do with one record, decided by the very conditions the doors use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhike.access.people import people
from zhike.access.rights import reach_of
from zhike.access.ways import Way, ways
from zhike.kernel.actor import Actor
from zhike.query.tree import Compare, Node, Path
from zhike.records.asking import compiler, conditions, read_rule
from zhike.schema.spec import ObjectSpec
from zhike.store.database import row

NEEDS: dict[str, tuple[str, ...]] = {
    "read": ("read",),
    "edit": ("read", "edit"),
    "delete": ("read", "delete"),
    "export": ("read", "export"),
    "transfer": ("read", "edit", "transfer"),
    "bulk": ("read", "edit", "bulk"),
}
"""What one needs to do something with a record: a record is handed over, or changed with others, by changing it."""
NOT_IN_THE_TRASH = frozenset({"edit", "transfer", "bulk"})
AT_ONCE = 150  # conditions asked in one statement


@dataclass(frozen=True, slots=True)
class Judged:
    """One right of one person over one record: the ways there are, and which of them hold."""

    right: str
    reach: str
    ways: tuple[tuple[Way, bool], ...]

    @property
    def holds(self) -> bool:
        """Whether the right covers the record."""
        return self.reach != "none" and any(holds for _way, holds in self.ways)

    @property
    def holding(self) -> list[Way]:
        """The ways that hold."""
        return [way for way, holds in self.ways if holds]


def judged(
    spec: ObjectSpec, record_id: int, persons: Sequence[int], rights: Iterable[str]
) -> dict[int, dict[str, Judged]]:
    """Every right of every person over the record; conditions several of them share are asked once."""
    known = people().persons
    wanted = list(dict.fromkeys(rights))
    every: dict[tuple[int, str], tuple[str, tuple[Way, ...]]] = {}
    for person in persons:
        actor = Actor(person, known[person].name)
        for right in wanted:
            every[(person, right)] = (
                reach_of(actor, right, spec),
                ways(actor, right, spec, read_rule, shared=True),
            )
    answers = _asked(spec, record_id, [way.node for _reach, some in every.values() for way in some])
    found: dict[int, dict[str, Judged]] = {person: {} for person in persons}
    for (person, right), (reach, some) in every.items():
        found[person][right] = Judged(right, reach, tuple((way, next(answers)) for way in some))
    return found


def _asked(spec: ObjectSpec, record_id: int, nodes: Sequence[Node]) -> Any:
    """Whether the record satisfies each of the conditions, in their order."""
    places: dict[tuple[str, tuple[Any, ...]], int] = {}
    order: list[int] = []
    for node in nodes:
        build = compiler(spec)
        text = build.where(node)
        alone = (text, (*build.params, build.joins))
        order.append(places.setdefault(alone, len(places)))
    kept: dict[int, Node] = {}
    for node, place in zip(nodes, order, strict=True):
        kept.setdefault(place, node)
    results: list[bool] = []
    for start in range(0, len(kept), AT_ONCE):
        results += _portion(spec, record_id, [kept[place] for place in range(start, min(start + AT_ONCE, len(kept)))])
    return iter([results[place] for place in order])


def _portion(spec: ObjectSpec, record_id: int, nodes: Sequence[Node]) -> list[bool]:
    build = compiler(spec)
    asked = ", ".join(f"CASE WHEN {build.where(node)} THEN 1 ELSE 0 END" for node in nodes)
    where = conditions(build, spec, Compare(Path((spec,), (), spec["id"]), "=", record_id))
    found = row(f"SELECT {asked} {build.source()} WHERE {where}", build.params)
    return [bool(one) for one in found] if found is not None else [False] * len(nodes)


def may(right: str, judgement: Mapping[str, Judged], *, trashed: bool) -> bool:
    """Whether somebody may do this with the record."""
    if trashed and right in NOT_IN_THE_TRASH:
        return False
    return all(judgement[one].holds for one in NEEDS[right])
