"""Where is one person in our data? From one record: the same person in other records, what was written about them, and
what only mentions them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import NotFound
from zhike.kernel.words import Words, _
from zhike.records.lives import pointing
from zhike.records.merging.merge import links_to
from zhike.records.privacy.subjects import CONSENT, about_people, identifying, may_hold, own_fields, require_desk
from zhike.records.search import search
from zhike.records.secrets import blind, sealer_of
from zhike.records.titles import refs_of
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import marks, rows
from zhike.store.plan import RowPlan, own_rows, part_sql

PERSON, WRITTEN, MENTION = "person", "written", "mention"
MOST = 500
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """One record in which the person is. ``role``: the person, written about them, or a mention found by name;
    ``why`` says how it was found, ``fields`` which of its fields hold something of theirs."""

    object: str
    id: int
    title: str
    role: str
    why: Words
    fields: tuple[FieldSpec, ...]
    trashed: bool = False

    @property
    def key(self) -> str:
        """``contact:123``, as forms and commands name it."""
        return f"{self.object}:{self.id}"


@dataclass
class Found:
    """Everywhere a person was found; the first place is where the search began."""

    places: list[Place] = field(default_factory=list)
    more: bool = False

    def of(self, *roles: str) -> list[Place]:
        """The places of these roles, in order."""
        return [one for one in self.places if one.role in roles]


@dataclass(frozen=True, slots=True)
class _Held:
    spec: ObjectSpec
    id: int
    title: str
    values: dict[str, Any]
    trashed: bool


def find_person(actor: Actor, object_key: str, record_id: int, *, mentions: bool = True) -> Found:
    """Everywhere the person of this record is. Raises Forbidden for who does not work at the desk, NotFound."""
    require_desk(actor)
    registry.refresh()
    spec = registry.find(object_key)
    if spec is None or spec not in about_people():
        raise NotFound(_("There is no such person."))
    start = _held(spec, [record_id]).get(record_id)
    if start is None:
        raise NotFound(_("There is no such person."))
    people = {record_id: (start, _("Where the search began"))}
    fresh = [start]
    for _round in range(ROUNDS):
        met = [(one, why) for one, why in _same(fresh) if one.id not in people]
        people |= {one.id: (one, why) for one, why in met}
        fresh = [one for one, _why in met]
        if not fresh or len(people) > MOST:
            break
    found = Found([_place(one, PERSON, why) for one, why in people.values()])
    found.places += _written([one for one, _why in people.values()])
    if mentions:
        known = {one.id for one in found.places}
        found.places += [one for one in _mentions(start) if one.id not in known]
    found.more = len(found.places) > MOST
    del found.places[MOST:]
    return found


def _held(spec: ObjectSpec, ids: Iterable[int]) -> dict[int, _Held]:
    listed = sorted(set(ids))
    plan = RowPlan(spec, spec.fields)
    only = f" AND {own_rows(spec)}" if spec.custom else ""
    found = {}
    for start in range(0, len(listed), 200):
        some = listed[start : start + 200]
        sql = f'SELECT {plan.columns} FROM "{spec.table}" t WHERE t."id" IN ({marks(some)}){only}'
        for line in rows(sql, some):
            id_, _version, _owner, title, values = plan.decode(line, sealer_of)
            found[id_] = _Held(spec, id_, title, values, line[6] is not None)
    return found


def _same(people: Sequence[_Held]) -> list[tuple[_Held, Words]]:
    """Other records of the same people: merged into one another, linked as one person, or with the same number."""
    found: list[tuple[_Held, Words]] = []
    for one in people:
        merged = [
            int(line[0])
            for line in rows(
                'SELECT "id" FROM "store_redirect" WHERE "object" = %s AND "to" = %s UNION'
                ' SELECT "to" FROM "store_redirect" WHERE "object" = %s AND "id" = %s',
                (one.spec.key, one.id, one.spec.key, one.id),
            )
        ]
        found += [(held, _("Merged with it")) for held in _held(one.spec, merged).values()]
        found += _linked(one)
        found += _by_number(one)
    return found


def _linked(one: _Held) -> list[tuple[_Held, Words]]:
    """A lead and the contact it became: two objects about people, one linked to the other and made from it."""
    found: list[tuple[_Held, Words]] = []
    keys = {spec.key: spec for spec in about_people() if spec.key != one.spec.key}
    for link in one.spec.links:
        if link.to in keys and link.readonly:
            ids = [ref.id for ref in refs_of(one.values.get(link.key))]
            found += [(held, _("Became it, or came from it")) for held in _held(keys[link.to], ids).values()]
    for source in keys.values():
        for link in source.links:
            if link.to == one.spec.key and link.readonly:
                for gone in (False, True):
                    ids = [made for made, _to in pointing(one.spec, [one.id], source, link, trashed=gone)]
                    found += [(held, _("Became it, or came from it")) for held in _held(source, ids).values()]
    return found


def _by_number(one: _Held) -> list[tuple[_Held, Words]]:
    found: list[tuple[_Held, Words]] = []
    for mine in identifying(one.spec):
        value = one.values.get(mine.key)
        if not isinstance(value, str):
            continue
        for spec in about_people():
            for theirs in identifying(spec):
                if (theirs.kind, theirs.format) == (mine.kind, mine.format):
                    ids = _with_value(spec, theirs, value)
                    why = _("The same “{field}”").with_(field=mine.label)
                    found += [(held, why) for held in _held(spec, ids).values()]
    return found


def _with_value(spec: ObjectSpec, theirs: FieldSpec, value: str) -> list[int]:
    """Live records come by their index; the trash, which has none, is walked."""
    only = f" AND {own_rows(spec)}" if spec.custom else ""
    sql = f'SELECT t."id" FROM "{spec.table}" t WHERE {part_sql("t", theirs, "_whole")} = %s{only} AND t."trashed" '
    known = kind_of(theirs).index_texts(value, theirs)["whole"]
    index = blind(theirs, "whole", known)
    return [
        int(line[0]) for state in ("IS NULL", "IS NOT NULL") for line in rows(f"{sql}{state} LIMIT {MOST}", (index,))
    ]


def going_with(spec: ObjectSpec, ids: Sequence[int]) -> list[tuple[str, int]]:
    """What is erased with these records: others merged into them, and what was written about them; not their consents."""
    among = marks(ids)
    merged = rows(f'SELECT "id" FROM "store_redirect" WHERE "object" = %s AND "to" IN ({among})', (spec.key, *ids))
    held = _held(spec, [*ids, *(int(line[0]) for line in merged)])
    written = [(one.object, one.id) for one in _written(list(held.values())) if one.object != CONSENT]
    return [*((spec.key, one) for one in held if one not in set(ids)), *written]


def _written(people: Sequence[_Held]) -> list[Place]:
    """What was written about these people and belongs to them: it goes to the trash with them, or is their consent."""
    found: dict[int, Place] = {}
    by_spec: dict[str, list[int]] = {}
    for one in people:
        by_spec.setdefault(one.spec.key, []).append(one.id)
    for key, ids in by_spec.items():
        spec = registry.object(key)
        for source, link in links_to(spec):
            belongs = link.on_delete == "trash" or link.required
            if not may_hold(source) or not (belongs or source.key == CONSENT) or link.system:
                continue
            for gone in (False, True):
                made = [one for one, _to in pointing(spec, ids, source, link, limit=MOST, trashed=gone)]
                for held in _held(source, made).values():
                    if any(ref.object == key for ref in refs_of(held.values.get(link.key))):
                        why = _("Proof of consent") if source.key == CONSENT else _("Written about them")
                        found.setdefault(held.id, _place(held, WRITTEN, why))
    return [one for one in found.values() if one.id not in {held.id for held in people}]


def _mentions(start: _Held) -> list[Place]:
    """Other records that have the person's name in their text."""
    name = start.values.get(start.spec.title)
    if not isinstance(name, str) or len(name.strip()) < 2:
        return []
    hits = search(SYSTEM, name, size=50)
    return [
        Place(hit.object, hit.id, hit.title, MENTION, _("Has the name in its text"), ())
        for hit in hits
        if (spec := registry.find(hit.object)) is not None and may_hold(spec)
    ]


def _place(held: _Held, role: str, why: Words) -> Place:
    filled = tuple(one for one in own_fields(held.spec) if held.values.get(one.key) not in (None, (), ""))
    return Place(held.spec.key, held.id, held.title, role, why, filled, held.trashed)


def values_of_place(one: Place) -> dict[str, Any]:
    """Everything the record says, secrets in full: for whoever gives a person their data."""
    held = _held(registry.object(one.object), [one.id]).get(one.id)
    return held.values if held else {}
