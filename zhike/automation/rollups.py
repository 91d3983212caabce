"""Keeps roll-ups right after their source records changed."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.records.derived import computed_everywhere, current_targets, recompute, roll_ups_from
from zhike.records.outbox import Event, targets_of
from zhike.schema.registry import registry


def keep_rollups(events: Sequence[Event]) -> None:
    """Recompute the roll-ups that these events may have moved, each affected record once."""
    by_object: dict[str, list[Event]] = {}
    for event in events:
        by_object.setdefault(event.object, []).append(event)
    for key, some in by_object.items():
        for spec, field in roll_ups_from(key):
            assert field.rollup is not None
            source = registry.object(key)
            link = source[field.rollup.via]
            targets = current_targets(source, link, [event.record for event in some])
            for event in some:
                if event.verb == "update" and link.key in event.fields:
                    targets |= targets_of(event, link.slot or link.key, spec.key)
            recompute(spec, field, targets)
        computed_everywhere(key, {name for event in some if event.verb == "update" for name in event.fields})
