"""What changed in an object's records within a stretch of time, from the change log, under the reader's rights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from zhike.access.rights import field_right, require
from zhike.kernel.actor import Actor
from zhike.kernel.errors import TooWide
from zhike.kernel.words import _
from zhike.records.company.settings import setting_for
from zhike.records.history import changed_values
from zhike.records.log_archive.parts import archived
from zhike.records.read import sees
from zhike.schema.registry import registry
from zhike.store.database import from_db, rows, to_db
from zhike.store.ids import steady

MOST_CHANGES = 20_000
AT_ONCE = 500


@dataclass(slots=True)
class Changed:
    """All changes of one record within the stretch, folded into one. ``before``: what the asked fields held when it began
    (only those that changed); ``last``: when and by whom each of them changed last; ``created``: it began to exist within."""

    record: int
    created: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    last: dict[str, tuple[datetime, int]] = field(default_factory=dict)


@steady()
def changes_since(actor: Actor, object_key: str, since: datetime, keys: Sequence[str]) -> dict[int, Changed]:
    """What changed of these fields since an instant, by record, for the records in the actor's sight now. Hidden and masked
    fields are left out.

    Raises TooWide when the log holds more than :data:`MOST_CHANGES` changes of the object in that time, Forbidden."""
    registry.refresh()
    spec = registry.object(object_key)
    require(actor, "read", spec)
    shown = {key for key in keys if field_right(actor, spec, spec[key]) in ("read", "write")}
    found = rows(
        'SELECT "record", "verb", "actor", "at", "body" FROM "store_changerow" WHERE "object" = %s AND "at" >= %s'
        f' ORDER BY "at", "id" LIMIT {MOST_CHANGES + 1}',
        (spec.key, to_db(since)),
    )
    if len(found) <= MOST_CHANGES:
        older = archived(object=spec.key, since=since, most=MOST_CHANGES + 1 - len(found))
        found = [(one[3], one[5], one[6], one[7], one[8]) for one in older] + found
    if len(found) > MOST_CHANGES:
        text = _("More than {n} changes were made in this time. Choose a shorter one.")
        raise TooWide(text.with_(n=f"{MOST_CHANGES:,}"))
    setting = setting_for(actor)
    changed: dict[int, Changed] = {}
    for record, verb, by, at, body in found:
        known = changed.setdefault(record, Changed(record))
        known.created = known.created or verb == "create"
        began = verb == "create"  # it held nothing before, which is no change of its own
        some = {key: pair for key, pair in json.loads(body).items() if key in shown}
        for key, (before, _after) in changed_values(spec, some, None, setting).items():
            if not began:
                known.before.setdefault(key, before)
            known.last[key] = (from_db(at, "instant"), by)
    return _in_sight(actor, spec, changed)


def _in_sight(actor: Actor, spec: Any, changed: dict[int, Changed]) -> dict[int, Changed]:
    ids = sorted(changed)
    seen: set[int] = set()
    for start in range(0, len(ids), AT_ONCE):
        seen |= sees(actor, spec, ids[start : start + AT_ONCE])
    return {record: one for record, one in changed.items() if record in seen}
