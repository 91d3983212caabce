"""Who can see a record, and why, through the API: computed by the conditions the doors themselves use."""

from __future__ import annotations

from typing import Any

from zhike.access.people import people
from zhike.api.errors import BadRequest
from zhike.api.json_schema import FLAG, ID, TEXT, listed, named, shaped
from zhike.api.operation import Call, Operation, Param, Reply
from zhike.kernel.words import _
from zhike.records.roles.explaining import RIGHTS, Verdict, explain, seers

PERSON = Param(
    "person", _("The login or id of a person; without it everybody who sees the record."), most=120, example="li.na"
)
RIGHT = Param("right", _("What they would do with it."), "choice", choices=RIGHTS, default="read")
FIELD = Param("field", _("Ask about one field of it."), most=60)


def show(call: Call) -> Reply:
    """Who sees the record, what else they may do with it and why; with ``person`` one person, with everything that was
    looked at. Everybody asks about themselves; about others who is responsible for the record, or for rights."""
    asked = call.params["person"]
    if not asked:
        found, more = seers(call.actor, call.object.key, call.record)
        lines = [
            {"person": one.person, "name": people().persons[one.person].name, "rights": list(one.rights), "because": str(one.text)}
            for one in found
        ]  # fmt: skip
        return Reply({"people": lines, "more": more})
    known = people().by_login(asked)
    person = known.id if known else int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 17 else 0
    if person not in people().persons:
        raise BadRequest(_("There is nobody “{name}”.").with_(name=asked[:60]), "person", "unknown")
    return Reply(
        verdict_json(
            explain(call.actor, call.object.key, call.record, person, call.params["right"], call.params["field"] or "")
        )
    )


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """The answer about one person."""
    steps = [{"holds": one.holds, "text": str(one.text)} for one in verdict.steps]
    shape = {"person": verdict.person, "right": verdict.right, "allowed": verdict.allowed}
    return {**shape, "text": str(verdict.text), "steps": steps}


SEEN = named(
    "Access",
    shaped(
        {
            "people": listed(shaped({"person": ID, "name": TEXT, "rights": listed(TEXT), "because": TEXT})),
            "more": FLAG,
            "person": ID,
            "right": TEXT,
            "allowed": FLAG,
            "text": TEXT,
            "steps": listed(shaped({"holds": FLAG, "text": TEXT})),
        },
        [],
    ),
)
OPERATIONS = (
    Operation(
        "access", "GET", "{plural}/{id}/access", _("Who can see this {object}, and why"), show,
        params=(PERSON, RIGHT, FIELD), answer=SEEN, refusals=(400, 401, 403, 404),
    ),
)  # fmt: skip
