"""Handovers: what one would do, before it does. Making, doing and confirming them are records and actions as everywhere."""

from __future__ import annotations

from zhike.api.operation import Call, Operation, Reply
from zhike.kernel.words import _
from zhike.records.handing.doing import preview
from zhike.records.handing.splitting import Split, lines_of


def show_preview(call: Call) -> Reply:
    """Who would get how many of what, what stays under the leaver’s name, and what is in the way. Nothing is written."""
    return Reply(preview_json(preview(call.actor, call.record)))


def preview_json(found: Split) -> dict[str, object]:
    """A split as JSON."""
    return {
        "ready": found.ready,
        "records": found.total,
        "shares": list(lines_of(found)),
        "stays": {one.spec.key: one.stays for one in found.held if one.stays},
        "closed": {f"{one.spec.key}.{one.field.key}": one.closed for one in found.held if one.closed},
        "hitches": [{"object": one.object, "text": str(one.text)} for one in found.hitches],
    }


OPERATIONS = (
    Operation("preview_handover", "GET", "handovers/{id}/preview", _("What a handover would do"), show_preview,
              refusals=(400, 401, 403, 404, 422)),
)  # fmt: skip
