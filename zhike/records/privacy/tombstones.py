"""After a restore: what was erased is erased again."""

from __future__ import annotations

from zhike.kernel.actor import SYSTEM
from zhike.records.privacy.erasing import erase_records
from zhike.records.privacy.stones import Tombstone, tombstones
from zhike.schema.registry import registry


def reapply() -> int:
    """Erase again what a restored backup brought back; returns how many records. Safe to call at any time."""
    registry.refresh()
    newest: dict[tuple[str, int], Tombstone] = {(one.object, one.id): one for one in tombstones()}
    by_mode: dict[str, list[tuple[str, int]]] = {}
    for one in newest.values():
        if registry.find(one.object) is not None:
            by_mode.setdefault(one.mode, []).append((one.object, one.id))
    return sum(erase_records(SYSTEM, places, mode, again=True).erased for mode, places in by_mode.items())
