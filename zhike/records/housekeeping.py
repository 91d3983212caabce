"""What has to be thrown away in time, and when repeated jobs run next."""

from __future__ import annotations

from datetime import datetime, timedelta

from zhike.kernel.clock import now
from zhike.kernel.scrubbing import scrubbed
from zhike.records.at_work import me, others_at_work, say_alive
from zhike.records.company.settings import keep, kept
from zhike.records.notices.notices import tidy_notices
from zhike.store.database import from_db, hold, marks, row, run, tidy_log, to_db, write_transaction
from zhike.store.words import sweep_dropped_words

__all__ = ["keep_schedule", "take_schedule", "tidy", "tidy_log"]

KEEP_ANSWERS = timedelta(days=7)
SWEEPING = "words_to_sweep"
SWEEP_FOR = 3.0


def tidy() -> None:
    """Drop idempotency answers after a week, sessions that have ended, and notices that nobody needs any more."""
    with write_transaction():
        run('DELETE FROM "store_once" WHERE "at" < %s', (to_db(now() - KEEP_ANSWERS),))
        run('DELETE FROM "store_signin" WHERE "ends" < %s', (to_db(now()),))
    tidy_notices()
    if kept(SWEEPING, False):
        sweep_words()


def words_to_sweep() -> None:
    """Documents of people were dropped for good: their words go from the index when there is time, see :func:`tidy`."""
    if not kept(SWEEPING, False):
        keep(SWEEPING, True)


def sweep_words() -> None:
    """The words of dropped documents go from the full-text index, now as far as a few seconds suffice, else with :func:`tidy`."""
    words_to_sweep()
    if sweep_dropped_words(SWEEP_FOR):
        keep(SWEEPING, False)


def take_schedule(name: str) -> bool:
    """Whether a job's time has come and it is this worker's to run: of several that try, one gets it, until
    :func:`keep_schedule` or until it is silent. A job never seen is due at once."""
    found = row('SELECT "next" FROM "store_schedule" WHERE "name" = %s', (name,))
    if found is not None and from_db(found[0], "instant") > now():
        return False
    say_alive()
    with write_transaction():
        hold("schedules")
        if found is None:
            fresh = 'INSERT INTO "store_schedule" ("name", "next") VALUES (%s, %s) ON CONFLICT ("name") DO NOTHING'
            run(fresh, (name, to_db(now())))
        others = others_at_work()
        free = f'"holder" IS NULL OR "holder" NOT IN ({marks(others)})' if others else "1 = 1"
        sql = f'UPDATE "store_schedule" SET "holder" = %s WHERE "name" = %s AND "next" <= %s AND ({free})'
        return run(sql, (me(), name, to_db(now()), *others)) > 0


def keep_schedule(name: str, next_at: datetime, error: str = "") -> None:
    """Write down that a job ran and when it comes again."""
    facts = (to_db(next_at), to_db(now()), scrubbed(error)[:500] or None, name)
    sets = '"next" = %s, "last" = %s, "last_error" = %s, "holder" = NULL'
    with write_transaction():
        run(f'UPDATE "store_schedule" SET {sets} WHERE "name" = %s', facts)
