"""Marks: what a record is to one person. Favourites and followed records are chosen; what was seen lately is noticed.

Opening a record writes nothing by itself: what was seen is kept in memory and written in a batch a few seconds later."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections

from zhike.access.signin import actor_of_user
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound, Refused
from zhike.records.hits import Hit, hits_of
from zhike.records.read import seen_id, sees
from zhike.schema.registry import registry
from zhike.store.database import from_db, in_transaction, marks, rows, run, run_many, to_db, write_transaction
from zhike.store.ids import steady

FAVOURITE, FOLLOW, SEEN = "favourite", "follow", "seen"
CHOSEN = (FAVOURITE, FOLLOW)
PAUSE = 5.0  # seconds until what was seen is written
MOST_SEEN = 100  # records kept as seen lately, per person
ROUNDS = 5  # times older marks are fetched while most of them turn out to be out of sight

_KEEP = (
    'INSERT INTO "store_mark" ("person", "kind", "object", "record", "at") VALUES (%s, %s, %s, %s, %s)'
    ' ON CONFLICT ("person", "kind", "record") DO '
)
_OLDEST_KEPT = (
    'SELECT "at" FROM "store_mark" WHERE "person" = %s AND "kind" = \'seen\''
    f' ORDER BY "at" DESC, "id" DESC LIMIT 1 OFFSET {MOST_SEEN}'
)

log = logging.getLogger("zhike.marks")


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked record in one line, and when it was marked."""

    hit: Hit
    at: datetime

    @property
    def object(self) -> str:
        """The object's key."""
        return self.hit.object

    @property
    def id(self) -> int:
        """The record's id."""
        return self.hit.id

    @property
    def title(self) -> str:
        """The record's title, as this reader may know it."""
        return self.hit.title


def mark(actor: Actor, kind: str, object_key: str, record_id: int) -> None:
    """Make a record the actor's favourite, or follow it; twice is once. Raises NotFound for what they cannot see,
    ValueError for a kind that is not chosen by people."""
    _check(kind)
    record_id = seen_id(actor, object_key, record_id)
    if actor.id:
        with write_transaction():
            run(_KEEP + "NOTHING", (actor.id, kind, object_key, record_id, to_db(now())))


def unmark(actor: Actor, kind: str, object_key: str, record_id: int) -> None:
    """Take a mark away, whether or not it was there. A record out of sight may be let go of, too."""
    _check(kind)
    ids = {record_id}
    with suppress(Refused):
        ids.add(seen_id(actor, object_key, record_id))
    with write_transaction():
        listed = sorted(ids)
        run(
            f'DELETE FROM "store_mark" WHERE "person" = %s AND "kind" = %s AND "record" IN ({marks(listed)})',
            (actor.id, kind, *listed),
        )


def marks_on(actor: Actor, record_id: int) -> frozenset[str]:
    """Which of the chosen marks the actor has put on a record."""
    sql = 'SELECT "kind" FROM "store_mark" WHERE "person" = %s AND "record" = %s AND "kind" IN (%s, %s)'
    return frozenset(line[0] for line in rows(sql, (actor.id, record_id, *CHOSEN)))


@steady()
def marked(actor: Actor, kind: str, limit: int = 20) -> list[Marked]:
    """The actor's marked records, newest mark first. What they can no longer see is left out, and so is the trash."""
    found: dict[int, Marked] = {}
    newest: dict[int, tuple[datetime, str]] = _unwritten(actor.id) if kind == SEEN else {}
    before: tuple[Any, int] | None = None
    for _round in range(ROUNDS):
        lines = _page(actor.id, kind, max(limit, 10), before)
        for _id, object_key, record, at in lines:
            newest.setdefault(record, (from_db(at, "instant"), object_key))
        some = {record: held for record, held in newest.items() if record not in found}
        hits = hits_of(actor, [(object_key, record) for record, (_at, object_key) in some.items()])
        found |= {record: Marked(hit, newest[record][0]) for record, hit in hits.items()}
        if len(lines) < max(limit, 10) or len(found) >= limit:
            break
        before, newest = (lines[-1][3], lines[-1][0]), {}
    return sorted(found.values(), key=lambda one: one.at, reverse=True)[:limit]


def followers(object_key: str, record_id: int) -> tuple[int, ...]:
    """Ids of the people who follow a record and can see it now."""
    spec = registry.find(object_key)
    if spec is None:
        return ()
    sql = 'SELECT "person" FROM "store_mark" WHERE "record" = %s AND "kind" = %s ORDER BY "person"'
    found = []
    for (person,) in rows(sql, (record_id, FOLLOW)):
        with suppress(NotFound):  # those who left
            if sees(actor_of_user(person), spec, (record_id,)):
                found.append(person)
    return tuple(found)


def followers_among(ids: Collection[int]) -> set[int]:
    """Those of these records that anybody follows: asked before :func:`followers`, in one query."""
    if not ids:
        return set()
    listed = sorted(ids)
    sql = f'SELECT DISTINCT "record" FROM "store_mark" WHERE "record" IN ({marks(listed)}) AND "kind" = %s'
    return {line[0] for line in rows(sql, (*listed, FOLLOW))}


def follow_instead(leaver: int, to: Mapping[int, int]) -> None:
    """Whoever takes over a record (record → person) follows it where the leaver did; the leaver's own marks stay."""
    for person in set(to.values()):
        records = sorted(record for record, who in to.items() if who == person)
        run(
            'INSERT INTO "store_mark" ("person", "kind", "object", "record", "at") SELECT %s, "kind", "object", "record",'
            f' "at" FROM "store_mark" WHERE "person" = %s AND "kind" = %s AND "record" IN ({marks(records)})'
            ' ON CONFLICT ("person", "kind", "record") DO NOTHING',
            (person, leaver, FOLLOW, *records),
        )


def move_marks(losers: Sequence[int], winner: int) -> None:
    """After a merge the winner is to everybody what the losers were. Theirs stay: they count again once the merge is
    undone, and until then nobody sees a record in the trash."""
    run(
        'INSERT INTO "store_mark" ("person", "kind", "object", "record", "at") SELECT "person", "kind", "object", %s,'
        f' max("at") FROM "store_mark" WHERE "record" IN ({marks(losers)}) GROUP BY "person", "kind", "object"'
        ' ON CONFLICT ("person", "kind", "record") DO NOTHING',
        (winner, *losers),
    )


def _check(kind: str) -> None:
    if kind not in CHOSEN:
        raise ValueError(kind)


def _page(person: int, kind: str, size: int, before: tuple[Any, int] | None) -> list[tuple[Any, ...]]:
    older = ' AND ("at", "id") < (%s, %s)' if before else ""
    sql = (
        f'SELECT "id", "object", "record", "at" FROM "store_mark" WHERE "person" = %s AND "kind" = %s{older}'
        f' ORDER BY "at" DESC, "id" DESC LIMIT {int(size)}'
    )
    return rows(sql, (person, kind, *(before or ())))


# -- what was seen -------------------------------------------------------------------------------------------------------
_lock = threading.Lock()
_writing = threading.Lock()
_views: dict[tuple[int, int], tuple[datetime, str]] = {}
_timer: threading.Timer | None = None


def seen(actor: Actor, object_key: str, record_id: int) -> None:
    """Notice that the actor opened a record they can see. Nothing is written now; ten seconds later it is."""
    global _timer
    if not actor.id:
        return
    with _lock:
        _views[(actor.id, record_id)] = (now(), object_key)
        if _timer is None and not in_transaction():  # inside one, whoever runs it writes what was seen
            _timer = threading.Timer(PAUSE, _later)
            _timer.daemon = True
            _timer.start()


def write_seen() -> int:
    """Write what was seen since the last time, in one batch; returns how many records. It is kept when that fails."""
    with _writing:
        with _lock:
            views = dict(_views)
            _views.clear()
        if not views:
            return 0
        try:
            _write(views)
        except BaseException:
            with _lock:
                _views.update({key: view for key, view in views.items() if key not in _views})
            raise
        return len(views)


def _write(views: dict[tuple[int, int], tuple[datetime, str]]) -> None:
    lines = [
        (person, SEEN, object_key, record, to_db(at)) for (person, record), (at, object_key) in sorted(views.items())
    ]
    with write_transaction():
        run_many(_KEEP + 'UPDATE SET "at" = excluded."at"', lines)
        for person in sorted({person for person, _record in views}):
            oldest = rows(_OLDEST_KEPT, (person,))
            if oldest:
                run(
                    'DELETE FROM "store_mark" WHERE "person" = %s AND "kind" = %s AND "at" <= %s',
                    (person, SEEN, oldest[0][0]),
                )


def _later() -> None:
    global _timer
    with _lock:
        _timer = None
    try:
        write_seen()
    except Exception:
        log.exception("what was seen could not be written; it is tried again with the next page")
    finally:
        connections.close_all()


def _unwritten(person: int) -> dict[int, tuple[datetime, str]]:
    with _lock:
        return {record: view for (who, record), view in _views.items() if who == person}


def forget_views() -> None:
    """Drop what was seen and not yet written (after the database was replaced, as tests do)."""
    global _timer
    with _writing, _lock:
        if _timer is not None:
            _timer.cancel()
            _timer = None
        _views.clear()
