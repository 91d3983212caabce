"""Passkeys (WebAuthn): a device answers for a person, after a finger, a face or a PIN. It counts as both steps at once."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from zhike.access.networks import may_come_from
from zhike.access.people import people
from zhike.access.signin.hashes import hashed
from zhike.access.signin.sessions import STRONG, end_sessions, open_session, raise_session, session_of
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.company.settings import company
from zhike.records.signin.provider import may_without_provider
from zhike.records.signin.second_step import drop_codes_without_use, factors_of, new_codes
from zhike.store.database import from_db, row, rows, run, to_db, write_transaction

_webauthn: Any = LazyModule("webauthn")
_structs: Any = LazyModule("webauthn.helpers.structs")

MAKE, USE = "make", "use"
LASTS = timedelta(minutes=5)
MOST = 20
NAME = 80
LONGEST_ANSWER = 20_000


@dataclass(frozen=True, slots=True)
class Site:
    """Where the browser stands: the domain keys are bound to, and the origin it must say it is at."""

    domain: str
    origin: str


@dataclass(frozen=True, slots=True)
class Passkey:
    """One of a person's keys."""

    id: int
    name: str
    created: datetime
    used: datetime | None


def passkeys_of(user_id: int) -> list[Passkey]:
    """A person's keys, the newest first."""
    sql = 'SELECT "id", "name", "created", "used" FROM "store_passkey" WHERE "user" = %s ORDER BY "id" DESC'
    return [
        Passkey(id_, name, from_db(created, "instant"), from_db(used, "instant"))
        for id_, name, created, used in rows(sql, (user_id,))
    ]


# -- making one ----------------------------------------------------------------------------------------------------------
def ask_to_make(actor: Actor, site: Site) -> str:
    """What the browser hands to the device, as JSON."""
    person = people().persons[actor.id]
    options = _webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name=company().name,
        user_id=f"zhike-{actor.id}".encode(),
        user_name=person.login or person.name,
        user_display_name=person.name,
        authenticator_selection=_structs.AuthenticatorSelectionCriteria(
            resident_key=_structs.ResidentKeyRequirement.REQUIRED,
            user_verification=_structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(actor.id),
    )
    _remember(options.challenge, MAKE, actor.id)
    return str(_webauthn.options_to_json(options))


def make_passkey(actor: Actor, token: str, site: Site, answer: str, name: str) -> tuple[str, tuple[str, ...]]:
    """Keep the key a device made. Other sessions end, this one is a strong one. Returns its new token and, for a first
    second step, recovery codes. Raises Invalid."""
    challenge = _challenge_in(answer)
    try:
        if not _answered(challenge, MAKE, actor.id):
            raise ValueError("challenge")
        made = _webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:
        raise _refused() from error
    with write_transaction():
        factors = factors_of(actor.id)
        if factors.passkeys >= MOST:
            raise Invalid(Problem(_("You have {n} passkeys. Remove one first.").with_(n=MOST), "passkey"))
        run(
            'INSERT INTO "store_passkey" ("credential", "handle", "user", "name", "public_key", "count", "created")'
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                hashed(_text(made.credential_id)),
                _text(made.credential_id),
                actor.id,
                (name.strip() or str(_("Passkey")))[:NAME],
                _text(made.credential_public_key),
                made.sign_count,
                to_db(now()),
            ),
        )
        note("mfa", actor, object="user", record=actor.id, detail={"passkey": "added"})
        end_sessions(actor.id, but=token)
        codes = new_codes(actor) if not factors.codes else ()
        return raise_session(token), codes


def remove_passkey(actor: Actor, id: int) -> None:
    """Do without a key. Raises Invalid where a role asks for a second step and nothing else is left."""
    with write_transaction():
        factors = factors_of(actor.id)
        if factors.demanded and factors.authenticator is None and factors.passkeys < 2:
            raise Invalid(Problem(_("Your role asks for a second step. Add another one first."), "passkey"))
        run('DELETE FROM "store_passkey" WHERE "user" = %s AND "id" = %s', (actor.id, id))
        note("mfa", actor, object="user", record=actor.id, detail={"passkey": "removed"})
        drop_codes_without_use(actor.id)


# -- using one -----------------------------------------------------------------------------------------------------------
def ask_to_use(site: Site, half: str = "") -> str:
    """What the browser hands to the device, as JSON: any key of this site, or those of whoever is half inside."""
    session = session_of(half)
    options = _webauthn.generate_authentication_options(
        rp_id=site.domain,
        allow_credentials=_described(session.user) if session else None,
        user_verification=_structs.UserVerificationRequirement.REQUIRED,
    )
    _remember(options.challenge, USE, session.user if session else 0)
    return str(_webauthn.options_to_json(options))


def enter_by_passkey(
    site: Site, answer: str, address: str = "", device: str = "", *, half: str = "", keep: bool = True
) -> str:
    """Open a session for whom a device answers, or finish that of whoever is half inside. Returns the token. Raises
    Invalid, with one text for every cause."""
    user = user_answering(site, answer, half)
    person = people().persons.get(user)
    if person is None or not person.active or (address and not may_come_from(person, address)):
        raise _refused()
    if not may_without_provider(person):
        raise _refused()
    if half and session_of(half) is not None:
        token = raise_session(half)
        if token:
            return token
    return open_session(person, STRONG, address, device, keep=keep)


def user_answering(site: Site, answer: str, session_token: str = "") -> int:
    """The person for whom a device answered just now; with a session only its own person counts. Raises Invalid."""
    session = session_of(session_token)
    challenge = _challenge_in(answer)
    try:
        held = row(
            'SELECT "id", "user", "public_key", "count" FROM "store_passkey" WHERE "credential" = %s',
            (hashed(str(json.loads(answer)["id"])),),
        )
        if not _answered(challenge, USE, session.user if session else 0) or held is None:
            raise ValueError("challenge")
        if session is not None and held[1] != session.user:
            raise ValueError("user")
        done = _webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=_bytes(held[2]),
            credential_current_sign_count=held[3],
            require_user_verification=True,
        )
    except Exception as error:
        raise _refused() from error
    with write_transaction():
        run(
            'UPDATE "store_passkey" SET "count" = %s, "used" = %s WHERE "id" = %s',
            (done.new_sign_count, to_db(now()), held[0]),
        )
    return int(held[1])


# -- what a device is asked to sign --------------------------------------------------------------------------------------
def _remember(challenge: bytes, kind: str, user: int) -> None:
    with write_transaction():
        run('DELETE FROM "store_challenge" WHERE "ends" < %s', (to_db(now()),))
        run(
            'INSERT INTO "store_challenge" ("hash", "kind", "user", "ends") VALUES (%s, %s, %s, %s)',
            (hashed(_text(challenge)), kind, user, to_db(now() + LASTS)),
        )


def _answered(challenge: bytes, kind: str, user: int) -> bool:
    """Whether this was asked of this person a moment ago; it can be answered once."""
    with write_transaction():
        sql = 'DELETE FROM "store_challenge" WHERE "hash" = %s AND "kind" = %s AND "user" = %s AND "ends" > %s'
        return run(sql, (hashed(_text(challenge)), kind, user, to_db(now()))) > 0


def _challenge_in(answer: str) -> bytes:
    """The challenge a device says it has signed; the signature is checked over it afterwards."""
    if len(answer) > LONGEST_ANSWER:
        raise _refused()
    try:
        said = json.loads(_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        return _bytes(said["challenge"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refused() from error


def _described(user_id: int) -> list[Any]:
    handles = rows('SELECT "handle" FROM "store_passkey" WHERE "user" = %s', (user_id,))
    return [_structs.PublicKeyCredentialDescriptor(id=_bytes(handle)) for (handle,) in handles]


def _refused() -> Invalid:
    return Invalid(Problem(_("The passkey was not accepted. Try again, or sign in another way."), "passkey", "wrong"))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
