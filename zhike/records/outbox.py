"""The outbox: what was written and still has to be told. Claimed in batches, at least once, in order of writing.

Several workers share it: an event is held by the worker that claimed it, and nobody else gets an event of the same record
meanwhile, so that each record's events are told in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from zhike.kernel.clock import now
from zhike.kernel.scrubbing import scrubbed
from zhike.records.at_work import me, others_at_work, say_alive
from zhike.store.database import hold, marks, row, rows, run, to_db, write_transaction

MOST_TRIES = 10
LONGEST_PAUSE = 3600


@dataclass(frozen=True, slots=True)
class Event:
    """One write as consumers see it: what changed, by key; values are read through the doors by whoever needs them."""

    id: int
    operation: int
    object: str
    record: int
    verb: str
    fields: tuple[str, ...]
    depth: int
    tries: int


def claim(size: int = 500) -> list[Event]:
    """The oldest events that are due and of no record another worker is at, held by this one. They stay in the outbox
    until :func:`done`; what this process was given before and did not finish comes again."""
    due, given = '"due" <= %s AND "dead" = %s', (to_db(now()), to_db(False))
    if not row(f'SELECT 1 FROM "store_outboxrow" WHERE {due} LIMIT 1', given):
        return []
    say_alive()
    with write_transaction():
        hold("outbox")
        others = others_at_work()
        held = f' AND "record" NOT IN (SELECT "record" FROM "store_outboxrow" WHERE "holder" IN ({marks(others)}))'
        sql = (
            'SELECT "id", "operation", "object", "record", "verb", "fields", "depth", "tries" FROM "store_outboxrow"'
            f' WHERE {due}{held if others else ""} ORDER BY "id" LIMIT {int(size)}'
        )
        found = rows(sql, (*given, *others))
        if found:
            ids = [line[0] for line in found]
            run(f'UPDATE "store_outboxrow" SET "holder" = %s WHERE "id" IN ({marks(ids)})', (me(), *ids))
    return [
        Event(id_, operation, object_key, record, verb, tuple(json.loads(fields)), depth, tries)
        for id_, operation, object_key, record, verb, fields, depth, tries in found
    ]


def done(events: Sequence[Event]) -> None:
    """These have been told."""
    ids = [event.id for event in events]
    if ids:
        with write_transaction():
            run(f'DELETE FROM "store_outboxrow" WHERE "id" IN ({marks(ids)})', ids)


def retry(event: Event, error: str) -> None:
    """This one failed: try again later, twice as late each time; after ten tries it is set aside for a person to see."""
    pause = min(2**event.tries, LONGEST_PAUSE)
    dead = event.tries + 1 >= MOST_TRIES
    with write_transaction():
        run(
            'UPDATE "store_outboxrow" SET "tries" = "tries" + 1, "due" = %s, "last_error" = %s, "dead" = %s, "holder" = NULL'
            ' WHERE "id" = %s',
            (to_db(now() + timedelta(seconds=pause)), scrubbed(error)[:500], to_db(dead), event.id),
        )


def waiting() -> tuple[int, int]:
    """How many events wait, and how many were set aside."""
    found = row('SELECT count(*), COALESCE(sum(CASE WHEN "dead" THEN 1 ELSE 0 END), 0) FROM "store_outboxrow"')
    return (int(found[0]) - int(found[1]), int(found[1])) if found else (0, 0)


def actors_of(events: Sequence[Event]) -> dict[int, int]:
    """Who carried out the operations of these events: operation → user id, 0 for the system."""
    listed = sorted({event.operation for event in events})
    if not listed:
        return {}
    return dict(rows(f'SELECT "id", "actor" FROM "store_operation" WHERE "id" IN ({marks(listed)})', listed))


def arrived_by(events: Sequence[Event]) -> dict[int, tuple[int, str]]:
    """How the operations of these events came: operation → (user id, ``hand``, ``api`` or ``import``)."""
    listed = sorted({event.operation for event in events})
    if not listed:
        return {}
    found = rows(f'SELECT "id", "actor", "via", "kind" FROM "store_operation" WHERE "id" IN ({marks(listed)})', listed)
    return {
        one: (by, "import" if kind == "import" else "hand" if via == "web" else "api") for one, by, via, kind in found
    }


def of_kind(events: Sequence[Event], kind: str) -> set[int]:
    """The operations of these events that are of one kind."""
    listed = sorted({event.operation for event in events})
    if not listed:
        return set()
    sql = f'SELECT "id" FROM "store_operation" WHERE "kind" = %s AND "id" IN ({marks(listed)})'
    return {line[0] for line in rows(sql, (kind, *listed))}


def targets_of(event: Event, field_name: str, object_key: str) -> set[int]:
    """Ids the event's record pointed at through a link before and after the write, as the change log has them.

    ``+ 0`` keeps SQLite from the operation's index: an import's operation has as many changes as the file has rows."""
    found = rows(
        'SELECT "body" FROM "store_changerow" WHERE "record" = %s AND "operation" + 0 = %s',
        (event.record, event.operation),
    )
    ids: set[int] = set()
    for side in (side for line in found for side in json.loads(line[0]).get(field_name) or ()):
        for one in side if isinstance(side, list) else [side]:
            if isinstance(one, dict) and one.get("object", object_key) == object_key:
                one = one.get("id")
            if isinstance(one, int):
                ids.add(one)
    return ids
