"""Who changed which setting when, from what to what: written in the same transaction as the change, never changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.records.audit import note
from zhike.store.database import from_db, rows, run, to_db, write_transaction

MOST = 200


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One line of the log: ``key`` says which setting (``company.name``, ``field.account.size``); None is nothing."""

    id: int
    at: datetime
    actor: int
    via: str
    key: str
    before: Any
    after: Any


def note_setting(actor: Actor, key: str, before: Any, after: Any) -> None:
    """Write a change into the log; nothing is written when nothing changed."""
    if before == after:
        return
    with write_transaction():
        run(
            'INSERT INTO "store_settingchange" ("at", "actor", "via", "key", "before", "after")'
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (to_db(now()), actor.id, actor.via[:20], key[:160], _coded(before), _coded(after)),
        )
        about, _dot, rest = key.partition(".")
        person = rest.partition(".")[0] if about == "user" else ""
        if person.isdigit():
            note("invitation", actor, object="user", record=int(person), text=rest.partition(".")[2])
        else:
            note("setting", actor, text=key)


def setting_changes(size: int = 50, before: int = 0, key: str = "") -> list[SettingChange]:
    """The newest changes first, older than the line ``before`` if given, of one ``key`` if given."""
    asked = ['"id" < %s'] if before else []
    asked += ['"key" = %s'] if key else []
    where = f" WHERE {' AND '.join(asked)}" if asked else ""
    found = rows(
        f'SELECT "id", "at", "actor", "via", "key", "before", "after" FROM "store_settingchange"{where}'
        ' ORDER BY "id" DESC LIMIT %s',
        (*([before] if before else []), *([key] if key else []), min(size, MOST)),
    )
    return [
        SettingChange(id_, from_db(at, "instant"), by, via, name, _decoded(old), _decoded(new))
        for id_, at, by, via, name, old, new in found
    ]


def _coded(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def _decoded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
