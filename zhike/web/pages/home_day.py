"""Blocks of the day: follow-ups that are due, tasks, leads nobody called, birthdays."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from zhike.kernel.words import _
from zhike.query.lexer import quoted
from zhike.query.tree import Compare, Path
from zhike.records.aggregate import Group, aggregate_raw
from zhike.records.marks import SEEN, marked
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.web.links import list_url
from zhike.web.pages.home_blocks import SHOWN, Desk, Lines, block, lines, owner_of

PROMISED_WITHIN = 30  # days back in which a promised next contact still counts
MOST_PROMISED = 40
MOST_BIRTHDAYS = 200
BIRTHDAY_DAYS = 14
DUE = 8
FOLLOWED = "follow_up"


@dataclass(frozen=True, slots=True)
class Due:
    """A follow-up that is due: about what, what to do, since when; ``late`` in days. ``task`` is 0 for a promise that
    stands in a follow-up itself."""

    about: Ref | None
    what: str
    on: date
    late: int
    owner: Ref | None
    record: Record
    task: int = 0


@dataclass(frozen=True, slots=True)
class Birthday:
    """A contact's next birthday."""

    contact: Record
    on: date
    away: int


@dataclass(frozen=True, slots=True)
class Given:
    """What one person has from the reader: how many open tasks, how many of them late, and the list of them."""

    name: str
    tasks: int
    late: int
    url: str


@block("follow_ups", _("Follow-ups due"), "phone-call", place=10)
def follow_ups(desk: Desk) -> Lines | None:
    """Reminders due today or earlier, and next contacts promised in a follow-up that nothing came after."""
    if not desk.sees("task", "kind", "status", "due_on"):
        return None
    where = f"kind = follow_up and status = open and due_on <= {desk.day(0)}"
    page = desk.page("task", where, "due_on", "subject due_on parent owner", DUE)
    found = [_from_task(desk, one) for one in page.rows]
    found += _promised(desk, {one.about.id for one in found if one.about})
    found.sort(key=lambda one: one.on)
    shown = lines(desk, page, where, tuple(found[:DUE]))
    return Lines(shown.rows, shown.count + len(found) - len(page.rows), shown.capped, shown.url)


def _from_task(desk: Desk, task: Record) -> Due:
    about = task.values.get("parent")
    on = task.values["due_on"]
    ref = about if isinstance(about, Ref) and about.title else None
    return Due(ref, task.title, on, (desk.today - on).days, owner_of(task), task, task.id)


def _promised(desk: Desk, known: set[int]) -> list[Due]:
    """Follow-ups whose next day has come, while their subject has neither an open reminder nor a later follow-up."""
    if not desk.sees(FOLLOWED, "next_on", "parent", "happened"):
        return []
    where = f"next_on <= {desk.day(0)} and next_on >= {desk.day(-PROMISED_WITHIN)}"
    columns = "summary next_step next_on parent happened owner"
    held = read(
        desk.actor,
        Query(
            FOLLOWED, f"{desk.whose.where} and {where}", "next_on", _known(desk, columns), MOST_PROMISED, count=False
        ),
    ).rows
    about = {one.values["parent"].id for one in held if isinstance(one.values.get("parent"), Ref)} - known
    if not about:
        return []
    about -= _reminded(desk, about)
    latest = _latest(desk, about)
    found: dict[int, Due] = {}
    for one in held:
        ref, on = one.values.get("parent"), one.values["next_on"]
        if not isinstance(ref, Ref) or not ref.title or ref.id not in about:
            continue
        if latest.get(ref.id, one.id) != one.id:
            continue
        what = str(one.values.get("next_step") or one.title)
        found[ref.id] = Due(ref, what, on, (desk.today - on).days, owner_of(one), one)
    return list(found.values())


def _known(desk: Desk, columns: str) -> tuple[str, ...]:
    return tuple(key for key in columns.split() if desk.sees(FOLLOWED, key))


def _about(object_key: str, ids: set[int]) -> Compare:
    spec = registry.object(object_key)
    return Compare(Path((spec,), (), spec["parent"]), "in", tuple(sorted(ids)))


def _reminded(desk: Desk, ids: set[int]) -> set[int]:
    query = Query(
        "task",
        "kind = follow_up and status = open",
        columns=("parent",),
        size=200,
        count=False,
        node=_about("task", ids),
    )
    return {one.values["parent"].id for one in read(desk.actor, query).rows}


def _latest(desk: Desk, ids: set[int]) -> dict[int, int]:
    """The last follow-up of each subject."""
    if not ids:
        return {}
    query = Query(FOLLOWED, sort="-happened", columns=("parent",), size=400, count=False, node=_about(FOLLOWED, ids))
    found: dict[int, int] = {}
    for one in read(desk.actor, query).rows:
        found.setdefault(one.values["parent"].id, one.id)
    return found


@block("tasks", _("Tasks"), "list-checks", place=10, side=True)
def tasks(desk: Desk) -> Lines | None:
    """What else is to do within a week, the overdue first."""
    if not desk.sees("task", "kind", "status", "due_on"):
        return None
    where = f"status = open and kind != follow_up and due_on <= {desk.day(7)}"
    page = desk.page("task", where, "due_on", "subject due_on kind priority parent owner", DUE)
    return lines(desk, page, where)


@block("given", _("Given by me"), "user-round-check", place=20, side=True)
def given(desk: Desk) -> Lines | None:
    """On whose lists the reader put something that is not done yet: how much, and how much of it is late."""
    if (desk.whose.choice and not desk.whose.many) or not desk.sees("task", "status", "due_on", "given_by", "owner"):
        return None
    where = "status = open and given_by = me and owner != me"
    late = _by_owner(desk, f"{where} and due_on < {desk.day(0)}")
    tasks = registry.object("task")
    found = [
        Given(str(group.labels[0] or ""), group.values[0], late[key].values[0] if key in late else 0,
              list_url(tasks, where=f"{where} and owner = {key}"))
        for key, group in _by_owner(desk, where).items()
    ]  # fmt: skip
    found.sort(key=lambda one: (-one.late, -one.tasks, one.name))
    whole = list_url(tasks, where=where)
    return Lines(tuple(found[:SHOWN]), sum(one.tasks for one in found), url=whole) if found else None


def _by_owner(desk: Desk, where: str) -> dict[Any, Group]:
    groups = aggregate_raw(desk.actor, "task", ("owner",), where=where, archived="no", beside=True)
    return {one.keys[0]: one for one in groups}


@block("leads", _("Leads nobody called"), "user-round-plus", place=50)
def leads(desk: Desk) -> Lines | None:
    """New leads, the longest waiting first."""
    if not desk.sees("lead", "status"):
        return None
    where = "status = new"
    page = desk.page("lead", where, "created", "name company source created owner")
    rows = tuple((one, (desk.today - one.values["created"].date()).days) for one in page.rows)
    return lines(desk, page, where, rows)


@block("birthdays", _("Birthdays"), "cake", place=30, side=True)
def birthdays(desk: Desk) -> Lines | None:
    """Contacts whose birthday is within two weeks."""
    if not desk.sees("contact", "birthday", "birthday_key"):
        return None
    days = [desk.today + timedelta(days=away) for away in range(BIRTHDAY_DAYS + 1)]
    where = f"birthday_key in ({', '.join(quoted(one) for one in birthday_keys(days))})"
    page = desk.page("contact", where, "birthday_key", "name birthday account job owner", MOST_BIRTHDAYS)
    found = [Birthday(one, on, (on - desk.today).days) for one in page.rows if (on := _next(one, days)) is not None]
    found.sort(key=lambda one: one.away)
    return lines(desk, page, where, tuple(found[:SHOWN]))


@block("seen", _("Seen lately"), "history", place=40, side=True)
def seen_lately(desk: Desk) -> Lines | None:
    """The records the reader opened last; on other people's days there is none, it is nobody else's business."""
    if desk.whose.choice:
        return None
    return Lines(tuple(marked(desk.actor, SEEN, SHOWN)))


def birthday_keys(days: list[date]) -> list[str]:
    """Month and day of every birthday on these days; whoever was born on 29 February has it on the 28th in other years."""
    found = [f"{one:%m-%d}" for one in days]
    if any((one.month, one.day) == (2, 28) and not isleap(one.year) for one in days):
        found.append("02-29")
    return found


def _next(contact: Record, days: list[date]) -> date | None:
    born: Any = contact.values.get("birthday")
    for one in days:
        if (one.month, one.day) == (born.month, born.day):
            return one
    return next((one for one in days if (one.month, one.day) == (2, 28)), None)
