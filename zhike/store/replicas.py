"""Reads that may lag: answered by a streaming replica when it is known to be near enough, else by the primary.

A replica is used for a question when, at the moment of asking,

- it has replayed what the primary had written ``replica_lag`` seconds ago (looked at once a second at most),
- it has replayed the last write of whoever asks, wherever they made it (:func:`note_written`),
- its stamps of people, declarations and settings are those of the primary: rights are never older than here.

Without replicas nothing of this costs anything. A replica that does not answer is left alone for a while."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import TypeVar

from django.conf import settings
from django.db import DatabaseError, connections

from zhike.store.database import asking, in_transaction, marks, row, rows, run, write_transaction
from zhike.store.ids import STAMPS, stamp

LOOK_EVERY = 1.0  # seconds
AWAY_FOR = 5.0  # seconds that one which failed is left alone
PREFIX = "replica"

T = TypeVar("T")
log = logging.getLogger("zhike.replicas")
_turn = count()


@dataclass(slots=True)
class _Reader:
    """Somebody whose questions may lag: what of theirs must have been replayed, and the replica found for them."""

    person: int
    found: str | None = None
    looked: bool = False


_reader: ContextVar[_Reader | None] = ContextVar("may_lag", default=None)


@dataclass(slots=True)
class _Replica:
    """What this process knows of one replica."""

    alias: str
    away_until: float = 0.0


@dataclass(slots=True)
class _Watch:
    """How far the primary was at which moment, for the last seconds, and how far the replicas are."""

    replicas: list[_Replica] = field(default_factory=list)
    samples: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=32))
    lock: threading.Lock = field(default_factory=threading.Lock)


_watch = _Watch()


def configured() -> list[str]:
    """The names of the replicas, as Django's connections have them."""
    return [alias for alias in settings.DATABASES if alias.startswith(PREFIX)]


@contextmanager
def may_lag(person: int) -> Iterator[None]:
    """Within the block, questions asked through :func:`late` may be answered by a replica that has all this person wrote."""
    if not configured():
        yield
        return
    token = _reader.set(_Reader(person))
    try:
        yield
    finally:
        _reader.reset(token)


def late(ask: Callable[[], T]) -> T:
    """What ``ask`` answers, asked of a replica where that is allowed and one is near enough, else of the primary."""
    reader = _reader.get()
    alias = _chosen(reader) if reader is not None and not in_transaction() else None
    if alias is None:
        return ask()
    try:
        with asking(alias):
            return ask()
    except DatabaseError as error:
        _leave_alone(alias, error)
        assert reader is not None
        reader.found, reader.looked = None, True
        return ask()


def note_written(person: int) -> None:
    """Remember how far the primary was when somebody had written something: replicas that are not so far do not answer them."""
    if not configured() or in_transaction():
        return
    sql = (
        'INSERT INTO "store_written" ("person", "place") VALUES (%s, pg_current_wal_insert_lsn() - \'0/0\'::pg_lsn)'
        ' ON CONFLICT ("person") DO UPDATE SET "place" = GREATEST("store_written"."place", EXCLUDED."place")'
    )
    try:
        with write_transaction():
            run("SET LOCAL synchronous_commit = off")  # with the server a moment of freshness is lost, no data
            run(sql, (person,))
    except DatabaseError:
        log.warning("it could not be kept how far %s wrote", person, exc_info=True)


def _chosen(reader: _Reader) -> str | None:
    """The replica for this reader, looked for once."""
    if not reader.looked:
        reader.looked = True
        reader.found = _find(reader.person)
    return reader.found


def _find(person: int) -> str | None:
    with _watch.lock:
        if [one.alias for one in _watch.replicas] != configured():
            _watch.replicas[:] = [_Replica(alias) for alias in configured()]
        known = list(_watch.replicas)
    _sample()
    own = row('SELECT "place" FROM "store_written" WHERE "person" = %s', (person,))
    start = next(_turn)
    for offset in range(len(known)):
        replica = known[(start + offset) % len(known)]
        if replica.away_until > monotonic():
            continue
        try:
            if _near_enough(replica, int(own[0]) if own else 0):
                return replica.alias
        except DatabaseError as error:
            _leave_alone(replica.alias, error)
    return None


def _near_enough(replica: _Replica, own: int) -> bool:
    sql = (
        'SELECT "name", "value", pg_is_in_recovery(), pg_last_wal_replay_lsn() - \'0/0\'::pg_lsn'
        f' FROM "store_counter" WHERE "name" IN ({marks(STAMPS)})'
    )
    with asking(replica.alias):
        found = rows(sql, STAMPS)
    if not found or not found[0][2] or found[0][3] is None:
        return False  # it has nothing yet, or was promoted and is another server by now
    place, there = int(found[0][3]), {name: value for name, value, _recovers, _place in found}
    reached = max((at for at, sample in list(_watch.samples) if sample <= place), default=float("-inf"))
    return (
        place >= own
        and monotonic() - reached <= settings.REPLICA_LAG
        and all(there.get(name, 0) == stamp(name) for name in STAMPS)
    )


def _sample() -> None:
    """Note how far the primary is, once a second at most."""
    with _watch.lock:
        if _watch.samples and monotonic() - _watch.samples[-1][0] < LOOK_EVERY:
            return
        at = monotonic()
        found = row("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        assert found is not None
        _watch.samples.append((at, int(found[0])))


def _leave_alone(alias: str, error: Exception) -> None:
    log.warning("%s is left alone for %.0f seconds: %s", alias, AWAY_FOR, str(error).strip())
    connections[alias].close()
    for one in _watch.replicas:
        if one.alias == alias:
            one.away_until = monotonic() + AWAY_FOR


def forget_replicas() -> None:
    """Drop what is known (after the databases were replaced, as tests do)."""
    _watch.replicas.clear()
    _watch.samples.clear()
