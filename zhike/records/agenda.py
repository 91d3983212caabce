"""What stands on a calendar between two days: everything that objects declare for it, under the reader's rights."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zhike.access.people import people
from zhike.access.rights import can, field_right, owners_within, reach_of
from zhike.kernel.actor import Actor
from zhike.kernel.clock import today
from zhike.kernel.errors import BadQuery
from zhike.query.tree import And, Compare, Node, Path
from zhike.records.company.settings import setting_for
from zhike.records.read import MOST_ROWS, Query, read
from zhike.records.record import Record
from zhike.records.titles import refs_of
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec, OnCalendar
from zhike.schema.values import Masked, Ref
from zhike.store.ids import steady

MOST_OF_A_KIND = 300  # entries of one kind within one window
LONGEST = 400  # days of a window


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry: what an object declares for the calendar."""

    spec: ObjectSpec
    entry: OnCalendar

    @property
    def key(self) -> str:
        """Its name in addresses: ``task.due_on``."""
        return f"{self.spec.key}.{self.entry.key}"

    @property
    def icon(self) -> str:
        """Its icon, the object's own unless it has one."""
        return self.entry.icon or self.spec.icon


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: on which day, at what time (None: all day), until when, what it says, and how it stands with it.

    ``under`` holds canonical values with their fields, as far as the reader may see them; ``about`` the record it is
    about."""

    kind: Kind
    object: str
    id: int
    title: str
    under: tuple[tuple[str, Any], ...]
    day: date
    at: datetime | None = None
    ends: datetime | None = None
    done: bool = False
    overdue: bool = False
    owner: Ref | None = None
    about: Ref | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """The entries of a window in the order of days and times; ``cut`` names the kinds that hold more than is shown."""

    items: tuple[Item, ...]
    cut: tuple[Kind, ...] = ()


def kinds(actor: Actor) -> list[Kind]:
    """Every kind of entry this actor may see some of."""
    registry.refresh()
    return [
        Kind(spec, entry)
        for spec in registry
        if can(actor, "read", spec)
        for entry in spec.calendar
        if _open(actor, spec, entry)
    ]


def _open(actor: Actor, spec: ObjectSpec, entry: OnCalendar) -> bool:
    """A day the actor may not know, or knows only in part, is not on their calendar."""
    needed = [key for key in (entry.field, entry.yearly) if key]
    return all(field_right(actor, spec, spec[key]) in ("read", "write") for key in needed)


def owners_seen(actor: Actor) -> tuple[int, ...]:
    """Active people whose calendar this actor may look at: those within reach of their right to read what is planned."""
    planned = [kind.spec for kind in kinds(actor) if kind.entry.remind] or [kind.spec for kind in kinds(actor)]
    active = {one.id for one in people().persons.values() if one.active}
    found: set[int] = {actor.id} if actor.id else set()
    for spec in planned:
        within = owners_within(actor, reach_of(actor, "read", spec))
        found |= active if within is None else active & set(within)
    return tuple(sorted(found))


def department_seen(actor: Actor) -> tuple[int, ...]:
    """The people of the actor's own department and those below it, as far as :func:`owners_seen` goes."""
    snapshot = people()
    person = snapshot.persons.get(actor.id)
    if person is None or person.department is None:
        return ()
    inside = snapshot.departments_below(person.department)
    return tuple(one for one in owners_seen(actor) if snapshot.persons[one].department in inside)


@steady()
def agenda(
    actor: Actor,
    start: date,
    end: date,
    owners: Collection[int],
    wanted: Collection[str] | None = None,
    most: int = 0,
    given_by: int = 0,
) -> Agenda:
    """Entries of these owners from ``start`` to ``end``, both included; of the kinds ``wanted`` if given.
    At most ``most`` of each kind (:data:`MOST_OF_A_KIND`). ``given_by``: instead, what this person gave to others.

    The window is at most :data:`LONGEST` days. Asks a fixed number of questions, whatever there is."""
    end = min(end, start + timedelta(days=LONGEST))
    setting = setting_for(actor)
    found: list[Item] = []
    cut: list[Kind] = []
    for kind in kinds(actor):
        if wanted is not None and kind.key not in wanted:
            continue
        whose = _given(actor, kind, given_by) if given_by else _owned(kind, owners)
        if whose is None:
            continue
        items, more = _of_kind(actor, kind, start, end, whose, setting, most or MOST_OF_A_KIND)
        found += items
        cut += [kind] if more else []
    found = _without_doubles(found)
    found.sort(key=lambda one: (one.day, one.at is not None, one.at or datetime.min.replace(tzinfo=UTC), one.id))
    return Agenda(tuple(found), tuple(cut))


def _owned(kind: Kind, owners: Collection[int]) -> Node:
    return Compare(Path((kind.spec,), (), kind.spec["owner"]), "in", tuple(sorted(owners)))


def _given(actor: Actor, kind: Kind, giver: int) -> Node | None:
    """What the giver put on other people's lists; None for what nobody gives, or where the reader must not know it."""
    spec, link = kind.spec, kind.entry.given
    if not link or field_right(actor, spec, spec[link]) == "hidden":
        return None
    given = Compare(Path((spec,), (), spec[link]), "=", giver)
    return And((given, Compare(Path((spec,), (), spec["owner"]), "!=", giver)))


def _of_kind(
    actor: Actor, kind: Kind, start: date, end: date, whose: Node, setting: Setting, most: int
) -> tuple[list[Item], bool]:
    spec, entry = kind.spec, kind.entry
    zone = ZoneInfo(setting.timezone)
    parts: list[Node] = [whose]
    if entry.yearly:
        keys = tuple(sorted(_days_by_key(start, end)))
        parts.append(Compare(Path((spec,), (), spec[entry.yearly]), "in", keys))
    else:
        path = Path((spec,), (), spec[entry.field])
        first, last = _bounds(spec, entry, start, end, zone)
        parts += [Compare(path, ">=", first), Compare(path, "<", last)]
    columns = [
        key
        for key in (entry.field, entry.clock, entry.ends, entry.heads, *entry.under, "owner", "changed", _about(spec))
        if key
    ]
    columns = [key for key in dict.fromkeys(columns) if field_right(actor, spec, spec[key]) != "hidden"]
    query = Query(
        spec.key, entry.where, f"{entry.yearly or entry.field}", tuple(columns), most, count=False, node=And(tuple(parts))
    )  # fmt: skip
    records: list[Record] = []
    more = True
    while more and len(records) < most:
        try:
            page = read(actor, replace(query, size=most - len(records)))
        except BadQuery:  # what decides about the entry is hidden from this reader
            return [], False
        records += page.rows
        query, more = replace(query, after=page.next), bool(page.next)
    done = _done(actor, kind, [record.id for record in records])
    items = [
        item
        for record in records
        for item in _items(kind, record, start, end, zone, setting, record.id in done)
    ]  # fmt: skip
    return items, more


def _bounds(spec: ObjectSpec, entry: OnCalendar, start: date, end: date, zone: ZoneInfo) -> tuple[Any, Any]:
    behind = end + timedelta(days=1)
    if spec[entry.field].kind == "date":
        return start, behind
    return tuple(datetime.combine(day, time(), zone).astimezone(UTC) for day in (start, behind))  # type: ignore[return-value]


def _done(actor: Actor, kind: Kind, ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for start in range(0, len(ids) if kind.entry.done else 0, MOST_ROWS):
        some = tuple(ids[start : start + MOST_ROWS])
        among = Compare(Path((kind.spec,), (), kind.spec["id"]), "in", some)
        query = Query(kind.spec.key, kind.entry.done, "", (kind.spec.title,), len(some), count=False, node=among)
        try:
            found |= {record.id for record in read(actor, query).rows}
        except BadQuery:
            return set()
    return found


def _items(
    kind: Kind, record: Record, start: date, end: date, zone: ZoneInfo, setting: Setting, done: bool
) -> list[Item]:
    entry = kind.entry
    value = record[entry.field]
    if not isinstance(value, date | datetime):
        return []
    head = record[entry.heads] if entry.heads else None
    title = head.title if isinstance(head, Ref) and head.title else record.title
    under = [
        (key, record[key]) for key in entry.under if record[key] is not None and not isinstance(record[key], Masked)
    ]
    if entry.heads and title == record.title:
        under = [(key, one) for key, one in under if key != kind.spec.title]
    about = refs_of(record[_about(kind.spec)]) if _about(kind.spec) else ()
    owner = record["owner"]
    item = Item(
        kind, record.object, record.id, title, tuple(under), start, done=done, owner=owner if isinstance(owner, Ref) else None,
        about=about[0] if about else None, changed=record["changed"],
    )  # fmt: skip
    if entry.yearly:
        return [replace(item, day=day) for day in _days_by_key(start, end).get(f"{value:%m-%d}", ()) if day >= value]
    if isinstance(value, datetime):
        at = value.astimezone(zone)
        ends = record[entry.ends] if entry.ends else None
        until = ends.astimezone(zone) if isinstance(ends, datetime) and ends > value else None
        item = replace(item, day=at.date(), at=at, ends=until)
    else:
        clock = _clock(record[entry.clock]) if entry.clock else None
        item = replace(item, day=value, at=datetime.combine(value, clock, zone) if clock else None)
    late = entry.remind and not done and item.day < today(setting.timezone)
    return [replace(item, overdue=late)]


def _clock(text: Any) -> time | None:
    try:
        return time.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _days_by_key(start: date, end: date) -> Mapping[str, list[date]]:
    """The days of a window by ``MM-DD``; whoever was born on 29 February has their day on the 28th in other years."""
    found: dict[str, list[date]] = {}
    day = start
    while day <= end:
        found.setdefault(f"{day:%m-%d}", []).append(day)
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
            found.setdefault("02-29", []).append(day)
        day += timedelta(days=1)
    return found


def _about(spec: ObjectSpec) -> str:
    """The link that says what a record is about: its any-link, if it has one."""
    return next((field.key for field in spec.links if field.kind == "any_link"), "")


def _without_doubles(items: list[Item]) -> list[Item]:
    """A next step and the reminder made for it stand on the calendar once."""
    reminded = {(one.day, one.about.id) for one in items if one.kind.entry.remind and one.about}
    return [
        one
        for one in items
        if not (one.kind.entry.yields and one.about is not None and (one.day, one.about.id) in reminded)
    ]


def shown(item: Item, setting: Setting) -> str:
    """The second line of an entry as plain text."""
    texts = []
    for key, value in item.under:
        field = item.kind.spec[key]
        if isinstance(value, Ref | tuple):
            texts.append("、".join(ref.title for ref in refs_of(value)))
        else:
            texts.append(kind_of(field).show(value, field, setting))
    return " · ".join(one.replace("\n", " ") for one in texts if one)


def overdue_where(kind: Kind) -> str:
    """Filter text of the reader's own records of a reminding kind that should have been done before today; "" for others."""
    return _own_where(kind, "<") if kind.entry.remind else ""


def due_where(kind: Kind) -> str:
    """Filter text of what the reader's notice of a day is about: what is due today, and before it where that counts."""
    return _own_where(kind, "<=" if kind.entry.remind else "=")


def _own_where(kind: Kind, compared: str) -> str:
    entry = kind.entry
    parts = [f"{entry.field} {compared} today", "owner = me"]
    parts += [f"({entry.where})"] if entry.where else []
    parts += [f"not ({entry.done})"] if entry.done else []
    return " and ".join(parts)
