"""The second step: an app that shows codes (TOTP), recovery codes for the day it is lost. Passkeys are beside, in ``passkeys``."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.access.people import people
from zhike.access.signin.hashes import hashed
from zhike.access.signin.sessions import demands_second_step, end_sessions, raise_session, session_of
from zhike.access.signin.standing import with_second_step
from zhike.access.signin.tries import clear_tries, count_try
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.company.settings import company
from zhike.records.secrets import vault
from zhike.store.database import from_db, row, run, run_many, to_db, write_transaction

_pyotp: Any = LazyModule("pyotp")

STEP = 30  # seconds a code lasts
DRIFT = 1  # steps a clock may be wrong by
CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
FIELD = "authenticator"


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has as a second step: an authenticator since when, how many passkeys, how many recovery codes left."""

    authenticator: datetime | None
    passkeys: int
    codes: int
    demanded: bool

    @property
    def any(self) -> bool:
        """Whether there is a second step at all."""
        return self.authenticator is not None or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class Secret:
    """What an app needs: the secret to type in, and the address to show as a picture."""

    text: str
    address: str


def factors_of(user_id: int) -> Factors:
    """How a person's second step stands."""
    held = row('SELECT "since" FROM "store_authenticator" WHERE "user" = %s', (user_id,))
    keys = row('SELECT count(*) FROM "store_passkey" WHERE "user" = %s', (user_id,)) or (0,)
    codes = row('SELECT count(*) FROM "store_recoverycode" WHERE "user" = %s AND "used" IS NULL', (user_id,)) or (0,)
    person = people().persons.get(user_id)
    since = from_db(held[0], "instant") if held else None
    return Factors(since, int(keys[0]), int(codes[0]), person is not None and demands_second_step(person))


# -- the app that shows codes --------------------------------------------------------------------------------------------
def begin_authenticator(actor: Actor) -> Secret:
    """A secret for an app, kept sealed; it counts once a code of it was typed. One that is in use stays until then."""
    if factors_of(actor.id).authenticator is not None:
        raise Invalid(Problem(_("There is an app already. Remove it first."), "code"))
    person = people().persons[actor.id]
    held = _held(actor.id)
    secret = held[0] if held else _pyotp.random_base32()
    if held is None:
        data_key = vault().new_data_key()
        sealed = vault().sealer(actor.id, data_key).seal(FIELD, secret)
        with write_transaction():
            run(
                'INSERT INTO "store_authenticator" ("user", "vault", "secret", "step") VALUES (%s, %s, %s, 0)'
                ' ON CONFLICT ("user") DO NOTHING',
                (actor.id, data_key, sealed),
            )
    address = _pyotp.TOTP(secret).provisioning_uri(name=person.login or person.name, issuer_name=company().name)
    return Secret(" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), address)


def confirm_authenticator(actor: Actor, token: str, code: str) -> tuple[str, tuple[str, ...]]:
    """The first code of a new app: from now on it is asked for. Other sessions end, this one is a strong one. Returns its
    new token and, for a first second step, the recovery codes. Raises Invalid."""
    had_codes = factors_of(actor.id).codes > 0
    with write_transaction():
        if not _takes(actor.id, code):
            raise _wrong_code()
        run('UPDATE "store_authenticator" SET "since" = %s WHERE "user" = %s', (to_db(now()), actor.id))
        note("mfa", actor, object="user", record=actor.id, detail={"app": "added"})
        end_sessions(actor.id, but=token)
        codes = () if had_codes else new_codes(actor)
        return raise_session(token), codes


def remove_authenticator(actor: Actor) -> None:
    """Do without the app. Raises Invalid where a role asks for a second step and nothing else is left."""
    with write_transaction():
        factors = factors_of(actor.id)
        if factors.demanded and not factors.passkeys:
            raise Invalid(Problem(_("Your role asks for a second step. Add a passkey first."), "authenticator"))
        run('DELETE FROM "store_authenticator" WHERE "user" = %s', (actor.id,))
        note("mfa", actor, object="user", record=actor.id, detail={"app": "removed"})
        drop_codes_without_use(actor.id)


def drop_codes_without_use(user_id: int) -> None:
    """Recovery codes end with the last second step."""
    if not with_second_step([user_id]):
        run('DELETE FROM "store_recoverycode" WHERE "user" = %s', (user_id,))


def reset_second_step(user_id: int) -> None:
    """Take everything of a second step away, for somebody who lost it, and end their sessions."""
    with write_transaction():
        for table in ("authenticator", "recoverycode", "passkey"):
            run(f'DELETE FROM "store_{table}" WHERE "user" = %s', (user_id,))
        end_sessions(user_id)


# -- recovery codes ------------------------------------------------------------------------------------------------------
def new_codes(actor: Actor) -> tuple[str, ...]:
    """Ten codes, shown only now; earlier ones end."""
    made = tuple(_code() for _number in range(CODES))
    with write_transaction():
        note("mfa", actor, object="user", record=actor.id, detail={"codes": CODES})
        run('DELETE FROM "store_recoverycode" WHERE "user" = %s', (actor.id,))
        run_many(
            'INSERT INTO "store_recoverycode" ("user", "hash") VALUES (%s, %s)',
            [(actor.id, _code_hash(actor.id, one)) for one in made],
        )
    return made


def _code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _number in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def _code_hash(user_id: int, code: str) -> str:
    """Twelve letters of thirty-one are 59 bits: with the pauses after wrong tries a plain hash keeps them."""
    letters = "".join(one for one in code.casefold() if one.isalnum())
    return hashed(f"recovery:{user_id}:{letters}")


# -- the step itself -----------------------------------------------------------------------------------------------------
def take_second_step(token: str, code: str) -> str:
    """Finish a sign-in with a code of the app or a recovery code; returns the token of the full session. Raises Invalid
    for a wrong code, TooManyTries, and "" comes back when the half session is over."""
    session = session_of(token)
    if session is None:
        return ""
    key = f"step:{session.user}"
    count_try(key)
    with write_transaction():
        if not is_code_of(session.user, code):
            raise _wrong_code()
        clear_tries(key)
        return raise_session(token)


def is_code_of(user_id: int, code: str) -> bool:
    """Whether this is a code that was not used before, of the app in use or a recovery code; it is used by this."""
    digits = "".join(code.split())
    if len(digits) == 6 and digits.isascii() and digits.isdigit():
        return factors_of(user_id).authenticator is not None and _takes(user_id, digits)
    with write_transaction():
        sql = 'UPDATE "store_recoverycode" SET "used" = %s WHERE "user" = %s AND "hash" = %s AND "used" IS NULL'
        return run(sql, (to_db(now()), user_id, _code_hash(user_id, code))) > 0


def _takes(user_id: int, code: str) -> bool:
    """Whether the app shows this code now or did a moment ago, and no code of that time or later was taken before."""
    held = _held(user_id)
    if held is None:
        return False
    totp, at = _pyotp.TOTP(held[0]), int(now().timestamp()) // STEP
    code = "".join(code.split())
    for step in range(at - DRIFT, at + DRIFT + 1):
        if code.isascii() and secrets.compare_digest(totp.at(step * STEP), code):
            with write_transaction():
                sql = 'UPDATE "store_authenticator" SET "step" = %s WHERE "user" = %s AND "step" < %s'
                return run(sql, (step, user_id, step)) > 0
    return False


def _held(user_id: int) -> tuple[str] | None:
    found = row('SELECT "vault", "secret" FROM "store_authenticator" WHERE "user" = %s', (user_id,))
    return (vault().sealer(user_id, found[0]).open(FIELD, found[1]),) if found else None


def _wrong_code() -> Invalid:
    return Invalid(Problem(_("This code is not right, or it was used before. Wait for the next one."), "code", "wrong"))
