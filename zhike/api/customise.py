"""Fields and objects of one's own: made, changed and removed through the API, usable at once, without a restart."""

from __future__ import annotations

from zhike.api.describe import field_json, object_json
from zhike.api.errors import BadRequest
from zhike.api.json_schema import ANY, COUNT, FLAG, ID, NAME, TEXT, Schema, listed, named, shaped
from zhike.api.operation import Call, Operation, Param, Reply
from zhike.kernel.words import _
from zhike.records.declaring.customise import (
    change_field,
    change_object,
    create_field,
    create_object,
    preview_kind_change,
    remove_field,
)
from zhike.schema.kinds import KINDS
from zhike.schema.registry import registry

DROP = Param("drop", _("Empty values that do not convert to the new kind."), "flag", default=False)


def add_field(call: Call) -> Reply:
    """Add a field to the object named by ``object``; every list, form, filter and this API know it at once."""
    body = call.json_object()
    key = body.pop("object", None)
    if not isinstance(key, str):
        raise BadRequest(_("Say which object the field is for: object."), "object", "missing")
    registry.object(key)
    return Reply({"object": key, **field_json(create_field(call.actor, key, body))}, 201)


def preview_field(call: Call) -> Reply:
    """What changing the field to the declaration sent would do to the values there are."""
    preview = preview_kind_change(call.actor, call.object.key, call.name, call.json_object())
    samples = [{"id": record, "value": value, "reason": str(reason)} for record, value, reason in preview.samples]
    return Reply({"converts": preview.converts, "fails": preview.fails, "samples": samples})


def alter_field(call: Call) -> Reply:
    """Change a field's declaration, also its kind; refused while values would not convert, unless ``drop``."""
    field = change_field(call.actor, call.object.key, call.name, call.json_object(), drop=call.params["drop"])
    return Reply({"object": call.object.key, **field_json(field)})


def drop_field(call: Call) -> Reply:
    """Take a field out of use; its values stay stored."""
    remove_field(call.actor, call.object.key, call.name)
    return Reply(status=204)


def add_object(call: Call) -> Reply:
    """Add an object with its fields; it answers under its plural at once."""
    spec = create_object(call.actor, call.json_object())
    return Reply(object_json(call.actor, spec), 201, {"Location": f"/api/v1/{spec.plural}"})


def alter_object(call: Call) -> Reply:
    """Change what an object of your own is called, shows or belongs to."""
    return Reply(object_json(call.actor, change_object(call.actor, call.object.key, call.json_object())))


LABEL: Schema = {"anyOf": [TEXT, {"type": "object", "additionalProperties": TEXT}]}
FACTS: dict[str, Schema] = {
    "label": LABEL,
    "kind": {"enum": sorted(KINDS)},
    "required": FLAG,
    "unique": FLAG,
    "index": FLAG,
    "personal": FLAG,
    "hidden": FLAG,
    "search": COUNT,
    "hint": LABEL,
    "default": {},
    "max": COUNT,
    "decimals": COUNT,
    "unit": TEXT,
    "format": TEXT,
    "to": {"type": "string", "description": "The key of the object a link points at."},
    "back": TEXT,
    "on_delete": {"enum": ["refuse", "clear", "trash"]},
    "options": listed(shaped({"key": TEXT, "label": LABEL, "hue": TEXT, "active": FLAG}, ["key", "label"])),
    "number": shaped({"prefix": TEXT, "dated": TEXT, "digits": COUNT, "yearly": FLAG}, [])
    | {
        "description": "Prefix, a dated part such as %Y%m, digits of the counter, which starts anew with each dated part if yearly."
    },
    "readonly": FLAG,
    "same": {"description": "How much a like value says that two records are one; see duplicates."},
    "formula": TEXT,
    "result": TEXT,
    "rollup": shaped({"object": TEXT, "via": TEXT, "measure": TEXT, "where": TEXT}, ["object", "via"]),
}
NEW_FIELD = named("NewField", shaped({"object": NAME, "key": NAME} | FACTS, ["object", "key", "label", "kind"]))
FIELD_CHANGE = named("FieldChange", {"type": "object", "properties": FACTS, "additionalProperties": False})
FIELD = named("Field", ANY | {"required": ["object", "key", "label", "kind"]})
SAMPLE = shaped({"id": ID, "value": TEXT, "reason": TEXT})
PREVIEW = named("Preview", shaped({"converts": COUNT, "fails": COUNT, "samples": listed(SAMPLE)}))
OBJECT_FACTS: dict[str, Schema] = {
    "label": LABEL,
    "plural_label": LABEL,
    "icon": TEXT,
    "title": NAME,
    "columns": listed(NAME),
    "scope": {"enum": ["owner", "follows", "open"]},
    "parents": listed(NAME),
    "related": listed(NAME),
    "group": {"enum": ["day", "sales", "more", "setup"]},
    "board": shaped({"by": NAME, "total": TEXT, "card": listed(NAME)}, ["by"]),
    "calendar": listed(
        shaped({"field": NAME, "label": LABEL, "hue": TEXT, "icon": TEXT, "ends": TEXT, "remind": FLAG}, ["field"])
    ),
    "help": TEXT,
    "same": TEXT,
    "same_others": listed(NAME),
}
NEW_OBJECT = named(
    "NewObject",
    shaped(
        {"key": NAME, "plural": NAME, **OBJECT_FACTS}
        | {"fields": listed(shaped({"key": NAME} | FACTS, ["key", "label", "kind"]))},
        ["key", "label"],
    ),
)
OBJECT_CHANGE = named("ObjectChange", shaped(OBJECT_FACTS, []))
OBJECT = named("Object", ANY | {"required": ["key", "plural", "label", "fields", "actions"]})
_SEND = (400, 401, 403, 404, 413, 415, 422)
OPERATIONS = (
    Operation(
        "add_object", "POST", "objects", _("Add an object of your own"), add_object, body=NEW_OBJECT, answer=OBJECT,
        status=201, refusals=_SEND,
    ),
    Operation(
        "alter_object", "PATCH", "objects/{object}", _("Change an object you added"), alter_object,
        body=OBJECT_CHANGE, answer=OBJECT, refusals=_SEND,
    ),
    Operation(
        "add_field", "POST", "fields", _("Add a field to an object"), add_field, body=NEW_FIELD, answer=FIELD,
        status=201, refusals=_SEND,
    ),
    Operation(
        "alter_field", "PATCH", "fields/{object}/{name}", _("Change a field you added"), alter_field, params=(DROP,),
        body=FIELD_CHANGE, answer=FIELD, refusals=_SEND,
    ),
    Operation(
        "drop_field", "DELETE", "fields/{object}/{name}", _("Take a field you added out of use"), drop_field, status=204,
        refusals=(400, 401, 403, 404, 422),
    ),
    Operation(
        "preview_field", "POST", "fields/{object}/{name}/preview", _("What a change of a field would do"), preview_field,
        body=FIELD_CHANGE, answer=PREVIEW, refusals=_SEND,
    ),
)  # fmt: skip
