"""Importing through the API: a file is sent, its columns are given a meaning, it is tried, and it comes in as a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.files import body_pieces
from zhike.api.jobs import JOB, job_json
from zhike.api.json_schema import ANY, BYTES, COUNT, FLAG, ID, TEXT, WHOLE, Schema, listed, named, nullable, shaped
from zhike.api.operation import Call, Operation, Param, Reply, only_keys
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.importing.decisions import decide, keys, look, mean
from zhike.records.importing.job import begin
from zhike.records.importing.uploads import LARGEST, Upload, deciding, drop, held_rows, keep_upload, save, upload
from zhike.records.jobs.views import find
from zhike.records.tabular.tables import TableError

READING = ("encoding", "separator", "sheet")
CHOICES = {"mode": ("upsert", "skip", "new"), "dates": ("ymd", "mdy", "dmy"), "blank": ("keep", "clear")}
DECIDED = (*READING, *CHOICES, "key", "historic", "owner", "columns", "values")
FILE = "{plural}/imports/{id}"
PAGE = 100


def take_in(call: Call) -> Reply:
    """Keep the body (CSV, TSV or a workbook) and propose what its columns mean; nothing is written yet."""
    held = keep_upload(call.actor, call.object.key, call.params["name"], body_pieces(call.request, LARGEST))
    try:
        look(call.actor, call.object, held)
    except TableError:
        drop(held)
        raise
    return Reply(_json(call, held), 201, {"Location": f"/api/v1/{call.object.plural}/imports/{held.id}"})


def show(call: Call) -> Reply:
    """The file as it was read, what its columns mean, what the dry run and the import came to."""
    return Reply(_json(call, _held(call)))


def change(call: Call) -> Reply:
    """Take decisions: ``columns`` (heading → field, "" leaves it out), ``values`` (field → {as written: meant}), ``key``,
    ``mode``, ``dates``, ``blank``, ``historic``, ``owner``, and how the file is read: ``encoding``, ``separator``, ``sheet``."""
    given = call.json_object()
    only_keys(given, DECIDED)
    _check(given)
    with deciding(call.actor, call.object, call.record) as held:
        wanted = {name: given[name] for name in READING if name in given}
        if wanted:
            held.body.update(wanted)
            look(call.actor, call.object, held)
        _columns_exist(given.get("columns", {}), held)
        unknown = decide(call.actor, call.object, held, given)
        if unknown:
            text = _("{object} has no such field for you to fill.").with_(object=call.object.label)
            raise Invalid(*(Problem(text, f"columns.{heading}", "unknown") for heading in unknown))
        if given.get("key") and held.body["key"] != given["key"]:
            raise BadRequest(
                _("Rows cannot be met by this; possible: {names}.").with_(names=", ".join(_keys(call, held))), "key"
            )
        for field, pairs in given.get("values", {}).items():
            for raw, meant in pairs.items():
                mean(call.object, held, field, raw, meant)
        save(held)
    return Reply(_json(call, held))


def _check(given: Mapping[str, Any]) -> None:
    """Refuse what has the wrong shape, by its name."""
    for name, allowed in CHOICES.items():
        if name in given and given[name] not in allowed:
            raise BadRequest(_("Possible: {names}.").with_(names=", ".join(allowed)), name, "choice")
    for name in (*READING, "key"):
        if name in given and not isinstance(given[name], str):
            raise BadRequest(_("This is a text."), name, "type")
    if "historic" in given and not isinstance(given["historic"], bool):
        raise BadRequest(_("This is true or false."), "historic", "type")
    owner = given.get("owner")
    if owner is not None and (not isinstance(owner, int) or isinstance(owner, bool)):
        raise BadRequest(_("This is the id of a person, or null."), "owner", "type")
    for name, pairs in (("columns", given.get("columns", {})), ("values", given.get("values", {}))):
        if not isinstance(pairs, dict):
            raise BadRequest(_("This is an object of texts."), name, "type")
    for name, pairs in (("columns", given.get("columns", {})), *given.get("values", {}).items()):
        if not isinstance(pairs, dict) or not all(isinstance(one, str) for one in pairs.values()):
            raise BadRequest(_("This is an object of texts."), name[:60], "type")


def _columns_exist(columns: Mapping[str, str], held: Upload) -> None:
    for heading in columns:
        if heading not in held.body["look"]["headings"]:
            raise BadRequest(
                _("The file has no column “{name}”.").with_(name=heading[:60]), f"columns.{heading[:60]}", "unknown"
            )


def refused(call: Call) -> Reply:
    """Rows the dry run or the import refused, each with its cells and the reasons; ``next`` is the following ``after``."""
    found = held_rows(_held(call), "refused", call.params["after"], PAGE)
    lines = [
        {
            "row": one.row,
            "sheet": one.sheet,
            "cells": {heading: None if cell is None else str(cell) for heading, cell in one.cells.items()},
            "reasons": [{"column": column, "value": value, "message": text} for column, value, text in one.reasons],
        }
        for one in found
    ]
    return Reply({"rows": lines, "next": found[-1].row if len(found) == PAGE else None})


def check(call: Call) -> Reply:
    """Try every row and write nothing, as a job."""
    return _begin(call, "import-check", "check")


def bring_in(call: Call) -> Reply:
    """Write the good rows, as a job; its ``operation`` can be undone."""
    return _begin(call, "import", "done")


def _begin(call: Call, kind: str, step: str) -> Reply:
    held = _held(call)
    where = f"/{call.object.plural}/import/{held.id}/{step}"
    return Reply(job_json(find(call.actor, begin(call.actor, call.object, held, kind, where))), 202)


def throw_away(call: Call) -> Reply:
    """Throw the file and what was decided about it away; records that came in stay."""
    drop(_held(call))
    return Reply(status=204)


def _held(call: Call) -> Upload:
    held = upload(call.actor, call.object, call.record)
    if "look" not in held.body:
        raise Invalid(Problem(_("This import is no longer there. Begin anew with the file."), code="gone"))
    return held


def _keys(call: Call, held: Upload) -> list[str]:
    return keys(call.object, set(held.body["columns"].values()))


def _json(call: Call, held: Upload) -> dict[str, Any]:
    body = held.body
    seen = body["look"]
    return {
        "id": held.id,
        "name": held.name,
        "size": held.size,
        **{name: seen[name] for name in ("encoding", "separator", "sheet", "sheets", "headings", "count", "notes")},
        **{name: body[name] for name in ("columns", "values", "mode", "dates", "blank", "historic")},
        "key": body["key"],
        "keys": _keys(call, held),
        "owner": body.get("owner"),
        "checked": body.get("checked"),
        "done": body.get("done"),
        "job": held.job,
    }


NAME = Param("name", _("The file’s name."), required=True, most=255, example="customers.xlsx")
AFTER = Param("after", _("Only rows behind this one."), "whole", least=0, most=2**31, default=0)
IMPORT = named(
    "Import",
    shaped(
        {
            "id": ID,
            "name": TEXT,
            "size": COUNT,
            **dict.fromkeys((*READING, *CHOICES, "key"), nullable(TEXT)),
            **dict.fromkeys(("sheets", "headings", "notes", "keys"), listed(TEXT)),
            "count": COUNT,
            "columns": ANY,
            "values": ANY,
            "historic": FLAG,
            "owner": nullable(ID),
            **dict.fromkeys(("checked", "done"), nullable(ANY)),
            "job": nullable(ID),
        }
    ),
)
TEXTS: Schema = ANY | {"additionalProperties": TEXT}
DECISIONS = named(
    "ImportChange",
    shaped(
        {
            **dict.fromkeys((*READING, "key"), TEXT),
            **{name: {"enum": list(allowed)} for name, allowed in CHOICES.items()},
            "historic": FLAG,
            "owner": nullable(WHOLE),
            "columns": TEXTS,
            "values": ANY | {"additionalProperties": TEXTS},
        },
        [],
    ),
)
REFUSED_ROW = shaped(
    {
        "row": COUNT,
        "sheet": nullable(TEXT),
        "cells": ANY | {"additionalProperties": nullable(TEXT)},
        "reasons": listed(shaped({"column": nullable(TEXT), "value": nullable(TEXT), "message": TEXT})),
    }
)
REFUSED_ROWS = named("ImportRows", shaped({"rows": listed(REFUSED_ROW), "next": nullable(COUNT)}))
_SEEN = (400, 401, 403, 404, 422)
_SENT = (*_SEEN, 413, 415)
OPERATIONS = (
    Operation(
        "take_import", "POST", "{plural}/imports", _("Send a table of {objects}"), take_in, params=(NAME,), body=BYTES,
        answer=IMPORT, status=201, refusals=_SENT,
    ),
    Operation("show_import", "GET", FILE, _("Show an import of {objects}"), show, answer=IMPORT, refusals=_SEEN),
    Operation(
        "change_import", "PATCH", FILE, _("Decide about an import of {objects}"), change, body=DECISIONS, answer=IMPORT,
        refusals=_SENT,
    ),
    Operation("drop_import", "DELETE", FILE, _("Throw an import of {objects} away"), throw_away, status=204, refusals=_SEEN),
    Operation(
        "import_rows", "GET", FILE + "/refused", _("Refused rows of an import of {objects}"), refused, params=(AFTER,),
        answer=REFUSED_ROWS, refusals=_SEEN,
    ),
    Operation(
        "check_import", "POST", FILE + "/check", _("Try an import of {objects}"), check, answer=JOB, status=202,
        refusals=_SENT,
    ),
    Operation(
        "run_import", "POST", FILE + "/run", _("Bring {objects} in"), bring_in, answer=JOB, status=202, refusals=_SENT,
    ),
)  # fmt: skip
