"""Segments kept right: made when they are new or changed, refreshed by what was written and by the clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zhike.kernel.actor import SYSTEM
from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.query.moments import moves_with_time
from zhike.records.company.settings import company
from zhike.records.jobs.jobs import JobRun, job, start
from zhike.records.segments.kept import (
    SEGMENT,
    Segment,
    all_segments,
    ask_anew,
    begin,
    complete,
    forget,
    segment_of,
)
from zhike.records.segments.membership import LARGEST, refresh, sweep, tree_of
from zhike.records.segments.related import MOST_TOUCHED, touched
from zhike.schema.registry import registry
from zhike.store.database import row, rows, run, to_db, write_transaction

KIND = "segment"
PATIENCE = timedelta(hours=1)  # after which members that are still not complete are asked for again
_BY_THE_HOUR = re.compile(r"\bnow\b", re.IGNORECASE)


def settle(segment_ids: Iterable[int]) -> None:
    """Work out the members of segments that are new or were changed, and forget those of segments that are gone."""
    for one in sorted(set(segment_ids)):
        segment = segment_of(one)
        if segment is None:
            with write_transaction():
                forget(one)
        elif not segment.ready:
            ask_for_all(segment, telling=False)


def ask_for_all(segment: Segment, *, telling: bool) -> None:
    """Ask for all members: a small object at once, the rest of a large one as a job. ``telling``: who comes and goes is
    kept as history; what changed because the conditions did is not."""
    with write_transaction():
        if telling:
            ask_anew(segment)
        else:
            begin(segment)
        last, _number = sweep(segment, 0, telling=telling)
        if last == LARGEST:
            complete(segment)
        else:
            label = _("Members of the segment “{name}”").with_(name=segment.name)
            start(
                SYSTEM, KIND, {"segment": segment.id, "where": segment.where, "after": last, "telling": telling}, label
            )


@job(KIND, resumes=True, address=lambda args: f"/segments/{args['segment']}")
def run_sweep(running: JobRun) -> Mapping[str, Any]:
    """The portions behind the first one. A segment that was changed meanwhile has a job of its own by now."""
    done, total = int(running.place.get("done", 0)), None
    after = int(running.place.get("after", running.args["after"]))
    while after != LARGEST:
        segment = segment_of(int(running.args["segment"]))
        if segment is None or not segment.begun or segment.where != running.args["where"]:
            return {}
        total = total or _records(segment)
        running.step(done, total)
        with write_transaction():
            after, number = sweep(segment, after, telling=bool(running.args["telling"]))
            done += number
            if after == LARGEST:
                complete(segment)
            running.keep({"after": after, "done": done})
    return {"text": str(_("Records looked at: {n}").with_(n=f"{done:,}"))}


def _records(segment: Segment) -> int:
    spec = registry.object(segment.object)
    found = row(f'SELECT count(*) FROM "{spec.table}"')
    return int(found[0]) if found else 0


def written(object_key: str, changes: Mapping[frozenset[str] | None, Sequence[int]]) -> None:
    """Records were written: ``changes`` names them by the fields that changed (None: they came or went). Every segment that
    looks at them is refreshed for those that may come or go."""
    for segment in all_segments():
        spec = registry.find(segment.object)
        if spec is None or not segment.begun:
            continue
        tree = tree_of(segment)
        ids: set[int] = set()
        for changed, records in changes.items():
            ids.update(touched(spec, tree, object_key, changed, records))
        if len(ids) > MOST_TOUCHED:
            ask_for_all(segment, telling=segment.ready)
        else:
            refresh(segment, ids)


def by_hand(segment: Segment, record_ids: Sequence[int], operation: int, *, added: bool | None) -> None:
    """Put records into a segment or keep them out of it, whatever its conditions find; None: as its conditions find."""
    for record in record_ids:
        run('DELETE FROM "store_segmenthand" WHERE "segment" = %s AND "record" = %s', (segment.id, record))
        if added is not None:
            run(
                'INSERT INTO "store_segmenthand" ("segment", "record", "added", "operation") VALUES (%s, %s, %s, %s)',
                (segment.id, record, to_db(added), operation),
            )
    refresh(segment, record_ids)


def unhand(operation: int) -> int:
    """Take back what an operation did by hand; returns how much there was."""
    found = rows('DELETE FROM "store_segmenthand" WHERE "operation" = %s RETURNING "segment", "record"', (operation,))
    for one in sorted({segment for segment, _record in found}):
        segment = segment_of(one)
        if segment is not None:
            refresh(segment, [record for held, record in found if held == one])
    return len(found)


def by_the_clock() -> None:
    """Ask again for the members of segments whose conditions count from today or now, at midnight and on the hour; and
    for those of segments that nobody completed."""
    registry.refresh()
    if registry.find(SEGMENT) is None:
        return
    for segment in all_segments():
        if not segment.ready:
            if not segment.begun or segment.asked is None or segment.asked < now() - PATIENCE:
                ask_for_all(segment, telling=False)
        elif moves_with_time(tree_of(segment)) and (segment.asked is None or segment.asked < _turned(segment)):
            ask_for_all(segment, telling=True)


def _turned(segment: Segment) -> datetime:
    """When what the conditions count from last moved: the full hour for now, the company's midnight for today."""
    if _BY_THE_HOUR.search(segment.where):
        return now().replace(minute=0, second=0, microsecond=0)
    zone = ZoneInfo(company().timezone)
    return datetime.combine(now().astimezone(zone).date(), time(), zone)
