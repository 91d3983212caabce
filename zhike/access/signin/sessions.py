"""Sessions: opened, raised after a second step, listed, ended. Only the hash of a session's token is kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhike.access.networks import may_come_from
from zhike.access.people import Person, people
from zhike.access.signin.hashes import actor_for, hashed
from zhike.access.signin.tries import refuse_locked
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.store.chain import say
from zhike.store.database import from_db, row, rows, run, to_db, write_transaction

SESSION_DAYS = 14
UNKEPT_HOURS = 24  # on a device that should forget the person
HALF_MINUTES = 10
SEEN_EVERY = timedelta(minutes=10)
FRESH = timedelta(minutes=15)

HALF, PLAIN, STRONG = "half", "plain", "strong"
"""A session waits for its second step, was opened by a password alone, or by two things (a passkey counts as two)."""


@dataclass(frozen=True, slots=True)
class Session:
    """One open session. ``id`` names it without opening it; ``proved`` is when the person last showed who they are."""

    id: str
    user: int
    stage: str
    started: datetime
    seen: datetime
    ends: datetime
    proved: datetime
    address: str
    device: str

    @property
    def fresh(self) -> bool:
        """Whether the person showed who they are a moment ago: asked for before ways in are changed."""
        return now() - self.proved < FRESH

    @property
    def on_phone(self) -> bool:
        """Whether the device calls itself a phone."""
        return "iPhone" in self.device or "Android" in self.device


@dataclass(frozen=True, slots=True)
class Visit:
    """A session and the person behind it, as the pages ask for it on each request. ``confined``: a role of theirs wants a
    second step they have not got; they may set it up and nothing else. ``outside``: from this network they may not work."""

    session: Session
    actor: Actor
    confined: bool
    outside: bool


def open_session(
    person: Person,
    stage: str,
    address: str = "",
    device: str = "",
    *,
    keep: bool = True,
    proved: datetime | None = None,
) -> str:
    """Open a session; returns its token for the cookie. It is always a new one, whatever the browser brought along. Raises
    TooManyTries while the account is locked: every way in ends here."""
    refuse_locked(person.id)
    token, at = secrets.token_urlsafe(32), now()
    lasts = timedelta(minutes=HALF_MINUTES) if stage == HALF else timedelta(hours=UNKEPT_HOURS)
    ends = at + (timedelta(days=SESSION_DAYS) if keep and stage != HALF else lasts)
    with write_transaction():
        if stage != HALF:
            run('UPDATE "store_login" SET "last" = %s WHERE "user" = %s', (to_db(at), person.id))
            say("sign_in", person.id, "web", object="user", record=person.id, detail={"stage": stage})
        run(
            'INSERT INTO "store_signin" ("hash", "user", "stage", "started", "seen", "ends", "proved", "address", "device", "kept")'
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                hashed(token),
                person.id,
                stage,
                to_db(at),
                to_db(at),
                to_db(ends),
                to_db(proved or at),
                address[:60],
                device[:200],
                to_db(keep),
            ),
        )
        run('DELETE FROM "store_signin" WHERE "ends" < %s', (to_db(at - timedelta(days=1)),))
    return token


def raise_session(token: str) -> str:
    """After a second step: end this session and open a strong one like it; returns the new token, "" when it was over."""
    found = row('SELECT "user", "address", "device", "kept" FROM "store_signin" WHERE "hash" = %s', (hashed(token),))
    person = people().persons.get(found[0]) if found else None
    if found is None or person is None or session_of(token) is None:
        return ""
    with write_transaction():
        if not run('DELETE FROM "store_signin" WHERE "hash" = %s', (hashed(token),)):
            return ""
        return open_session(person, STRONG, found[1] or "", found[2] or "", keep=bool(found[3]))


def session_of(token: str) -> Session | None:
    """The session of a token, whatever its stage; None when it ended or the person is no longer active."""
    found = row(f'SELECT {COLUMNS} FROM "store_signin" WHERE "hash" = %s', (hashed(token),)) if token else None
    session = _session(found) if found else None
    if session is None or session.ends <= now():
        return None
    person = people().persons.get(session.user)
    return session if person is not None and person.active else None


def visit_of(token: str, address: str = "") -> Visit | None:
    """Who asks, or None for nobody: a session that still waits for its second step is nobody's."""
    session = session_of(token)
    if session is None or session.stage == HALF:
        return None
    person = people().persons[session.user]
    demanded = session.stage != STRONG and demands_second_step(person)
    outside = bool(address) and not may_come_from(person, address)
    return Visit(session, actor_for(person, "web"), demanded, outside)


def actor_of_session(token: str, address: str = "") -> Actor | None:
    """The person behind an open session who may do everything their rights say, or None."""
    visit = visit_of(token, address)
    return visit.actor if visit is not None and not visit.confined and not visit.outside else None


def demands_second_step(person: Person) -> bool:
    """Whether a role of this person wants a second step."""
    demands = people().demands
    return any(role in demands and demands[role].second_step for role in person.roles)


def note_seen(token: str, session: Session, address: str) -> None:
    """Keep that the session was used, at most every ten minutes."""
    if now() - session.seen < SEEN_EVERY:
        return
    with write_transaction():
        run(
            'UPDATE "store_signin" SET "seen" = %s, "address" = %s WHERE "hash" = %s',
            (to_db(now()), address[:60], hashed(token)),
        )


def note_proved(token: str) -> None:
    """The person showed once more who they are."""
    with write_transaction():
        run('UPDATE "store_signin" SET "proved" = %s WHERE "hash" = %s', (to_db(now()), hashed(token)))


def sessions_of(user_id: int) -> list[Session]:
    """A person's open sessions, the one used last first."""
    sql = f'SELECT {COLUMNS} FROM "store_signin" WHERE "user" = %s AND "ends" > %s AND "stage" <> %s ORDER BY "seen" DESC, "hash"'
    return [_session(found) for found in rows(f"{sql} LIMIT 200", (user_id, to_db(now()), HALF))]


def end_session(user_id: int, id: str) -> bool:
    """End one of a person's sessions by its id; whether there was one."""
    if len(id) != ID:
        return False
    with write_transaction():
        sql = f'DELETE FROM "store_signin" WHERE "user" = %s AND substr("hash", 1, {ID}) = %s'
        return run(sql, (user_id, id)) > 0


def end_sessions(user_id: int, but: str = "") -> int:
    """End all of a person's sessions but that of the token ``but``; how many."""
    with write_transaction():
        return run('DELETE FROM "store_signin" WHERE "user" = %s AND "hash" <> %s', (user_id, hashed(but)))


def sign_out(token: str) -> None:
    """End a session."""
    with write_transaction():
        found = row('SELECT "user" FROM "store_signin" WHERE "hash" = %s', (hashed(token),))
        if found is not None and run('DELETE FROM "store_signin" WHERE "hash" = %s', (hashed(token),)):
            say("sign_out", found[0], "web", object="user", record=found[0])


ID = 20  # characters of the hash that name a session: they open nothing
COLUMNS = '"hash", "user", "stage", "started", "seen", "ends", "proved", "address", "device"'


def _session(found: tuple[object, ...]) -> Session:
    hash_, user, stage, *times, address, device = found
    started, seen, ends, proved = (from_db(one, "instant") for one in times)
    return Session(
        str(hash_)[:ID], int(str(user)), str(stage), started, seen, ends, proved, str(address or ""), str(device or "")
    )
