"""``zhike field``: fields of one's own, made, changed and removed while everything runs."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.api.describe import field_json, visible_fields
from zhike.kernel.actor import Actor
from zhike.kernel.words import _
from zhike.records.declaring.customise import change_field, create_field, preview_kind_change, remove_field
from zhike.schema.kinds import kind_of
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for, json_values, object_for, object_named


def run(given: Given, home: Path) -> int:
    """Run one of create, change, remove and list."""
    actor = actor_for(given, home)
    work = {"field create": _create, "field change": _change, "field remove": _remove, "field list": _list}
    return work[given.shape.name](given, actor)


def _create(given: Given, actor: Actor) -> int:
    values = json_values(given)
    said = values.pop("object", None)
    name = given.word("OBJECT") or said
    if not isinstance(name, str) or (given.word("OBJECT") and said not in (None, name)):
        raise WrongUsage(_("Say which object the field is for: zhike field create OBJECT, or “object” in the JSON."))
    spec = object_named(name)
    field = create_field(actor, spec.key, values)
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json({"object": spec.key, **field_json(field)}))
    else:
        text = _("{object} has the new field “{field}” ({key}).")
        print(text.with_(object=spec.label, field=field.label, key=field.key))
    return 0


def _change(given: Given, actor: Actor) -> int:
    spec, key, values = object_for(given), given.word("FIELD"), json_values(given)
    if given.has("dry-run"):
        preview = preview_kind_change(actor, spec.key, key, values)
        rows = [{"id": one[0], "value": one[1], "reason": str(one[2])} for one in preview.samples]
        if given.text("format", "table") == "json":
            sys.stdout.write(as_json({"converts": preview.converts, "fails": preview.fails, "samples": rows}))
            return 0
        print(_("{converts} values convert, {fails} do not.").with_(converts=preview.converts, fails=preview.fails))
        if rows:
            print_rows(sys.stdout, given.text("format", "table"), ("id", "value", "reason"), rows)
        return 0
    field = change_field(actor, spec.key, key, values, drop=given.has("drop"))
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json({"object": spec.key, **field_json(field)}))
    else:
        print(_("Changed the field “{field}” of {object}.").with_(field=field.label, object=spec.label))
    return 0


def _remove(given: Given, actor: Actor) -> int:
    spec = object_for(given)
    remove_field(actor, spec.key, given.word("FIELD"))
    print(_("The field “{field}” is out of use; its values stay stored.").with_(field=given.word("FIELD")))
    return 0


def _list(given: Given, actor: Actor) -> int:
    spec = object_for(given)
    found = visible_fields(actor, spec)
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json([field_json(field, right) for field, right in found]))
        return 0
    rows = [
        {
            "key": field.key,
            "label": str(field.label),
            "kind": str(kind_of(field).label) if given.text("format", "table") == "table" else field.kind,
            "right": right,
            "required": field.required or None,
            "custom": field.custom or None,
        }
        for field, right in found
    ]
    print_rows(sys.stdout, given.text("format", "table"), ("key", "label", "kind", "right", "required", "custom"), rows)
    return 0
