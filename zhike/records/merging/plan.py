"""What a merge would do, before it is done: fields side by side, what moves along, who will see more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zhike.access.people import people
from zhike.access.rights import can, field_right, require
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.query.tree import Compare, Path
from zhike.records.computing import PARENT
from zhike.records.draft import same
from zhike.records.lives import pointing
from zhike.records.merging.merge import (
    MOST,
    goes_along,
    links_to,
    may_choose,
    mergeable,
    of_object,
    picked_value,
    takes_several,
)
from zhike.records.merging.sight import seers, sight
from zhike.records.read import Query, read, read_one, sees
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Address, Masked

MOST_MOVING = 1000
SAMPLES = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One field of all records: what this actor sees of each, whose value stays, and what then stands there.

    ``several``: many may be chosen; ``free``: this actor may choose."""

    field: FieldSpec
    values: tuple[Any, ...]
    chosen: tuple[int, ...]
    result: Any
    several: bool
    free: bool


@dataclass(frozen=True, slots=True)
class Moving:
    """Records of one object that move along, as far as the actor sees them: how many (``more``: at least), and the first."""

    spec: ObjectSpec
    count: int
    more: bool
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A merge to be looked at: the records with the kept one first, differing fields, fields that are equal, what moves, the
    names of people who will see what they do not see now, and of those who will no longer."""

    spec: ObjectSpec
    records: tuple[Record, ...]
    rows: tuple[Row, ...]
    equal: tuple[Row, ...]
    moving: tuple[Moving, ...]
    gaining: tuple[str, ...]
    losing: tuple[str, ...]

    @property
    def keep(self) -> int:
        """The id of the kept record."""
        return self.records[0].id


def plan_merge(
    actor: Actor,
    object_key: str,
    ids: Sequence[int],
    keep: int = 0,
    choices: Mapping[str, Sequence[int]] | None = None,
) -> Plan:
    """The plan of merging these records under this actor's rights; nothing is written. Without ``keep`` the oldest stays;
    fields that ``choices`` leaves out take what the merge proposes. Raises Invalid, NotFound, Forbidden."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "delete", spec)
    found = [read_one(actor, object_key, one, right="delete") for one in ids[: MOST + 1]]
    records = list({record.id: record for record in found}.values())
    if not 2 <= len(records) <= MOST:
        raise Invalid(Problem(_("Choose two to {n} records, one of them the one to keep.").with_(n=MOST), "keep"))
    kept = keep if any(record.id == keep for record in records) else min(record.id for record in records)
    records.sort(key=lambda record: (record.id != kept, record.id))
    rows = _rows(actor, spec, records, choices or {})
    differing = tuple(row for row in rows if _differ(row.values))
    equal = tuple(row for row in rows if not _differ(row.values) and row.values[0] is not None)
    losers = [record.id for record in records[1:]]
    gaining, losing = _sight(spec, records, rows)
    return Plan(spec, tuple(records), differing, equal, tuple(_moving(actor, spec, losers)), gaining, losing)


def _rows(actor: Actor, spec: ObjectSpec, records: Sequence[Record], choices: Mapping[str, Sequence[int]]) -> list[Row]:
    order = dict.fromkeys(key for tab in spec.form for key in tab.fields if key in spec.by_key)
    fields = [spec[key] for key in order] + [one for one in spec.fields if one.key not in order]
    found = []
    for field in fields:
        if not mergeable(field) or field_right(actor, spec, field) == "hidden":
            continue
        values = tuple(record.values.get(field.key) for record in records)
        free = may_choose(actor, spec, field, records[0].id)
        chosen = _chosen(field, records, values, choices if free else {})
        if goes_along(spec, field.key) and field.key not in choices:
            free, chosen = False, _chosen_parent(actor, spec, records, choices)
        found.append(Row(field, values, chosen, _result(spec, field, records, chosen), takes_several(field), free))
    return found


def _chosen(
    field: FieldSpec, records: Sequence[Record], values: Sequence[Any], choices: Mapping[str, Sequence[int]]
) -> tuple[int, ...]:
    """Whose value stays: as chosen, else all for fields that hold many, else the first that says anything."""
    ids = [record.id for record in records]
    if field.key in choices:
        asked = tuple(one for one in ids if one in choices[field.key])
        if takes_several(field) or len(asked) == 1:
            return asked
    full = [one for one, value in zip(ids, values, strict=True) if value not in (None, ())]
    return tuple(full) if takes_several(field) else tuple(full[:1] or ids[:1])


def _chosen_parent(
    actor: Actor, spec: ObjectSpec, records: Sequence[Record], choices: Mapping[str, Sequence[int]]
) -> tuple[int, ...]:
    parent = spec[PARENT]
    free = may_choose(actor, spec, parent, records[0].id)
    return _chosen(parent, records, [record.values.get(PARENT) for record in records], choices if free else {})


def _result(spec: ObjectSpec, field: FieldSpec, records: Sequence[Record], chosen: Sequence[int]) -> Any:
    held = {record.id: record.values for record in records}
    if any(isinstance(held[one].get(field.key), Masked) for one in chosen):
        return held[chosen[0]].get(field.key)
    return picked_value(spec, field.key, chosen, held)


def _differ(values: Sequence[Any]) -> bool:
    return any(not same(_told(one), _told(values[0])) for one in values[1:])


def _told(value: Any) -> Any:
    """A value as far as it is shown: two streets that are not shown may differ."""
    return (value, object()) if isinstance(value, Address) and value.street == "•••" else value


def _moving(actor: Actor, spec: ObjectSpec, losers: Sequence[int]) -> list[Moving]:
    """What links to the records that go, by object, without what the actor cannot see."""
    ids: dict[str, set[int]] = {}
    for source, link in links_to(spec):
        if not can(actor, "read", source):
            continue
        some = {one for one, _target in pointing(spec, losers, source, link, limit=MOST_MOVING + 1)} - set(losers)
        if link.kind == "any_link" and some:
            some &= of_object(source, link, spec.key, sorted(some))
        ids.setdefault(source.key, set()).update(some)
    found = []
    for key, some in ids.items():
        source = registry.object(key)
        seen = sorted(sees(actor, source, sorted(some)))
        if seen:
            node = Compare(Path((source,), (), source["id"]), "in", tuple(seen[-50:]))
            page = read(actor, Query(key, columns=(), size=SAMPLES, count=False, archived="all", node=node))
            titles = tuple(record.title for record in page.rows)
            found.append(Moving(source, min(len(seen), MOST_MOVING), len(seen) > MOST_MOVING, titles))
    return sorted(found, key=lambda one: -one.count)


def _sight(spec: ObjectSpec, records: Sequence[Record], rows: Sequence[Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of those who will see more, and of those who will see less."""
    ids = [record.id for record in records]
    before = sight(spec, ids)
    values = {row.field.key: row.result for row in rows}
    after = seers(spec, {"owner": records[0].values.get("owner"), **values}, ids)
    each = [before.get(one, frozenset()) for one in ids]
    gaining, losing = after - frozenset.intersection(*each), frozenset.union(*each) - after
    persons = people().persons
    return tuple(sorted(persons[one].name for one in gaining)), tuple(sorted(persons[one].name for one in losing))
