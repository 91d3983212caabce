"""Record ids: one space for all objects, 64 bit and under 2^53, never reused; the counters behind auto numbers; and the
stamps that tell processes to load something again."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection

from zhike.store.database import is_postgres, marks, row, rows, write_transaction

BLOCK = 64
FIRST = 1000
SHARES = "stamp:shares"
STAMPS = ("stamp:people", "stamp:schema", "stamp:settings", SHARES, "stamp:views")
NOTES = "notes"
_guard = threading.Lock()
_free: dict[str, list[int]] = {}
_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("stamps_seen", default=None)


def take_ids(count: int) -> list[int]:
    """``count`` fresh ids, ascending.

    Inside a transaction the ids come straight from the counter, so that a rollback gives them back safely; outside,
    a block is taken at once and the rest kept for later."""
    if is_postgres():
        return [int(found[0]) for found in rows("SELECT nextval('record_id') FROM generate_series(1, %s)", (count,))]
    if connection.in_atomic_block:
        return _from_counter(count)
    with _guard:
        free = _free.setdefault(str(connection.settings_dict["NAME"]), [])
        if len(free) < count:
            with write_transaction():
                free += _from_counter(max(BLOCK, count))
        taken, free[:] = free[:count], free[count:]
    return taken


def forget_blocks() -> None:
    """Drop blocks taken in advance (after the database was replaced, as tests do)."""
    _free.clear()


def _from_counter(count: int) -> list[int]:
    end = advance("record_id", count, start=FIRST)
    return list(range(end - count + 1, end + 1))


def advance(name: str, by: int = 1, start: int = 0) -> int:
    """Move a counter on by ``by`` inside the running transaction and return its new value; its first one is ``start + by``."""
    found = row(
        'INSERT INTO "store_counter" ("name", "value") VALUES (%s, %s)'
        ' ON CONFLICT ("name") DO UPDATE SET "value" = "store_counter"."value" + %s RETURNING "value"',
        (name, start + by, by),
    )
    assert found is not None
    return int(found[0])


def counter(name: str) -> int:
    """A counter's value, 0 when it was never moved."""
    found = row('SELECT "value" FROM "store_counter" WHERE "name" = %s', (name,))
    return int(found[0]) if found else 0


def raise_to(name: str, value: int) -> None:
    """Make sure a counter is at least ``value`` (after an import brought its own numbers)."""
    row(
        'INSERT INTO "store_counter" ("name", "value") VALUES (%s, %s) ON CONFLICT ("name") DO UPDATE SET "value" ='
        ' CASE WHEN "store_counter"."value" < %s THEN %s ELSE "store_counter"."value" END RETURNING "value"',
        (name, value, value, value),
    )


def never_again(last: int) -> None:
    """No new record gets this id or a smaller one: they were given elsewhere, or belonged to what was erased."""
    with write_transaction():
        if is_postgres():
            row("SELECT setval('record_id', GREATEST(last_value, %s)) FROM record_id", (max(last, 1),))
        else:
            raise_to("record_id", last)


# -- stamps --------------------------------------------------------------------------------------------------------------
@contextmanager
def steady(*, afresh: bool = False) -> Iterator[None]:
    """One call of a door: within the block all stamps are read once, in one query, so that everything in it is decided
    from one state of people, declarations and settings. What the block itself changes is seen at once.

    ``afresh``: what was read before no longer counts. A writer that waited for others begins so: whoever lost their
    rights meanwhile has lost them."""
    before = _seen.get()
    if before is not None and not afresh:
        yield
        return
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)
        if before is not None:
            before.clear()


def stamp(name: str) -> int:
    """One of :data:`STAMPS`; 0 when it was never renewed."""
    held = _seen.get()
    if held is None:
        return counter(name)
    if name not in held:
        held.update(dict.fromkeys(STAMPS, 0))
        held.update(rows(f'SELECT "name", "value" FROM "store_counter" WHERE "name" IN ({marks(STAMPS)})', STAMPS))
    return int(held[name])


def notes() -> dict[Hashable, Any]:
    """What was found out and may be kept for the rest of the running :func:`steady`, until something is written; a dict
    that is thrown away outside one."""
    held = _seen.get()
    return {} if held is None else held.setdefault(NOTES, {})


def drop_notes() -> None:
    """Something was written: what :func:`notes` keeps may no longer hold."""
    notes().clear()


def shares_changed() -> None:
    """Called inside the transaction in which records are shared with other people than before: what was kept of shares is
    asked anew, and replicas that have not heard of it answer nobody. The other stamps stay as they were read."""
    fresh = _give(SHARES)
    held = _seen.get()
    if held is not None:
        for question in held.keys() - set(STAMPS):
            del held[question]
        if SHARES in held:
            held[SHARES] = fresh


def renew(name: str) -> None:
    """Give a stamp a value it never had, inside the running transaction. Counting on would not do: after a rollback
    another change would get the same number, and what was loaded in between would pass for current."""
    _give(name)
    held = _seen.get()
    if held is not None:
        held.clear()


def _give(name: str) -> int:
    fresh = secrets.randbits(52) + 1
    row(
        'INSERT INTO "store_counter" ("name", "value") VALUES (%s, %s)'
        ' ON CONFLICT ("name") DO UPDATE SET "value" = %s RETURNING "value"',
        (name, fresh, fresh),
    )
    return fresh
