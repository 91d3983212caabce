"""Coming in with a password: by login, e-mail or phone, judged in :mod:`zhike.access.signin`, written into the audit log."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.access.people import Person, people
from zhike.access.signin import WrongSignIn, session_of, sign_in
from zhike.access.signin.sessions import HALF
from zhike.kernel.actor import SYSTEM
from zhike.kernel.errors import Refused
from zhike.records.read import Query, read
from zhike.records.signin.provider import may_without_provider


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that was opened: its token, and whether the second step is still to come."""

    token: str
    half: bool


def enter(login: str, password: str, address: str = "", device: str = "", *, keep: bool = True) -> Entered:
    """Open a session for whoever has this login, e-mail address or phone number. Raises WrongSignIn, TooManyTries."""
    token = sign_in(login, password, address, device, keep=keep, person=person_called(login), may=may_without_provider)
    session = session_of(token)
    if session is None:
        raise WrongSignIn
    return Entered(token, session.stage == HALF)


def person_called(text: str) -> Person | None:
    """The active person with this login, or with this e-mail address or phone number if nobody else has it."""
    text = text.strip()
    if not text or "\x00" in text or len(text) > 254:
        return None
    found = people().by_login(text)
    if found is not None:
        return found
    if "@" in text:
        return _with("email", text)
    digits = text.replace(" ", "").replace("-", "").removeprefix("+")
    return _with("phone", text) if digits.isascii() and digits.isdigit() and len(digits) >= 7 else None


def _with(field: str, text: str) -> Person | None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    try:
        page = read(SYSTEM, Query("user", where=f'{field} = "{quoted}"', columns=("name",), size=2, count=False))
    except Refused:
        return None
    person = people().persons.get(page.rows[0].id) if len(page.rows) == 1 else None
    return person if person is not None and person.login else None
