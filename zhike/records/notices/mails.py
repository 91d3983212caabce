"""Mails to our own people, queued: written down in the transaction that causes them, sent by the worker, each once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from zhike.kernel.clock import now
from zhike.store.database import from_db, marks, rows, run, to_db, write_transaction

PAUSES = (60, 300, 1800, 7200, 6 * 3600, 24 * 3600)  # seconds after each failed try; then it is given up
TAKEN = timedelta(minutes=10)  # for how long a mail belongs to the worker that is sending it
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is due: to whom, of which kind, and what it is about."""

    id: int
    person: int
    kind: str
    body: Mapping[str, Any]
    message_id: str
    tries: int


def post(person: int, kind: str, body: Mapping[str, Any], once: str) -> None:
    """Put a mail into the queue, part of the running transaction; a second one with the same ``once`` is dropped."""
    with write_transaction():
        run(
            'INSERT INTO "store_mailrow" ("person", "kind", "body", "once", "state", "due", "tries", "message_id", "created")'
            " VALUES (%s, %s, %s, %s, %s, %s, 0, %s, %s) ON CONFLICT DO NOTHING",
            (person, kind, json.dumps(dict(body)), once, "waiting", to_db(now()), f"{uuid4().hex}@zhike", to_db(now())),
        )


def take(size: int = 50, kind: str = "", since: datetime | None = None) -> list[Mail]:
    """Mails whose time has come, held for this worker: another one does not get them for ten minutes. ``since``: only those
    of a kind that were put into the queue since then."""
    only = ' AND "kind" = %s AND "created" >= %s' if since else ""
    sql = (
        'SELECT "id", "person", "kind", "body", "message_id", "tries", "due" FROM "store_mailrow"'
        f' WHERE "state" = %s AND "due" <= %s{only} ORDER BY "due" LIMIT {int(size)}'
    )
    asked = ("waiting", to_db(now()), *((kind, to_db(since)) if since else ()))
    taken = []
    for id_, person, kind, body, message_id, tries, due in rows(sql, asked):
        with write_transaction():
            mine = run(
                'UPDATE "store_mailrow" SET "due" = %s WHERE "id" = %s AND "state" = %s AND "due" = %s',
                (to_db(now() + TAKEN), id_, "waiting", to_db(from_db(due, "instant"))),
            )
        if mine:
            taken.append(Mail(id_, person, kind, json.loads(body), message_id, tries))
    return taken


def sent(mail: Mail) -> None:
    """It was handed over."""
    _close(mail, "sent")


def drop(mail: Mail) -> None:
    """There is nothing to say any more, or nobody to say it to."""
    _close(mail, "dropped")


def later(mail: Mail, at: datetime) -> None:
    """Not now: the reader wants quiet until then."""
    with write_transaction():
        run('UPDATE "store_mailrow" SET "due" = %s WHERE "id" = %s', (to_db(at), mail.id))


def failed(mail: Mail, why: str, *, for_good: bool = False) -> None:
    """It could not be sent: tried again later and later, given up after a day or so, or at once when that is final."""
    over = for_good or mail.tries >= len(PAUSES)
    due = now() + timedelta(seconds=0 if over else PAUSES[mail.tries])
    with write_transaction():
        run(
            'UPDATE "store_mailrow" SET "state" = %s, "tries" = "tries" + 1, "due" = %s, "last_error" = %s WHERE "id" = %s',
            ("failed" if over else "waiting", to_db(due), why[:500], mail.id),
        )


def counts(kind: str = "") -> dict[str, int]:
    """How many mails of the last thirty days (of a kind) wait, were sent, dropped or given up."""
    of_kind = ' WHERE "kind" = %s' if kind else ""
    sql = f'SELECT "state", count(*) FROM "store_mailrow"{of_kind} GROUP BY "state"'
    return dict(rows(sql, (kind,) if kind else ()))


def last_failure() -> str:
    """What was wrong the last time a mail could not be sent; "" when the newest one could."""
    found = rows('SELECT "last_error", "state" FROM "store_mailrow" ORDER BY "id" DESC LIMIT 20')
    return next((str(error) for error, state in found if error and state != "sent"), "")


def again() -> int:
    """Try everything that failed once more, now: the settings were mended. Answers how many there are."""
    with write_transaction():
        return run(
            'UPDATE "store_mailrow" SET "state" = %s, "tries" = 0, "due" = %s WHERE "state" = %s OR ("state" = %s AND "tries" > 0)',
            ("waiting", to_db(now()), "failed", "waiting"),
        )


def tidy_mails() -> None:
    """Forget mails after thirty days."""
    with write_transaction():
        run('DELETE FROM "store_mailrow" WHERE "created" < %s', (to_db(now() - KEPT),))


def _close(mail: Mail, state: str) -> None:
    with write_transaction():
        run(
            'UPDATE "store_mailrow" SET "state" = %s, "body" = %s, "last_error" = NULL WHERE "id" = %s',
            (state, "{}", mail.id),
        )


# -- notices that mail has not decided about, and what happens once a day -------------------------------------------------
def untold(size: int = 500) -> list[tuple[int, int, str]]:
    """Notices that mail has not decided about: (id, person, kind), the oldest first."""
    sql = f'SELECT "id", "person", "kind" FROM "store_notice" WHERE "told" = %s ORDER BY "id" LIMIT {int(size)}'
    return [(int(id_), int(person), str(kind)) for id_, person, kind in rows(sql, (to_db(False),))]


def tell_by_mail(person: int, ids: Sequence[int], by_mail: Sequence[int]) -> None:
    """Mail has decided about these notices of a person, and ``by_mail`` are told at once, in one mail."""
    with write_transaction():
        run(f'UPDATE "store_notice" SET "told" = %s WHERE "id" IN ({marks(ids)})', (to_db(True), *ids))
        if by_mail:
            post(person, "notices", {"notices": list(by_mail)}, f"notices:{person}:{by_mail[0]}")


def begin_day(person: int, what: str, day: date) -> bool:
    """Whether this is the first time on this day, in the person's own calendar, that ``what`` happens for them. Part of
    the running transaction, and true for one caller only; a day that went before does not come again."""
    with write_transaction():
        moved = run(
            'UPDATE "store_personday" SET "day" = %s WHERE "person" = %s AND "what" = %s AND "day" < %s',
            (to_db(day), person, what, to_db(day)),
        )
        if moved:
            return True
        return bool(
            run(
                'INSERT INTO "store_personday" ("person", "what", "day") VALUES (%s, %s, %s) ON CONFLICT DO NOTHING',
                (person, what, to_db(day)),
            )
        )


def days_begun(what: str) -> dict[int, date]:
    """The last day on which ``what`` happened, by person: asked once for everybody before looking closer."""
    found = rows('SELECT "person", "day" FROM "store_personday" WHERE "what" = %s', (what,))
    return {int(person): day if isinstance(day, date) else date.fromisoformat(day) for person, day in found}
