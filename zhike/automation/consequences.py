"""Carries out what writes entail."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.records.consequences import carry_on
from zhike.records.outbox import Event


def follow(events: Sequence[Event]) -> None:
    """Each event's consequences, in order."""
    for event in events:
        carry_on(event)
