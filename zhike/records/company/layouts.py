"""Layouts: how an administrator arranged an object's form, list columns and highlights, for everybody or for one role.

What was not arranged stays as declared. A field without a place on the form is kept and shown nowhere; rights are not
affected: a layout hides nothing from anybody who asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.settings import keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.declaring.customise import require_administrator
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, Tab
from zhike.store.customs import label_of
from zhike.store.database import write_transaction

KEY = "layouts"
EVERYBODY = "*"
ARRANGED = "arranged_form"  # in ``ObjectSpec.extra``: the form is whole as it is, fields without a place stay away
MOST_SECTIONS, MOST_COLUMNS, MOST_HIGHLIGHTS = 40, 24, 8
PARTS = ("form", "columns", "highlights")

_made: dict[tuple[Any, ...], ObjectSpec] = {}


def forget_layouts() -> None:
    """Drop arranged specs (after the database was replaced, as tests do)."""
    _made.clear()


def layout(object_key: str, role: int | None = None) -> dict[str, Any]:
    """The arrangement of an object for a role, or for everybody: ``form`` as [{"label", "fields"}], ``columns``,
    ``highlights``; parts that are as declared are missing."""
    held: dict[str, Any] = kept(KEY, {}).get(object_key, {}).get(_owner(role), {})
    return held


def arranged_roles(object_key: str) -> set[int]:
    """Roles that have an arrangement of their own."""
    return {int(owner) for owner in kept(KEY, {}).get(object_key, {}) if owner != EVERYBODY}


def set_layout(actor: Actor, object_key: str, role: int | None, wanted: Mapping[str, Any] | None) -> None:
    """Arrange an object; None (or nothing in it) goes back to the declaration. Raises Forbidden, Invalid, NotFound."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(object_key)
    clean = {part: value for part, value in (wanted or {}).items() if part in PARTS and value}
    problems = [*_of_form(spec, clean.get("form", ())), *_of_keys(spec, clean)]
    if problems:
        raise Invalid(problems)
    with write_transaction():
        held = dict(kept(KEY, {}))
        own = dict(held.get(object_key, {}))
        before = own.pop(_owner(role), None)
        if clean:
            own[_owner(role)] = clean
        held.pop(object_key, None)
        if own:
            held[object_key] = own
        keep(KEY, held or None)
        note_setting(actor, f"layout.{object_key}.{_owner(role)}", before, clean or None)


def laid_out(actor: Actor, spec: ObjectSpec) -> ObjectSpec:
    """The object as it is arranged for this actor: for the first of their roles that has an arrangement, else for
    everybody, else as declared. The same spec each time, so that it may be compared and remembered."""
    own = kept(KEY, {}).get(spec.key)
    if not own:
        return spec
    person = people().persons.get(actor.id)
    owners = [*(str(role) for role in (person.roles if person else ())), EVERYBODY]
    found = next((own[owner] for owner in owners if owner in own), None)
    if found is None:
        return spec
    where = (registry.generation, spec.key, repr(found))
    if where not in _made:
        if len(_made) > 500:
            _made.clear()
        _made[where] = _arranged(spec, found)
    return _made[where]


def placeable(spec: ObjectSpec) -> list[FieldSpec]:
    """Fields that can be given a place on the form."""
    technical = ("id", "version", "trashed", "archived", "changed_by", "created_by")
    return [one for one in spec.fields if not one.hidden and one.key not in technical]


def columns_of(spec: ObjectSpec) -> list[FieldSpec]:
    """Fields that can be columns and highlights."""
    return [one for one in placeable(spec) if one.kind not in ("rich_text", "long_text")]


def _arranged(spec: ObjectSpec, found: Mapping[str, Any]) -> ObjectSpec:
    facts: dict[str, Any] = {}
    if "form" in found:
        facts["form"] = tuple(
            Tab(label_of(one["label"]), tuple(key for key in one["fields"] if key in spec.by_key))
            for one in found["form"]
        )
        facts["extra"] = {**spec.extra, ARRANGED: True}
    for part in ("columns", "highlights"):
        if part in found:
            facts[part] = tuple(key for key in found[part] if key in spec.by_key)
    return replace(spec, **facts)


def _owner(role: int | None) -> str:
    return EVERYBODY if role is None else str(role)


def _of_form(spec: ObjectSpec, sections: Sequence[Any]) -> list[Problem]:
    if not sections:
        return []
    found = []
    placed = [key for one in sections for key in one["fields"]]
    if len(sections) > MOST_SECTIONS:
        found.append(Problem(_("A form has at most {n} sections.").with_(n=MOST_SECTIONS), "form", "too-many"))
    if not all(one["label"] for one in sections):
        found.append(Problem(_("Every section needs a name."), "form", "required"))
    for key in placed:
        if key not in spec.by_key or placed.count(key) > 1:
            found.append(_misplaced(spec, key, "form"))
    for field in spec.fields:
        writable = kind_of(field).writable and not field.readonly and field.kind != "auto_number"
        if field.required and writable and field.default is None and field.key not in placed:
            text = _("“{field}” is needed for every record, so it has to stand on the form.")
            found.append(Problem(text.with_(field=field.label), "form", "required"))
    return found


def _of_keys(spec: ObjectSpec, wanted: Mapping[str, Any]) -> list[Problem]:
    found = []
    known = {field.key for field in columns_of(spec)}
    for part, most in (("columns", MOST_COLUMNS), ("highlights", MOST_HIGHLIGHTS)):
        keys = wanted.get(part, ())
        if len(keys) > most:
            found.append(Problem(_("At most {n} can stand here.").with_(n=most), part, "too-many"))
        for key in keys:
            if key not in known or list(keys).count(key) > 1:
                found.append(_misplaced(spec, key, part))
    return found


def _misplaced(spec: ObjectSpec, key: Any, part: str) -> Problem:
    text = _("“{name}” is not a field of {object}, or stands twice.")
    return Problem(text.with_(name=str(key)[:60], object=spec.label), part, "field")
