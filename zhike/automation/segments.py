"""Keeps segments right after records were written."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.records.outbox import Event
from zhike.records.segments.keeping import settle, written
from zhike.records.segments.kept import SEGMENT


def keep_segments(events: Sequence[Event]) -> None:
    """Members of every segment that these events may have moved, each affected record once; new and changed segments."""
    by_object: dict[str, dict[frozenset[str] | None, list[int]]] = {}
    for event in events:
        changed = frozenset(event.fields) if event.verb == "update" else None
        by_object.setdefault(event.object, {}).setdefault(changed, []).append(event.record)
    settle(one for records in by_object.get(SEGMENT, {}).values() for one in records)
    for object_key, changes in by_object.items():
        written(object_key, changes)
