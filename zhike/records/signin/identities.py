"""Who somebody is at the company's provider: known by an id of theirs, found by what the provider vouches for, or new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zhike.access.networks import may_come_from
from zhike.access.people import Person, people
from zhike.access.signin.hashes import hashed
from zhike.access.signin.sessions import STRONG, open_session
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.signin.entry import person_called
from zhike.records.signin.provider import SingleSignOn, single_sign_on
from zhike.records.write import write
from zhike.store.database import from_db, row, run, to_db, write_transaction


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom a provider vouches for; ``email`` and ``login`` only as far as it answers for them."""

    subject: str
    name: str = ""
    email: str = ""
    login: str = ""


def enter_by_provider(kind: str, who: Vouched, address: str = "", device: str = "", *, keep: bool = True) -> str:
    """Open a session for whom the provider vouches. The second step is the provider's: the session is a strong one.
    Raises Forbidden when nobody here is meant, with one text for every cause."""
    held = single_sign_on()
    refused = Forbidden(_("There is no account here for you. Ask your administrator to invite you."))
    if kind != held.kind:
        raise refused
    with write_transaction():
        person = _known(kind, who.subject) or _found(held, who) or _new(held, who)
        if person is None or not person.active:
            raise refused
        if address and not may_come_from(person, address):
            raise refused
        _link(kind, who.subject, person.id)
        return open_session(person, STRONG, address, device, keep=keep)


def link_account(actor: Actor, kind: str, subject: str) -> None:
    """The actor's own account at the provider, shown by signing in there. Raises Forbidden when it is somebody else's."""
    known = _known(kind, subject)
    if known is not None and known.id != actor.id:
        raise Forbidden(_("This account is linked to somebody else here."))
    with write_transaction():
        run('DELETE FROM "store_identity" WHERE "provider" = %s AND "user" = %s', (kind, actor.id))
        _link(kind, subject, actor.id)


def linked_since(user_id: int, kind: str) -> datetime | None:
    """Since when a person's account at the provider is known."""
    found = row('SELECT "created" FROM "store_identity" WHERE "provider" = %s AND "user" = %s', (kind, user_id))
    return from_db(found[0], "instant") if found else None


def _known(kind: str, subject: str) -> Person | None:
    sql = 'SELECT "user" FROM "store_identity" WHERE "provider" = %s AND "subject" = %s'
    found = row(sql, (kind, hashed(subject)))
    return people().persons.get(found[0]) if found else None


def _found(held: SingleSignOn, who: Vouched) -> Person | None:
    """Somebody here whom the provider's words fit, and who is not linked to another account there."""
    found = people().by_login(who.login) if who.login else None
    if found is not None and rules_over_roles(found.id):
        found = (
            None  # an administrator's login is easily chosen there by somebody else: they link their account themselves
        )
    if found is None and who.email and _in_domain(held, who.email):
        found = person_called(who.email)
    return found if found is not None and linked_since(found.id, held.kind) is None else None


def _new(held: SingleSignOn, who: Vouched) -> Person | None:
    if not held.create or (held.domain and not _in_domain(held, who.email)):
        return None
    login = who.login or who.email or f"{held.kind}-{hashed(who.subject)[:10]}"
    if people().by_login(login) is not None:
        return None
    values = {"name": (who.name or login)[:120], "login": login[:120], "roles": [held.role], "email": who.email or None}
    made = write(
        SYSTEM, Command("create", "user", values=values), why=str(_("First sign-in with the company account"))
    ).id
    return people().persons.get(made)


def _in_domain(held: SingleSignOn, email: str) -> bool:
    return bool(email) and (not held.domain or email.casefold().rpartition("@")[2] == held.domain)


def _link(kind: str, subject: str, user_id: int) -> None:
    sql = (
        'INSERT INTO "store_identity" ("provider", "subject", "user", "created") VALUES (%s, %s, %s, %s)'
        " ON CONFLICT DO NOTHING"
    )
    if run(sql, (kind, hashed(subject), user_id, to_db(now()))):
        note("mfa", SYSTEM, object="user", record=user_id, detail={"linked": kind})
