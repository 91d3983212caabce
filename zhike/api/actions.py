"""Actions: what is more than a save, on one record, on several, or on the object."""

from __future__ import annotations

from typing import Any

from zhike.api.answer import MOST_ID
from zhike.api.errors import BadRequest
from zhike.api.json_schema import ID, TEXT, WHOLE, Schema, listed, named, nullable, shaped
from zhike.api.operation import Call, Operation, Reply, as_object, only_keys
from zhike.api.schemas import field_in
from zhike.kernel.words import _
from zhike.records.actions import ActionDone, run_action
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec

MOST_RECORDS = 500


def act_on_one(call: Call) -> Reply:
    """Run an action on one record; the body holds its inputs."""
    registry.action(call.object.key, call.name)
    values = call.json_object(optional=True)
    return Reply(action_json(run_action(call.actor, call.object.key, call.name, [call.record], values)))


def act_on_many(call: Call) -> Reply:
    """Run an action on up to 500 records (``ids``), or on the object itself when it needs none."""
    registry.action(call.object.key, call.name)
    body = call.json_object(optional=True)
    only_keys(body, ("ids", "values", "why"))
    ids, why = body.get("ids", []), body.get("why", "")
    good = isinstance(ids, list) and all(isinstance(one, int) and not isinstance(one, bool) for one in ids)
    if not good or not all(0 < one < MOST_ID for one in ids):
        raise BadRequest(_("ids is a list of record ids."), "ids", "type")
    if len(ids) > MOST_RECORDS:
        raise BadRequest(_("At most {n} records in one request.").with_(n=MOST_RECORDS), "ids", "too-many")
    if not isinstance(why, str) or len(why) > 500:
        raise BadRequest(_("why is a text of at most 500 characters."), "why", "parameter")
    values = as_object(body.get("values", {}), "values")
    return Reply(action_json(run_action(call.actor, call.object.key, call.name, ids, values, why=why)))


def action_json(done: ActionDone) -> dict[str, Any]:
    """What an action did: its sentence, its operation (for undo), the records it made or changed."""
    return {
        "message": str(done.message) if done.message else None,
        "operation": done.operation,
        "records": [{"object": key, "id": record} for key, record in done.records],
    }


def inputs_schema(_spec: ObjectSpec, action: ActionSpec) -> Schema:
    """The inputs of an action."""
    needed = [one.key for one in action.inputs if one.required]
    return shaped({one.key: _input(one) for one in action.inputs}, needed)


def _input(field: FieldSpec) -> Schema:
    return {"type": ["object", "null"], "description": str(field.hint)} if field.format == "json" else field_in(field)


def many_schema(spec: ObjectSpec, action: ActionSpec) -> Schema:
    """The body of an action on several records."""
    inputs = inputs_schema(spec, action)
    needed = (["ids"] if action.on != "object" else []) + (["values"] if inputs["required"] else [])
    why = {"type": "string", "maxLength": 500}
    return shaped({"ids": listed(ID, MOST_RECORDS), "values": inputs, "why": why}, needed)


ACTED = named(
    "Action",
    shaped(
        {
            "message": nullable(TEXT),
            "operation": nullable(WHOLE),
            "records": listed(shaped({"object": TEXT, "id": ID})),
        }
    ),
)
_SEND = (400, 401, 403, 404, 409, 413, 415, 422)
OPERATIONS = (
    Operation(
        "act", "POST", "{plural}/{id}/actions/{name}", _("{action}"), act_on_one, body=inputs_schema, bare=True,
        answer=ACTED, refusals=_SEND,
    ),
    Operation(
        "act_many", "POST", "{plural}/actions/{name}", _("{action} (several)"), act_on_many, body=many_schema, bare=True,
        answer=ACTED, refusals=_SEND,
    ),
)  # fmt: skip
