"""What an actor may do: per object, per field, and which rows. Several roles add up: the widest reach wins."""

from __future__ import annotations

from zhike.access.people import REACHES, People, Person, people
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import Words, _
from zhike.query.formula_grammar import words_of
from zhike.query.tree import EVERYTHING, NOTHING, And, Compare, InSet, Node, Or, Path, SharedWithMe
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.store.database import marks, row, to_db
from zhike.store.ids import asked_once

RIGHTS_OF_RECORDS = ("read", "edit", "delete", "export", "transfer", "bulk")
FIELD_RIGHTS = ("hidden", "masked", "read", "write")
THROUGH_SHARES = {"read": "read", "edit": "edit", "bulk": "edit", "export": "edit"}
"""Right on a record → the share that gives it. Deleting and handing over stay with the owner's side."""
AUTHORS_OWN = ("edit", "delete", "transfer", "bulk")
DEEPEST = 8  # fields derived from derived fields
RIGHT_NAMES: dict[str, Words] = {
    "read": _("read"),
    "create": _("create"),
    "edit": _("edit"),
    "delete": _("delete"),
    "export": _("export"),
    "import": _("import"),
    "transfer": _("transfer"),
    "bulk": _("change many at once"),
}


def reach_of(actor: Actor, right: str, spec: ObjectSpec, snapshot: People | None = None) -> str:
    """How far the actor's right on an object goes: none, own, department, subtree or all."""
    if actor.is_system:
        return "all"
    snapshot = snapshot or people()
    person = snapshot.persons.get(actor.id)
    if person is None or not person.active:
        return "none"
    best = "none"
    for role in person.roles:
        grant = snapshot.grants.get((role, spec.key)) or snapshot.grants.get((role, "*"))
        if grant and REACHES.index(grant.get(right, "none")) > REACHES.index(best):
            best = grant[right]
    return "own" if spec.scope.authored and right in AUTHORS_OWN and best != "none" else best


def can(actor: Actor, right: str, spec: ObjectSpec) -> bool:
    """Whether the actor has this right on at least some records of the object."""
    return reach_of(actor, right, spec) != "none"


def require(actor: Actor, right: str, spec: ObjectSpec) -> None:
    """Raise Forbidden unless :func:`can`."""
    if not can(actor, right, spec):
        text = _("Your roles do not let you {right} {objects}. Ask an administrator.")
        raise Forbidden(text.with_(right=RIGHT_NAMES[right], objects=spec.plural_label))


def field_right(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> str:
    """hidden, masked, read or write; a role that says nothing about a field gives write.

    A value derived from others shows no more than they do: a formula is as hidden as the most hidden field it reads, a
    roll-up as the field it measures, and both with the object that is closed to the actor."""
    if actor.is_system:
        return "write"
    snapshot = people()
    person = snapshot.persons.get(actor.id)
    if person is None:
        return "hidden"
    return _field_right(actor, snapshot, person, spec, field, 0)


def _field_right(actor: Actor, snapshot: People, person: Person, spec: ObjectSpec, field: FieldSpec, depth: int) -> str:
    right = "write"
    if snapshot.fields:
        given = [snapshot.fields.get((role, spec.key, field.key), "write") for role in person.roles]
        right = max(given, key=FIELD_RIGHTS.index, default="hidden")
    if not (field.formula or field.rollup):
        return right
    if depth > DEEPEST:
        return "hidden"
    for source, inner in _inputs(spec, field):
        if source is not spec and reach_of(actor, "read", source, snapshot) == "none":
            return "hidden"
        of_input = _field_right(actor, snapshot, person, source, inner, depth + 1)
        if of_input in ("hidden", "masked"):
            right = min(right, of_input, key=FIELD_RIGHTS.index)
    return right


_read_by: dict[tuple[int, str, str], tuple[tuple[ObjectSpec, FieldSpec], ...]] = {}


def _inputs(spec: ObjectSpec, field: FieldSpec) -> tuple[tuple[ObjectSpec, FieldSpec], ...]:
    """What a derived field is worked out from: own fields of a formula; the link and the measured field of a roll-up."""
    where = (registry.generation, spec.key, field.key)
    if where not in _read_by:
        if len(_read_by) > 1000:
            _read_by.clear()
        source, keys = spec, words_of(field.formula, spec) if field.formula else []
        if field.rollup:
            source = registry.find(field.rollup.object) or spec
            keys = [field.rollup.via, field.rollup.measure.partition(":")[2]]
        _read_by[where] = tuple((source, one) for key in keys if (one := source.field(key)) is not None)
    return _read_by[where]


def readable(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> bool:
    """Whether the field exists for this actor."""
    return field_right(actor, spec, field) != "hidden"


def owners_within(actor: Actor, reach: str) -> tuple[int, ...] | None:
    """User ids whose records lie within a reach; None means everybody's and nobody's."""
    if reach == "all":
        return None
    if reach == "none":
        return ()
    snapshot = people()
    person = snapshot.persons.get(actor.id)
    if reach == "own" or person is None or person.department is None:
        return (actor.id,)
    inside = frozenset({person.department}) if reach == "department" else snapshot.departments_below(person.department)
    found = {one.id for one in snapshot.persons.values() if one.department in inside}
    return tuple(sorted(found | {actor.id}))


def has_shares(actor: Actor) -> bool:
    """Whether any record is shared with the actor or their departments; saves the branch when not."""
    return asked_once(("shares", actor.id), lambda: _has_shares(actor.id))


def _has_shares(person_id: int) -> bool:
    departments = share_departments(person_id)
    reached = '"person" = %s' + (f' OR "department" IN ({marks(departments)})' if departments else "")
    sql = f'SELECT 1 FROM "store_share" WHERE ({reached}) AND ("until" IS NULL OR "until" > %s) LIMIT 1'
    return row(sql, (person_id, *departments, to_db(now()))) is not None


def share_departments(person_id: int) -> tuple[int, ...]:
    """Departments through which a share reaches a person: their own and those above it."""
    snapshot = people()
    person = snapshot.persons.get(person_id)
    return snapshot.departments_above(person.department) if person else ()


def scope(actor: Actor, right: str, spec: ObjectSpec, *, with_shares: bool = True) -> Node:
    """The rows an actor's right covers, as a condition on the object; ``with_shares=False``: by their roles alone."""
    if not with_shares or spec.scope.kind is ScopeKind.OPEN or reach_of(actor, right, spec) in ("none", "all"):
        return _scope(actor, right, spec, frozenset(), shared=False)
    shared = right in THROUGH_SHARES and not (spec.scope.authored and right in AUTHORS_OWN) and has_shares(actor)
    return _scope(actor, right, spec, frozenset(), shared=shared)


def _scope(actor: Actor, right: str, spec: ObjectSpec, seen: frozenset[str], *, shared: bool) -> Node:
    if spec.scope.kind is ScopeKind.AUDIENCE:
        return audience(actor, right, spec)
    reach = reach_of(actor, right, spec)
    if reach == "none":
        return NOTHING
    guarded = None if actor.is_system else _guarded(actor, right, spec)
    if guarded is not None:
        return guarded
    owners = owners_within(actor, reach)
    if owners is None or spec.scope.kind is ScopeKind.OPEN:
        return EVERYTHING
    if spec.scope.authored and right in AUTHORS_OWN:
        return _among(spec, "owner", owners)
    parts: list[Node] = [_among(spec, "owner", owners)]
    parts += [_among(spec, key, (actor.id,)) for key in spec.scope.people]
    if spec.scope.common and right == "read":
        parts.append(Compare(Path((spec,), (), spec[spec.scope.common]), "=", True))
    if spec.scope.kind is ScopeKind.FOLLOWS:
        for key in spec.scope.parents:
            link = spec[key]
            targets = [registry.object(link.to)] if link.to else [one for one in registry if _may_be_parent(one, spec)]
            for target in targets:
                if target.key in seen or target.key == spec.key:
                    continue
                inner = _scope(actor, right, target, seen | {spec.key}, shared=shared)
                # A branch for each way to see the parent: databases cannot tell how few an OR inside a subquery leaves.
                parts += [InSet(link, target, one) for one in (inner.parts if isinstance(inner, Or) else (inner,))]
    if shared:
        parts.append(SharedWithMe(spec, actor.id, THROUGH_SHARES[right]))
    return Or(tuple(parts)) if len(parts) > 1 else parts[0]


def _guarded(actor: Actor, right: str, spec: ObjectSpec) -> Node | None:
    """Parts of a record whose owner says who sees it (tiles of a dashboard): seen, changed and added by exactly those who see
    or change the whole, whoever made the part. None for every other object."""
    if spec.scope.kind is not ScopeKind.FOLLOWS:
        return None
    for key in spec.scope.parents:
        target = registry.find(spec[key].to) if spec[key].to else None
        if target is not None and target.scope.kind is ScopeKind.AUDIENCE:
            return InSet(spec[key], target, audience(actor, right, target))
    return None


def audience(actor: Actor, right: str, spec: ObjectSpec) -> Node:
    """The rows of an object whose owners say who sees them. Others see what is meant for them; changing it takes a reach
    of all, and private records are nobody else's at any reach."""
    reach = reach_of(actor, right, spec)
    if actor.is_system or reach == "none":
        return EVERYTHING if actor.is_system else NOTHING
    named = spec.scope.audience
    own = _among(spec, "owner", (actor.id,))
    everybody = _among(spec, named.shared, ("everybody",))
    if right not in ("read", "export"):
        return Or((own, everybody, _among(spec, named.shared, ("some",)))) if reach == "all" else own
    snapshot = people()
    person = snapshot.persons.get(actor.id)
    roles = person.roles if person else ()
    departments = snapshot.departments_above(person.department) if person else ()
    meant = Or((_holds_any(spec, named.roles, roles), _holds_any(spec, named.departments, departments)))
    return Or((own, everybody, And((_among(spec, named.shared, ("some",)), meant))))


def _holds_any(spec: ObjectSpec, key: str, ids: tuple[int, ...]) -> Compare:
    return Compare(Path((spec,), (), spec[key]), "has", tuple(ids))


def _may_be_parent(spec: ObjectSpec, child: ObjectSpec) -> bool:
    """Whether records of ``child`` follow those of ``spec``: whatever has an owner, and whatever lists them."""
    return spec.scope.kind is ScopeKind.OWNER or child.plural in spec.related


def _among(spec: ObjectSpec, key: str, ids: tuple[int | str, ...]) -> Compare:
    return Compare(Path((spec,), (), spec[key]), "in", ids)
