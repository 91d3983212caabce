"""What a tile can be asked: objects, measures, groupings and dates the reader may use, as entries of a form."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec

ADDED_UP: dict[str, Words] = {
    "sum": _("Sum: {field}"),
    "avg": _("Average: {field}"),
    "max": _("Largest: {field}"),
    "min": _("Smallest: {field}"),
}
BUCKETS: dict[str, Words] = {
    "month": _("{field} by month"),
    "quarter": _("{field} by quarter"),
    "year": _("{field} by year"),
    "week": _("{field} by week"),
    "day": _("{field} by day"),
    "weekday": _("{field} by weekday"),
}
GROUPED = frozenset({"choice", "link", "yes_no"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: what is kept, and what people read."""

    value: str
    label: str


def objects(actor: Actor) -> list[Entry]:
    """Objects whose records the reader may see; lines and join objects are left out."""
    found = [
        Entry(spec.key, str(spec.plural_label))
        for spec in registry
        if spec.group != "hidden" and can(actor, "read", spec)
    ]
    return sorted(found, key=lambda one: one.label)


def measures(actor: Actor, spec: ObjectSpec) -> list[Entry]:
    """Counting, then sums, averages, largest and smallest of the fields that have them."""
    found = [Entry("count", str(_("How many")))]
    for name, text in ADDED_UP.items():
        found += [
            Entry(f"{name}:{one.key}", str(text.with_(field=one.label)))
            for one in _readable(actor, spec)
            if name in kind_of(one).measures and "sum" in kind_of(one).measures
        ]
    return found


def groupings(actor: Actor, spec: ObjectSpec) -> list[Entry]:
    """Fields records can be grouped by: the object's own, dates by their periods, and those one link away."""
    found: list[Entry] = []
    for one in _readable(actor, spec):
        if one.kind in ("date", "instant"):
            found += [Entry(f"{one.key}:{name}", str(text.with_(field=one.label))) for name, text in BUCKETS.items()]
        elif _groups(one):
            found.append(Entry(one.key, str(one.label)))
    for link in _readable(actor, spec):
        target = registry.find(link.to) if link.kind == "link" and link.to != spec.key else None
        if target is None or not can(actor, "read", target):
            continue
        found += [
            Entry(f"{link.key}.{one.key}", f"{link.label} › {one.label}")
            for one in _readable(actor, target)
            if _groups(one) and one.key in target.columns and one.key != target.title
        ]
    return found


def dates(actor: Actor, spec: ObjectSpec) -> list[Entry]:
    """Dates the period of a page can narrow."""
    return [Entry(one.key, str(one.label)) for one in _readable(actor, spec) if one.kind in ("date", "instant")]


def _groups(field: FieldSpec) -> bool:
    return field.kind in GROUPED and kind_of(field).groupable and field.key not in ("created_by", "changed_by")


def _readable(actor: Actor, spec: ObjectSpec) -> list[FieldSpec]:
    left_out = ("archived", "trashed", "version", "id")
    return [
        one for one in spec.fields if one.key not in left_out and field_right(actor, spec, one) in ("read", "write")
    ]
