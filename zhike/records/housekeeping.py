"""What has to be thrown away in time, and when repeated jobs run next."""

from __future__ import annotations

from datetime import datetime, timedelta

from zhike.kernel.clock import now
from zhike.kernel.scrubbing import scrubbed
from zhike.records.notices.notices import tidy_notices
from zhike.store.database import from_db, row, run, to_db, write_transaction

KEEP_ANSWERS = timedelta(days=7)


def tidy() -> None:
    """Drop idempotency answers after a week, sessions that have ended, and notices that nobody needs any more."""
    with write_transaction():
        run('DELETE FROM "store_once" WHERE "at" < %s', (to_db(now() - KEEP_ANSWERS),))
        run('DELETE FROM "store_signin" WHERE "ends" < %s', (to_db(now()),))
    tidy_notices()


def due_schedule(name: str) -> bool:
    """Whether a job's time has come; one never seen is due at once."""
    found = row('SELECT "next" FROM "store_schedule" WHERE "name" = %s', (name,))
    return found is None or from_db(found[0], "instant") <= now()


def keep_schedule(name: str, next_at: datetime, error: str = "") -> None:
    """Write down that a job ran and when it comes again."""
    with write_transaction():
        facts = (to_db(next_at), to_db(now()), scrubbed(error)[:500] or None, name)
        if not run('UPDATE "store_schedule" SET "next" = %s, "last" = %s, "last_error" = %s WHERE "name" = %s', facts):
            run('INSERT INTO "store_schedule" ("next", "last", "last_error", "name") VALUES (%s, %s, %s, %s)', facts)
