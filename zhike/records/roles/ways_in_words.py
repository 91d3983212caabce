"""Ways to reach a record, in words: the role, the department, the share, the team, the rule, who stands in for whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zhike.access.people import people
from zhike.access.rights import grant_of, rule_reaches
from zhike.access.ways import Way
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.words import Words, _
from zhike.query.sentence import sentence
from zhike.records.asking import read_rule
from zhike.records.company.settings import setting_for
from zhike.records.linking import values_of
from zhike.records.read import Query, read
from zhike.records.sharing import Shared, shares_of
from zhike.records.titles import refs_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

REACH_WORDS: dict[str, Words] = {
    "none": _("nothing"),
    "own": _("their own records"),
    "department": _("records of their department"),
    "subtree": _("records of their department and those below"),
    "all": _("all records"),
}


@dataclass
class Facts:
    """What is known of records and names while a question is answered; each looked up once."""

    asker: Actor
    names: dict[str, dict[int, str]] = field(default_factory=dict)
    held: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    shares: dict[int, list[Shared]] = field(default_factory=dict)

    def name(self, object_key: str, id: int | None) -> str:
        """What a role, a department, a rule or a stand-in is called."""
        if object_key == "user":
            person = people().persons.get(id or 0)
            return person.name if person else "?"
        if object_key not in self.names:
            page = read(SYSTEM, Query(object_key, size=1000, count=False))
            self.names[object_key] = {one.id: one.title for one in page.rows}
        return self.names[object_key].get(id or 0, "?")

    def values(self, spec: ObjectSpec, record: int) -> dict[str, Any]:
        """Whose a record is, who is named in it, and what it belongs to."""
        if (spec.key, record) not in self.held:
            keys = ("owner", *spec.scope.people, *spec.scope.parents)
            self.held[(spec.key, record)] = dict(values_of(spec, keys, [record]).get(record, {}))
        return self.held[(spec.key, record)]

    def shares_of(self, record: int) -> list[Shared]:
        """The shares of a record."""
        if record not in self.shares:
            self.shares[record] = shares_of(record)
        return self.shares[record]

    def roles_with(self, person: int, right: str, spec: ObjectSpec, reach: str) -> str:
        """The roles of a person that give a reach, by name."""
        snapshot = people()
        found = [
            role
            for role in snapshot.persons[person].roles
            if (grant_of(snapshot, role, spec) or {}).get(right, "none") == reach
        ]
        return ", ".join(self.name("role", one) for one in found)


def told(facts: Facts, way: Way, person: int, right: str, spec: ObjectSpec, record: int) -> Words:
    """Why a way holds for a person."""
    name = facts.name("user", person)
    values = facts.values(spec, record)
    owner = values["owner"].id if values.get("owner") else None
    roles = facts.roles_with(person, right, spec, way.reach) if way.reach else ""
    if way.kind == "owner":
        return _owned(facts, way, person, owner, roles)
    if way.kind == "parent":
        target = registry.object(way.target)
        above = next((ref for ref in refs_of(values.get(way.field)) if ref.object == target.key), None)
        if above is not None and way.inner is not None:
            inner = told(facts, way.inner, person, right, target, above.id)
            return _("It belongs to {object} #{id}: {inner}").with_(object=target.label, id=above.id, inner=inner)
    if way.kind == "share":
        return listed_words([_share(facts, one) for one in facts.shares_of(record) if _meant_for(one, person, right)])
    if way.kind == "rule":
        return _rule(facts, way.id, person)
    if way.kind == "stand_in" and way.inner is not None:
        stand = next(one for one in people().stand_ins if one.id == way.id)
        inner = told(facts, way.inner, stand.absent, right, spec, record)
        text = _("{person} stands in for {absent} through {day}: {inner}")
        return text.with_(person=name, absent=facts.name("user", stand.absent), day=stand.last.isoformat(), inner=inner)
    texts = {
        "open": _("Everybody whose role opens {objects} reaches all of them (role “{roles}”)"),
        "all": _("The role “{roles}” reaches all {objects}"),
        "person": _("{person} is named in “{field}”"),
        "common": _("It is there for everybody (“{field}”)"),
        "part": _("It is part of a whole that is open to {person}"),
        "own": _("{person} made it"),
        "everybody": _("Its owner opened it to everybody"),
        "meant": _("Its owner opened it to a role or department of {person}"),
    }
    label = spec[way.field].label if way.field and spec.field(way.field) else ""
    text = texts.get(way.kind, _("The system itself"))
    return text.with_(person=name, roles=roles, objects=spec.plural_label, field=label)


def against(facts: Facts, way: Way, person: int, right: str, spec: ObjectSpec, record: int) -> Words | None:
    """Why a way does not hold; None where there is nothing worth saying."""
    values = facts.values(spec, record)
    owner = values["owner"].id if values.get("owner") else None
    name = facts.name("user", person)
    if way.kind == "owner":
        whose = _("nobody’s") if owner is None else _("{name}’s").with_(name=facts.name("user", owner))
        roles = facts.roles_with(person, right, spec, way.reach)
        text = _("The role “{roles}” reaches {reach}; this one is {whose}, {where}")
        return text.with_(roles=roles, reach=REACH_WORDS[way.reach], whose=whose, where=_where(facts, owner))
    if way.kind == "person" and spec.field(way.field):
        return _("{person} is not named in “{field}”").with_(person=name, field=spec[way.field].label)
    if way.kind == "share":
        return _("It is not shared with {person}, and they are not in its team").with_(person=name)
    if way.kind == "rule":
        return _("The sharing rule “{name}” does not find it").with_(name=facts.name("sharing_rule", way.id))
    if way.kind in ("own", "meant"):
        return _("Its owner has not opened it to {person}").with_(person=name)
    return None


def _owned(facts: Facts, way: Way, person: int, owner: int | None, roles: str) -> Words:
    name = facts.name("user", person)
    if owner == person:
        return _("It belongs to {person} (role “{roles}”)").with_(person=name, roles=roles)
    text = _("It belongs to {owner}, {where}; the role “{roles}” reaches {reach}")
    whose = facts.name("user", owner)
    return text.with_(owner=whose, where=_where(facts, owner), roles=roles, reach=REACH_WORDS[way.reach])


def _where(facts: Facts, person: int | None) -> Words:
    known = people().persons.get(person or 0)
    if known is None or known.department is None:
        return _("in no department")
    return _("department “{name}”").with_(name=facts.name("department", known.department))


def _meant_for(one: Shared, person: int, right: str) -> bool:
    snapshot = people()
    enough = right == "read" or one.right == "edit"
    inside = one.department in snapshot.departments_above(snapshot.persons[person].department)
    return enough and (one.person == person or (one.department is not None and inside))


def _share(facts: Facts, one: Shared) -> Words:
    who = facts.name("user", one.person) if one.person else facts.name("department", one.department)
    text = _("Shared with {who}") if not one.part else _("{who} is in its team as “{part}”")
    text = text.with_(who=who, part=one.part)
    if one.until is None:
        return text
    return _("{text}, until {day}").with_(text=text, day=one.until.date().isoformat())


def _rule(facts: Facts, id: int, person: int) -> Words:
    snapshot = people()
    rule = next(one for one in snapshot.rules if one.id == id)
    node = read_rule(rule, Actor(person))
    says = sentence(node, setting_for(facts.asker)) if node is not None else rule.where
    known = snapshot.persons[person]
    if person in rule.people or not rule_reaches(snapshot, rule, person):
        to = facts.name("user", person)
    elif not rule.roles.isdisjoint(known.roles):
        to = facts.name("role", next(one for one in known.roles if one in rule.roles))
    else:
        above = snapshot.departments_above(known.department)
        to = facts.name("department", next(one for one in above if one in rule.departments))
    text = _("The sharing rule “{name}” gives what satisfies “{says}” to “{to}”")
    return text.with_(name=rule.name, says=says, to=to)


def listed_words(parts: list[Words]) -> Words:
    """Several reasons in a row."""
    whole = parts[0] if parts else _("It is shared")
    for one in parts[1:]:
        whole = _("{one}; {other}").with_(one=whole, other=one)
    return whole
