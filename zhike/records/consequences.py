"""What a write entails on other records: carried out after it, in the system's name, as part of the same operation."""

from __future__ import annotations

from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import NotFound
from zhike.records.actions import Doors
from zhike.records.acts import Act
from zhike.records.outbox import Event
from zhike.records.read import read_one
from zhike.schema.registry import registry
from zhike.store.database import write_transaction
from zhike.store.ids import steady

DEEPEST = 5
"""So many consequences of consequences; then whoever declared them made a circle."""


def carry_on(event: Event) -> int:
    """Carry out what a written event entails; returns how many declared consequences applied to it. Undoing the
    operation takes them back too."""
    due = [run for field, run in registry.consequences(event.object) if field in event.fields]
    if not due or event.verb != "update" or event.depth >= DEEPEST:
        return 0
    with write_transaction(), steady():
        try:
            record = read_one(SYSTEM, event.object, event.record)
        except NotFound:
            return 0
        if record.trashed or record.id != event.record:
            return 0
        act = Act(SYSTEM, trusted=True, depth=event.depth + 1, resumes=event.operation)
        for run in due:
            run(Doors(act), record)
    return len(due)
