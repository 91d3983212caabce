"""Which workers live. Each names itself and says every few seconds that it is there; what a silent one held is free again.

A worker is a process. What it takes (events, repeated jobs) carries its name until it is done with it."""

from __future__ import annotations

import secrets
import socket
import threading
from datetime import timedelta
from time import monotonic

from zhike.kernel.clock import now
from zhike.store.database import rows, run, to_db, write_transaction

BEAT_SECONDS = 10.0
SILENT_AFTER = timedelta(seconds=45)
FORGOTTEN_AFTER = timedelta(days=1)

_name = [secrets.token_hex(8)]  # of this process
_said: dict[str, float] = {}  # when this process last said that it lives
_saying = threading.Lock()


def me() -> str:
    """The name this process works under."""
    return _name[0]


def say_alive() -> None:
    """Say that this process works; no more often than every few seconds."""
    with _saying:
        if monotonic() - _said.get(me(), -BEAT_SECONDS) < BEAT_SECONDS:
            return
        facts = (to_db(now()), socket.gethostname()[:200], me())
        with write_transaction():
            if not run('UPDATE "store_worker" SET "seen" = %s, "host" = %s WHERE "name" = %s', facts):
                run('INSERT INTO "store_worker" ("seen", "host", "name") VALUES (%s, %s, %s)', facts)
                run('DELETE FROM "store_worker" WHERE "seen" < %s', (to_db(now() - FORGOTTEN_AFTER),))
        _said[me()] = monotonic()


def leave_work() -> None:
    """This process ends in order: what it held is free at once."""
    with _saying, write_transaction():
        run('DELETE FROM "store_worker" WHERE "name" = %s', (me(),))
        _said.clear()


def others_at_work() -> list[str]:
    """The names of the other workers that live."""
    sql = 'SELECT "name" FROM "store_worker" WHERE "seen" > %s AND "name" <> %s'
    return [name for (name,) in rows(sql, (to_db(now() - SILENT_AFTER), me()))]


def hosts_at_work() -> list[str]:
    """The machines that workers live on, one entry for each worker."""
    sql = 'SELECT "host" FROM "store_worker" WHERE "seen" > %s ORDER BY "host"'
    return [host for (host,) in rows(sql, (to_db(now() - SILENT_AFTER),))]


def forget_said() -> None:
    """Say at next use anew that this process works (after the database was replaced, as tests do)."""
    _said.clear()
