"""What an actor may do: per object, per field, and which rows. Several roles add up: the widest reach wins."""

from __future__ import annotations

from zhike.access.people import PEOPLE_OBJECTS, REACHES, People, Person, Rule, StandIn, people
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now, today
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import Words, _
from zhike.query.formula_grammar import words_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.store.database import marks, row, to_db
from zhike.store.ids import SHARES, stamp

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
    """How far the actor's right on an object goes: none, own, department, subtree or all. Whoever has it only by standing
    in for somebody reaches their own records, and that somebody's besides."""
    best = reach_by_roles(actor, right, spec, snapshot)
    if best == "none" and not actor.is_system and standing_in(actor, right, spec, snapshot):
        return "own"
    return best


def reach_by_roles(actor: Actor, right: str, spec: ObjectSpec, snapshot: People | None = None) -> str:
    """How far the roles of an actor go by themselves."""
    if actor.is_system:
        return "all"
    snapshot = snapshot or people()
    person = snapshot.persons.get(actor.id)
    if person is None or not person.active:
        return "none"
    best = "none"
    for role in person.roles:
        grant = grant_of(snapshot, role, spec)
        if grant and REACHES.index(grant.get(right, "none")) > REACHES.index(best):
            best = grant[right]
    return "own" if spec.scope.authored and right in AUTHORS_OWN and best != "none" else best


def grant_of(snapshot: People, role: int, spec: ObjectSpec) -> dict[str, str] | None:
    """What a role says of an object: its own word, or that for all others."""
    return snapshot.grants.get((role, spec.key)) or snapshot.grants.get((role, "*"))


def standing_in(actor: Actor, right: str, spec: ObjectSpec, snapshot: People | None = None) -> tuple[StandIn, ...]:
    """The stand-ins that give the actor this right on an object today: records that belong to somebody, and only as far as
    the one who is away may do it themselves."""
    snapshot = snapshot or people()
    person = snapshot.persons.get(actor.id)
    if not snapshot.stand_ins or person is None or not person.active:
        return ()
    if spec.scope.kind not in (ScopeKind.OWNER, ScopeKind.FOLLOWS) or spec.key in PEOPLE_OBJECTS:
        return ()
    if spec.scope.authored and right in AUTHORS_OWN:
        return ()
    found = []
    for one in snapshot.stand_ins:
        away = snapshot.persons.get(one.absent) if one.deputy == actor.id else None
        if away is None or not one.covers(right, today(away.timezone)):
            continue
        if reach_by_roles(Actor(away.id, away.name), right, spec, snapshot) != "none":
            found.append(one)
    return tuple(found)


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


def field_right_of_role(role: int, spec: ObjectSpec, field: FieldSpec) -> str:
    """What one role says of a field; write where it says nothing."""
    return people().fields.get((role, spec.key, field.key), "write")


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
    """Whether any record is shared with the actor or their departments; saves the branch when not. Asked once a minute, and
    whenever shares or people have changed."""
    return people().once(("shares", actor.id, stamp(SHARES)), lambda: _has_shares(actor.id))


def _has_shares(person_id: int) -> bool:
    departments = share_departments(person_id)
    reached = '"person" = %s' + (f' OR "department" IN ({marks(departments)})' if departments else "")
    sql = f'SELECT 1 FROM "store_share" WHERE ({reached}) AND ("until" IS NULL OR "until" > %s) LIMIT 1'
    return row(sql, (person_id, *departments, to_db(now()))) is not None


def beyond_owners(actor: Actor) -> bool:
    """Whether the actor may see records for another reason than whose they are: shares, sharing rules, standing in."""
    snapshot = people()
    return (
        any(rule_reaches(snapshot, one, actor.id) for one in snapshot.rules)
        or any(one.deputy == actor.id for one in snapshot.stand_ins)
        or has_shares(actor)
    )


def rule_reaches(snapshot: People, rule: Rule, person_id: int) -> bool:
    """Whether a sharing rule is meant for a person: by name, by a department of theirs or above it, by a role."""
    person = snapshot.persons.get(person_id)
    if person is None or not person.active:
        return False
    return (
        person_id in rule.people
        or not rule.roles.isdisjoint(person.roles)
        or not rule.departments.isdisjoint(snapshot.departments_above(person.department))
    )


def share_departments(person_id: int) -> tuple[int, ...]:
    """Departments through which a share reaches a person: their own and those above it."""
    snapshot = people()
    person = snapshot.persons.get(person_id)
    return snapshot.departments_above(person.department) if person else ()
