"""Reminders: the moments at which owners are told of what they have to do."""

from __future__ import annotations

from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.query.tree import Compare, Path
from zhike.records.notices.notices import notify
from zhike.records.notices.reminders import Reminder, due_reminders, forget
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

PORTION = 200


def remind() -> None:
    """Tell of everything whose moment has come; what is done, in the trash or without an owner meanwhile is passed over."""
    while True:
        due = due_reminders(now(), PORTION)
        for key in sorted({one.object for one in due}):
            _tell(registry.find(key), [one for one in due if one.object == key])
        forget(due)
        if len(due) < PORTION:
            return


def _tell(spec: ObjectSpec | None, due: list[Reminder]) -> None:
    if spec is None:
        return
    node = Compare(Path((spec,), (), spec["id"]), "in", tuple(one.record for one in due))
    where = f"{spec.doing.key} = open" if spec.doing else ""
    columns = tuple(key for key in (spec.title, spec.due, "owner") if key)
    page = read(SYSTEM, Query(spec.key, where, columns=columns, size=len(due), count=False, node=node))
    held = {record.id: record for record in page.rows}
    for one in due:
        record = held.get(one.record)
        if record is not None and record["owner"] is not None:
            _notify(spec, record, one)


def _notify(spec: ObjectSpec, record: Record, one: Reminder) -> None:
    day = record[spec.due] if spec.due else None
    text = _("Reminder: {title}, due {day}").with_(day=day.isoformat()) if day else _("Reminder: {title}")
    notify([record["owner"].id], "due", text, spec.key, record.id, once=f"reminder:{record.id}:{one.at:%Y%m%d%H%M}")
