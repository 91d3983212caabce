"""What a successor got of a handover, as it stands now: by the log of the operation, within their own sight."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from zhike.access.rights import can
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import NotFound
from zhike.query.tree import Compare, Path
from zhike.records.handing.doing import HANDOVER, PART
from zhike.records.read import Query, read, read_one
from zhike.records.record import Page, Record
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import row, rows
from zhike.store.ids import steady

MOST_STEPS = 1000


@dataclass(frozen=True, slots=True)
class Received:
    """One part of a handover: the part, its handover (read for the recipient, who need not see all of it), and the ids of
    the records that came to the recipient, by object in the order of the navigation."""

    part: Record
    handover: Record
    records: Mapping[str, tuple[int, ...]]


@steady()
def received(actor: Actor, part_id: int) -> Received:
    """A part in the actor's sight with what came with it. Raises NotFound, Forbidden."""
    part = read_one(actor, PART, part_id)
    if part.trashed:
        raise NotFound
    handover = read_one(SYSTEM, HANDOVER, part["handover"].id)
    found = given(int(handover["operation"] or 0)).get(part["recipient"].id, {})
    order = [spec.key for spec in registry if can(actor, "read", spec)]
    return Received(part, handover, {key: tuple(found[key]) for key in order if key in found})


def given(operation: int) -> dict[int, dict[str, list[int]]]:
    """Who became the owner of which records by an operation: person → object → record ids."""
    found: dict[int, dict[str, list[int]]] = {}
    sql = (
        'SELECT "object", "record", "body" FROM "store_changerow" WHERE "operation" = %s AND "verb" = \'update\''
        ' ORDER BY "id"'
    )
    for object_key, record, body in rows(sql, (operation,)):
        pair = json.loads(body).get("owner")
        to = pair[1] if pair else None
        person = to.get("id") if isinstance(to, dict) else to
        if isinstance(person, int):
            found.setdefault(person, {}).setdefault(object_key, []).append(record)
    return found


def handed_by(handover: Record) -> int:
    """Who did the handover, 0 for the schedule or before it is done; with the administrators they can take it back."""
    found = row('SELECT "actor" FROM "store_operation" WHERE "id" = %s', (int(handover["operation"] or 0),))
    return int(found[0]) if found else 0


def page_of(actor: Actor, got: Received, spec: ObjectSpec, where: str = "", after: str = "", size: int = 50) -> Page:
    """The records of one object that came with a part and match a filter, as the actor sees them."""
    among = Compare(Path((spec,), (), spec["id"]), "in", got.records.get(spec.key, ()))
    columns = tuple(dict.fromkeys((spec.title, *spec.columns)))
    return read(actor, Query(spec.key, where, "", columns, size, after, archived="all", node=among))


def next_steps(actor: Actor, accounts: Sequence[int]) -> dict[int, tuple[str, date | None]]:
    """The next open task of each account: what and until when."""
    spec = registry.find("task")
    if spec is None or not accounts or not can(actor, "read", spec):
        return {}
    where = f"status = open and account in ({_listed(accounts)})"
    asked = Query("task", where, "due_on", ("subject", "due_on", "account"), MOST_STEPS, count=False)
    found: dict[int, tuple[str, date | None]] = {}
    for one in read(actor, asked).rows:
        if one["account"]:
            found.setdefault(one["account"].id, (one.title, one["due_on"]))
    return found


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))
