"""Links with which one person sets their password, once: to begin, or after forgetting it. Only hashes are kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhike.access.people import people
from zhike.access.signin.hashes import hashed
from zhike.access.signin.passwords import set_password
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.store.database import from_db, row, run, to_db, write_transaction

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
            (hashed(token), user_id, kind, to_db(now()), actor.id, to_db(ends)),
        )
    return token, ends


def invitation(token: str) -> Invitation | None:
    """The open invitation of a token, or None when it is unknown, used, withdrawn or over."""
    found = row(
        'SELECT "user", "kind", "ends" FROM "store_invitation" WHERE "hash" = %s AND "used" IS NULL', (hashed(token),)
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
            (to_db(now()), hashed(token)),
        ):
            raise NotFound(_("This link has been used or is over. Ask your administrator for another one."))
        set_password(found.user, password)
    return found
