"""Keeps the cells of cubes few: what writes noted is folded into them."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.records.cubes import fold
from zhike.records.outbox import Event
from zhike.schema.registry import registry


def keep_cubes(events: Sequence[Event]) -> None:
    """Fold what the writes of these events may have noted."""
    for key in sorted({event.object for event in events}):
        spec = registry.find(key)
        if spec is not None and spec.cube is not None:
            fold(spec)
