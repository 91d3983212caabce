"""Taking a list out as a file: it is written by a job, and fetched from it for one day."""

from __future__ import annotations

from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.jobs import JOB, job_json
from zhike.api.json_schema import BYTES, FLAG, TEXT, listed, named, shaped
from zhike.api.operation import Call, Operation, Reply, only_keys
from zhike.kernel.downloads import disposition
from zhike.kernel.words import _
from zhike.records.export_job import FORMS, begin_export, open_kept
from zhike.records.jobs.views import find

TEXTS = {"where": 8000, "sort": 400}
CHOICES = {"form": FORMS, "archived": ("no", "only", "all")}


def begin(call: Call) -> Reply:
    """Write everything that matches ``where`` with these ``columns`` in the order of ``sort`` to a CSV file or a workbook
    (``form``), as a job. ``keys``: choices by their keys, not by their names."""
    asked = call.json_object(optional=True)
    only_keys(asked, (*TEXTS, *CHOICES, "columns", "keys"))
    job = begin_export(
        call.actor,
        call.object.key,
        _choice(asked, "form"),
        where=_text(asked, "where"),
        columns=_columns(asked),
        sort=_text(asked, "sort"),
        labels=not _flag(asked, "keys"),
        archived=_choice(asked, "archived"),
    )
    return Reply(job_json(find(call.actor, job)), 202)


def fetch(call: Call) -> Reply:
    """The file an export of one’s own made, for one day."""
    kept, pieces = open_kept(call.actor, call.record)
    headers = {
        "Content-Disposition": disposition(kept.name),
        "Content-Length": str(kept.size),
    }
    return Reply(stream=pieces, media="application/octet-stream", headers=headers)


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str) or len(value) > TEXTS[name]:
        raise BadRequest(_("This is a text."), name, "type")
    return value


def _choice(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name, CHOICES[name][0])
    if value not in CHOICES[name]:
        raise BadRequest(_("Possible: {names}.").with_(names=", ".join(CHOICES[name])), name, "choice")
    return str(value)


def _flag(asked: dict[str, Any], name: str) -> bool:
    value = asked.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(_("This is true or false."), name, "type")
    return value


def _columns(asked: dict[str, Any]) -> tuple[str, ...]:
    value = asked.get("columns", [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadRequest(_("This is a list of field names."), "columns", "type")
    return tuple(value)


WANTED = named(
    "Export",
    shaped(
        {
            **dict.fromkeys(TEXTS, TEXT),
            **{name: {"enum": list(allowed)} for name, allowed in CHOICES.items()},
            "columns": listed(TEXT),
            "keys": FLAG,
        },
        [],
    ),
)
OPERATIONS = (
    Operation(
        "export", "POST", "{plural}/export", _("Export {objects}"), begin, body=WANTED, bare=True, answer=JOB, status=202,
        refusals=(400, 401, 403, 404, 413, 415, 422),
    ),
    Operation(
        "export_file", "GET", "jobs/{id}/file", _("Fetch an exported file"), fetch, answer=BYTES, refusals=(400, 401, 403, 404),
    ),
)  # fmt: skip
