"""Which records an actor reaches, and why: one way after another. The row scope is all of them together, the explainer
names those that hold; there is no second account of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from zhike.access.people import Rule, people
from zhike.access.rights import (
    AUTHORS_OWN,
    THROUGH_SHARES,
    has_shares,
    owners_within,
    reach_by_roles,
    reach_of,
    rule_reaches,
    standing_in,
)
from zhike.kernel.actor import Actor
from zhike.query.tree import EVERYTHING, NOTHING, And, Compare, InSet, Node, Or, Path, SharedWithMe
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec, ScopeKind

ReadRule = Callable[[Rule, Actor], Node | None]
"""A rule's filter as a tree for its reader; None where it cannot be read any more."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach records: the condition, and of what nature it is.

    ``kind``: system, open (everybody sees all of it), all (a role reaches everything), owner (whose it is, within
    ``reach``), person (named in ``field``), common (``field`` says it is for everybody), parent (whoever reaches the target
    of ``field`` by ``inner``), share, rule, stand_in (as the one who is away does by ``inner``), part (of a whole its owner
    shows), own, everybody and meant (of a record whose owner says who sees it)."""

    node: Node
    kind: str
    reach: str = ""
    field: str = ""
    target: str = ""
    id: int = 0
    inner: Way | None = None


def scope(actor: Actor, right: str, spec: ObjectSpec, read_rule: ReadRule, *, with_shares: bool = True) -> Node:
    """The rows an actor's right covers, as a condition on the object; ``with_shares=False``: by their roles alone."""
    if standing_in(actor, right, spec):
        return _joined(ways(actor, right, spec, read_rule, with_shares=with_shares))
    shared = _counts_on_shares(actor, right, spec, with_shares=with_shares) and has_shares(actor)
    return people().once(
        ("scope", actor.id, right, spec.key, read_rule, with_shares, shared),
        lambda: _joined(ways(actor, right, spec, read_rule, with_shares=with_shares, shared=shared)),
    )


def _joined(found: Iterable[Way]) -> Node:
    parts: list[Node] = []
    for way in found:
        if way.node == EVERYTHING:
            return EVERYTHING
        parts += [one for one in _branches(way.node) if one not in parts]
    if not parts:
        return NOTHING
    return Or(tuple(parts)) if len(parts) > 1 else parts[0]


def _branches(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, Or) else (node,)


def ways(
    actor: Actor,
    right: str,
    spec: ObjectSpec,
    read_rule: ReadRule,
    *,
    with_shares: bool = True,
    shared: bool | None = None,
) -> tuple[Way, ...]:
    """Every way by which the actor's right reaches records of an object. None of them: no record at all.

    ``shared``: whether to count on shares; None asks whether there are any for the actor, to leave their branch out."""
    found = list(_through(actor, right, spec, read_rule, shared, with_shares=with_shares))
    if with_shares and not actor.is_system:
        snapshot = people()
        for one in standing_in(actor, right, spec):
            away = snapshot.persons[one.absent]
            inner = _through(Actor(away.id, away.name), right, spec, read_rule, shared, with_shares=True)
            found += [Way(way.node, "stand_in", id=one.id, inner=way) for way in inner]
    return tuple(found)


def _through(
    actor: Actor, right: str, spec: ObjectSpec, read_rule: ReadRule, shared: bool | None, *, with_shares: bool
) -> tuple[Way, ...]:
    """The ways of one person, without those they have for standing in."""
    granted = _counts_on_shares(actor, right, spec, with_shares=with_shares)
    asked = _Asked(
        actor,
        right,
        read_rule if granted else None,
        shared=granted and (has_shares(actor) if shared is None else shared),
    )
    return tuple(_ways(asked, spec, frozenset()))


def _counts_on_shares(actor: Actor, right: str, spec: ObjectSpec, *, with_shares: bool) -> bool:
    """Whether shares and sharing rules could widen what the actor's roles reach."""
    wanted = with_shares and right in THROUGH_SHARES and not (spec.scope.authored and right in AUTHORS_OWN)
    needless = spec.scope.kind is ScopeKind.OPEN or reach_by_roles(actor, right, spec) in ("none", "all")
    return wanted and not needless


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for which right; sharing rules and shares count only where they could widen it."""

    actor: Actor
    right: str
    read_rule: ReadRule | None
    shared: bool


def _ways(asked: _Asked, spec: ObjectSpec, seen: frozenset[str]) -> Iterable[Way]:
    actor, right = asked.actor, asked.right
    if spec.scope.kind is ScopeKind.AUDIENCE:
        yield from _audience(actor, right, spec)
        return
    reach = reach_by_roles(actor, right, spec)
    if reach == "none":
        return
    if actor.is_system:
        yield Way(EVERYTHING, "system")
        return
    guarded = _guarded(actor, right, spec)
    if guarded is not None:
        yield guarded
        return
    owners = owners_within(actor, reach)
    if owners is None or spec.scope.kind is ScopeKind.OPEN:
        yield Way(EVERYTHING, "open" if spec.scope.kind is ScopeKind.OPEN else "all", reach)
        return
    yield Way(_among(spec, "owner", owners), "owner", reach)
    if spec.scope.authored and right in AUTHORS_OWN:
        return
    for key in spec.scope.people:
        yield Way(_among(spec, key, (actor.id,)), "person", reach, key)
    if spec.scope.common and right == "read":
        yield Way(Compare(Path((spec,), (), spec[spec.scope.common]), "=", True), "common", reach, spec.scope.common)
    if spec.scope.kind is ScopeKind.FOLLOWS:
        yield from _with_parents(asked, spec, seen)
    if asked.shared:
        yield Way(SharedWithMe(spec, actor.id, THROUGH_SHARES[right]), "share", reach)
    if asked.read_rule is not None:
        yield from _by_rules(asked, spec, asked.read_rule)


def _with_parents(asked: _Asked, spec: ObjectSpec, seen: frozenset[str]) -> Iterable[Way]:
    for key in spec.scope.parents:
        link = spec[key]
        targets = [registry.object(link.to)] if link.to else [one for one in registry if may_be_parent(one, spec)]
        for target in targets:
            if target.key in seen or target.key == spec.key:
                continue
            # A branch for each way to see the parent: databases cannot tell how few an OR inside a subquery leaves.
            for inner in _ways(asked, target, seen | {spec.key}):
                for node in _branches(inner.node):
                    way = replace(inner, node=node)
                    yield Way(InSet(link, target, node), "parent", field=key, target=target.key, inner=way)


def _by_rules(asked: _Asked, spec: ObjectSpec, read_rule: ReadRule) -> Iterable[Way]:
    snapshot = people()
    for rule in snapshot.rules:
        enough = rule.right == "edit" or THROUGH_SHARES[asked.right] == "read"
        if rule.object == spec.key and enough and rule_reaches(snapshot, rule, asked.actor.id):
            node = read_rule(rule, asked.actor)
            if node is not None:
                yield Way(node, "rule", id=rule.id)


def _guarded(actor: Actor, right: str, spec: ObjectSpec) -> Way | None:
    """Parts of a record whose owner says who sees it (tiles of a dashboard): seen, changed and added by exactly those who see
    or change the whole, whoever made the part. None for every other object."""
    if spec.scope.kind is not ScopeKind.FOLLOWS:
        return None
    for key in spec.scope.parents:
        target = registry.find(spec[key].to) if spec[key].to else None
        if target is not None and target.scope.kind is ScopeKind.AUDIENCE:
            whole = tuple(one.node for one in _audience(actor, right, target))
            part = whole[0] if len(whole) == 1 else Or(whole)
            return Way(InSet(spec[key], target, part), "part", field=key, target=target.key)
    return None


def _audience(actor: Actor, right: str, spec: ObjectSpec) -> Iterable[Way]:
    """The rows of an object whose owners say who sees them. Others see what is meant for them; changing it takes a reach
    of all, and private records are nobody else's at any reach."""
    reach = reach_of(actor, right, spec)
    if actor.is_system:
        yield Way(EVERYTHING, "system")
        return
    if reach == "none":
        return
    named = spec.scope.audience
    yield Way(_among(spec, "owner", (actor.id,)), "own", reach)
    everybody = _among(spec, named.shared, ("everybody",))
    some = _among(spec, named.shared, ("some",))
    if right not in ("read", "export"):
        if reach == "all":
            yield Way(everybody, "everybody", reach)
            yield Way(some, "meant", reach)
        return
    snapshot = people()
    person = snapshot.persons.get(actor.id)
    roles = person.roles if person else ()
    departments = snapshot.departments_above(person.department) if person else ()
    meant = Or((_holds_any(spec, named.roles, roles), _holds_any(spec, named.departments, departments)))
    yield Way(everybody, "everybody", reach)
    yield Way(And((some, meant)), "meant", reach)


def _holds_any(spec: ObjectSpec, key: str, ids: tuple[int, ...]) -> Compare:
    return Compare(Path((spec,), (), spec[key]), "has", tuple(ids))


def may_be_parent(spec: ObjectSpec, child: ObjectSpec) -> bool:
    """Whether records of ``child`` follow those of ``spec``: whatever has an owner, and whatever lists them."""
    return spec.scope.kind is ScopeKind.OWNER or child.plural in spec.related


def _among(spec: ObjectSpec, key: str, ids: tuple[int | str, ...]) -> Compare:
    return Compare(Path((spec,), (), spec[key]), "in", ids)
