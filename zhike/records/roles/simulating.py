"""What a change of a role or a sharing rule would open and close, before it is made: nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from zhike.access.people import RIGHTS, People, Rule, people, supposing
from zhike.access.rights import can, field_right, rule_reaches
from zhike.access.ways import scope
from zhike.kernel.actor import Actor
from zhike.kernel.errors import NotFound
from zhike.query.tree import And, Compare, Node, Not, Path
from zhike.records.asking import compiler, read_rule
from zhike.records.company.company import require_settings
from zhike.records.read import read_one, sees
from zhike.records.roles.checks import rule_tree, shareable
from zhike.records.roles.field_effects import FieldEffect, field_effects, fields_after
from zhike.records.roles.table import OTHERS, Fields, Grants, RoleTable, known_words
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import row, rows
from zhike.store.ids import steady
from zhike.store.plan import own_rows

NEWEST = 10_000  # records of an object that are looked at
MOST_COUNTED = 1000
MOST_PEOPLE = 50
SAMPLES = 3
LOOKED_AT = ("read", "edit")


@dataclass(frozen=True, slots=True)
class Sample:
    """One record somebody would gain or lose."""

    person: str
    record: int
    title: str


@dataclass
class Effect:
    """What changes for one right on one object: records and people that gain, and that lose; with some of them."""

    object: str
    right: str
    gained: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    people_gaining: set[int] = field(default_factory=set)
    people_losing: set[int] = field(default_factory=set)
    samples_gained: list[Sample] = field(default_factory=list)
    samples_lost: list[Sample] = field(default_factory=list)
    capped: bool = False  # there are more records than were counted


@dataclass(frozen=True, slots=True)
class Simulation:
    """The effects that there would be on records and on fields, how many people were looked at, and whether there are more of
    them, or more records than the newest that were looked at."""

    effects: tuple[Effect, ...]
    people: int
    more_people: bool
    only_newest: bool
    fields: tuple[FieldEffect, ...] = ()


@steady()
def simulate_role(actor: Actor, role: int, grants: Grants, fields: Fields | None = None) -> Simulation:
    """What these reaches and rights on fields would change for everybody who has the role. Raises Forbidden, NotFound, and
    Invalid for unknown words."""
    require_settings(actor)
    read_one(actor, "role", role)
    known_words(grants, fields or {})
    snapshot = people()
    table = RoleTable({key: held for (owner, key), held in snapshot.grants.items() if owner == role})
    after = {where: held for where, held in snapshot.grants.items() if where[0] != role}
    for key in {*table.grants, *grants}:
        wanted = grants.get(key, {})
        if wanted is not None and (wanted or key in table.grants):
            after[(role, key)] = {**dict.fromkeys(RIGHTS, "none"), **table.reaches(key), **wanted}
    holders = [one.id for one in snapshot.persons.values() if role in one.roles and one.active]
    touched = [spec for spec in registry if OTHERS in grants or spec.key in grants or _follows_any(spec, grants)]
    supposed = replace(snapshot, grants=after, fields=fields_after(snapshot, role, fields or {}))
    found = _compared(actor, supposed, holders, touched)
    return replace(found, fields=tuple(field_effects(supposed, holders[:MOST_PEOPLE], fields or {})))


@steady()
def simulate_rule(actor: Actor, rule: Rule) -> Simulation:
    """What this sharing rule would change; its id says which one it takes the place of (0: none). Raises Forbidden, NotFound
    and BadQuery for a filter that cannot be read."""
    require_settings(actor)
    spec = registry.find(rule.object)
    if spec is None or not shareable(spec):
        raise NotFound()
    rule_tree(spec, rule.where)
    snapshot = people()
    before = [one for one in snapshot.rules if one.id == rule.id]
    after = replace(snapshot, rules=(*(one for one in snapshot.rules if one.id != rule.id), rule))
    reached = [one for one in snapshot.persons if any(rule_reaches(snapshot, each, one) for each in (rule, *before))]
    keys = {rule.object, *(one.object for one in before)}
    return _compared(actor, after, reached, [one for one in registry if one.key in keys])


def _follows_any(spec: ObjectSpec, grants: Mapping[str, object]) -> bool:
    return any(spec[key].to in grants for key in spec.scope.parents)


def _compared(actor: Actor, after: People, persons: list[int], specs: Iterable[ObjectSpec]) -> Simulation:
    effects: list[Effect] = []
    only_newest = False
    looked = persons[:MOST_PEOPLE]
    for spec in specs:
        found = [one for right in LOOKED_AT if (one := _effect(spec, right, after, looked)) is not None]
        for one in found:
            _only_seen(actor, spec, one)
        if found:
            only_newest = only_newest or _has_more(spec)
            effects += found
    return Simulation(tuple(effects), len(looked), len(persons) > len(looked), only_newest)


def _only_seen(actor: Actor, spec: ObjectSpec, effect: Effect) -> None:
    """Records are named only to who sees them, and their titles, themselves."""
    named = field_right(actor, spec, spec[spec.title]) in ("read", "write") and can(actor, "read", spec)
    for samples in (effect.samples_gained, effect.samples_lost):
        seen = sees(actor, spec, [one.record for one in samples]) if named else set()
        samples[:] = [one for one in samples if one.record in seen]


def _effect(spec: ObjectSpec, right: str, after: People, persons: list[int]) -> Effect | None:
    effect = Effect(spec.key, right)
    asked: dict[Question, list[tuple[int, str]]] = {}
    for person, now, then in _scopes(spec, right, after, persons):
        if now == then:
            continue
        for node, without, ids, who, samples in (
            (then, now, effect.gained, effect.people_gaining, effect.samples_gained),
            (now, then, effect.lost, effect.people_losing, effect.samples_lost),
        ):
            question = _question(spec, node, without)
            if question not in asked:
                asked[question] = _answers(spec, question)
            found = asked[question]
            effect.capped = effect.capped or len(found) > MOST_COUNTED
            if found:
                who.add(person)
                ids.update(id_ for id_, _title in found[:MOST_COUNTED])
                for id_, title in found[: SAMPLES - len(samples)]:
                    samples.append(Sample(people().persons[person].name, id_, title))
    return effect if effect.gained or effect.lost else None


def _scopes(spec: ObjectSpec, right: str, after: People, persons: list[int]) -> Iterator[tuple[int, Node, Node]]:
    """The row scope of each person now and then; whoever may change a record must see it, too."""
    for person in persons:
        actor = Actor(person, people().persons[person].name)
        now = And(tuple(scope(actor, one, spec, read_rule) for one in dict.fromkeys(("read", right))))
        with supposing(after):
            then = And(tuple(scope(actor, one, spec, read_rule) for one in dict.fromkeys(("read", right))))
        yield person, now, then


Question = tuple[str, str, tuple[object, ...]]
"""Joins, condition and parameters: people in the same position ask the same."""


def _question(spec: ObjectSpec, node: Node, without: Node) -> Question:
    """The live records that satisfy the one condition and not the other."""
    build = compiler(spec)
    live = Compare(Path((spec,), (), spec["trashed"]), "empty", None)
    where = build.where(And((live, node, Not(without))))
    return build.joins, where, tuple(build.params)


def _answers(spec: ObjectSpec, question: Question) -> list[tuple[int, str]]:
    """Those among the newest records, as far as they are counted."""
    joins, where, params = question
    only = own_rows(spec)
    newest = (
        f'(SELECT * FROM "{spec.table}" t{f" WHERE {only}" if only else ""} ORDER BY t."created" DESC LIMIT {NEWEST})'
    )
    sql = f'SELECT t."id", t."title_shown" FROM {newest} t {joins} WHERE {where} ORDER BY t."id" DESC LIMIT {MOST_COUNTED + 1}'
    return [(line[0], line[1] or f"#{line[0]}") for line in rows(sql, params)]


def _has_more(spec: ObjectSpec) -> bool:
    only = own_rows(spec)
    where = f" WHERE {only}" if only else ""
    sql = f'SELECT 1 FROM "{spec.table}" t{where} ORDER BY t."created" DESC LIMIT 1 OFFSET {NEWEST}'
    return row(sql) is not None
