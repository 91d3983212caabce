"""Who read which personal data when: the log that reveals, exports and opened records go into, and asking it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connections

from zhike.access.people import PEOPLE_OBJECTS
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.words import Words, _
from zhike.records.privacy.mass_reading import look_at
from zhike.records.privacy.subjects import may_hold, own_fields, require_desk
from zhike.records.privacy.which import packed_ids
from zhike.records.record import Record
from zhike.schema.kinds import kind_of
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Masked
from zhike.store.database import from_db, in_transaction, insert_many, rows, to_db, write_transaction

ACTS: dict[str, Words] = {
    "view": _("Opened"),
    "reveal": _("Shown in full"),
    "export": _("Export"),
    "card": _("Contact card"),
    "list": _("Read through the API"),
    "duplicate": _("Told of a duplicate"),
}
PAUSE = 5.0  # seconds until what was opened is written
SAME_VIEW = timedelta(minutes=1)  # opened again within it counts once
MOST = 200
COLUMNS = ("actor", "at", "act", "object", "record", "fields", "count", "via", "records", "token")

log = logging.getLogger("zhike.privacy")


class _What(NamedTuple):
    """What was opened or listed by whom, on which way; what is the same is one line."""

    actor: int
    act: str
    object: str
    via: str
    token: str
    record: int
    fields: str


@dataclass
class _Noticed:
    """Since when, how often, and which records."""

    at: datetime
    count: int
    ids: set[int]


_lock = threading.Lock()
_opened: dict[_What, _Noticed] = {}
_timer: threading.Timer | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of the log. ``fields``: keys of what was shown in full; ``count``: how many records."""

    id: int
    actor: int
    at: datetime
    act: str
    object: str
    record: int
    fields: tuple[str, ...]
    reason: str
    count: int
    via: str


def opened(actor: Actor, spec: ObjectSpec, record: Record) -> None:
    """Notice that somebody opened a record with personal data. Nothing is written now; within ten seconds it is."""
    if actor.id and may_hold(spec) and spec.key not in PEOPLE_OBJECTS:
        _notice(actor, "view", spec, record.id, _in_full(spec, [record]), [record.id])


def listed(actor: Actor, spec: ObjectSpec, records: Sequence[Record]) -> None:
    """Notice that a program read a page of records with personal data."""
    if actor.id and records and may_hold(spec):
        _notice(actor, "list", spec, 0, _in_full(spec, records), [one.id for one in records])


def _in_full(spec: ObjectSpec, records: Sequence[Record]) -> str:
    """Keys of personal fields the reader saw as they are in some record."""
    personal = [one.key for one in own_fields(spec) if kind_of(one).secret or one.personal]
    return " ".join(
        key
        for key in personal
        if any((value := one.values.get(key)) not in (None, ()) and not isinstance(value, Masked) for one in records)
    )


def _notice(actor: Actor, act: str, spec: ObjectSpec, record: int, fields: str, ids: Sequence[int]) -> None:
    global _timer
    with _lock:
        held = _opened.setdefault(
            _What(actor.id, act, spec.key, actor.via, actor.token, record, fields), _Noticed(now(), 0, set())
        )
        held.count += len(ids) if act == "list" or not held.count else 0
        held.ids.update(ids)
        if _timer is None and not in_transaction():
            _timer = threading.Timer(PAUSE, _later)
            _timer.daemon = True
            _timer.start()


def write_opened() -> int:
    """Write what was opened since the last time, in one batch; returns how many lines. It is kept when that fails."""
    with _lock:
        views = dict(_opened)
        _opened.clear()
    if not views:
        return 0
    try:
        with write_transaction():
            lines = [
                (
                    what.actor, to_db(seen.at), what.act, what.object, what.record or None, what.fields or None, seen.count,
                    what.via, packed_ids(() if what.record else seen.ids) or None, what.token or None,
                )
                for what, seen in sorted(views.items(), key=lambda one: one[0])
            ]  # fmt: skip
            insert_many("store_readlog", COLUMNS, lines)
            for actor in {what.actor for what in views}:
                look_at(actor)
    except BaseException:
        with _lock:
            _opened.update({key: view for key, view in views.items() if key not in _opened})
        raise
    return len(views)


def _later() -> None:
    global _timer
    with _lock:
        _timer = None
    try:
        write_opened()
    except Exception:
        log.exception("what was opened could not be written; it is tried again with the next page")
    finally:
        connections.close_all()


def forget_opened() -> None:
    """Drop what was opened and not yet written (after the database was replaced, as tests do)."""
    global _timer
    with _lock:
        if _timer is not None:
            _timer.cancel()
            _timer = None
        _opened.clear()


def readings(
    actor: Actor,
    *,
    who: int = 0,
    object: str = "",
    record: int = 0,
    act: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int = 0,
    size: int = 50,
) -> list[Reading]:
    """Lines of the log, the newest first, by person, record, act and period. Raises Forbidden."""
    require_desk(actor)
    asked: list[tuple[str, Any]] = []
    for sql, value in (
        ('"actor" = %s', who), ('"object" = %s', object), ('"record" = %s', record), ('"act" = %s', act),
        ('"at" >= %s', since and to_db(since)), ('"at" < %s', until and to_db(until)), ('"id" < %s', before),
    ):  # fmt: skip
        if value:
            asked.append((sql, value))
    where = " WHERE " + " AND ".join(sql for sql, _value in asked) if asked else ""
    found = rows(
        'SELECT "id", "actor", "at", "act", "object", "record", "field", "fields", "reason", "count", "via" FROM'
        f' "store_readlog"{where} ORDER BY "id" DESC LIMIT {int(min(size, MOST))}',
        [value for _sql, value in asked],
    )
    return [
        Reading(
            id_,
            by,
            from_db(at, "instant"),
            act_,
            key,
            record_ or 0,
            tuple((fields or field or "").split()),
            reason or "",
            count,
            via or "",
        )
        for id_, by, at, act_, key, record_, field, fields, reason, count, via in found
    ]
