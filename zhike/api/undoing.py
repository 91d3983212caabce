"""Operations: what one act changed, what undoing it would meet, and undoing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.json_schema import COUNT, FLAG, ID, INSTANT, LINK, TEXT, WHOLE, listed, named, nullable, shaped
from zhike.api.operation import Call, Operation, Reply, only_keys
from zhike.api.shape import instant_json, logged_json
from zhike.kernel.actor import Actor
from zhike.kernel.words import _
from zhike.records.operations import Looked, look, with_names
from zhike.records.undo import EVERYTHING, Kept, UndoDone, rehearse
from zhike.records.undo_job import undo_now_or_later
from zhike.schema.registry import registry


def show_operation(call: Call) -> Reply:
    """One’s own operation (administrators: anybody’s): who, when, how many changes, whether it was taken back."""
    return Reply(operation_json(look(call.actor, call.record)))


def show_undo(call: Call) -> Reply:
    """What undoing would do now, and every value changed since: what the operation had set, what is there now, what would
    come back. Nothing is written."""
    return Reply(undo_json(call.actor, rehearse(call.actor, call.record)))


def undo_operation(call: Call) -> Reply:
    """Take an operation back. Values changed since stay, unless ``override`` names them or is "all". A large operation
    becomes a job: ``job`` is its id."""
    override = override_in(call.json_object(optional=True))
    done = undo_now_or_later(call.actor, call.record, override)
    if isinstance(done, int):
        return Reply({"operation": None, "reverted": 0, "conflicts": [], "changes": 0, "tried": 0, "job": done})
    return Reply(undo_json(call.actor, done))


def override_in(body: dict[str, Any]) -> set[tuple[int, str]] | str:
    """What shall go back although it was changed since. Raises BadRequest."""
    only_keys(body, ("override",))
    given = body.get("override", [])
    if given == EVERYTHING:
        return EVERYTHING
    wrong = BadRequest(
        _("override is “all” or a list such as {example}.").with_(example='[{"id": 12, "field": "name"}]'),
        "override",
        "type",
    )
    if not isinstance(given, list):
        raise wrong
    pairs = set()
    for one in given:
        known = isinstance(one, dict) and set(one) == {"id", "field"}
        if not known or type(one["id"]) is not int or not isinstance(one["field"], str):
            raise wrong
        pairs.add((one["id"], one["field"]))
    return pairs


def undo_json(actor: Actor, done: UndoDone) -> dict[str, Any]:
    """What an undo did or would do. ``tried``: how many of the operation’s ``changes`` were looked at."""
    return {
        "operation": done.operation,
        "reverted": done.reverted,
        "conflicts": conflicts_json(with_names(actor, done.conflicts)),
        "changes": done.changes,
        "tried": done.looked_at,
        "job": None,
    }


def conflicts_json(kept: Sequence[Kept]) -> list[dict[str, Any]]:
    """What undoing leaves alone, with the three values where one was changed since."""
    told = []
    for one in kept:
        line: dict[str, Any] = {"object": one.object, "id": one.id, "field": one.field, "message": str(one.text)}
        if one.changed_since:
            field = registry.object(one.object)[one.field]
            line |= {name: logged_json(getattr(one, name), field) for name in ("set", "now", "back")}
        told.append(line)
    return told


def operation_json(looked: Looked) -> dict[str, Any]:
    """An operation as data."""
    return {
        "id": looked.id,
        "kind": looked.kind,
        "actor": {"id": looked.actor.id, "title": looked.actor.title} if looked.actor.id else None,
        "via": looked.via,
        "at": instant_json(looked.at),
        "why": looked.why or None,
        "undoes": looked.undoes,
        "undone_by": looked.undone_by,
        "counts": [{"object": one.object, "verb": one.verb, "count": one.number} for one in looked.counts],
        "capped": looked.capped,
        "records": [
            {"object": hit.object, "id": hit.id, "title": hit.title, "verb": verb} for hit, verb in looked.records
        ],
    }


OPERATION = named(
    "Operation",
    shaped(
        {
            "id": ID,
            "kind": TEXT,
            "actor": nullable(LINK),
            "via": TEXT,
            "at": INSTANT,
            "why": nullable(TEXT),
            "undoes": nullable(WHOLE),
            "undone_by": nullable(WHOLE),
            "counts": listed(shaped({"object": TEXT, "verb": TEXT, "count": COUNT})),
            "capped": FLAG,
            "records": listed(shaped({"object": TEXT, "id": ID, "title": TEXT, "verb": TEXT})),
        }
    ),
)
KEPT = named(
    "Kept",
    {
        "type": "object",
        "properties": {"object": TEXT, "id": ID, "field": TEXT, "message": TEXT, "set": {}, "now": {}, "back": {}},
        "required": ["object", "id", "field", "message"],
    },
)
UNDONE = named(
    "Undo",
    shaped(
        {
            "operation": nullable(WHOLE),
            "reverted": COUNT,
            "conflicts": listed(KEPT),
            "changes": COUNT,
            "tried": COUNT,
            "job": nullable(WHOLE),
        }
    ),
)
OVERRIDE = named(
    "Override",
    shaped({"override": {"oneOf": [{"const": "all"}, listed(shaped({"id": WHOLE, "field": TEXT}))]}}, [])
    | {"description": "Values that go back although they were changed since."},
)
OPERATIONS = (
    Operation(
        "operation", "GET", "operations/{id}", _("Show an operation"), show_operation, answer=OPERATION, refusals=(400, 401, 404),
    ),
    Operation(
        "undo_preview", "GET", "operations/{id}/undo", _("What undoing an operation would do"), show_undo, answer=UNDONE,
        refusals=(400, 401, 404, 422),
    ),
    Operation(
        "undo", "POST", "operations/{id}/undo", _("Undo an operation"), undo_operation, body=OVERRIDE, bare=True,
        answer=UNDONE, refusals=(400, 401, 403, 404, 409, 413, 415, 422),
    ),
)  # fmt: skip
