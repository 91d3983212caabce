"""JSON Schemas (2020-12) of records, their inputs and the fixed shapes around them, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from zhike.api.describe import writable
from zhike.kernel.actor import Actor
from zhike.schema.kinds import KINDS, kind_of
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec

Schema = dict[str, Any]

ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
LABEL: Schema = {"anyOf": [TEXT, {"type": "object", "additionalProperties": TEXT}]}
EXTERNAL_IDS: Schema = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200}}
COUNT: Schema = {"type": "integer", "minimum": 0}
ANY_LINK_IN: Schema = {
    "type": "object", "properties": {"object": TEXT, "id": ID, "title": TEXT}, "required": ["object", "id"],
    "additionalProperties": False,
}  # fmt: skip


def ref(name: str) -> Schema:
    """A reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def shaped(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """A closed object; every property is required unless ``required`` says which."""
    names = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def listed(items: Schema, most: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": items} | ({"maxItems": most} if most else {})


def nullable(schema: Schema) -> Schema:
    """The schema or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def component(spec: ObjectSpec) -> str:
    """The component name of an object: ``follow_up`` → ``FollowUp``. What hangs on it follows a dot, and fixed shapes
    start with ``api.``, so that no custom object can take their names."""
    return "".join(part.title() for part in spec.key.split("_"))


FIELD_FACTS: dict[str, Schema] = {
    "label": LABEL,
    "kind": {"enum": sorted(KINDS)},
    "required": {"type": "boolean"},
    "unique": {"type": "boolean"},
    "index": {"type": "boolean"},
    "personal": {"type": "boolean"},
    "hidden": {"type": "boolean"},
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
    "options": listed(
        shaped({"key": TEXT, "label": LABEL, "hue": TEXT, "active": {"type": "boolean"}}, ["key", "label"])
    ),
    "formula": TEXT,
    "result": TEXT,
    "rollup": shaped({"object": TEXT, "via": TEXT, "measure": TEXT, "where": TEXT}, ["object", "via"]),
}
FIXED: dict[str, Schema] = {
    "api.Problem": {
        "type": "object",
        "description": "RFC 9457 problem details.",
        "properties": {
            "type": {"type": "string"},
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "code": TEXT,
            "errors": listed(ref("api.ProblemField")),
            "position": {"type": "integer", "description": "Character (from 0) in the filter."},
            "version": {"type": "integer"},
            "results": listed(ref("api.BatchResult")),
        },
        "required": ["type", "title", "status", "detail", "code", "errors"],
    },
    "api.ProblemField": shaped({"field": TEXT, "code": TEXT, "message": TEXT}),
    "api.Link": shaped({"id": ID, "title": TEXT}),
    "api.AnyLink": shaped({"object": TEXT, "id": ID, "title": TEXT}),
    "api.Masked": shaped({"masked": TEXT}),
    "api.SearchHits": shaped({"items": listed(shaped({"object": TEXT, "id": ID, "title": TEXT, "line": TEXT}))}),
    "api.Figures": shaped({"items": listed({"type": "object"})}),
    "api.Action": shaped(
        {
            "message": nullable(TEXT),
            "operation": nullable({"type": "integer"}),
            "records": listed(shaped({"object": TEXT, "id": ID})),
        }
    ),
    "api.Undo": shaped(
        {
            "operation": nullable({"type": "integer"}),
            "reverted": COUNT,
            "conflicts": listed(ref("api.Kept")),
            "changes": COUNT,
            "tried": COUNT,
            "job": nullable({"type": "integer"}),
        }
    ),
    "api.Override": {
        "type": "object",
        "properties": {
            "override": {
                "oneOf": [
                    {"const": "all"},
                    {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {"id": {"type": "integer"}, "field": TEXT},
                            "required": ["id", "field"],
                            "additionalProperties": False,
                        },
                    },
                ]
            }
        },
        "additionalProperties": False,
        "description": "Values that go back although they were changed since.",
    },
    "api.Operation": shaped(
        {
            "id": ID,
            "kind": TEXT,
            "actor": nullable(ref("api.Link")),
            "via": TEXT,
            "at": {"type": "string", "format": "date-time"},
            "why": nullable(TEXT),
            "undoes": nullable({"type": "integer"}),
            "undone_by": nullable({"type": "integer"}),
            "counts": listed(shaped({"object": TEXT, "verb": TEXT, "count": COUNT})),
            "capped": {"type": "boolean"},
            "records": listed(shaped({"object": TEXT, "id": ID, "title": TEXT, "verb": TEXT})),
        }
    ),
    "api.Upload": shaped({"id": ID, "name": TEXT, "size": COUNT, "type": TEXT}),
    "api.Reason": {
        "type": "object",
        "properties": {"reason": {"type": "string", "minLength": 2, "maxLength": 200}},
        "required": ["reason"],
        "additionalProperties": False,
        "description": "Why the value is needed; kept with who asked and when.",
    },
    "api.Revealed": shaped({"value": TEXT}),
    "api.Kept": {
        "type": "object",
        "properties": {"object": TEXT, "id": ID, "field": TEXT, "message": TEXT, "set": {}, "now": {}, "back": {}},
        "required": ["object", "id", "field", "message"],
    },
    "api.Access": shaped(
        {
            "people": listed(shaped({"person": ID, "name": TEXT, "rights": listed(TEXT), "because": TEXT})),
            "more": {"type": "boolean"},
            "person": ID,
            "right": TEXT,
            "allowed": {"type": "boolean"},
            "text": TEXT,
            "steps": listed(shaped({"holds": {"type": "boolean"}, "text": TEXT})),
        },
        [],
    ),
    "api.Inbox": shaped(
        {
            "notices": listed(
                shaped(
                    {
                        "id": ID,
                        "kind": TEXT,
                        "object": nullable(TEXT),
                        "record": nullable(ID),
                        "title": TEXT,
                        "text": TEXT,
                        "by": nullable(shaped({"id": ID, "title": TEXT})),
                        "at": {"type": "string", "format": "date-time"},
                        "read": {"type": "boolean"},
                    }
                )
            ),
            "unread": COUNT,
            "next": nullable(ID),
        }
    ),
    "api.Marks": shaped({"records": listed(shaped({"object": TEXT, "id": ID, "title": TEXT}))}),
    "api.Import": shaped(
        {
            "id": ID,
            "name": TEXT,
            "size": COUNT,
            **dict.fromkeys(("encoding", "separator", "sheet", "mode", "dates", "blank", "key"), nullable(TEXT)),
            **dict.fromkeys(("sheets", "headings", "notes", "keys"), listed(TEXT)),
            "count": COUNT,
            "columns": {"type": "object"},
            "values": {"type": "object"},
            "historic": {"type": "boolean"},
            "owner": nullable(ID),
            **dict.fromkeys(("checked", "done"), nullable({"type": "object"})),
            "job": nullable(ID),
        }
    ),
    "api.ImportChange": shaped(
        {
            **dict.fromkeys(("encoding", "separator", "sheet", "key"), TEXT),
            "mode": {"enum": ["upsert", "skip", "new"]},
            "dates": {"enum": ["ymd", "mdy", "dmy"]},
            "blank": {"enum": ["keep", "clear"]},
            "historic": {"type": "boolean"},
            "owner": nullable({"type": "integer"}),
            "columns": {"type": "object", "additionalProperties": TEXT},
            "values": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": TEXT}},
        },
        required=[],
    ),
    "api.ImportRows": shaped(
        {
            "rows": listed(
                shaped(
                    {
                        "row": COUNT,
                        "sheet": nullable(TEXT),
                        "cells": {"type": "object", "additionalProperties": nullable(TEXT)},
                        "reasons": listed(shaped({"column": nullable(TEXT), "value": nullable(TEXT), "message": TEXT})),
                    }
                )
            ),
            "next": nullable(COUNT),
        }
    ),
    "api.Job": shaped(
        {
            "id": ID,
            "kind": TEXT,
            "label": TEXT,
            "state": {"enum": ["waiting", "running", "done", "failed", "stopped"]},
            "stopping": {"type": "boolean"},
            "done": COUNT,
            "total": nullable(COUNT),
            "result": nullable({"type": "object"}),
            "error": nullable(TEXT),
            "operation": nullable({"type": "integer"}),
            "created": {"type": "string", "format": "date-time"},
            "started": nullable({"type": "string", "format": "date-time"}),
            "ended": nullable({"type": "string", "format": "date-time"}),
        }
    ),
    "api.BatchResult": shaped(
        {
            "row": COUNT,
            "status": {"type": "integer"},
            "id": ID,
            "version": {"type": "integer"},
            "error": ref("api.Problem"),
            "_warnings": listed(ref("api.ProblemField")),
        },
        ["row", "status"],
    ),
    "api.Batch": shaped(
        {
            "operation": nullable({"type": "integer"}),
            "written": COUNT,
            "refused": COUNT,
            "results": listed(ref("api.BatchResult")),
        }
    ),
    "api.History": shaped(
        {
            "items": listed(
                shaped(
                    {
                        "at": {"type": "string", "format": "date-time"},
                        "actor": nullable(ref("api.Link")),
                        "verb": TEXT,
                        "operation": nullable({"type": "integer"}),
                        "why": TEXT,
                        "changes": listed(shaped({"field": TEXT, "before": {}, "after": {}})),
                    }
                )
            )
        }
    ),
    "api.Object": {"type": "object", "required": ["key", "plural", "label", "fields", "actions"]},
    "api.Field": {"type": "object", "required": ["object", "key", "label", "kind"]},
    "api.Preview": shaped(
        {"converts": COUNT, "fails": COUNT, "samples": listed(shaped({"id": ID, "value": TEXT, "reason": TEXT}))}
    ),
    "api.FieldChange": {"type": "object", "properties": FIELD_FACTS, "additionalProperties": False},
    "api.NewField": shaped({"object": NAME, "key": NAME} | FIELD_FACTS, ["object", "key", "label", "kind"]),
    "api.NewObject": shaped(
        {
            "key": NAME,
            "plural": NAME,
            "label": LABEL,
            "plural_label": LABEL,
            "icon": TEXT,
            "title": NAME,
            "scope": {"enum": ["owner", "follows", "open"]},
            "fields": listed(shaped({"key": NAME} | FIELD_FACTS, ["key", "label", "kind"])),
        },
        ["key", "label"],
    ),
    "api.Description": shaped({"objects": listed({"type": "object"}), "generation": {"type": "integer"}}),
}


def field_out(field: FieldSpec, right: str) -> Schema:
    """What the API answers for a field, described and with null for empty."""
    links = {"link": ref("api.Link"), "any_link": ref("api.AnyLink"), "links": listed(ref("api.Link"))}
    shapes: list[Schema] = [links.get(field.kind) or dict(kind_of(field).schema(field))]
    if kind_of(field).secret or right == "masked":
        shapes.append(ref("api.Masked"))
    return {"anyOf": [*shapes, {"type": "null"}]} | _notes(field)


def field_in(field: FieldSpec) -> Schema:
    """What the API accepts for a field: the value as it is answered, links also as an id or by their title."""
    if field.kind == "link":
        shape: Schema = {"anyOf": [ID, TEXT, _link_in()]}
    elif field.kind == "links":
        shape = listed({"anyOf": [ID, TEXT, _link_in()]})
    elif field.kind == "any_link":
        shape = ANY_LINK_IN
    else:
        shape = dict(kind_of(field).schema(field))
    return {"anyOf": [shape, {"type": "null"}]} | _notes(field)


def _link_in() -> Schema:
    return shaped({"id": ID, "title": TEXT}, ["id"])


def _notes(field: FieldSpec) -> Schema:
    notes: Schema = {"title": str(field.label)}
    text = str(field.hint)
    if field.options:
        text = " · ".join([*filter(None, [text]), *(f"{one.key}: {one.label}" for one in field.options)])
    if text:
        notes["description"] = text
    if field.custom:
        notes["x-custom"] = True
    return notes


def object_schemas(actor: Actor, spec: ObjectSpec, fields: list[tuple[FieldSpec, str]]) -> dict[str, Schema]:
    """The component schemas of one object: as read, its page, and as created and changed."""
    head: dict[str, Schema] = {"id": ID, "version": {"type": "integer"}, "object": {"const": spec.key}, "title": TEXT}
    own = {field.key: field_out(field, right) for field, right in fields if field.key not in ("id", "version")}
    record = shaped(head | own, list(head))
    record["properties"]["_external"] = EXTERNAL_IDS
    record["properties"]["_warnings"] = listed(ref("api.ProblemField"))
    record["title"] = str(spec.label)
    name = component(spec)
    schemas = {
        name: record,
        name + ".page": shaped(
            {
                "items": listed(ref(name)),
                "next": nullable(TEXT),
                "count": nullable(COUNT),
                "capped": {"type": "boolean"},
            }
        ),
    }
    settable = [field for field, right in fields if right == "write" and writable(field)]
    inputs = {field.key: field_in(field) for field in settable}
    needed = [field.key for field in settable if field.required and field.default is None]
    schemas[name + ".new"] = shaped(inputs | {"_external": EXTERNAL_IDS}, needed)
    masks = {key: {"anyOf": [*shape["anyOf"], ref("api.Masked")]} | _rest(shape) for key, shape in inputs.items()}
    secret = {field.key for field in settable if kind_of(field).secret}
    changes = {key: masks[key] if key in secret else inputs[key] for key in inputs}
    schemas[name + ".change"] = shaped(changes | {"_external": EXTERNAL_IDS}, [])
    schemas[name + ".batch"] = batch_schema(name)
    return schemas


def _rest(shape: Schema) -> Schema:
    return {key: value for key, value in shape.items() if key != "anyOf"}


def batch_schema(name: str) -> Schema:
    """The body of a batch on one object."""
    version = {"version": {"type": "integer", "minimum": 1}, "key": {"type": "string", "maxLength": 128}}
    new = shaped(
        {"verb": {"const": "create"}, "values": ref(name + ".new")} | {"key": version["key"]}, ["verb", "values"]
    )
    change = shaped(
        {"verb": {"const": "update"}, "id": ID, "values": ref(name + ".change")} | version, ["verb", "id", "values"]
    )
    move = {"enum": ["archive", "unarchive", "trash", "restore"]}
    moved = shaped({"verb": move, "id": ID} | version, ["verb", "id"])
    row = {"anyOf": [new, change, moved]}
    items = listed(row, 500) | {"minItems": 1}
    return shaped(
        {
            "items": items,
            "on_error": {"enum": ["stop", "skip"], "default": "stop"},
            "why": {"type": "string", "maxLength": 500},
        },
        ["items"],
    )


def action_schema(action: ActionSpec) -> Schema:
    """The inputs of an action."""
    needed = [one.key for one in action.inputs if one.required]
    return shaped({one.key: _input(one) for one in action.inputs}, needed)


def _input(field: FieldSpec) -> Schema:
    return {"type": ["object", "null"], "description": str(field.hint)} if field.format == "json" else field_in(field)


def action_many_schema(action: ActionSpec) -> Schema:
    """The body of an action on several records."""
    body = {"ids": listed(ID, 500), "values": action_schema(action), "why": {"type": "string", "maxLength": 500}}
    needed = (["ids"] if action.on != "object" else []) + (
        ["values"] if any(one.required for one in action.inputs) else []
    )
    return shaped(body, needed)
