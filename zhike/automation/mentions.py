"""Tells people that they were named in something written down."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.records.notices.notices import notify
from zhike.records.outbox import Event
from zhike.records.read import read_one
from zhike.schema.registry import registry
from zhike.schema.values import Ref


def tell_mentioned(events: Sequence[Event]) -> None:
    """Everybody newly named in a record is told once, if they may see what it is about; its author is not."""
    for event in events:
        spec = registry.find(event.object)
        if spec is None or not spec.mentions or event.verb not in ("create", "update"):
            continue
        if spec.mentions not in event.fields:
            continue
        try:
            record = read_one(SYSTEM, spec.key, event.record)
        except NotFound:
            continue
        about = next((record[one.key] for one in spec.links if one.kind == "any_link"), None)
        author = record["owner"]
        if record.trashed or not isinstance(about, Ref):
            continue
        notify(
            [one.id for one in record[spec.mentions] or ()],
            "mentioned",
            _("{by} mentioned you: {title}"),
            about.object,
            about.id,
            by=author.id if isinstance(author, Ref) else 0,
            once=f"mention:{record.id}",
        )
