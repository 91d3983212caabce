"""What people do about their own ways in: show again who they are, change the password."""

from __future__ import annotations

from zhike.access.people import people
from zhike.access.signin import open_session, session_of, set_password
from zhike.access.signin.passwords import is_password_of
from zhike.access.signin.sessions import note_proved
from zhike.access.signin.standing import access_of
from zhike.access.signin.tries import clear_tries, count_try, of_account
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.signin.second_step import is_code_of
from zhike.store.database import write_transaction


def has_password(actor: Actor) -> bool:
    """Whether there is a password to be asked for."""
    return access_of([actor.id])[actor.id].password


def prove(actor: Actor, token: str, password: str) -> None:
    """Show again who one is, by password or by a code. Raises Invalid, TooManyTries."""
    key = of_account(actor.id)
    count_try(key)
    if not is_password_of(people().persons.get(actor.id), password) and not is_code_of(actor.id, password):
        raise Invalid(Problem(_("This is not right."), "password", "wrong"))
    clear_tries(key)
    note_proved(token)


def change_password(actor: Actor, token: str, present: str, fresh: str) -> str:
    """Give oneself another password; all sessions end, this one goes on under a new token, which is returned. Raises
    Invalid naming the wrong field, TooManyTries."""
    session, person, key = session_of(token), people().persons.get(actor.id), of_account(actor.id)
    if session is None or person is None:
        raise NotFound()
    count_try(key)
    if not is_password_of(person, present):
        raise Invalid(Problem(_("This is not your present password."), "current", "wrong"))
    clear_tries(key)
    with write_transaction():
        set_password(actor.id, fresh)
        return open_session(person, session.stage, session.address, session.device)
