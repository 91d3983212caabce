"""The one module that writes passwords, sessions and tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password

from zhike.access.people import Person, people
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.store.chain import say
from zhike.store.database import from_db, marks, row, rows, run, to_db, write_transaction

SESSION_DAYS = 14
MOST_FAILURES = 10
LOCKED_MINUTES = 15
SHORTEST_PASSWORD = 8


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _actor(person: Person, via: str) -> Actor:
    return Actor(person.id, person.name, via, person.language, person.timezone)


def set_password(user_id: int, password: str) -> None:
    """Give a user a password (and with it a login); ends their open sessions. Raises Invalid when it is too weak."""
    person = people().persons.get(user_id)
    if person is None or not person.login:
        raise Invalid(Problem(_("This person has no login name yet."), "login"))
    if len(password) < SHORTEST_PASSWORD or password.casefold() in (person.login.casefold(), person.name.casefold()):
        raise Invalid(
            Problem(
                _("Choose a password of at least {n} characters that is not your name.").with_(n=SHORTEST_PASSWORD),
                "password",
            )
        )
    coded = make_password(password)
    with write_transaction():
        if not run('UPDATE "store_login" SET "password" = %s, "failures" = 0 WHERE "user" = %s', (coded, user_id)):
            run('INSERT INTO "store_login" ("user", "password", "failures") VALUES (%s, %s, 0)', (user_id, coded))
        run('DELETE FROM "store_signin" WHERE "user" = %s', (user_id,))


def sign_in(login: str, password: str, address: str = "") -> str:
    """Open a session; returns its token for the cookie. Raises Invalid with one and the same text for every cause
    except a lock, and locks the account for a quarter of an hour after ten failures in a row."""
    wrong = Invalid(Problem(_("The login or the password is not right."), "password", "wrong"))
    person = people().by_login(login) if "\x00" not in login else None
    held = (
        row('SELECT "password", "failures", "locked_until" FROM "store_login" WHERE "user" = %s', (person.id,))
        if person
        else None
    )
    if person is None or held is None or not person.active:
        make_password(password)  # the same work as for a right login, so that time tells nothing
        raise wrong
    until = from_db(held[2], "instant")
    if until is not None and until > now():
        raise Invalid(
            Problem(_("Too many failed tries. Try again in {n} minutes.").with_(n=LOCKED_MINUTES), "password", "locked")
        )
    if not check_password(password, held[0]):
        failures = held[1] + 1
        lock = to_db(now() + timedelta(minutes=LOCKED_MINUTES)) if failures >= MOST_FAILURES else None
        with write_transaction():
            count = 0 if lock else failures
            run(
                'UPDATE "store_login" SET "failures" = %s, "locked_until" = %s WHERE "user" = %s',
                (count, lock, person.id),
            )
            say("sign_in_failed", person.id, "web", object="user", record=person.id)
        raise wrong
    token = secrets.token_urlsafe(32)
    at = now()
    with write_transaction():
        run(
            'UPDATE "store_login" SET "failures" = 0, "locked_until" = NULL, "last" = %s WHERE "user" = %s',
            (to_db(at), person.id),
        )
        run(
            'INSERT INTO "store_signin" ("hash", "user", "started", "seen", "ends", "address") VALUES (%s, %s, %s, %s, %s, %s)',
            (_hash(token), person.id, to_db(at), to_db(at), to_db(at + timedelta(days=SESSION_DAYS)), address[:60]),
        )
        say("sign_in", person.id, "web", object="user", record=person.id)
    return token


def sign_out(token: str) -> None:
    """End a session."""
    with write_transaction():
        found = row('SELECT "user" FROM "store_signin" WHERE "hash" = %s', (_hash(token),))
        if found is not None and run('DELETE FROM "store_signin" WHERE "hash" = %s', (_hash(token),)):
            say("sign_out", found[0], "web", object="user", record=found[0])


def actor_of_session(token: str) -> Actor | None:
    """The person behind an open session, or None when it ended or the person is no longer active."""
    found = row('SELECT "user", "ends" FROM "store_signin" WHERE "hash" = %s', (_hash(token),)) if token else None
    if found is None or from_db(found[1], "instant") <= now():
        return None
    person = people().persons.get(found[0])
    return _actor(person, "web") if person and person.active else None


def actor_of_login(login: str, via: str = "command") -> Actor:
    """The actor for a login name, without a password: the command line's ``--as``. Raises NotFound."""
    person = people().by_login(login)
    if person is None or not person.active:
        raise NotFound(_("There is no active user with the login “{login}”.").with_(login=login[:60]))
    return _actor(person, via)


def actor_of_user(user_id: int, via: str = "worker") -> Actor:
    """The actor for a user id. Raises NotFound when unknown or no longer active."""
    person = people().persons.get(user_id)
    if person is None or not person.active:
        raise NotFound()
    return _actor(person, via)


def create_token(actor: Actor, user_id: int, name: str = "") -> str:
    """A bearer token ``zk_…`` acting as that user; shown once. For oneself, or for anybody by an administrator."""
    person = people().persons.get(user_id)
    if person is None:
        raise NotFound()
    if actor.id not in (0, user_id):
        raise Forbidden(_("You can make tokens only for yourself."))
    token = "zk_" + secrets.token_urlsafe(32)
    with write_transaction():
        run(
            'INSERT INTO "store_token" ("hash", "user", "name", "created") VALUES (%s, %s, %s, %s)',
            (_hash(token), user_id, (name or "token")[:120], to_db(now())),
        )
        say("token", actor.id, actor.via, object="user", record=user_id)
    return token


def actor_of_token(token: str) -> Actor | None:
    """The user a bearer token acts as, or None."""
    found = (
        row('SELECT "user" FROM "store_token" WHERE "hash" = %s AND "ended" IS NULL', (_hash(token),))
        if token
        else None
    )
    person = people().persons.get(found[0]) if found else None
    return _actor(person, "api") if person and person.active else None


def end_access(user_ids: Iterable[int]) -> None:
    """End every session, token and open invitation of these people, inside the running transaction if there is one."""
    ids = list(user_ids)
    with write_transaction():
        for start in range(0, len(ids), 500):
            some, at = ids[start : start + 500], to_db(now())
            run(f'DELETE FROM "store_signin" WHERE "user" IN ({marks(some)})', some)
            run(
                f'UPDATE "store_token" SET "ended" = %s WHERE "user" IN ({marks(some)}) AND "ended" IS NULL',
                (at, *some),
            )
            run(
                f'UPDATE "store_invitation" SET "used" = %s WHERE "user" IN ({marks(some)}) AND "used" IS NULL',
                (at, *some),
            )


def with_access() -> set[int]:
    """Ids of people who have an open session, token or invitation, or may have."""
    sql = (
        'SELECT "user" FROM "store_signin" UNION SELECT "user" FROM "store_token" WHERE "ended" IS NULL'
        ' UNION SELECT "user" FROM "store_invitation" WHERE "used" IS NULL'
    )
    return {line[0] for line in rows(sql)}


@dataclass(frozen=True, slots=True)
class Access:
    """How a person stands: whether they have a password, when they last signed in, until when an invitation is open,
    how many sessions and tokens are open."""

    password: bool = False
    last: datetime | None = None
    invited_until: datetime | None = None
    sessions: int = 0
    tokens: int = 0


def access_of(user_ids: Sequence[int]) -> dict[int, Access]:
    """How these people (at most a page of them) stand."""
    if not user_ids:
        return {}
    among, ids = marks(user_ids), list(user_ids)
    logins = dict(rows(f'SELECT "user", "last" FROM "store_login" WHERE "user" IN ({among})', ids))
    asked = f'SELECT "user", max("ends") FROM "store_invitation" WHERE "user" IN ({among}) AND "used" IS NULL GROUP BY "user"'
    invited = dict(rows(asked, ids))
    counted = f'SELECT "user", count(*) FROM "store_signin" WHERE "user" IN ({among}) AND "ends" > %s GROUP BY "user"'
    sessions = dict(rows(counted, [*ids, to_db(now())]))
    counted = (
        f'SELECT "user", count(*) FROM "store_token" WHERE "user" IN ({among}) AND "ended" IS NULL GROUP BY "user"'
    )
    tokens = dict(rows(counted, ids))
    found = {}
    for one in user_ids:
        until = from_db(invited.get(one), "instant")
        found[one] = Access(
            one in logins,
            from_db(logins.get(one), "instant"),
            until if until is not None and until > now() else None,
            sessions.get(one, 0),
            tokens.get(one, 0),
        )
    return found


# -- invitations -----------------------------------------------------------------------------------------------------
INVITED, FORGOTTEN = "invite", "reset"
INVITATION_DAYS = {INVITED: 7, FORGOTTEN: 1}


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open invitation: for whom, of which kind, until when."""

    user: int
    kind: str
    ends: datetime


def invite(actor: Actor, user_id: int, kind: str = INVITED) -> tuple[str, datetime]:
    """A token with which the person sets their own password, once; earlier ones of theirs end. Returns it and when it
    ends. The caller has checked that the actor may edit the person."""
    person = people().persons.get(user_id)
    if person is None or not person.active:
        raise NotFound()
    if not person.login:
        raise Invalid(Problem(_("This person has no login name yet."), "login"))
    token, ends = secrets.token_urlsafe(32), now() + timedelta(days=INVITATION_DAYS[kind])
    with write_transaction():
        run('UPDATE "store_invitation" SET "used" = %s WHERE "user" = %s AND "used" IS NULL', (to_db(now()), user_id))
        run(
            'INSERT INTO "store_invitation" ("hash", "user", "kind", "created", "created_by", "ends")'
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (_hash(token), user_id, kind, to_db(now()), actor.id, to_db(ends)),
        )
    return token, ends


def invitation(token: str) -> Invitation | None:
    """The open invitation of a token, or None when it is unknown, used, withdrawn or over."""
    found = row(
        'SELECT "user", "kind", "ends" FROM "store_invitation" WHERE "hash" = %s AND "used" IS NULL', (_hash(token),)
    )
    ends = from_db(found[2], "instant") if found else None
    if found is None or ends is None or ends <= now():
        return None
    person = people().persons.get(found[0])
    return Invitation(found[0], found[1], ends) if person is not None and person.active and person.login else None


def accept_invitation(token: str, password: str) -> Invitation:
    """Set the password of the person invited and use the invitation up. Raises NotFound when it is not open, Invalid when
    the password is too weak; then it stays open."""
    with write_transaction():
        found = invitation(token)
        if found is None or not run(
            'UPDATE "store_invitation" SET "used" = %s WHERE "hash" = %s AND "used" IS NULL',
            (to_db(now()), _hash(token)),
        ):
            raise NotFound(_("This link has been used or is over. Ask your administrator for another one."))
        set_password(found.user, password)
    return found
