"""Signing in: passwords, sessions, tokens and links. Only this package writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zhike.access.networks import may_come_from
from zhike.access.people import Person, people
from zhike.access.signin.hashes import actor_for
from zhike.access.signin.invitations import FORGOTTEN, INVITED, Invitation, accept_invitation, invitation, invite
from zhike.access.signin.passwords import SHORTEST_PASSWORD, is_password_of, set_password
from zhike.access.signin.sessions import (
    HALF,
    PLAIN,
    SESSION_DAYS,
    Session,
    actor_of_session,
    open_session,
    session_of,
    sign_out,
)
from zhike.access.signin.standing import Access, access_of, end_access, with_access, with_second_step
from zhike.access.signin.tokens import actor_of_token, create_token
from zhike.access.signin.tries import (
    FREE_OF_ADDRESS,
    TooManyTries,
    clear_tries,
    count_try,
    of_account,
    of_address,
    of_name,
    take_back,
)
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.store.chain import say
from zhike.store.database import write_transaction
from zhike.store.home_vault import vault

__all__ = [
    "FORGOTTEN",
    "INVITED",
    "SESSION_DAYS",
    "SHORTEST_PASSWORD",
    "Access",
    "Invitation",
    "Session",
    "TooManyTries",
    "WrongSignIn",
    "accept_invitation",
    "access_of",
    "actor_of_login",
    "actor_of_session",
    "actor_of_token",
    "actor_of_user",
    "create_token",
    "end_access",
    "invitation",
    "invite",
    "open_session",
    "session_of",
    "set_password",
    "sign_in",
    "sign_out",
    "with_access",
]


class WrongSignIn(Invalid):
    """The login or the password is not right: one and the same text for every cause. ``person`` (0: nobody) is for
    the house and never told."""

    def __init__(self, person: int = 0) -> None:
        self.person = person
        super().__init__(Problem(_("The login or the password is not right."), "password", "wrong"))


def sign_in(
    login: str,
    password: str,
    address: str = "",
    device: str = "",
    *,
    keep: bool = True,
    person: Person | None = None,
    may: Callable[[Person], bool] = lambda _person: True,
) -> str:
    """Open a session and return its token for the cookie; it stays half open (nobody's) for somebody with a second step.
    ``person``: whoever was found by other words than the login; ``may``: whether they may use a password at all. Raises
    WrongSignIn for whatever was not right, and TooManyTries, for accounts and for names nobody has alike, when too much
    was not right before."""
    person = person or (people().by_login(login) if "\x00" not in login else None)
    account = of_account(person.id) if person else of_name(login)
    if address:
        count_try(of_address(address), FREE_OF_ADDRESS)
    count_try(account)
    if not is_password_of(person, password) or person is None:
        _note_failure(person, None if person else {"name": vault().index("login", login.strip().casefold())[:12]})
        raise WrongSignIn(person.id if person else 0)
    clear_tries(account)
    if address:
        take_back(of_address(address))
    if not may(person) or (address and not may_come_from(person, address)):
        _note_failure(person, {"refused": True})
        raise WrongSignIn(person.id)
    return open_session(person, HALF if with_second_step([person.id]) else PLAIN, address, device, keep=keep)


def _note_failure(person: Person | None, detail: dict[str, Any] | None = None) -> None:
    """Into the audit, also when there is no such person: the work is the same. A name nobody has is kept as a keyed hash:
    somebody may have typed their password there."""
    with write_transaction():
        found = person.id if person else 0
        say("sign_in_failed", found, "web", object="user", record=found, detail=detail)


def actor_of_login(login: str, via: str = "command") -> Actor:
    """The actor for a login name, without a password: the command line's ``--as``. Raises NotFound."""
    person = people().by_login(login)
    if person is None or not person.active:
        raise NotFound(_("There is no active user with the login “{login}”.").with_(login=login[:60]))
    return actor_for(person, via)


def actor_of_user(user_id: int, via: str = "worker") -> Actor:
    """The actor for a user id. Raises NotFound when unknown or no longer active."""
    person = people().persons.get(user_id)
    if person is None or not person.active:
        raise NotFound()
    return actor_for(person, via)
