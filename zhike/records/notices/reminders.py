"""Moments to come at which somebody is reminded of a record: a small table that holds only what lies ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zhike.records.draft import Draft
from zhike.schema.spec import ObjectSpec
from zhike.store.database import from_db, insert_many, rows, run_many, to_db, write_transaction


@dataclass(frozen=True, slots=True)
class Reminder:
    """When to remind of which record."""

    object: str
    record: int
    at: datetime


def keep_reminders(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Part of a write: the moment of every draft that moved. A moment that has passed already reminds nobody."""
    moved = [draft for draft in drafts if spec.reminds and draft.changed(spec.reminds)]
    if not moved:
        return
    run_many('DELETE FROM "store_reminder" WHERE "record" = %s', [(draft.id,) for draft in moved if not draft.created])
    ahead = [draft for draft in moved if (at := draft.values[spec.reminds]) is not None and at > draft.now]
    insert_many(
        "store_reminder",
        ("record", "object", "at"),
        [(draft.id, spec.key, to_db(draft.values[spec.reminds])) for draft in ahead],
    )


def due_reminders(until: datetime, size: int) -> list[Reminder]:
    """The earliest moments that have come."""
    found = rows(
        f'SELECT "object", "record", "at" FROM "store_reminder" WHERE "at" <= %s ORDER BY "at" LIMIT {int(size)}',
        (to_db(until),),
    )
    return [Reminder(object_key, record, from_db(at, "instant")) for object_key, record, at in found]


def forget(reminders: Sequence[Reminder]) -> None:
    """These were told; one that was moved meanwhile stays."""
    with write_transaction():
        run_many(
            'DELETE FROM "store_reminder" WHERE "record" = %s AND "at" = %s',
            [(one.record, to_db(one.at)) for one in reminders],
        )
