"""JSON Schemas of records, their pages and inputs, made from the declarations."""

from __future__ import annotations

from collections.abc import Callable

from zhike.api.describe import writable
from zhike.api.json_schema import (
    COUNT,
    FLAG,
    ID,
    LINK,
    PROBLEM_FIELD,
    TEXT,
    WHOLE,
    Schema,
    listed,
    named,
    nullable,
    ref,
    shaped,
)
from zhike.kernel.actor import Actor
from zhike.schema.kinds import kind_of
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec

ANY_LINK = named("AnyLink", shaped({"object": TEXT, "id": ID, "title": TEXT}))
ANY_LINK_IN = shaped({"object": TEXT, "id": ID, "title": TEXT}, ["object", "id"])
MASKED = named("Masked", shaped({"masked": TEXT}))
EXTERNAL_IDS: Schema = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200}}


def component(spec: ObjectSpec) -> str:
    """The component name of an object: ``follow_up`` → ``FollowUp``. What hangs on it follows a dot."""
    return "".join(part.title() for part in spec.key.split("_"))


def of_object(part: str = "") -> Callable[[ObjectSpec, ActionSpec], Schema]:
    """The record of the object in the address, or a ``part`` that hangs on it: ``.page``, ``.new``, ``.change``."""
    return lambda spec, _action: ref(component(spec) + part)


def field_out(field: FieldSpec, right: str) -> Schema:
    """What the API answers for a field, described and with null for empty."""
    links = {"link": LINK, "any_link": ANY_LINK, "links": listed(LINK)}
    shapes: list[Schema] = [links.get(field.kind) or dict(kind_of(field).schema(field))]
    if kind_of(field).secret or right == "masked":
        shapes.append(MASKED)
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
    head: dict[str, Schema] = {"id": ID, "version": WHOLE, "object": {"const": spec.key}, "title": TEXT}
    own = {field.key: field_out(field, right) for field, right in fields if field.key not in ("id", "version")}
    record = shaped(head | own, list(head))
    record["properties"]["_external"] = EXTERNAL_IDS
    record["properties"]["_warnings"] = listed(PROBLEM_FIELD)
    record["title"] = str(spec.label)
    name = component(spec)
    schemas = {
        name: record,
        name + ".page": shaped(
            {
                "items": listed(ref(name)),
                "next": nullable(TEXT),
                "count": nullable(COUNT),
                "capped": FLAG,
            }
        ),
    }
    settable = [field for field, right in fields if right == "write" and writable(field)]
    inputs = {field.key: field_in(field) for field in settable}
    needed = [field.key for field in settable if field.required and field.default is None]
    schemas[name + ".new"] = shaped(inputs | {"_external": EXTERNAL_IDS}, needed)
    masks = {key: {"anyOf": [*shape["anyOf"], MASKED]} | _rest(shape) for key, shape in inputs.items()}
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
