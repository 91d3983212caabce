"""Next steps of a handover: what the leaver wrote stays theirs, so what it says to do next becomes a task of the successor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zhike.kernel.actor import SYSTEM
from zhike.kernel.changes import Command
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.handing.finding import ACCOUNT, account_link, records_of
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.records.write import write_many
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec, OnCalendar

TASK = "task"
BACK_TO = 30  # days: a next step that is later than this was forgotten before


def hand_next_steps(package: Act, handover: Record) -> int:
    """Make the tasks, one for each next step that no open task stands for already; answers how many."""
    if registry.find(TASK) is None:
        return 0
    leaver = handover["leaver"].id
    new_owners: dict[int, Any] = {}
    commands: list[Command] = []
    for spec, entry in _steps():
        where = f"owner = {leaver} and {entry.field} >= today - {BACK_TO} days"
        for one in records_of(spec, where, tuple(field.key for field in spec.fields if not field.system)):
            owner = _owner_of(spec, one, new_owners) or handover["rest"]
            parent = one.values.get("parent")
            if owner is None or owner.id == leaver or parent is None:
                continue
            day = one[entry.field]
            asked = f"parent = {parent.object}:{parent.id} and status = open and due_on = {day.isoformat()}"
            if read(SYSTEM, Query(TASK, asked, columns=("status",), size=1, count=False)).rows:
                continue
            said = next((text for key in entry.under if (text := one.values.get(key))), None)
            clock = spec.clock_of(entry.field)
            facts = {
                "subject": str(said or _("Follow up with {name}").with_(name=parent.title))[:200], "due_on": day,
                "due_time": one.values.get(clock.key) if clock else None, "kind": "follow_up", "parent": parent,
                "owner": owner, "remind": "due",
            }  # fmt: skip
            commands.append(Command("create", TASK, values=facts))
    write_many(SYSTEM, commands, on_error="skip", act=package.as_system())
    return len(commands)


def _steps() -> Iterator[tuple[ObjectSpec, OnCalendar]]:
    """Objects whose records stay with their author and say what comes next."""
    for spec in registry:
        if spec.handed_where is None:
            yield from ((spec, one) for one in spec.calendar if one.yields)


def _owner_of(spec: ObjectSpec, record: Record, known: dict[int, Any]) -> Any:
    link = account_link(spec)
    account = record.values.get(link.key) if link else None
    if account is None:
        return None
    if account.id not in known:
        asked = Query(ACCOUNT, f"id = {account.id}", columns=("owner",), size=1, archived="all", count=False)
        known[account.id] = next((one["owner"] for one in read(SYSTEM, asked).rows), None)
    return known[account.id]
