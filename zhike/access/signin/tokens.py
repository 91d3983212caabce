"""Bearer tokens of the API: each acts as one user until it is ended; only hashes are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from zhike.access.networks import may_come_from
from zhike.access.people import people
from zhike.access.signin.hashes import actor_for, hashed
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, NotFound
from zhike.kernel.words import _
from zhike.store.chain import say
from zhike.store.database import from_db, row, rows, run, to_db, write_transaction

ID = 20  # characters of the hash that name a token: they open nothing
USED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Token:
    """One token as its owner sees it; ``used`` is when a program last came with it, to within ten minutes."""

    id: str
    name: str
    created: datetime
    used: datetime | None


def create_token(actor: Actor, user_id: int, name: str = "") -> str:
    """A bearer token ``zk_…`` acting as that user; shown once. For oneself, or for anybody by the owner of the home. A token
    makes no tokens: that takes a person who signed in."""
    person = people().persons.get(user_id)
    if person is None:
        raise NotFound()
    if actor.id not in (0, user_id) or actor.via == "api":
        raise Forbidden(_("You can make tokens only for yourself, signed in."))
    token = "zk_" + secrets.token_urlsafe(32)
    with write_transaction():
        run(
            'INSERT INTO "store_token" ("hash", "user", "name", "created") VALUES (%s, %s, %s, %s)',
            (hashed(token), user_id, (name or "token")[:120], to_db(now())),
        )
        say("token", actor.id, actor.via, object="user", record=user_id)
    return token


def actor_of_token(token: str, address: str = "") -> Actor | None:
    """The user a bearer token acts as, or None; also None from a network their roles do not let them work from."""
    sql = 'SELECT "user", "used" FROM "store_token" WHERE "hash" = %s AND "ended" IS NULL'
    found = row(sql, (hashed(token),)) if token else None
    person = people().persons.get(found[0]) if found else None
    if found is None or person is None or not person.active or (address and not may_come_from(person, address)):
        return None
    _note_used(token, from_db(found[1], "instant"))
    return replace(actor_for(person, "api"), token=hashed(token)[:ID])


def _note_used(token: str, before: datetime | None) -> None:
    at = now()
    if before is None or at - before >= USED_EVERY:
        with write_transaction():
            run('UPDATE "store_token" SET "used" = %s WHERE "hash" = %s', (to_db(at), hashed(token)))


def tokens_of(user_id: int) -> list[Token]:
    """A person's tokens that work, the newest first."""
    sql = 'SELECT "hash", "name", "created", "used" FROM "store_token" WHERE "user" = %s AND "ended" IS NULL'
    found = rows(f'{sql} ORDER BY "created" DESC LIMIT 100', (user_id,))
    return [
        Token(hash_[:ID], name, from_db(created, "instant"), from_db(used, "instant"))
        for hash_, name, created, used in found
    ]


def every_token() -> list[tuple[str, str, int]]:
    """Id, name and user of every token there ever was, ended ones too, the newest first."""
    found = rows('SELECT "hash", "name", "user" FROM "store_token" ORDER BY "created" DESC LIMIT 500')
    return [(hash_[:ID], name, user) for hash_, name, user in found]


def end_token(user_id: int, id: str) -> bool:
    """End one of a person's tokens by its id; whether there was one."""
    if len(id) != ID:
        return False
    with write_transaction():
        sql = f'UPDATE "store_token" SET "ended" = %s WHERE "user" = %s AND "ended" IS NULL AND substr("hash", 1, {ID}) = %s'
        return run(sql, (to_db(now()), user_id, id)) > 0
