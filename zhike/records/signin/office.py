"""What whoever looks after people may do about somebody's ways in: end sessions, end a pause, take a lost second step away."""

from __future__ import annotations

from zhike.access.signin.sessions import Session, end_session, end_sessions, sessions_of
from zhike.access.signin.tries import clear_tries, of_account
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.company.company import is_administrator
from zhike.records.company.people_lives import rules_over_roles
from zhike.records.company.settings_log import note_setting
from zhike.records.read import read_one
from zhike.records.signin.second_step import reset_second_step
from zhike.store.database import write_transaction


def sessions_seen(actor: Actor, user_id: int) -> list[Session]:
    """The open sessions of a person the actor may edit. Raises NotFound, Forbidden."""
    _may(actor, user_id)
    return sessions_of(user_id)


def end_for(actor: Actor, user_id: int, id: str = "") -> None:
    """End one of somebody's sessions, or all. Raises NotFound, Forbidden."""
    _may(actor, user_id)
    with write_transaction():
        if id:
            end_session(user_id, id)
        else:
            end_sessions(user_id)
        note_setting(actor, f"user.{user_id}.sessions", "open", "ended")


def unlock(actor: Actor, user_id: int) -> None:
    """End the pause after failed tries. Raises NotFound, Forbidden."""
    _may(actor, user_id)
    with write_transaction():
        for key in (of_account(user_id), f"step:{user_id}"):
            clear_tries(key)
        note_setting(actor, f"user.{user_id}.pause", "on", None)


def take_second_step_away(actor: Actor, user_id: int) -> None:
    """For somebody who lost the phone: they come in by password again. An administrator's own is taken away only by another
    administrator. Raises NotFound, Forbidden."""
    _may(actor, user_id)
    with write_transaction():
        reset_second_step(user_id)
        note("mfa", actor, object="user", record=user_id, detail={"taken": "away"})
        note_setting(actor, f"user.{user_id}.second_step", "on", None)


def _may(actor: Actor, user_id: int) -> None:
    record = read_one(actor, "user", user_id, right="edit")
    if rules_over_roles(record.id) and not is_administrator(actor):
        raise Forbidden(_("Only an administrator can change how an administrator signs in."))
