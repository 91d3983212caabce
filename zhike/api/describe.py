"""What objects, fields and actions this caller may see: the machine-readable description behind ``GET /schema``."""

from __future__ import annotations

from typing import Any

from zhike.access.rights import can, field_right
from zhike.api.json_schema import ANY, WHOLE, listed, named, shaped
from zhike.api.operation import Call, Operation, Reply
from zhike.kernel.actor import Actor
from zhike.kernel.words import _
from zhike.records.views import views_for
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec, View

RIGHTS = ("read", "create", "edit", "delete", "export", "import", "transfer", "bulk")


def visible_objects(actor: Actor) -> list[ObjectSpec]:
    """Objects the actor may read, in order of declaration."""
    return [spec for spec in registry if can(actor, "read", spec)]


def visible_fields(actor: Actor, spec: ObjectSpec) -> list[tuple[FieldSpec, str]]:
    """The fields the actor may know of, each with the right masked, read or write."""
    found = []
    for field in spec.fields:
        right = field_right(actor, spec, field)
        if right != "hidden":
            found.append((field, "read" if right == "write" and not writable(field) else right))
    return found


def writable(field: FieldSpec) -> bool:
    """Whether a plain save may set the field."""
    return kind_of(field).writable and not field.readonly and (not field.system or field.key == "owner")


def visible_actions(actor: Actor, spec: ObjectSpec) -> list[ActionSpec]:
    """Actions of an object the actor has the object right for."""
    return [action for action in registry.actions(spec.key) if can(actor, action.right, spec)]


def show_schema(call: Call) -> Reply:
    """Every object the caller may read, with fields, rights and actions, custom ones included."""
    objects = [object_json(call.actor, spec) for spec in visible_objects(call.actor)]
    return Reply({"objects": objects, "generation": registry.generation})


def object_json(actor: Actor, spec: ObjectSpec) -> dict[str, Any]:
    """One object as the caller may use it."""
    return {
        "key": spec.key,
        "plural": spec.plural,
        "label": str(spec.label),
        "plural_label": str(spec.plural_label),
        "title": spec.title,
        "columns": list(spec.columns),
        "sort": spec.sort,
        "custom": spec.custom,
        "rights": [right for right in RIGHTS if can(actor, right, spec)],
        "fields": [field_json(field, right) for field, right in visible_fields(actor, spec)],
        "views": [view_json(one) for one in views_for(actor, spec)],
        "actions": [action_json(action) for action in visible_actions(actor, spec)],
    }


def field_json(field: FieldSpec, right: str = "write") -> dict[str, Any]:
    """One field: what it is, what holds for it and how it can be asked for."""
    kind = kind_of(field)
    shape: dict[str, Any] = {
        "key": field.key,
        "label": str(field.label),
        "kind": field.kind,
        "right": right,
        "required": field.required,
        "unique": field.unique,
        "indexed": field.index,
        "custom": field.custom,
        "system": field.system,
        "operators": list(kind.operators),
        "measures": list(kind.measures),
    }
    extra = {
        "hint": str(field.hint),
        "max": field.max,
        "decimals": field.decimals,
        "unit": field.unit,
        "format": field.format,
        "to": field.to,
        "back": field.back,
        "formula": field.formula,
        "options": [{"key": one.key, "label": str(one.label), "active": one.active} for one in field.options],
    }
    return shape | {name: value for name, value in extra.items() if value}


def view_json(view: View) -> dict[str, Any]:
    """One shipped view: a filter to ask with. Saved ones are records of ``saved_view``."""
    return {
        "key": view.key,
        "label": str(view.label),
        "where": view.where,
        "sort": view.sort,
        "archived": view.archived,
    }


def action_json(action: ActionSpec) -> dict[str, Any]:
    """One action: its name, what it asks for, and what it works on."""
    return {
        "name": action.name,
        "label": str(action.label),
        "on": action.on,
        "bulk": action.bulk,
        "right": action.right,
        "inputs": [field_json(one) for one in action.inputs],
    }


DESCRIPTION = named("Description", shaped({"objects": listed(ANY), "generation": WHOLE}))
OPERATIONS = (
    Operation(
        "schema", "GET", "schema", _("Objects, fields and actions"), show_schema, answer=DESCRIPTION, refusals=(400, 401),
        browser=True,
    ),
)  # fmt: skip
