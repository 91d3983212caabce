"""What the privacy desk does about one person: erase, make anonymous, give out; each is a case that is kept, sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.acts import storable
from zhike.records.privacy.erasing import FULL, MODES, Erased, erase_records
from zhike.records.privacy.finding import PERSON, WRITTEN, Found, Place, find_person
from zhike.records.privacy.subjects import CONSENT, require_desk
from zhike.records.secrets import vault
from zhike.store.database import from_db, row, rows, run, to_db, write_transaction
from zhike.store.keyfile import VaultError

SHORTEST_REASON = 4
MOST_REASON = 500
KEEP_CONSENT = _("Proof that consent was given and withdrawn")


@dataclass(frozen=True, slots=True)
class Case:
    """One case of the desk. ``reason`` and ``about`` are empty when its seal cannot be opened any more."""

    id: int
    at: datetime
    actor: int
    kind: str
    records: int
    kept: int
    reason: str
    about: str


def kept_by_law(place: Place) -> str:
    """Why the law lets the company keep this, as a suggestion; "" when nothing speaks for it."""
    return str(KEEP_CONSENT) if place.object == CONSENT else ""


def erase_person(
    actor: Actor,
    object_key: str,
    record_id: int,
    keys: Sequence[str],
    mode: str,
    reason: str,
    kept: Mapping[str, str] | None = None,
) -> Erased:
    """Erase the person of a record in the places named by ``keys`` (``contact:12``). What was found of the person and is
    not named is kept, with a reason in ``kept``. Raises Forbidden, NotFound, Invalid naming what lacks a reason."""
    found = find_person(actor, object_key, record_id)
    told = {key: storable(text).strip()[:MOST_REASON] for key, text in (kept or {}).items()}
    chosen = [one for one in found.places if one.key in set(keys)]
    left = [one for one in found.of(PERSON, WRITTEN) if one not in chosen]
    problems = []
    if mode not in MODES:
        problems.append(Problem(_("Choose one of these."), "mode", "unknown"))
    if len(reason.strip()) < SHORTEST_REASON:
        problems.append(Problem(_("Say who asked for it and how, or on what ground."), "reason", "required"))
    if not chosen:
        problems.append(Problem(_("Choose at least one record."), "places", "required"))
    for one in left:
        if len(told.get(one.key, "")) < SHORTEST_REASON:
            text = _("Say why “{title}” is kept.")
            problems.append(Problem(text.with_(title=one.title), f"keep-{one.key}", "required"))
    if problems:
        raise Invalid(problems)
    with write_transaction():
        done = erase_records(
            actor, [(one.object, one.id) for one in chosen], mode, bin=not any(one.role == WRITTEN for one in left)
        )
        body = {"reason": reason.strip()[:MOST_REASON], "about": f"{object_key}:{record_id}",
                "places": [one.key for one in chosen], "kept": {one.key: told[one.key] for one in left}}  # fmt: skip
        keep_case(actor, mode, body, len(chosen), len(left), done.operation)
    return done


def keep_case(
    actor: Actor, kind: str, body: Mapping[str, Any], records: int, kept: int = 0, operation: int | None = None
) -> int:
    """Put a case away, its body sealed; inside the running transaction if there is one."""
    data_key = vault().new_data_key()
    with write_transaction():
        found = row(
            'INSERT INTO "store_privacycase" ("at", "actor", "kind", "records", "kept", "operation", "vault", "body")'
            ' VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING "id"',
            (to_db(now()), actor.id, kind, records, kept, operation, data_key, ""),
        )
        assert found is not None
        sealed = vault().sealer(found[0], data_key).seal("case", json.dumps(dict(body), ensure_ascii=False))
        run('UPDATE "store_privacycase" SET "body" = %s WHERE "id" = %s', (sealed, found[0]))
    return int(found[0])


def cases(actor: Actor, size: int = 20, before: int = 0) -> list[Case]:
    """The newest cases. Raises Forbidden."""
    require_desk(actor)
    older = ' WHERE "id" < %s' if before else ""
    lines = rows(
        'SELECT "id", "at", "actor", "kind", "records", "kept", "vault", "body" FROM "store_privacycase"'
        f'{older} ORDER BY "id" DESC LIMIT {int(min(size, 200))}',
        (before,) if before else (),
    )
    return [_case(line) for line in lines]


def _case(line: tuple[Any, ...]) -> Case:
    try:
        body = json.loads(vault().sealer(line[0], line[6]).open("case", line[7]))
    except VaultError:
        body = {}
    return Case(line[0], from_db(line[1], "instant"), line[2], line[3], line[4], line[5], body.get("reason", ""),
                body.get("about", ""))  # fmt: skip


__all__ = ["FULL", "Case", "Found", "cases", "erase_person", "keep_case", "kept_by_law"]
