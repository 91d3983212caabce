"""Records that came in are given to whom the rules of assignment say."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.records.assigning.assigning import Arrival, assign_arrivals
from zhike.records.assigning.rules import assignable
from zhike.records.outbox import Event, arrived_by
from zhike.schema.registry import registry


def assign_new(events: Sequence[Event]) -> None:
    """Every created record of an object that rules may be about, in the order of coming in."""
    made = [event for event in events if event.verb == "create" and event.depth == 0]
    came = arrived_by(made)
    by_object: dict[str, list[Arrival]] = {}
    for event in made:
        by, way = came.get(event.operation, (0, "api"))
        by_object.setdefault(event.object, []).append(Arrival(event.record, way, by))
    for key, arrivals in by_object.items():
        spec = registry.find(key)
        if spec is not None and assignable(spec):
            assign_arrivals(spec, arrivals)
