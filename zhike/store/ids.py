"""Record ids: one space for all objects, 64 bit and under 2^53, never reused; and the counters behind auto numbers."""

from __future__ import annotations

import threading

from django.db import connection

from zhike.store.database import is_postgres, row, rows, run, write_transaction

BLOCK = 64
FIRST = 1000
_guard = threading.Lock()
_free: dict[str, list[int]] = {}


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
    """Move a counter on by ``by`` inside the running transaction and return its new value."""
    if not run('UPDATE "store_counter" SET "value" = "value" + %s WHERE "name" = %s', (by, name)):
        run('INSERT INTO "store_counter" ("name", "value") VALUES (%s, %s)', (name, start + by))
        return start + by
    found = row('SELECT "value" FROM "store_counter" WHERE "name" = %s', (name,))
    assert found is not None
    return int(found[0])


def counter(name: str) -> int:
    """A counter's value, 0 when it was never moved."""
    found = row('SELECT "value" FROM "store_counter" WHERE "name" = %s', (name,))
    return int(found[0]) if found else 0


def raise_to(name: str, value: int) -> None:
    """Make sure a counter is at least ``value`` (after an import brought its own numbers)."""
    if counter(name) < value:
        advance(name, value - counter(name))
