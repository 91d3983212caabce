"""Actions every object has: hand over, archive and back, trash and back, merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import Words, _
from zhike.records.assigning.assigning import assign_now, reason
from zhike.records.merging.merge import merge_records
from zhike.records.sharing import share, take_back
from zhike.schema.declare import action, asks
from zhike.schema.registry import registry
from zhike.schema.spec import Option


@action(
    "*", "transfer", _("Hand over"), icon="user-round-check", right="transfer",
    inputs=(asks("owner", _("New owner"), "link", to="user", required=True),),
)  # fmt: skip
def transfer(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Give the record to another owner."""
    doors.update(record.object, record.id, {"owner": values["owner"]})
    return _("Handed over")


@action(
    "*",
    "assign",
    _("Assign by the rules"),
    icon="shuffle",
    right="transfer",
    related="follow_ups",
    help=_("Give it to whom the rules of assignment say, whoever has it now."),
)
def assign(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Give the record to whom the rules of assignment say, whoever has it now."""
    rule = assign_now(doors.act, registry.object(record.object), record)
    if rule is None:
        text = _("No rule of assignment takes “{title}”, or nobody of it is free.")
        raise Invalid(Problem(text.with_(title=record.title), code="no-rule"))
    return reason(rule)


def _state(doors: Any, record: Any, verb: Any) -> None:
    doors.many([Command(verb, record.object, record.id)])


SHARE_RIGHTS = (Option("read", _("Read")), Option("edit", _("Edit")))


@action(
    "*", "share", _("Share"), icon="users", right="edit", related="follow_ups",
    inputs=(
        asks("person", _("With"), "link", to="user"),
        asks("department", _("Department"), "link", to="department"),
        asks("right", _("To"), "choice", options=SHARE_RIGHTS, default="read", required=True),
        asks("until", _("Until"), "date"),
    ),
)  # fmt: skip
def share_record(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Let somebody else, or a whole department, see or edit the record, perhaps only until a day."""
    with_ = [one for one in (values.get("person"), values.get("department")) if one is not None]
    share(doors.act, record.object, record.id, with_, values["right"], values.get("until"))
    return _("Shared")


@action(
    "*", "team", _("Add to the team"), icon="user-plus", right="edit", related="follow_ups",
    inputs=(
        asks("person", _("Person"), "link", to="user", required=True),
        asks("part", _("Role in the team"), "text", required=True, max=60, hint=_("Such as pre-sales")),
        asks("right", _("To"), "choice", options=SHARE_RIGHTS, default="read", required=True),
        asks("until", _("Until"), "date"),
    ),
)  # fmt: skip
def join_team(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Let somebody work on the record in a role of their own, to see or to edit it, perhaps only until a day."""
    share(doors.act, record.object, record.id, [values["person"]], values["right"], values.get("until"), values["part"])
    return _("Added to the team")


@action(
    "*",
    "unshare",
    _("Stop sharing"),
    icon="user-round-x",
    right="edit",
    related="follow_ups",
    help=_("Take back everything that was shared of this record."),
)
def unshare_record(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Take back everything that was shared of this record."""
    number = take_back(doors.act, record.object, record.id)
    return _("{n} shares were taken back").with_(n=number)


@action(
    "*",
    "archive",
    _("Archive"),
    icon="archive",
    when="archived is empty and trashed is empty",
    help=_("Take the record out of the daily lists; it stays findable and can come back any time."),
)
def archive(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Take the record out of the daily lists; it stays findable and can come back any time."""
    _state(doors, record, "archive")
    return _("Archived")


@action(
    "*",
    "unarchive",
    _("Bring back"),
    icon="archive-restore",
    when="archived is not empty and trashed is empty",
    help=_("Put an archived record back into the daily lists."),
)
def unarchive(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Put an archived record back into the daily lists."""
    _state(doors, record, "unarchive")
    return _("Brought back")


@action(
    "*",
    "trash",
    _("Delete"),
    icon="trash-2",
    right="delete",
    when="trashed is empty",
    danger=True,
    help=_("Put the record into the trash; it can be restored."),
)
def trash(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Put the record into the trash; it can be restored."""
    _state(doors, record, "trash")
    return _("Moved to the trash")


@action(
    "*",
    "restore",
    _("Restore"),
    icon="rotate-ccw",
    right="delete",
    when="trashed is not empty",
    help=_("Take the record out of the trash."),
)
def restore(doors: Any, record: Any, values: Mapping[str, Any]) -> Words:
    """Take the record out of the trash."""
    _state(doors, record, "restore")
    return _("Restored")


@action(
    "*", "merge", _("Merge"), icon="merge", on="records", right="delete", page="merge",
    inputs=(
        asks("keep", _("Record to keep (its number)"), "number", hint=_("Empty: the oldest one")),
        asks(
            "choices", _("Whose value stays, by field"), "long_text", format="json", hidden=True,
            hint=_("A JSON object: field key, and the number of the record whose value stays (a list for fields with many)"),
        ),
    ),
    confirm=_("One record stays; what the others know and whatever belongs to them moves to it. This can be undone."),
)  # fmt: skip
def merge(doors: Any, records: Sequence[Any], values: Mapping[str, Any]) -> Words:
    """Make one record of several: each field from the record chosen for it, empty ones filled, everything linked moves along."""
    keep = int(values["keep"]) if values.get("keep") is not None else min(record.id for record in records)
    return merge_records(doors, records, keep, values.get("choices") or {})
