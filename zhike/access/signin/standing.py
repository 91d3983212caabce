"""How people stand: whether they have a way in, which are open, and ending all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from zhike.access.signin.tries import pauses_of
from zhike.kernel.clock import now
from zhike.store.database import from_db, marks, rows, run, to_db, write_transaction


def end_access(user_ids: Iterable[int]) -> None:
    """End every session, token, open invitation and calendar address of these people, inside the running transaction if
    there is one: none of them works again when the account is opened again."""
    ids = list(user_ids)
    with write_transaction():
        for start in range(0, len(ids), 500):
            some, at = ids[start : start + 500], to_db(now())
            for table in ("store_signin", "store_feed"):
                run(f'DELETE FROM "{table}" WHERE "user" IN ({marks(some)})', some)
            run(
                f'UPDATE "store_token" SET "ended" = %s WHERE "user" IN ({marks(some)}) AND "ended" IS NULL',
                (at, *some),
            )
            run(
                f'UPDATE "store_invitation" SET "used" = %s WHERE "user" IN ({marks(some)}) AND "used" IS NULL',
                (at, *some),
            )


def with_access() -> set[int]:
    """Ids of people who have an open session, token, invitation or calendar address, or may have."""
    sql = (
        'SELECT "user" FROM "store_signin" UNION SELECT "user" FROM "store_token" WHERE "ended" IS NULL'
        ' UNION SELECT "user" FROM "store_invitation" WHERE "used" IS NULL UNION SELECT "user" FROM "store_feed"'
    )
    return {line[0] for line in rows(sql)}


@dataclass(frozen=True, slots=True)
class Access:
    """How a person stands: whether they have a password, when they last signed in, until when an invitation is open,
    how many sessions and tokens are open, whether there is a second step, and until when a pause after failed tries is."""

    password: bool = False
    last: datetime | None = None
    invited_until: datetime | None = None
    sessions: int = 0
    tokens: int = 0
    second_step: bool = False
    paused_until: datetime | None = None


def access_of(user_ids: Sequence[int]) -> dict[int, Access]:
    """How these people (at most a page of them) stand."""
    if not user_ids:
        return {}
    among, ids = marks(user_ids), list(user_ids)
    logins = dict(rows(f'SELECT "user", "last" FROM "store_login" WHERE "user" IN ({among})', ids))
    asked = f'SELECT "user", max("ends") FROM "store_invitation" WHERE "user" IN ({among}) AND "used" IS NULL GROUP BY "user"'
    invited = dict(rows(asked, ids))
    counted = f'SELECT "user", count(*) FROM "store_signin" WHERE "user" IN ({among}) AND "ends" > %s AND "stage" <> %s GROUP BY "user"'
    sessions = dict(rows(counted, [*ids, to_db(now()), "half"]))
    counted = (
        f'SELECT "user", count(*) FROM "store_token" WHERE "user" IN ({among}) AND "ended" IS NULL GROUP BY "user"'
    )
    tokens = dict(rows(counted, ids))
    second, pauses = with_second_step(ids), pauses_of(ids)
    found = {}
    for one in user_ids:
        until = from_db(invited.get(one), "instant")
        found[one] = Access(
            one in logins,
            from_db(logins.get(one), "instant"),
            until if until is not None and until > now() else None,
            sessions.get(one, 0),
            tokens.get(one, 0),
            one in second,
            pauses.get(one),
        )
    return found


def with_second_step(user_ids: Sequence[int]) -> set[int]:
    """Which of these people have a second step: an authenticator that was tried, or a passkey."""
    if not user_ids:
        return set()
    among, ids = marks(user_ids), list(user_ids)
    sql = (
        f'SELECT "user" FROM "store_authenticator" WHERE "user" IN ({among}) AND "since" IS NOT NULL'
        f' UNION SELECT "user" FROM "store_passkey" WHERE "user" IN ({among})'
    )
    return {int(found[0]) for found in rows(sql, [*ids, *ids])}
