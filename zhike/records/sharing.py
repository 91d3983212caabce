"""Sharing single records with a person or a department, to read or to edit, perhaps until a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from zhike.access.people import people
from zhike.access.ways import scope
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.query.tree import Compare, Path
from zhike.records.acts import Act, storable
from zhike.records.asking import compiler, conditions, read_rule
from zhike.records.audit import note
from zhike.records.company.settings import company
from zhike.records.notices.notices import gather
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.store.database import from_db, insert_many, row, rows, run, to_db, write_transaction
from zhike.store.ids import shares_changed

RIGHTS = ("read", "edit")
MOST_PART = 60


def share(
    act: Act,
    object_key: str,
    record_id: int,
    with_: Sequence[Ref],
    right: str = "read",
    until: date | None = None,
    part: str = "",
) -> None:
    """Let these people and departments see (or edit) the record through the last moment of ``until``; ``part`` is what they
    do in the team of the record, if they belong to it. Sharing again with somebody replaces what was shared with them. Part
    of the operation, undone with it. Raises Invalid, and Forbidden for whoever reaches the record only because it was
    shared with them."""
    if not with_:
        raise Invalid(Problem(_("Choose a person or a department to share with."), "person", "required"))
    _require_own_reach(act, object_key, record_id)
    if right not in RIGHTS:
        raise Invalid(Problem(_("A record is shared to read or to edit."), "right"))
    ends = None
    if until is not None:
        ends = to_db(datetime.combine(until, time(23, 59, 59, 999999), ZoneInfo(company().timezone)))
    stop(record_id, with_)
    lines = [
        (
            object_key,
            record_id,
            ref.id if ref.object == "user" else None,
            ref.id if ref.object == "department" else None,
            right,
            ends,
            storable(part)[:MOST_PART] or None,
            act.id,
        )
        for ref in with_
    ]
    insert_many(
        "store_share", ("object", "record", "person", "department", "right", "until", "part", "operation"), lines
    )
    shares_changed()
    given = {"with": [f"{ref.object} {ref.id}" for ref in with_], "right": right, "until": until, "team": bool(part)}
    note("share", act.actor, object=object_key, record=record_id, detail=given)
    _tell(act, object_key, record_id, with_)


def _tell(act: Act, object_key: str, record_id: int, with_: Sequence[Ref]) -> None:
    """Everybody the record is shared with hears of it, of all records of one operation in one notice."""
    snapshot = people()
    told = {ref.id for ref in with_ if ref.object == "user"}
    for ref in with_:
        if ref.object == "department":
            inside = snapshot.departments_below(ref.id)
            told |= {one.id for one in snapshot.persons.values() if one.department in inside}
    one, many = _("{by} shared “{title}” with you"), _("{by} shared {n} {objects} with you")
    many = many.with_(objects=registry.object(object_key).plural_label)
    for person in sorted(told):
        gather(person, "shared", one, many, object_key, [(0, record_id)], act.actor.id, f"shared:{act.id}:{object_key}")


def take_back(act: Act, object_key: str, record_id: int) -> int:
    """End every share of a record; returns how many there were. Raises Forbidden like :func:`share`."""
    _require_own_reach(act, object_key, record_id)
    note("share", act.actor, object=object_key, record=record_id, detail={"with": [], "right": "none"})
    return stop(record_id)


def _require_own_reach(act: Act, object_key: str, record_id: int) -> None:
    """Only who may edit the record without any share decides who else sees it."""
    spec = registry.object(object_key)
    build = compiler(spec)
    where = conditions(
        build,
        spec,
        Compare(Path((spec,), (), spec["id"]), "=", record_id),
        scope(act.actor, "edit", spec, read_rule, with_shares=False),
    )
    if row(f"SELECT 1 {build.source()} WHERE {where}", build.params) is None:
        text = _("This record was shared with you. Whoever is responsible for it decides who else sees it.")
        raise Forbidden(Problem(text, code="forbidden"))


def stop(record_id: int, with_: Sequence[Ref] = ()) -> int:
    """Take shares of a record back: those with the given people and departments, or all. Returns how many there were."""
    shares_changed()
    if not with_:
        return run('DELETE FROM "store_share" WHERE "record" = %s', (record_id,))
    return sum(
        run(f'DELETE FROM "store_share" WHERE "record" = %s AND "{_column(ref)}" = %s', (record_id, ref.id))
        for ref in with_
    )


def _column(ref: Ref) -> str:
    return "person" if ref.object == "user" else "department"


@dataclass(frozen=True, slots=True)
class Shared:
    """With whom a record is shared: a person or a department, to do what, until when; ``part``: what they do in its team."""

    id: int
    person: int | None
    department: int | None
    right: str
    until: datetime | None
    part: str


def shares_of(record_id: int) -> list[Shared]:
    """The shares of a record that hold now, the team first. The caller has checked that the reader sees the record."""
    sql = (
        'SELECT "id", "person", "department", "right", "until", "part" FROM "store_share" WHERE "record" = %s'
        ' AND ("until" IS NULL OR "until" > %s) ORDER BY ("part" IS NULL), "id"'
    )
    return [
        Shared(line[0], line[1], line[2], line[3], from_db(line[4], "instant"), line[5] or "")
        for line in rows(sql, (record_id, to_db(now())))
    ]


def end_share(actor: Actor, object_key: str, record_id: int, share_id: int) -> None:
    """Take one share of a record back. Raises NotFound, and Forbidden like :func:`share`."""
    act = Act(actor, kind="unshare")
    with write_transaction():
        _require_own_reach(act, object_key, record_id)
        found = row('SELECT 1 FROM "store_share" WHERE "id" = %s AND "record" = %s', (share_id, record_id))
        if found is None:
            raise NotFound()
        shares_changed()
        run('DELETE FROM "store_share" WHERE "id" = %s', (share_id,))
        note("share", actor, object=object_key, record=record_id, detail={"ended": share_id})
