"""Who can see a record, and why; why somebody may, or may not, do something with it or with one of its fields. In words."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.access.people import people
from zhike.access.rights import RIGHT_NAMES, field_right, field_right_of_role
from zhike.access.ways import scope
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import Forbidden, NotFound
from zhike.kernel.words import Words, _
from zhike.query.paths import listed
from zhike.query.tree import Compare, Path
from zhike.records.asking import compiler, conditions, read_rule
from zhike.records.audit_reading import may_audit
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.roles.verdicts import NEEDS, NOT_IN_THE_TRASH, Judged, judged, may
from zhike.records.roles.ways_in_words import Facts, against, told
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import row
from zhike.store.ids import steady

MOST_PEOPLE = 1000
RIGHTS = tuple(NEEDS)
FIELD_WORDS: dict[str, Words] = {
    "hidden": _("is not seen"),
    "masked": _("is seen masked"),
    "read": _("is only read"),
    "write": _("may be changed"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: whether it speaks for it, and in words."""

    holds: bool
    text: Words


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a person may do something with the record (and a field of it), and everything that was looked at."""

    person: int
    right: str
    allowed: bool
    text: Words
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Seer:
    """Somebody who sees the record: what else they may do with it, and the first reason."""

    person: int
    rights: tuple[str, ...]
    text: Words


@steady()
def may_ask(actor: Actor, record: Record) -> bool:
    """Whether the actor may ask about others: who reaches the record to change it without any share, administrators and
    whoever reads the audit. Everybody may ask about themselves."""
    if actor.is_system or may_audit(actor):
        return True
    spec = registry.object(record.object)
    build = compiler(spec)
    only = Compare(Path((spec,), (), spec["id"]), "=", record.id)
    where = conditions(build, spec, only, scope(actor, "edit", spec, read_rule, with_shares=False))
    return row(f"SELECT 1 {build.source()} WHERE {where}", build.params) is not None


@steady()
def seers(actor: Actor, object_key: str, record_id: int) -> tuple[list[Seer], bool]:
    """Everybody active who sees the record, who may do most first, and whether there are more people than were looked at.
    Raises NotFound for whoever does not see it, Forbidden for whoever may not ask."""
    record = read_one(actor, object_key, record_id)
    _require(actor, record, None)
    spec, facts = registry.object(object_key), Facts(actor)
    active = sorted((one for one in people().persons.values() if one.active), key=lambda one: one.name)
    persons = [one.id for one in active[:MOST_PEOPLE]]
    decided = judged(spec, record.id, persons, RIGHTS)
    found = []
    for person in persons:
        if may("read", decided[person], trashed=record.trashed):
            also = tuple(right for right in RIGHTS if may(right, decided[person], trashed=record.trashed))
            reason = decided[person]["read"].holding[0]
            found.append(Seer(person, also, told(facts, reason, person, "read", spec, record.id)))
    found.sort(key=lambda one: -len(one.rights))
    return found, len(active) > len(persons)


@steady()
def explain(
    actor: Actor, object_key: str, record_id: int, person: int, right: str = "read", field: str = ""
) -> Verdict:
    """Why this person may, or may not, do this with the record, or with one field of it. Raises NotFound, Forbidden."""
    record = read_one(actor, object_key, record_id)
    _require(actor, record, person)
    if right not in NEEDS or person not in people().persons:
        raise NotFound()
    spec, facts = registry.object(object_key), Facts(actor)
    asked = spec.field(field) if field else None
    if field and (asked is None or field_right(actor, spec, asked) == "hidden"):
        raise NotFound()
    name, known = facts.name("user", person), people().persons[person]
    if not known.active:
        no = _("{person} has left: their access has ended").with_(person=name)
        return Verdict(person, right, False, no, (Step(False, no),))
    decided = judged(spec, record.id, [person], NEEDS[right])[person]
    allowed = may(right, decided, trashed=record.trashed)
    steps = [one for need in NEEDS[right] for one in _steps(facts, decided[need], person, spec, record.id)]
    if record.trashed and right in NOT_IN_THE_TRASH:
        steps.append(Step(False, _("It is in the trash and has to be restored first")))
    if asked is not None:
        own = _field_steps(facts, person, spec, field, right)
        steps += own
        allowed = allowed and all(one.holds for one in own)
    text = _("{person} may {right} this") if allowed else _("{person} may not {right} this")
    return Verdict(person, right, allowed, text.with_(person=name, right=RIGHT_NAMES[right]), tuple(steps))


def _require(actor: Actor, record: Record, person: int | None) -> None:
    if person != actor.id and not may_ask(actor, record):
        raise Forbidden(_("Only whoever is responsible for this record, or for rights, asks who else reaches it."))


def _steps(facts: Facts, need: Judged, person: int, spec: ObjectSpec, record: int) -> list[Step]:
    """Why one right covers the record, or everything that does not make it so."""
    right = need.right
    if need.holds:
        return [Step(True, _said(right, told(facts, way, person, right, spec, record))) for way in need.holding]
    if need.reach == "none":
        snapshot = people()
        roles = listed(facts.name("role", one) for one in snapshot.persons[person].roles)
        text = _("No role of theirs ({roles}) lets them {right} {objects}")
        return [Step(False, text.with_(roles=roles or "–", right=RIGHT_NAMES[right], objects=spec.plural_label))]
    found = [against(facts, way, person, right, spec, record) for way, _holds in need.ways]
    steps = [Step(False, _said(right, text)) for text in found if text is not None]
    return steps or [Step(False, _said(right, _("nothing opens this record to them")))]


def _said(right: str, text: Words) -> Words:
    return _("To {right}: {text}").with_(right=RIGHT_NAMES[right], text=text)


def _field_steps(facts: Facts, person: int, spec: ObjectSpec, key: str, right: str) -> list[Step]:
    """What the roles say of a field, and whether anybody could fill it in."""
    field, known = spec[key], people().persons[person]
    effective = field_right(Actor(person, known.name), spec, field)
    enough = effective == "write" if right == "edit" else effective != "hidden"
    steps = []
    for role in known.roles:
        given = field_right_of_role(role, spec, field)
        text = _("The role “{role}”: “{field}” {right}")
        said = text.with_(role=facts.name("role", role), field=field.label, right=FIELD_WORDS[given])
        steps.append((given, said))
    found = [Step(enough, text) for given, text in steps if given == effective]
    if not found:
        text = _("“{field}” is worked out from other fields, and {right} as they are")
        found = [Step(enough, text.with_(field=field.label, right=FIELD_WORDS[effective]))]
    if right == "edit" and (field.readonly or not kind_of(field).writable):
        found.append(Step(False, _("“{field}” is filled in by the system").with_(field=field.label)))
    return found


def department_names() -> dict[int, str]:
    """What each department is called."""
    facts = Facts(SYSTEM)
    facts.name("department", None)
    return facts.names["department"]
