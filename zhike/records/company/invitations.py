"""Inviting people, giving them a new way in, letting them go: through the doors, with the link to hand over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.access.people import people
from zhike.access.signin import FORGOTTEN, INVITED, accept_invitation, access_of, invitation, invite
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.company.company import is_administrator
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.company.settings_log import note_setting
from zhike.records.notices.mail_settings import mail_settings
from zhike.records.notices.mails import post
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.write import write
from zhike.store.database import write_transaction

WELCOME = "/welcome/"
INVITATION = "invitation"  # the kind of mail that carries a link


@dataclass(frozen=True, slots=True)
class WayIn:
    """A link to hand to one person: the path of the page and when it ends."""

    user: int
    path: str
    ends: datetime
    kind: str


def invite_person(actor: Actor, values: Mapping[str, Any]) -> WayIn:
    """Make a person with a login and a link with which they set their own name and password. Raises Invalid, Forbidden."""
    with write_transaction():
        if not str(values.get("login") or "").strip():
            raise Invalid(Problem(_("Give the person a login name."), "login", "required"))
        done = write(actor, Command("create", "user", values=values), why=str(_("Invited")))
        return first_way_in(actor, done.id)


def invite_by_mail(actor: Actor, values: Mapping[str, Any]) -> Record:
    """Make a person with a login and mail them the link. Raises Invalid, Forbidden; then nobody was made."""
    with write_transaction():
        if not str(values.get("login") or "").strip():
            raise Invalid(Problem(_("Give the person a login name."), "login", "required"))
        done = write(actor, Command("create", "user", values=values), why=str(_("Invited")))
        mail_way_in(actor, done.id)
        return read_one(actor, "user", done.id)


def first_way_in(actor: Actor, user_id: int) -> WayIn:
    """The link for somebody who has just been made."""
    return _way_in(actor, user_id, INVITED)


def new_way_in(actor: Actor, user_id: int) -> WayIn:
    """A fresh link for somebody who never came in or has forgotten the password; earlier ones end. Raises NotFound,
    Forbidden, Invalid for a person without a login or out of service."""
    _may_let_in(actor, user_id)
    return _way_in(actor, user_id, _kind_for(user_id))


def mail_way_in(actor: Actor, user_id: int) -> None:
    """Send a fresh link by mail instead. It is made when the mail is written, so that it lies nowhere until then.
    Raises as :func:`new_way_in`, and Invalid for a person without an e-mail address."""
    record = _may_let_in(actor, user_id)
    if not mail_ready() or not record["email"]:
        raise Invalid(Problem(_("There is no mail server, or no e-mail address of this person."), "email"))
    with write_transaction():
        note_setting(actor, f"user.{user_id}.mailed", None, now().isoformat())
        post(user_id, INVITATION, {"by": actor.id}, f"invitation:{user_id}:{now().isoformat()}")


def mail_ready() -> bool:
    """Whether mails really leave the house."""
    return bool(mail_settings()["host"])


def way_in_to_mail(user_id: int, by: int) -> WayIn | None:
    """The link for a mail that is written now; None when the person has left or lost the login meanwhile."""
    person = people().persons.get(user_id)
    if person is None or not person.active or not person.login:
        return None
    return _way_in(Actor(by, via="worker"), user_id, _kind_for(user_id))


def _may_let_in(actor: Actor, user_id: int) -> Record:
    record = read_one(actor, "user", user_id, right="edit")
    if rules_over_roles(record.id) and not is_administrator(actor):
        raise Forbidden(_("Only an administrator can give an administrator a new way in."))
    person = people().persons.get(record.id)
    if person is None or not person.active:
        raise Invalid(Problem(_("This person is not active."), "active"))
    return record


def _kind_for(user_id: int) -> str:
    return FORGOTTEN if access_of([user_id])[user_id].password else INVITED


def _way_in(actor: Actor, user_id: int, kind: str) -> WayIn:
    with write_transaction():
        token, ends = invite(actor, user_id, kind)
        note_setting(actor, f"user.{user_id}.{kind}", None, ends.isoformat())
    return WayIn(user_id, WELCOME + token, ends, kind)


def welcomed(token: str, name: str, password: str) -> str:
    """Use an invitation up: the person's name as they write it, and their password. Returns their login. Raises NotFound
    when the link is over, Invalid; then it can be used again."""
    with write_transaction():
        found = invitation(token)
        if found is None:
            raise NotFound(_("This link has been used or is over. Ask your administrator for another one."))
        if found.kind == INVITED and name.strip():
            write(SYSTEM, Command("update", "user", found.user, {"name": name}), why=str(_("Invitation accepted")))
        accept_invitation(token, password)
        return people().persons[found.user].login
