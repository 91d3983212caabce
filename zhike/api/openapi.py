"""The OpenAPI 3.1 document, made at request time from the declarations this caller may see."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import zhike
from zhike.api.describe import visible_actions, visible_fields, visible_objects, writable
from zhike.api.json_schema import BYTES, COMPONENTS, ID, NAME, PROBLEM, Schema, Shape
from zhike.api.operation import Operation, Param
from zhike.api.schemas import object_schemas
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec

MEDIA = "application/json"
PROBLEM_MEDIA = "application/problem+json"
BYTES_MEDIA = "application/octet-stream"
REFUSALS: dict[int, Words] = {
    400: _("The request cannot be read; errors names the parameter, position the place in a filter."),
    401: _("No valid token."),
    403: _("Your roles do not allow this."),
    404: _("There is no such record, or you cannot see it."),
    409: _("It conflicts with another record or with somebody’s change."),
    412: _("The record has changed since; version is the newest."),
    413: _("The body is over 10 MB."),
    415: _("The body is not JSON."),
    422: _("The values cannot be stored; errors names the fields."),
    428: _("If-Match is missing."),
}
INTRODUCTION = _(
    "Every object, also those you add yourself, answers under /api/v1/ with the same operations. Send your token as "
    "“Authorization: Bearer zk_…”. You see and change what your roles allow, as in the browser, and everything you "
    "write is in the history and can be undone. Money is a decimal text in major units with its currency; dates are "
    "2026-03-31; instants are UTC."
)


def document(actor: Actor, operations: tuple[Operation, ...]) -> dict[str, Any]:
    """The whole document for one caller."""
    objects = visible_objects(actor)
    fields = {spec.key: visible_fields(actor, spec) for spec in objects}
    schemas = dict(COMPONENTS)
    for one in objects:
        schemas |= object_schemas(actor, one, fields[one.key])
    paths: dict[str, dict[str, Any]] = {}
    known = {key: [field for field, _right in some] for key, some in fields.items()}
    for operation in operations:
        for spec, action in _expanded(actor, operation, objects, known):
            path = "/api/v1/" + operation.path
            if spec:
                path = path.replace("{plural}", spec.plural)
            if action:
                path = path.replace("{name}", action.name)
            shown = [field for field, right in fields[spec.key] if right == "write" and writable(field)] if spec else []
            entry = _entry(operation, spec, action)
            if spec and operation.example:
                entry["requestBody"]["content"][MEDIA]["example"] = operation.example(spec, shown)
            paths.setdefault(path, {})[operation.method.lower()] = entry
    return {
        "openapi": "3.1.0",
        "info": {
            "title": str(_("Zhike API")),
            "version": zhike.__version__,
            "description": str(INTRODUCTION),
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [_tag(spec) for spec in objects],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "zhike token create USER"}
            },
            "responses": {str(status): _refusal(status, text) for status, text in REFUSALS.items()},
        },
    }


def _expanded(
    actor: Actor, operation: Operation, objects: list[ObjectSpec], fields: dict[str, list[FieldSpec]]
) -> Iterator[tuple[ObjectSpec | None, ActionSpec | None]]:
    """The objects and actions an address with {plural} and {name} stands for."""
    if "{plural}" not in operation.path:
        yield None, None
        return
    for spec in objects:
        if operation.has and not any(operation.has(one) for one in fields[spec.key]):
            continue
        if "{name}" not in operation.path:
            yield spec, None
            continue
        for action in visible_actions(actor, spec):
            if action.on == "record" or "{id}" not in operation.path:
                yield spec, action


def _tag(spec: ObjectSpec) -> Schema:
    """An object as a heading of the operations on it."""
    said = {"description": str(spec.help)} if spec.help else {}
    return {"name": spec.key, "x-displayName": str(spec.plural_label), **said}


def _entry(operation: Operation, spec: ObjectSpec | None, action: ActionSpec | None) -> dict[str, Any]:
    words = {"objects": spec.plural_label if spec else "", "object": spec.label if spec else ""}
    summary = operation.summary.with_(**words, action=action.label if action else "")
    entry: dict[str, Any] = {
        "operationId": ".".join(
            filter(None, [spec.plural if spec else "", operation.key, action.name if action else ""])
        ),
        "summary": str(summary),
        "parameters": [_parameter(one, "query") for one in operation.params]
        + [_parameter(one, "header") for one in operation.headers],
        "responses": _responses(operation, spec, action),
    }
    for name in reversed([name for name in ("object", "name", "field", "id") if f"{{{name}}}" in operation.path]):
        if name != "name" or action is None:
            schema = ID if name == "id" else NAME
            entry["parameters"].insert(0, {"name": name, "in": "path", "required": True, "schema": schema})
    if spec:
        entry["tags"] = [spec.key]
    if operation.body is not None:
        content = _content(operation.body, spec, action)
        needed = not operation.bare or any(one["schema"].get("required") for one in content.values())
        entry["requestBody"] = {"required": needed, "content": content}
    return entry


def _content(shape: Shape, spec: ObjectSpec | None, action: ActionSpec | None) -> dict[str, dict[str, Schema]]:
    schema = shape(spec, action) if callable(shape) else shape
    return {BYTES_MEDIA if schema is BYTES else MEDIA: {"schema": schema}}


def _parameter(param: Param, place: str) -> dict[str, Any]:
    shape = {"name": param.name, "in": place, "required": param.required, "description": str(param.help)}
    shape["schema"] = param.schema
    if param.example is not None:
        shape["example"] = param.example
    return shape


def _responses(operation: Operation, spec: ObjectSpec | None, action: ActionSpec | None) -> dict[str, Any]:
    good: dict[str, Any] = {"description": str(_("Done."))}
    if operation.status != 204:
        good["content"] = _content(operation.answer, spec, action)
    if operation.versioned:
        tag = {"description": str(_("The version, quoted.")), "schema": {"type": "string"}}
        good["headers"] = {"ETag": tag}
        if operation.status == 201:
            where = {"schema": {"type": "string"}, "description": str(_("Where the record is."))}
            good["headers"]["Location"] = where
    refusals = {str(one): {"$ref": f"#/components/responses/{one}"} for one in sorted(operation.refusals)}
    later: dict[str, Any] = {}
    if operation.later is not None:
        text = str(_("A job works on the answer. Ask again when it is done."))
        later["202"] = {"description": text, "content": _content(operation.later, spec, action)}
    return {str(operation.status): good, **later, **refusals}


def _refusal(status: int, text: Words) -> dict[str, Any]:
    example = {
        "type": "/api/v1/docs#problem-invalid", "title": HTTPStatus(status).phrase, "status": status, "detail": str(text),
        "code": "invalid", "errors": [{"field": "name", "code": "invalid", "message": str(text)}],
    }  # fmt: skip
    return {"description": str(text), "content": {PROBLEM_MEDIA: {"schema": PROBLEM, "example": example}}}
