"""Who sees which of some records, worked out from roles and departments without a query for each person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from zhike.access.people import Rule, people
from zhike.access.rights import owners_within, reach_of, rule_reaches, standing_in
from zhike.access.ways import may_be_parent
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


class Reached(NamedTuple):
    """A record by which others may be seen: its object, its owner, its id, and the people its scope names."""

    spec: ObjectSpec
    owner: int | None
    record: int
    named: frozenset[int]


def sight(spec: ObjectSpec, ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Who sees each of these records now, by id. An object open to all says nothing: nobody is named."""
    if spec.scope.kind is ScopeKind.OPEN:
        return {one: frozenset() for one in ids}
    held = values_of(spec, _read(spec), ids)
    return {one: seers(spec, values, [one]) for one, values in held.items()}


def seers(spec: ObjectSpec, values: Mapping[str, Any], ids: Iterable[int]) -> frozenset[int]:
    """Who sees a record with these values, shared as the records ``ids`` are."""
    if spec.scope.kind is ScopeKind.OPEN:
        return frozenset()
    ways = [_reached(spec, one, values) for one in ids] + _above(spec, values, frozenset())
    shared = _shared_with([way.record for way in ways])
    seen = frozenset(
        person.id
        for person in list(people().persons.values())[:MOST_PEOPLE]
        if person.active and any(_reaches(Actor(person.id), spec, way, shared) for way in ways)
    ) | _by_rules(ways)
    return seen | _standing_in(spec, seen)


def _read(spec: ObjectSpec) -> tuple[str, ...]:
    return ("owner", *spec.scope.people, *_parents(spec))


def _reached(spec: ObjectSpec, record: int, values: Mapping[str, Any]) -> Reached:
    owner = values.get("owner")
    named = frozenset(ref.id for key in spec.scope.people for ref in refs_of(values.get(key)))
    return Reached(spec, owner.id if owner else None, record, named)


def _above(spec: ObjectSpec, values: Mapping[str, Any], seen: frozenset[str]) -> list[Reached]:
    """The records this one is seen with, and those they are seen with in turn; no object twice on the way up."""
    found: list[Reached] = []
    for key in _parents(spec):
        for ref in refs_of(values.get(key)):
            above = registry.find(ref.object)
            if above is None or above.key in seen | {spec.key} or not (spec[key].to or may_be_parent(above, spec)):
                continue
            for one, facts in values_of(above, _read(above), [ref.id]).items():
                found += [_reached(above, one, facts), *_above(above, facts, seen | {spec.key})]
    return found


def _by_rules(ways: Iterable[Reached]) -> frozenset[int]:
    """People to whom a sharing rule shows one of these records as it is now."""
    snapshot = people()
    found: set[int] = set()
    for spec, _owner, record, _named in ways:
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
    return spec.scope.parents if spec.scope.kind is ScopeKind.FOLLOWS else ()


def _reaches(actor: Actor, spec: ObjectSpec, way: Reached, shared: Mapping[int, set[tuple[str, int]]]) -> bool:
    seen, owner, record, named = way
    reach = reach_of(actor, "read", seen)
    if reach == "none" or reach_of(actor, "read", spec) == "none":
        return False
    owners = owners_within(actor, reach)
    if owners is None or actor.id in named or (owner is not None and owner in owners):
        return True
    person = people().persons[actor.id]
    given = shared.get(record, set())
    departments = people().departments_above(person.department)
    return ("person", actor.id) in given or any(("department", one) in given for one in departments)


def _shared_with(ids: Sequence[int]) -> dict[int, set[tuple[str, int]]]:
    found: dict[int, set[tuple[str, int]]] = {}
    sql = (
        f'SELECT "record", "person", "department" FROM "store_share" WHERE "record" IN ({marks(ids)})'
        ' AND ("until" IS NULL OR "until" > %s)'
    )
    for record, person, department in rows(sql, [*ids, to_db(now())]):
        found.setdefault(record, set()).add(("person", person) if person is not None else ("department", department))
    return found
