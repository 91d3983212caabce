"""Several questions answered from one state of people, declarations and settings."""

from __future__ import annotations

from contextlib import AbstractContextManager

from zhike.store.ids import steady


def one_state() -> AbstractContextManager[None]:
    """Within the block the doors read the state they decide from once, not once a call: for pages of many questions."""
    return steady()
