"""Options of choices through the API: read by whoever may read the object, kept and merged by administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.json_schema import ANY
from zhike.api.operation import Call, Operation, Reply, only_keys
from zhike.kernel.words import _
from zhike.records.declaring.option_lists import choice, merge_option, set_options
from zhike.schema.spec import FieldSpec, Option

FACTS = ("key", "label", "hue", "active")


def keep_options(call: Call) -> Reply:
    """Keep the options in the order sent: ``{"options": [{"key": "a", "label": {"en": "A"}, "hue": "blue"}]}``. Facts left
    out stay as they are; every option there is has to be among them, retired ones with ``"active": false``."""
    body = call.json_object()
    only_keys(body, ("options",))
    sent = body.get("options")
    if not isinstance(sent, list) or not all(isinstance(one, dict) and isinstance(one.get("key"), str) for one in sent):
        raise BadRequest(_("Options are sent as a list of objects with a key each."), "options", "type")
    spec, field = choice(call.object.key, call.name)
    wanted: list[Mapping[str, Any]] = [_whole(one, field) for one in sent]
    kept = set_options(call.actor, spec.key, field.key, wanted)
    return Reply({"options": [_json(one) for one in kept.options]})


def _whole(one: dict[str, Any], field: FieldSpec) -> dict[str, Any]:
    only_keys(one, FACTS, "options.")
    held = field.option(one["key"])
    hue, active = one.get("hue", held.hue if held else "grey"), one.get("active", held.active if held else True)
    if not isinstance(hue, str) or not isinstance(active, bool):
        raise BadRequest(_("Options are sent as a list of objects with a key each."), "options", "type")
    return {"key": one["key"], "label": one.get("label"), "hue": hue, "active": active}


def merge(call: Call) -> Reply:
    """Give every record with the option ``from`` the option ``into`` and retire ``from``: ``{"from": "a", "into": "b"}``.
    Many records are a job's work; then its id is answered."""
    body = call.json_object()
    only_keys(body, ("from", "into"))
    if not all(isinstance(body.get(name), str) for name in ("from", "into")):
        raise BadRequest(_("Name both options: from and into."), "from", "missing")
    done = merge_option(call.actor, call.object.key, call.name, body["from"], body["into"])
    if done.done is None:
        return Reply({"job": done.job})
    return Reply({"changed": done.done.changed, "refused": done.done.refused, "operation": done.done.operation})


def _json(option: Option) -> dict[str, Any]:
    return {"key": option.key, "label": str(option.label), "hue": option.hue, "active": option.active}


_SEND = (400, 401, 403, 404, 413, 415, 422)
OPERATIONS = (
    Operation("keep_options", "PUT", "options/{object}/{name}", _("Keep the options of a choice"), keep_options, body=ANY, refusals=_SEND),
    Operation(
        "merge_options", "POST", "options/{object}/{name}/merge", _("Merge one option into another"), merge, body=ANY, refusals=_SEND,
    ),
)  # fmt: skip
