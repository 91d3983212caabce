"""Reading and writing records of one object, one at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.examples import input_example
from zhike.api.operation import Call, Operation, Param, Reply
from zhike.api.schemas import of_object
from zhike.api.shape import record_json, warnings_json, without_masks
from zhike.api.version import etag, expected_version, stale
from zhike.kernel.changes import Command, Done
from zhike.kernel.errors import BadQuery, Forbidden, NotFound, Stale
from zhike.kernel.words import _
from zhike.query.tree import Compare, Node, Path
from zhike.records.as_of import instant_in, read_as_of, read_one_as_of
from zhike.records.externals import EXTERNAL, external_ids
from zhike.records.linking import by_external
from zhike.records.privacy.reading import listed, opened
from zhike.records.read import Query, read, read_one
from zhike.records.write import write

MOST_KEY = 128
MOST_SOURCE, MOST_EXTERNAL = 60, 200
WHERE = Param("where", _("A filter, such as stage.outcome = open and amount > 10000."), most=8000)
SORT = Param("sort", _("Fields to sort by, separated by commas; a minus sign means descending."), most=400)
COLUMNS = Param("columns", _("Fields to show, separated by commas; without it the object's own columns."), "list")
SIZE = Param("size", _("How many records at once."), "whole", least=1, most=200, default=50)
AFTER = Param("after", _("Where to go on: “next” of the page before."), most=2000)
ARCHIVED = Param(
    "archived", _("Whether archived records are shown."), "choice", choices=("no", "only", "all"), default="no"
)
AS_OF = Param(
    "as_of",
    _("As it was then: 2026-03-01 (the end of that day) or 2026-03-01T10:00. Rights are those of today."),
    most=40,
    example="2026-03-01",
)
TRASHED = Param("trashed", _("Show what lies in the trash."), "flag", default=False)
KNOWN_AS = Param("external", _("The record's id in another system, such as erp:7."), most=300, example="erp:7")
IF_MATCH = Param("If-Match", _("The version you read, quoted; * for whatever is newest."), required=True, example='"1"')
ONCE = Param("Idempotency-Key", _("A key of your own: a repeated request answers the first result."), most=MOST_KEY)


def list_records(call: Call) -> Reply:
    """One page of records that match, with the place where the next page starts."""
    asked = call.params
    query = Query(
        call.object.key,
        where=asked["where"] or "",
        sort=asked["sort"] or "",
        columns=asked["columns"],
        size=asked["size"],
        after=asked["after"] or "",
        archived=asked["archived"],
        trashed=asked["trashed"],
        node=_known_as(call, asked["external"]) if asked["external"] else None,
    )
    if asked["as_of"]:
        if asked["trashed"] or asked["external"]:
            raise BadRequest(_("as_of does not go together with trashed and external."), "as_of", "parameter")
        page = read_as_of(call.actor, query, instant_of(call))
    else:
        page = read(call.actor, query)
    listed(call.actor, page.spec, page.rows)
    items = [record_json(row, page.spec) for row in page.rows]
    return Reply({"items": items, "next": page.next or None, "count": page.count, "capped": page.capped})


def instant_of(call: Call) -> datetime:
    """The instant of ``as_of``, in the caller's time zone. Raises BadRequest."""
    try:
        return instant_in(call.params["as_of"], call.actor.timezone)
    except BadQuery as error:
        raise BadRequest(error.problems[0].text if error.problems else error.title, "as_of", "parameter") from None


def _known_as(call: Call, external: str) -> Node:
    """The record known elsewhere as ``source:id``."""
    found = by_external(call.object, external, call.actor)
    return Compare(Path((call.object,), (), call.object["id"]), "in", tuple(found))


def create_record(call: Call) -> Reply:
    """Create a record; with ``Idempotency-Key`` a repetition answers the record made the first time."""
    values = dict(call.json_object())
    external = external_given(values)
    command = Command("create", call.object.key, values=values, external=external, key=idempotency_key(call))
    done = write(call.actor, command)
    headers = {"Location": f"/api/v1/{call.object.plural}/{done.id}"}
    return _written(call, done, 201, headers)


def show_record(call: Call) -> Reply:
    """One record with every field the caller may read; one in the trash only when asked for there."""
    if call.params["as_of"]:
        past = read_one_as_of(call.actor, call.object.key, call.record, instant_of(call))
        return Reply(record_json(past, call.object))
    record = read_one(call.actor, call.object.key, call.record)
    if record.trashed and not call.params["trashed"]:
        raise NotFound()
    opened(call.actor, call.object, record)
    headers = {"ETag": etag(record.version)}
    if record.id != call.record:  # it was merged into another
        headers["Content-Location"] = f"/api/v1/{call.object.plural}/{record.id}"
    external = external_ids(call.object, record.id)
    return Reply(record_json(record, call.object) | ({EXTERNAL: external} if external else {}), headers=headers)


def change_record(call: Call) -> Reply:
    """Change the fields sent, if nobody changed the record since the version in ``If-Match``."""
    expect = expected_version(call)
    values = without_masks(call.json_object())
    external = external_given(values)
    once = idempotency_key(call)
    command = Command("update", call.object.key, call.record, values, expect=expect, external=external, key=once)
    return _written(call, _guarded(call, command), 200, {})


def remove_record(call: Call) -> Reply:
    """Put a record into the trash, from where it can be restored."""
    _guarded(call, Command("trash", call.object.key, call.record, expect=expected_version(call)))
    return Reply(status=204)


def external_given(values: dict[str, Any], place: str = "") -> tuple[tuple[str, str], ...]:
    """The ids in other systems among the values, taken out of them: ``"_external": {"erp": "7"}``. Raises BadRequest."""
    given = values.pop(EXTERNAL, None)
    if given is None:
        return ()
    if not isinstance(given, dict) or not all(
        isinstance(one, str) and 0 < len(one) <= most and one.isprintable()
        for pair in given.items()
        for one, most in zip(pair, (MOST_SOURCE, MOST_EXTERNAL), strict=True)
    ):
        text = _("{name} gives a short text by the name of each other system, such as {example}.")
        raise BadRequest(text.with_(name=EXTERNAL, example='{"erp": "7"}'), place + EXTERNAL, "type")
    return tuple(given.items())


def idempotency_key(call: Call) -> str:
    """The ``Idempotency-Key`` header. Raises BadRequest when it is too long."""
    key = call.header("Idempotency-Key")
    if len(key) > MOST_KEY:
        text = _("Idempotency-Key has at most {n} characters.").with_(n=MOST_KEY)
        raise BadRequest(text, "Idempotency-Key", "header")
    return key


def _guarded(call: Call, command: Command) -> Done:
    try:
        return write(call.actor, command)
    except Stale as error:
        raise stale(read_one(call.actor, call.object.key, call.record).version) from error


def _written(call: Call, done: Done, status: int, headers: dict[str, str]) -> Reply:
    shape: dict[str, Any]
    try:
        record = read_one(call.actor, call.object.key, done.id)
        version, shape = record.version, record_json(record, call.object)
    except (NotFound, Forbidden):  # created for somebody else: it is written, and not theirs to read
        version, shape = done.version, {"id": done.id, "version": done.version, "object": done.object, "title": ""}
    if done.warnings:
        shape["_warnings"] = warnings_json(done.warnings)
    return Reply(shape, status, {**headers, "ETag": etag(version)})


_READ = (400, 401, 403, 404)
_SEND = (*_READ, 413, 415, 422)
OPERATIONS = (
    Operation(
        "list", "GET", "{plural}", _("List {objects}"), list_records,
        params=(WHERE, SORT, COLUMNS, SIZE, AFTER, ARCHIVED, TRASHED, KNOWN_AS, AS_OF), answer=of_object(".page"), refusals=_READ,
    ),
    Operation(
        "create", "POST", "{plural}", _("Create: {object}"), create_record, headers=(ONCE,),
        body=of_object(".new"), example=input_example, answer=of_object(), status=201, versioned=True,
        refusals=(*_SEND, 409),
    ),
    Operation(
        "show", "GET", "{plural}/{id}", _("Show: {object}"), show_record, params=(TRASHED, AS_OF),
        answer=of_object(), versioned=True, refusals=_READ,
    ),
    Operation(
        "change", "PATCH", "{plural}/{id}", _("Change: {object}"), change_record, headers=(IF_MATCH, ONCE),
        body=of_object(".change"), answer=of_object(), versioned=True,
        refusals=(*_SEND, 409, 412, 428),
    ),
    Operation(
        "remove", "DELETE", "{plural}/{id}", _("Move to the trash: {object}"), remove_record, headers=(IF_MATCH,),
        status=204, refusals=(*_READ, 409, 412, 422, 428),
    ),
)  # fmt: skip
