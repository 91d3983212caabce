"""Which fields a form shows to whom, in which sections. Read from the declaration alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.company.layouts import ARRANGED
from zhike.schema.spec import SYSTEM_FIELDS, FieldSpec, ObjectSpec
from zhike.web.kinds.widgets import SHOWN_ONLY, Control

DETAILS = _("Details")
FURTHER = _("Your own fields")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the inputs under it."""

    label: Words
    controls: tuple[Control, ...]


def tabs(spec: ObjectSpec) -> list[tuple[Words, list[FieldSpec]]]:
    """The sections an object declares; custom fields nobody placed come last, without a declaration everything is one."""
    placed = {key for tab in spec.form for key in tab.fields}
    found = [(tab.label, [spec[key] for key in tab.fields if key in spec.by_key]) for tab in spec.form]
    if not found:
        found = [(DETAILS, [one for one in spec.fields if _ordinary(one) and not one.custom])]
    if spec.extra.get(ARRANGED):
        return found
    own = [one for one in spec.fields if one.custom and one.key not in placed and not one.hidden]
    return [*found, (FURTHER, own)] if own else found


def form_fields(
    actor: Actor, spec: ObjectSpec, *, locked: Iterable[str] = (), only: Iterable[str] = ()
) -> list[tuple[Words, list[FieldSpec]]]:
    """The sections with the fields this actor may fill; ``locked`` fields and those rules alone set are left out."""
    closed, wanted = frozenset(locked), frozenset(only)
    sections = [
        (label, [one for one in fields if fillable(actor, spec, one) and one.key not in closed])
        for label, fields in tabs(spec)
    ]
    if wanted:
        sections = [(label, [one for one in fields if one.key in wanted]) for label, fields in sections]
    return [(label, fields) for label, fields in sections if fields]


def shown_fields(actor: Actor, spec: ObjectSpec) -> list[tuple[Words, list[FieldSpec]]]:
    """The sections with the fields this actor may see."""
    sections = [
        (label, [one for one in fields if field_right(actor, spec, one) != "hidden"]) for label, fields in tabs(spec)
    ]
    return [(label, fields) for label, fields in sections if fields]


def fillable(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> bool:
    """Whether this actor can type this field in a form."""
    if field.readonly or field.kind in SHOWN_ONLY:
        return False
    return field_right(actor, spec, field) == "write"


def _ordinary(field: FieldSpec) -> bool:
    return not (field.system or field.hidden or field.key in SYSTEM_FIELDS)
