"""Who is told of what was written: new owners, and those who follow a record. At least once told is told once."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import today
from zhike.kernel.words import _
from zhike.query.tree import Compare, Path
from zhike.records.company.settings import company
from zhike.records.handing.doing import PACKAGE
from zhike.records.marks import followers, followers_among
from zhike.records.notices.notices import gather, in_sight, reader
from zhike.records.outbox import Event, actors_of, of_kind
from zhike.records.read import Query, read
from zhike.records.titles import refs_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec, ScopeKind
from zhike.schema.values import Ref

GIVEN, MANY_GIVEN = _("{by} gave “{title}” to you"), _("{by} gave {n} {objects} to you")
CHANGED, MANY_CHANGED = _("{by} changed “{title}”"), _("“{title}” was changed {n} times today")
ADDED, MANY_ADDED = _("{by} added to “{title}”: {object}"), _("{n} entries were added to “{title}” today: {object}")
MOST_READ = 500


def tell_new_owners(events: Sequence[Event]) -> None:
    """Whoever got a record from somebody else hears of it; of many in one operation in one notice. A handover has a notice
    of its own."""
    handed = of_kind(events, PACKAGE)
    events = [one for one in events if one.operation not in handed]
    actors = actors_of(events)
    got: dict[tuple[int, int, str], list[tuple[int, int]]] = {}
    for key, some in _by_object(events).items():
        spec = registry.find(key)
        if spec is None or spec.scope.kind is ScopeKind.OPEN:
            continue
        # What the system makes by itself (a first import, demo data) is nobody's gift.
        given = [one for one in some if "owner" in one.fields and (one.verb == "update" or actors.get(one.operation))]
        owners = _refs(spec, ("owner",), [one.record for one in given])
        for event in given:
            for owner in owners.get(event.record, ()):
                got.setdefault((owner.id, event.operation, key), []).append((event.id, event.record))
    for (person, operation, key), records in got.items():
        by = actors.get(operation, 0)
        many = MANY_GIVEN.with_(objects=registry.object(key).plural_label)
        gather(person, "assigned", GIVEN, many, key, records, by, f"assigned:{operation}:{key}")


def tell_followers(events: Sequence[Event]) -> None:
    """Whoever follows a record hears that it changed or that something was added to it, once a day for each, counted; but
    not whoever it was given to: they hear of that."""
    actors = actors_of(events)
    day = today(company().timezone).isoformat()
    for key, some in _by_object(events).items():
        spec = registry.find(key)
        if spec is None:
            continue
        _tell_of_changes(spec, [one for one in some if one.verb != "create"], actors, day)
        if spec.timeline:
            _tell_of_additions(spec, [one for one in some if one.verb == "create"], actors, day)


def _tell_of_changes(spec: ObjectSpec, events: Sequence[Event], actors: dict[int, int], day: str) -> None:
    followed = followers_among({event.record for event in events})
    owners = _refs(spec, ("owner",), sorted({one.record for one in events if "owner" in one.fields} & followed))
    for event in events:
        if event.record in followed:
            by = actors.get(event.operation, 0)
            new = [one.id for one in owners.get(event.record, ())] if "owner" in event.fields else []
            for person in followers(spec.key, event.record):
                if person in new:
                    continue
                once = f"changed:{event.record}:{day}"
                gather(person, "followed", CHANGED, MANY_CHANGED, spec.key, [(event.id, event.record)], by, once)


def _tell_of_additions(spec: ObjectSpec, events: Sequence[Event], actors: dict[int, int], day: str) -> None:
    parents = _refs(spec, spec.scope.parents, [event.record for event in events])
    followed = followers_among({ref.id for some in parents.values() for ref in some})
    one, many = ADDED.with_(object=spec.label), MANY_ADDED.with_(object=spec.label)
    for event in events:
        for ref in parents.get(event.record, ()):
            if ref.id not in followed:
                continue
            for person in followers(ref.object, ref.id):
                if in_sight(reader(person), spec.key, [event.record])[event.record]:
                    once = f"added:{spec.key}:{ref.id}:{day}"
                    by = actors.get(event.operation, 0)
                    gather(person, "followed", one, many, ref.object, [(event.id, ref.id)], by, once)


def _by_object(events: Sequence[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.object, []).append(event)
    return found


def _refs(spec: ObjectSpec, keys: Sequence[str], ids: Sequence[int]) -> dict[int, list[Ref]]:
    """What these records point at through the fields ``keys`` as they stand now, each target once, by record."""
    keys = tuple(key for key in keys if spec.field(key) is not None)
    found: dict[int, list[Ref]] = {}
    for start in range(0, len(ids) if keys else 0, MOST_READ):
        some = tuple(ids[start : start + MOST_READ])
        among = Compare(Path((spec,), (), spec["id"]), "in", some)
        query = Query(spec.key, columns=keys, size=MOST_READ, archived="all", count=False, node=among)
        for record in read(SYSTEM, query).rows:
            refs = {ref.id: ref for key in keys for ref in refs_of(record[key])}
            found[record.id] = list(refs.values())
    return found
