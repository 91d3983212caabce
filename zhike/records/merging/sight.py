"""Who sees which of some records, worked out from roles and departments without a query for each person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zhike.access.people import Rule, people
from zhike.access.rights import owners_within, reach_of, rule_reaches, standing_in
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.query.tree import Compare, Path
from zhike.records.asking import compiler, conditions, read_rule
from zhike.records.linking import values_of
from zhike.records.titles import refs_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec, ScopeKind
from zhike.store.database import marks, row, rows, to_db

MOST_PEOPLE = 1000
Owned = tuple[ObjectSpec, int | None, int]
"""An object, the owner of one of its records, and that record: whoever reaches one of these sees what hangs on them."""


def sight(spec: ObjectSpec, ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Who sees each of these records now, by id. An object open to all says nothing: nobody is named."""
    if spec.scope.kind is ScopeKind.OPEN:
        return {one: frozenset() for one in ids}
    keys = ("owner", *spec.scope.people, *_parents(spec))
    held = values_of(spec, keys, ids)
    return {one: seers(spec, values, [one]) for one, values in held.items()}


def seers(spec: ObjectSpec, values: Mapping[str, Any], ids: Iterable[int]) -> frozenset[int]:
    """Who sees a record with these values, shared as the records ``ids`` are."""
    if spec.scope.kind is ScopeKind.OPEN:
        return frozenset()
    owner = values.get("owner")
    ways: list[Owned] = [(spec, owner.id if owner else None, one) for one in ids]
    for key in _parents(spec):
        for ref in refs_of(values.get(key)):
            above = registry.object(ref.object)
            ways += [
                (above, found["owner"].id if found["owner"] else None, one)
                for one, found in values_of(above, ("owner",), [ref.id]).items()
            ]
    own = {ref.id for key in spec.scope.people for ref in refs_of(values.get(key))}
    shared = _shared_with([one for _spec, _owner, one in ways])
    seen = frozenset(
        person.id
        for person in list(people().persons.values())[:MOST_PEOPLE]
        if person.active and ((person.id in own and reach_of(Actor(person.id), "read", spec) != "none")
                              or any(_reaches(Actor(person.id), spec, way, shared) for way in ways))
    ) | _by_rules(ways)  # fmt: skip
    return seen | _standing_in(spec, seen)


def _by_rules(ways: Iterable[Owned]) -> frozenset[int]:
    """People to whom a sharing rule shows one of these records as it is now."""
    snapshot = people()
    found: set[int] = set()
    for spec, _owner, record in ways:
        for rule in snapshot.rules:
            readers = (
                [one for one in snapshot.persons if rule_reaches(snapshot, rule, one)]
                if rule.object == spec.key
                else []
            )
            if readers and _finds(rule, spec, record):
                found |= {one for one in readers if reach_of(Actor(one), "read", spec) != "none"}
    return frozenset(found)


def _finds(rule: Rule, spec: ObjectSpec, record: int) -> bool:
    node = read_rule(rule, Actor(0))
    if node is None:
        return False
    build = compiler(spec)
    where = conditions(build, spec, Compare(Path((spec,), (), spec["id"]), "=", record), node)
    return row(f"SELECT 1 {build.source()} WHERE {where}", build.params) is not None


def _standing_in(spec: ObjectSpec, seen: frozenset[int]) -> frozenset[int]:
    snapshot = people()
    return frozenset(
        one.deputy
        for one in snapshot.stand_ins
        if one.absent in seen and one in standing_in(Actor(one.deputy), "read", spec)
    )


def _parents(spec: ObjectSpec) -> tuple[str, ...]:
    """Links whose targets a record is seen with; with any link, only those of a fixed object are followed here."""
    if spec.scope.kind is not ScopeKind.FOLLOWS:
        return ()
    return tuple(key for key in spec.scope.parents if spec[key].kind == "link")


def _reaches(actor: Actor, spec: ObjectSpec, way: Owned, shared: Mapping[int, set[tuple[str, int]]]) -> bool:
    seen, owner, record = way
    if reach_of(actor, "read", spec) == "none":
        return False
    reach = reach_of(actor, "read", seen)
    owners = owners_within(actor, reach)
    if owners is None or (owner is not None and owner in owners):
        return True
    person = people().persons[actor.id]
    given = shared.get(record, set())
    departments = people().departments_above(person.department)
    return reach != "none" and (
        ("person", actor.id) in given or any(("department", one) in given for one in departments)
    )


def _shared_with(ids: Sequence[int]) -> dict[int, set[tuple[str, int]]]:
    found: dict[int, set[tuple[str, int]]] = {}
    sql = (
        f'SELECT "record", "person", "department" FROM "store_share" WHERE "record" IN ({marks(ids)})'
        ' AND ("until" IS NULL OR "until" > %s)'
    )
    for record, person, department in rows(sql, [*ids, to_db(now())]):
        found.setdefault(record, set()).add(("person", person) if person is not None else ("department", department))
    return found
