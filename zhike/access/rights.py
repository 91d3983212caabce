"""What an actor may do: per object, per field, and which rows. Several roles add up: the widest reach wins."""

from __future__ import annotations

from zhike.access.people import REACHES, People, people
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import Words, _
from zhike.query.tree import EVERYTHING, NOTHING, Compare, InSet, Node, Or, Path, SharedWithMe
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.store.database import row

RIGHTS_OF_RECORDS = ("read", "edit", "delete", "export", "transfer", "bulk")
FIELD_RIGHTS = ("hidden", "masked", "read", "write")
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
    return best


def can(actor: Actor, right: str, spec: ObjectSpec) -> bool:
    """Whether the actor has this right on at least some records of the object."""
    return reach_of(actor, right, spec) != "none"


def require(actor: Actor, right: str, spec: ObjectSpec) -> None:
    """Raise Forbidden unless :func:`can`."""
    if not can(actor, right, spec):
        text = _("Your roles do not let you {right} {objects}. Ask an administrator.")
        raise Forbidden(text.with_(right=RIGHT_NAMES[right], objects=spec.plural_label))


def field_right(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> str:
    """hidden, masked, read or write; a role that says nothing about a field gives write."""
    if actor.is_system:
        return "write"
    snapshot = people()
    person = snapshot.persons.get(actor.id)
    if person is None:
        return "hidden"
    if not snapshot.fields:
        return "write"
    given = [snapshot.fields.get((role, spec.key, field.key), "write") for role in person.roles]
    return max(given, key=FIELD_RIGHTS.index, default="hidden")


def readable(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> bool:
    """Whether the field exists for this actor. A formula is readable only if every input is (checked where it is made)."""
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
    departments = share_departments(actor.id)
    if row('SELECT 1 FROM "store_share" WHERE "person" = %s LIMIT 1', (actor.id,)):
        return True
    return any(row('SELECT 1 FROM "store_share" WHERE "department" = %s LIMIT 1', (one,)) for one in departments)


def share_departments(person_id: int) -> tuple[int, ...]:
    """Departments through which a share reaches a person: their own and those above it."""
    snapshot = people()
    person = snapshot.persons.get(person_id)
    return snapshot.departments_above(person.department) if person else ()


def scope(actor: Actor, right: str, spec: ObjectSpec, _seen: frozenset[str] = frozenset()) -> Node:
    """The rows an actor's right covers, as a condition on the object."""
    reach = reach_of(actor, right, spec)
    if reach == "none":
        return NOTHING
    owners = owners_within(actor, reach)
    if owners is None or spec.scope.kind is ScopeKind.OPEN:
        return EVERYTHING
    parts: list[Node] = [_among(spec, "owner", owners)]
    parts += [_among(spec, key, (actor.id,)) for key in spec.scope.people]
    if spec.scope.kind is ScopeKind.FOLLOWS:
        for key in spec.scope.parents:
            link = spec[key]
            targets = [registry.object(link.to)] if link.to else [one for one in registry if _may_be_parent(one)]
            for target in targets:
                if target.key in _seen or target.key == spec.key:
                    continue
                inner = scope(actor, right, target, _seen | {spec.key})
                if inner != NOTHING:
                    parts.append(InSet(link, target, inner))
    if has_shares(actor):
        parts.append(SharedWithMe(spec, actor.id, "edit" if right != "read" else "read"))
    return Or(tuple(parts)) if len(parts) > 1 else parts[0]


def _may_be_parent(spec: ObjectSpec) -> bool:
    return spec.scope.kind is ScopeKind.OWNER or spec.key == "contact"


def _among(spec: ObjectSpec, key: str, ids: tuple[int, ...]) -> Compare:
    return Compare(Path((spec,), (), spec[key]), "in", ids)
