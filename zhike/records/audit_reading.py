"""Reading the audit: who may, and which entries match."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _
from zhike.records.company.company import is_administrator
from zhike.store.chain import CHANGE, COLUMNS, last_link
from zhike.store.database import from_db, marks, rows, to_db

AUDIT = "audit"
MOST = 200
SEARCHED = 50_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: when, by whom, what about which record. ``operation``: it stands for that operation's changes."""

    id: int
    at: datetime
    kind: str
    actor: int
    via: str
    object: str
    record: int
    text: str
    detail: dict[str, Any]
    operation: int | None
    hash: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries: by person, kinds, record, time, words in the text. Without kinds: all but changes of records."""

    actor: int | None = None
    kinds: tuple[str, ...] = ()
    record: int = 0
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    before: int = 0


def may_audit(actor: Actor) -> bool:
    """Whether the actor may read the audit: administrators, and roles with a grant to read ``audit``."""
    if is_administrator(actor):
        return True
    snapshot = people()
    person = snapshot.persons.get(actor.id)
    roles = person.roles if person and person.active else ()
    return any(snapshot.grants.get((role, AUDIT), {}).get("read", "none") != "none" for role in roles)


def entries(actor: Actor, asked: Asked, size: int = 50) -> list[Entry]:
    """The newest entries that match, older than ``before``. Words are looked for among the newest :data:`SEARCHED`.

    Raises Forbidden."""
    if not may_audit(actor):
        raise Forbidden(_("Your roles do not let you read the audit. Ask an administrator."))
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    where, params = _conditions(asked)
    found = rows(
        f'SELECT {names} FROM "store_auditrow" WHERE {" AND ".join(where)} ORDER BY "id" DESC LIMIT %s',
        (*params, min(size, MOST)),
    )
    return [_entry(*line) for line in found]


def _entry(id: int, at: Any, kind: str, actor: int, via: str, *rest: Any) -> Entry:
    object_key, record, text, detail, operation, found = rest
    when = from_db(at, "instant")
    return Entry(id, when, kind, actor, via, object_key, record, text, json.loads(detail), operation, found)


def _conditions(asked: Asked) -> tuple[list[str], list[Any]]:
    changes = CHANGE in asked.kinds
    where: list[str] = ["1 = 1"] if changes else ['"operation" IS NULL']
    params: list[Any] = []
    tests: Sequence[tuple[bool, str, Any]] = (
        (asked.actor is not None, '"actor" = %s', asked.actor),
        (asked.record != 0, '"record" = %s', asked.record),
        (asked.since is not None, '"at" >= %s', to_db(asked.since)),
        (asked.until is not None, '"at" < %s', to_db(asked.until)),
        (asked.before > 0, '"id" < %s', asked.before),
    )
    for given, sql, value in tests:
        if given:
            where.append(sql)
            params.append(value)
    if asked.kinds:
        where.append(f'"kind" IN ({marks(asked.kinds)})')
        params += asked.kinds
    if asked.text:
        where.append('"id" > %s AND (LOWER("text") LIKE %s ESCAPE \'!\' OR LOWER("detail") LIKE %s ESCAPE \'!\')')
        words = "%" + asked.text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"
        params += [(asked.before or last_link()[0]) - SEARCHED, words, words]
    return where, params
