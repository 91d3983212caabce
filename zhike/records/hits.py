"""A record in one line: what it is, its title, and what tells it apart. For search, marks and whatever lists records of
several objects together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words
from zhike.query.tree import Compare, Path
from zhike.records.company.settings import setting_for
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Masked

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Hit:
    """A record in one line: what it is, its title, and one line that tells it apart."""

    object: str
    id: int
    title: str
    line: str
    icon: str
    label: Words


def hit_of(actor: Actor, spec: ObjectSpec, record: Record) -> Hit:
    """The line of a record that was read with its object's phone fields."""
    setting = setting_for(actor)
    told = []
    for key in spec.phone:
        value = record.values.get(key)
        if key == spec.title or value is None:
            continue
        told.append(value.mask if isinstance(value, Masked) else kind_of(spec[key]).show(value, spec[key], setting))
    return Hit(spec.key, record.id, record.title, " · ".join(one for one in told if one), spec.icon, spec.label)


def hits_of(actor: Actor, wanted: Iterable[tuple[str, int]]) -> dict[int, Hit]:
    """Lines by id of the records this actor can see, archived ones included; the others, and the trash, are left out.
    One question per object."""
    by_object: dict[str, list[int]] = {}
    for key, id_ in wanted:
        by_object.setdefault(key, []).append(id_)
    found: dict[int, Hit] = {}
    for key, ids in by_object.items():
        spec = registry.find(key)
        if spec is not None and can(actor, "read", spec):
            found |= {record.id: hit_of(actor, spec, record) for record in _records(actor, spec, ids[:MOST_AT_ONCE])}
    return found


def _records(actor: Actor, spec: ObjectSpec, ids: Sequence[int]) -> tuple[Record, ...]:
    keys = [key for key in dict.fromkeys((spec.title, *spec.phone)) if key in spec.by_key]
    columns = tuple(key for key in keys if field_right(actor, spec, spec[key]) != "hidden") or ("id",)
    node = Compare(Path((spec,), (), spec["id"]), "in", tuple(ids))
    asked = Query(spec.key, columns=columns, size=len(ids), sort="-id", count=False, archived="all", node=node)
    return read(actor, asked).rows
