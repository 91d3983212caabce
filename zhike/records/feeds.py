"""The secret address of a person's calendar: made, renewed and ended by them; only the hash of its token is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from zhike.access.signin import actor_of_user
from zhike.access.signin.tries import is_locked
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound
from zhike.records.secrets import vault
from zhike.store.database import from_db, row, run, to_db, write_transaction

LONGEST = 100


def new_feed(actor: Actor) -> str:
    """A fresh token for the actor's own calendar, shown once; the one before stops working."""
    if not actor.id:
        raise NotFound()
    token = secrets.token_urlsafe(24)
    with write_transaction():
        run('DELETE FROM "store_feed" WHERE "user" = %s', (actor.id,))
        run(
            'INSERT INTO "store_feed" ("user", "hash", "created") VALUES (%s, %s, %s)',
            (actor.id, _hash(token), to_db(now())),
        )
    return token


def end_feed(actor: Actor) -> None:
    """The address stops working."""
    with write_transaction():
        run('DELETE FROM "store_feed" WHERE "user" = %s', (actor.id,))


def feed_since(actor: Actor) -> datetime | None:
    """When the present address was made; None when there is none."""
    found = row('SELECT "created" FROM "store_feed" WHERE "user" = %s', (actor.id,))
    return from_db(found[0], "instant") if found else None


def home_name() -> str:
    """A name of this installation that stays and says nothing: entries of two installations never share an id."""
    return f"{vault().index('calendar', 'home')[:12].lower()}.zhike"


def reader_of_feed(token: str) -> Actor:
    """Whose calendar a token opens, with their rights of now. Raises NotFound for any that does not, for who left, and while
    their account is locked."""
    found = row('SELECT "user" FROM "store_feed" WHERE "hash" = %s', (_hash(token),)) if len(token) <= LONGEST else None
    if found is None or is_locked(found[0]) is not None:
        raise NotFound()
    return actor_of_user(found[0], "web")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
