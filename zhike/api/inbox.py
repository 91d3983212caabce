"""What a person should know of and come back to: the inbox, and the marks they put on records."""

from __future__ import annotations

from functools import partial
from typing import Any

from zhike.api.errors import BadRequest
from zhike.api.json_schema import ANY, COUNT, FLAG, ID, INSTANT, TEXT, listed, named, nullable, shaped
from zhike.api.operation import Call, Operation, Param, Reply, only_keys
from zhike.api.shape import instant_json
from zhike.kernel.words import _
from zhike.records.marks import CHOSEN, FAVOURITE, FOLLOW, SEEN, mark, marked, unmark
from zhike.records.notices.notices import KINDS, Notice, inbox, mark_all_read, mark_read, unread_count

MOST_AT_ONCE = 200


def show_inbox(call: Call) -> Reply:
    """Notices, newest first; ``next`` is the ``after`` of the following page, null on the last one."""
    unread = call.params["unread"]
    found, following = inbox(call.actor, unread_only=unread, kind=call.params["kind"] or "", after=call.params["after"])
    return Reply(
        {"notices": [_json(one) for one in found], "unread": unread_count(call.actor), "next": following or None}
    )


def change_inbox(call: Call) -> Reply:
    """Mark notices as read or unread: ``{"ids": [7, 8], "read": true}``; ``{"all": true}`` marks every one as read, of one
    ``kind`` where that is given."""
    body = call.json_object()
    only_keys(body, ("ids", "read", "all", "kind"))
    kind, read = body.get("kind", ""), body.get("read", True)
    if kind not in ("", *KINDS):
        raise BadRequest(_("“kind” is one of {kinds}.").with_(kinds=", ".join(KINDS)), "kind", "choice")
    if not isinstance(read, bool):
        raise BadRequest(_("“read” is true or false."), "read", "type")
    if body.get("all") is True and "ids" not in body and read:
        return Reply({"changed": mark_all_read(call.actor, kind)})
    ids = body.get("ids")
    if not isinstance(ids, list) or len(ids) > MOST_AT_ONCE or not all(_is_id(one) for one in ids):
        text = _("Send the ids of at most {n} notices, or “all”: true.")
        raise BadRequest(text.with_(n=MOST_AT_ONCE), "ids", "type")
    return Reply({"changed": mark_read(call.actor, ids, read)})


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53


def _json(one: Notice) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "object": one.object or None,
        "record": one.record or None,
        "title": one.title,
        "text": str(one.text),
        "by": {"id": one.by, "title": one.by_name} if one.by_name else None,
        "at": instant_json(one.at),
        "read": one.read,
    }


def show_marks(call: Call) -> Reply:
    """The caller’s records with one mark, newest mark first; what they can no longer see is left out."""
    found = marked(call.actor, call.params["kind"], call.params["size"])
    return Reply({"records": [{"object": one.object, "id": one.id, "title": one.title} for one in found]})


def put_mark(call: Call, kind: str) -> Reply:
    """Put one’s own mark on a record; twice is once."""
    mark(call.actor, kind, call.object.key, call.record)
    return Reply(status=204)


def take_mark(call: Call, kind: str) -> Reply:
    """Take one’s own mark away, whether or not it was there."""
    unmark(call.actor, kind, call.object.key, call.record)
    return Reply(status=204)


UNREAD = Param("unread", _("Only what is not read yet."), "flag", default=False)
KIND = Param("kind", _("Only notices of this kind."), "choice", choices=tuple(KINDS))
AFTER = Param("after", _("Only notices older than this id."), "whole", least=0, most=2**53 - 1, default=0)
MARK = Param("kind", _("Which mark."), "choice", required=True, choices=(*CHOSEN, SEEN))
SIZE = Param("size", _("How many."), "whole", least=1, most=100, default=20)
NOTICE = shaped(
    {
        "id": ID,
        "kind": TEXT,
        "object": nullable(TEXT),
        "record": nullable(ID),
        "title": TEXT,
        "text": TEXT,
        "by": nullable(shaped({"id": ID, "title": TEXT})),
        "at": INSTANT,
        "read": FLAG,
    }
)
INBOX = named("Inbox", shaped({"notices": listed(NOTICE), "unread": COUNT, "next": nullable(ID)}))
MARKED = named("Marks", shaped({"records": listed(shaped({"object": TEXT, "id": ID, "title": TEXT}))}))
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "inbox", "GET", "inbox", _("Show your notices"), show_inbox, params=(UNREAD, KIND, AFTER), answer=INBOX,
        refusals=(400, 401),
    ),
    Operation(
        "change_inbox", "POST", "inbox", _("Mark notices as read or unread"), change_inbox, body=ANY,
        refusals=(400, 401, 413, 415),
    ),
    Operation(
        "marks", "GET", "marks", _("Show your marked records"), show_marks, params=(MARK, SIZE), answer=MARKED,
        refusals=(400, 401),
    ),
)  # fmt: skip
for _mark, _put, _take in (
    (FAVOURITE, _("Make one of {objects} a favourite"), _("One of {objects} is no favourite any more")),
    (FOLLOW, _("Follow one of {objects}"), _("Follow one of {objects} no longer")),
):
    _where: dict[str, Any] = {"path": "{plural}/{id}/" + _mark, "status": 204, "refusals": (400, 401, 403, 404)}
    OPERATIONS += (
        Operation(f"put_{_mark}", "PUT", summary=_put, run=partial(put_mark, kind=_mark), **_where),
        Operation(f"take_{_mark}", "DELETE", summary=_take, run=partial(take_mark, kind=_mark), **_where),
    )
