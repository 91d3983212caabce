"""What one reader is told of segments: how many members they see, who came and went, which segments a record is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Refused
from zhike.query.tree import EVERYTHING, Compare, InSegment, Node, Path
from zhike.records.aggregate import aggregate_raw, local_day
from zhike.records.asking import compiler, conditions, question, segment_tree, visible
from zhike.records.company.settings import setting_for
from zhike.records.record import Record
from zhike.records.segments.kept import SEGMENT, Segment, memberships, segment_of
from zhike.records.titles import titles_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import from_db, row, rows, to_db
from zhike.store.ids import steady

DAYS = 30
COUNTED_WITHIN = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class Day:
    """How many records came into a segment on a day, and how many left it."""

    on: date
    came: int
    left: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A segment for one reader: its records' object, the filter that lists them, its conditions, how many the reader sees (None: too many
    to count in time), and the last :data:`DAYS` days. ``making``: its members are not complete yet, its conditions are
    asked instead."""

    spec: ObjectSpec
    where: str
    conditions: Node
    members: int | None
    making: bool
    days: tuple[Day, ...]


@steady()
def standing(actor: Actor, segment_id: int) -> Standing | None:
    """How a segment stands; None when the reader may not ask for its members, or its conditions cannot be read any more."""
    segment = segment_of(segment_id)
    spec = registry.find(segment.object) if segment is not None else None
    if segment is None or spec is None or not can(actor, "read", spec):
        return None
    where = f"{SEGMENT} = {segment.id}"
    try:
        asked = question(actor, spec, where)
        kept = isinstance(asked, InSegment) and not asked.live
        tree = segment_tree(actor, spec, segment.where)
        members = _count(actor, spec, segment, where, kept=kept)
    except Refused:
        return None
    return Standing(spec, where, tree, members, not segment.ready, _days(actor, spec, segment) if kept else ())


def _count(actor: Actor, spec: ObjectSpec, segment: Segment, where: str, *, kept: bool) -> int | None:
    if kept and visible(actor, spec) == EVERYTHING:
        return segment.members
    try:
        found = aggregate_raw(actor, spec.key, (), ("count",), where, archived="no", seconds=COUNTED_WITHIN)
    except Refused:
        return None
    return int(found[0].values[0]) if found else 0


def _days(actor: Actor, spec: ObjectSpec, segment: Segment) -> tuple[Day, ...]:
    setting = setting_for(actor)
    build = compiler(spec)
    where = conditions(build, spec, visible(actor, spec))
    day = local_day('m."at"', Path((spec,), (), spec["created"]), setting.timezone)
    day = f"CAST({day} AS date)" if "AT TIME ZONE" in day else day
    sql = (
        f'SELECT {day}, m."entered", count(*) {build.source()} JOIN "store_segmentmove" m ON m."record" = t."id"'
        f' WHERE {where} AND m."segment" = %s AND m."at" >= %s GROUP BY 1, 2'
    )
    since = now() - timedelta(days=DAYS + 1)
    told: dict[tuple[date, bool], int] = {}
    for on, entered, number in rows(sql, [*build.params, segment.id, to_db(since)]):
        told[from_db(on, "date"), bool(entered)] = int(number)
    today = setting.today
    listed = [today - timedelta(days=back) for back in reversed(range(DAYS))] if told and today else []
    return tuple(Day(on, told.get((on, True), 0), told.get((on, False), 0)) for on in listed)


@steady()
def segments_of(actor: Actor, record: Record) -> dict[int, str]:
    """The segments a record is in that this reader may know of: titles by id."""
    spec = registry.object(record.object)
    found = []
    for one in memberships(record.id):
        build = compiler(spec)
        try:
            asked = question(actor, spec, f"{SEGMENT} = {one}")
        except Refused:
            continue
        where = conditions(build, spec, Compare(Path((spec,), (), spec["id"]), "=", record.id), asked)
        if row(f"SELECT 1 {build.source()} WHERE {where}", build.params) is not None:
            found.append(one)
    return titles_of(actor, {SEGMENT: set(found)}) if found else {}
