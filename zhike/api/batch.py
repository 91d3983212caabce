"""Many writes in one request and one operation, each with its own result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from zhike.access.rights import require
from zhike.api.errors import BadRequest
from zhike.api.json_schema import COUNT, ID, PROBLEM, PROBLEM_FIELD, WHOLE, listed, named, nullable, shaped
from zhike.api.operation import Call, Operation, Reply, as_object, only_keys
from zhike.api.problems import problem_json
from zhike.api.records import MOST_KEY, ONCE, external_given, idempotency_key
from zhike.api.schemas import of_object
from zhike.api.shape import warnings_json, without_masks
from zhike.kernel.changes import Command, Done, Failed, Verb
from zhike.kernel.errors import Invalid, Refused
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.write import write_many

MOST_ROWS = 500
NOT_DONE = 424  # good in itself, and not written because another row was refused
METHODS: dict[str, Verb] = {"POST": "create", "PATCH": "update", "DELETE": "trash"}
VERBS: tuple[Verb, ...] = ("create", "update", "archive", "unarchive", "trash", "restore")
ROW_KEYS = ("verb", "method", "id", "values", "version", "key")
BODY_KEYS = ("items", "on_error", "why")


def write_batch(call: Call) -> Reply:
    """Create, change, archive, trash and restore up to 500 records of one object.

    More than one asks for the right to change many at once, as on the pages, for the object and for each record.
    ``on_error`` "stop" (default): one refused row and nothing is written (422); "skip": the others are (200).
    Each result stands at its row's place.
    """
    data = call.json()
    body = {"items": data} if isinstance(data, list) else as_object(data)
    only_keys(body, BODY_KEYS)
    on_error, why = body.get("on_error", "stop"), body.get("why", "")
    if on_error not in ("stop", "skip"):
        raise BadRequest(_("on_error is stop or skip."), "on_error", "parameter")
    if not isinstance(why, str) or len(why) > 500:
        raise BadRequest(_("why is a text of at most 500 characters."), "why", "parameter")
    commands = _commands(call, body.get("items"))
    many = len(commands) > 1
    if many:
        require(call.actor, "bulk", call.object)
    try:
        outcome = write_many(call.actor, commands, on_error=on_error, act=Act(call.actor, why=why, many=many))
    except Refused as error:
        return _stopped(call, commands, error)
    results = [_result(index, result) for index, result in enumerate(outcome.results)]
    failed = sum(isinstance(result, Failed) for result in outcome.results)
    shape = {
        "operation": outcome.operation,
        "written": len(results) - failed,
        "refused": failed,
        "results": results,
    }
    return Reply(shape)


def _stopped(call: Call, commands: list[Command], error: Refused) -> Reply:
    """Nothing was written: judge all rows once more without writing, to say what is wrong with each."""
    judged = write_many(
        call.actor, commands, on_error="skip", dry_run=True, act=Act(call.actor, many=len(commands) > 1)
    ).results
    problems = [
        replace(problem, field=f"items.{index}.{problem.field}".rstrip("."))
        for index, result in enumerate(judged)
        if isinstance(result, Failed)
        for problem in result.error.problems
    ]
    results = [
        _result(index, result) if isinstance(result, Failed) else {"row": index, "status": NOT_DONE}
        for index, result in enumerate(judged)
    ]
    if not problems:  # the rows are refused only together
        raise error
    return Reply(problem_json(Invalid(problems)) | {"results": results}, 422, media="application/problem+json")


def _commands(call: Call, rows: Any) -> list[Command]:
    if not isinstance(rows, list) or not rows:
        raise BadRequest(_("items is a list with at least one row."), "items", "type")
    if len(rows) > MOST_ROWS:
        raise BadRequest(_("At most {n} rows in one request.").with_(n=MOST_ROWS), "items", "too-many")
    once = idempotency_key(call)
    return [_command(call, index, row, once) for index, row in enumerate(rows)]


def _command(call: Call, index: int, data: Any, once: str) -> Command:
    place = f"items.{index}."
    row = as_object(data, place.rstrip("."))
    only_keys(row, ROW_KEYS, place)
    verb = _verb(row, place)
    record, version, key = row.get("id"), row.get("version"), row.get("key", "")
    for name, number in (("id", record), ("version", version)):
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**53):
            raise BadRequest(_("{name} is a positive whole number.").with_(name=name), place + name, "type")
    if (record is None) != (verb == "create"):
        text = _("A new record has no id.") if verb == "create" else _("Say which record: id.")
        raise BadRequest(text, place + "id", "id")
    if not isinstance(key, str) or len(key) > MOST_KEY:
        raise BadRequest(_("key is a text of at most {n} characters.").with_(n=MOST_KEY), place + "key", "type")
    values = as_object(row.get("values", {}), place + "values")
    key = key or (f"{once}#{index}" if once else "")
    values = dict(values) if verb == "create" else without_masks(values)
    external = external_given(values, place)
    return Command(verb, call.object.key, record, values, expect=version, external=external, key=key)


def _verb(row: dict[str, Any], place: str) -> Verb:
    said, method = row.get("verb"), row.get("method")
    if (said is None) == (method is None):
        raise BadRequest(_("Each row has either a verb or a method."), place + "verb", "verb")
    if said is not None and said in VERBS:
        return cast(Verb, said)
    if isinstance(method, str) and method.upper() in METHODS:
        return METHODS[method.upper()]
    text = _("verb is one of {verbs}; method one of {methods}.").with_(
        verbs=", ".join(VERBS), methods=", ".join(METHODS)
    )
    raise BadRequest(text, place + ("verb" if method is None else "method"), "verb")


def _result(index: int, result: Done | Failed) -> dict[str, Any]:
    if isinstance(result, Failed):
        return {"row": index, "status": result.error.status, "error": problem_json(result.error)}
    status = 201 if result.verb == "create" else 200
    shape: dict[str, Any] = {"row": index, "status": status, "id": result.id, "version": result.version}
    if result.warnings:
        shape["_warnings"] = warnings_json(result.warnings)
    return shape


RESULT = named(
    "BatchResult",
    shaped(
        {
            "row": COUNT,
            "status": WHOLE,
            "id": ID,
            "version": WHOLE,
            "error": PROBLEM,
            "_warnings": listed(PROBLEM_FIELD),
        },
        ["row", "status"],
    ),
)
BATCH = named(
    "Batch",
    shaped({"operation": nullable(WHOLE), "written": COUNT, "refused": COUNT, "results": listed(RESULT)}),
)
OPERATIONS = (
    Operation(
        "batch", "POST", "{plural}/batch", _("Write many: {objects}"), write_batch, headers=(ONCE,),
        body=of_object(".batch"), answer=BATCH,
        refusals=(400, 401, 403, 404, 409, 413, 415, 422),
    ),
)  # fmt: skip
