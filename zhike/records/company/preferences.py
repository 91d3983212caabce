"""What each person set for themselves: one JSON value per key, kept with the person and not with the device."""

from __future__ import annotations

import json
from typing import Any

from zhike.kernel.actor import Actor
from zhike.store.database import row, run, write_transaction


def preference(actor: Actor, key: str, default: Any = None) -> Any:
    """What the actor chose under ``key``; ``default`` when nothing was chosen or the actor is the system."""
    return preferences(actor.id).get(key, default)


def preferences(person: int) -> dict[str, Any]:
    """Everything a person chose, by key."""
    found = row('SELECT "body" FROM "store_preference" WHERE "user" = %s', (person,))
    return dict(json.loads(found[0])) if found else {}


def prefer(actor: Actor, **chosen: Any) -> None:
    """Keep the actor's own choices; None forgets one. Nobody chooses for somebody else, and the system has none."""
    if not actor.id:
        return
    with write_transaction():
        held = {**preferences(actor.id), **chosen}
        body = json.dumps({key: value for key, value in held.items() if value is not None}, ensure_ascii=False)
        if not run('UPDATE "store_preference" SET "body" = %s WHERE "user" = %s', (body, actor.id)):
            run('INSERT INTO "store_preference" ("user", "body") VALUES (%s, %s)', (actor.id, body))
