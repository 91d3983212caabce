"""Failed tries to come in, counted per account and per address; from some number on each pause is longer than the last.

A name nobody has is counted like an account, so that a pause tells nothing about who works here."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from math import ceil

from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.store.database import from_db, marks, row, rows, run, to_db, write_transaction

FREE = 5
"""Wrong tries of one account before the first pause."""
FREE_OF_ADDRESS = 30
"""Wrong tries from one address before the first pause: an office comes from one."""
FIRST_PAUSE, LONGEST_PAUSE = 120, 3600  # seconds
FORGOTTEN_AFTER = timedelta(days=1)


class TooManyTries(Invalid):
    """There is a pause; its length is told, never whether there is such an account."""

    def __init__(self, until: datetime) -> None:
        minutes = max(1, ceil((until - now()).total_seconds() / 60))
        text = _("Too many failed tries. Try again in {n} minutes.").with_(n=minutes)
        super().__init__(Problem(text, "password", "locked"))


def of_account(user_id: int) -> str:
    """The key under which tries of an account are counted."""
    return f"user:{user_id}"


def of_name(login: str) -> str:
    """The key for a name that nobody has."""
    return "name:" + hashlib.sha256(login.strip().casefold().encode("utf-8", "replace")).hexdigest()[:40]


def of_address(address: str) -> str:
    """The key for a network address."""
    return "from:" + hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:40]


def count_try(key: str, free: int = FREE) -> None:
    """Count a try before it is judged, so that many at once gain nothing; :func:`take_back` and :func:`clear_tries`
    undo that when it was right. Raises TooManyTries during a pause."""
    with write_transaction():
        at = now()
        found = row('SELECT "failures", "until", "last" FROM "store_signintry" WHERE "key" = %s', (key,))
        failures = 0
        if found is not None:
            until, last = from_db(found[1], "instant"), from_db(found[2], "instant")
            if until is not None and until > at:
                raise TooManyTries(until)
            failures = found[0] if at - last < FORGOTTEN_AFTER else 0
        failures += 1
        pause = _pause(failures, free)
        ends = to_db(at + timedelta(seconds=pause)) if pause else None
        run(
            'INSERT INTO "store_signintry" ("key", "failures", "until", "last", "told") VALUES (%s, %s, %s, %s, %s)'
            ' ON CONFLICT ("key") DO UPDATE SET "failures" = %s, "until" = %s, "last" = %s',
            (key, failures, ends, to_db(at), to_db(False), failures, ends, to_db(at)),
        )
        if found is None:
            run('DELETE FROM "store_signintry" WHERE "last" < %s', (to_db(at - FORGOTTEN_AFTER),))


def pause_account(user_id: int, until: datetime) -> None:
    """Let nobody into this account until then, whatever way they come; :func:`clear_tries` ends it sooner. A pause without a
    failed try is such a lock: those that wrong tries begin hold up passwords alone, or anybody could keep somebody out.
    Joins a running transaction."""
    with write_transaction():
        at = to_db(now())
        run(
            'INSERT INTO "store_signintry" ("key", "failures", "until", "last", "told") VALUES (%s, %s, %s, %s, %s)'
            ' ON CONFLICT ("key") DO UPDATE SET "until" = %s, "last" = %s, "told" = %s',
            (of_account(user_id), 0, to_db(until), at, to_db(True), to_db(until), at, to_db(True)),
        )


def is_locked(user_id: int) -> datetime | None:
    """Until when nobody comes into this account (:func:`pause_account`); None when they may."""
    sql = 'SELECT "until" FROM "store_signintry" WHERE "key" = %s AND "failures" = 0 AND "until" > %s'
    found = row(sql, (of_account(user_id), to_db(now())))
    return from_db(found[0], "instant") if found else None


def refuse_locked(user_id: int) -> None:
    """Raise TooManyTries while :func:`is_locked`."""
    until = is_locked(user_id)
    if until is not None:
        raise TooManyTries(until)


def take_back(key: str) -> None:
    """One counted try was right: the count is one lower, a pause it began is over."""
    with write_transaction():
        run(
            'UPDATE "store_signintry" SET "failures" = "failures" - 1, "until" = NULL WHERE "key" = %s AND "failures" > 0',
            (key,),
        )


def clear_tries(key: str) -> None:
    """All is forgiven: after the right password, and when an administrator says so."""
    with write_transaction():
        run('DELETE FROM "store_signintry" WHERE "key" = %s', (key,))


def forgive_tries(user_id: int) -> None:
    """Wrong tries of somebody who has a new password are forgiven; a lock stays."""
    if is_locked(user_id) is None:
        clear_tries(of_account(user_id))


def pauses_of(user_ids: list[int]) -> dict[int, datetime]:
    """Until when which of these accounts pause."""
    if not user_ids:
        return {}
    keys = {of_account(one): one for one in user_ids}
    sql = f'SELECT "key", "until" FROM "store_signintry" WHERE "key" IN ({marks(user_ids)}) AND "until" > %s'
    found = rows(sql, [*keys, to_db(now())])
    return {keys[key]: from_db(until, "instant") for key, until in found}


def untold_pauses() -> list[str]:
    """Keys of pauses that are on and nobody has been told of; from now on they have."""
    found = [
        str(key)
        for (key,) in rows(
            'SELECT "key" FROM "store_signintry" WHERE "until" > %s AND "told" = %s LIMIT 100',
            (to_db(now()), to_db(False)),
        )
    ]
    if found:
        with write_transaction():
            run(f'UPDATE "store_signintry" SET "told" = %s WHERE "key" IN ({marks(found)})', (to_db(True), *found))
    return found


def _pause(failures: int, free: int) -> int:
    """Seconds to wait after so many wrong tries."""
    over = failures - free
    return 0 if over < 0 else min(FIRST_PAUSE * 2 ** min(over, 10), LONGEST_PAUSE)
