"""How a calendar is drawn: entries, the days of a window, the hours of a week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.records.agenda import Agenda, Item, Kind, shown
from zhike.schema.kinds import Setting
from zhike.web.kinds.figures import is_chinese, weekday_text, zone
from zhike.web.links import action_url, new_url, record_url, with_query

FIRST_HOUR, LAST_HOUR = 8, 19
MOST_IN_A_CELL = 4  # of a month; the rest is counted and shown on the day
MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says apart from the day: the look, whose calendar, which kinds are off."""

    state: Mapping[str, str]
    today: date

    def at(self, day: date, **more: str) -> str:
        """The same calendar around another day, or with something else changed."""
        return with_query("/calendar", {**self.state, "day": day.isoformat() if day != self.today else "", **more})


@dataclass(frozen=True, slots=True)
class Drawing:
    """Who looks, from which address, at one person's entries or several people's, and what an empty place makes."""

    setting: Setting
    asked: Asked
    here: str
    several: bool
    adds: Kind | None

    def add(self, day: date, hour: int | None = None) -> str:
        """The form for something new on a day, at an hour if given; "" when nothing can be made."""
        if self.adds is None:
            return ""
        entry = self.adds.entry
        values = {entry.field: day.isoformat()}
        if hour is not None and entry.clock:
            values[entry.clock] = f"{hour:02}:00"
        return new_url(self.adds.spec, **values, next=self.here)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry as it is drawn."""

    url: str
    title: str
    under: str
    clock: str
    hue: str
    icon: str
    label: str
    done: bool
    overdue: str
    move: str
    owner: str


@dataclass
class Cell:
    """One place of the week's table: the entries in it, over how many hours it goes, and what a click makes there."""

    events: list[Event] = field(default_factory=list)
    rows: int = 1
    add: str = ""
    now: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One day as a column, a square of the month or a card of the agenda."""

    on: date
    name: str
    number: str
    full: str
    today: bool
    off: bool
    outside: bool
    url: str
    add: str
    all_day: tuple[Event, ...]
    events: tuple[Event, ...]
    hidden: int = 0


def days_of(found: Agenda, start: date, end: date, month: int, drawing: Drawing) -> list[Day]:
    """The days of a window with their entries; ``month``: the one that is meant when a whole month is shown, else 0."""
    made: list[Day] = []
    for number in range((end - start).days + 1):
        day = start + timedelta(days=number)
        items = [item for item in found.items if item.day == day]
        hidden = len(items) - MOST_IN_A_CELL if month and len(items) > MOST_IN_A_CELL + 1 else 0
        made.append(
            Day(
                on=day,
                name=weekday_text(day, drawing.setting),
                number=str(day.day),
                full=f"{weekday_text(day, drawing.setting)} {short_day(day, drawing.setting)}",
                today=day == drawing.setting.today,
                off=day.weekday() > 4,
                outside=bool(month) and day.month != month,
                url=drawing.asked.at(day, view="day"),
                add=drawing.add(day),
                all_day=tuple(event_of(item, drawing) for item in items if item.at is None),
                events=tuple(event_of(item, drawing) for item in items),
                hidden=hidden,
            )
        )
    return made


def hours_of(found: Agenda, days: Sequence[Day], drawing: Drawing) -> list[tuple[str, list[Cell | None]]]:
    """The hours of a week as rows of its table: cells by day, None where a long entry above reaches down."""
    timed = [item for item in found.items if item.at is not None]
    first = min([FIRST_HOUR, *(item.at.hour for item in timed if item.at)])
    ends = [item.ends.hour for item in timed if item.ends and item.ends.date() == item.day]
    last = max([LAST_HOUR, *(item.at.hour for item in timed if item.at), *ends])
    grid: dict[tuple[date, int], list[Item]] = {}
    for item in timed:
        assert item.at is not None
        grid.setdefault((item.day, item.at.hour), []).append(item)
    present = now().astimezone(zone(drawing.setting.timezone))
    rows: list[tuple[str, list[Cell | None]]] = []
    reaching: dict[date, int] = {}
    for hour in range(first, last + 1):
        cells: list[Cell | None] = []
        for day in days:
            if hour < reaching.get(day.on, first):
                cells.append(None)
                continue
            some = grid.get((day.on, hour), [])
            span = _span(some, grid, day.on, hour, last)
            reaching[day.on] = hour + span
            within = present.date() == day.on and hour <= present.hour < hour + span
            cells.append(Cell([event_of(item, drawing) for item in some], span, drawing.add(day.on, hour), within))
        rows.append((f"{hour}:00", cells))
    return rows


def _span(some: Sequence[Item], grid: dict[tuple[date, int], list[Item]], day: date, hour: int, last: int) -> int:
    """Over how many hours a cell goes: as long as its only entry lasts, if nothing else begins meanwhile."""
    if len(some) != 1 or some[0].ends is None:
        return 1
    ends = some[0].ends
    until = last + 1 if ends.date() > day else ends.hour + (1 if ends.minute else 0)
    span = max(1, min(until, last + 1) - hour)
    return span if not any((day, hour + more) in grid for more in range(1, span)) else 1


def event_of(item: Item, drawing: Drawing) -> Event:
    """An entry as it is drawn."""
    kind, setting = item.kind, drawing.setting
    clock = f"{item.at:%H:%M}" if item.at else ""
    if item.at and item.ends:
        clock += f"–{item.ends:%H:%M}"
    late = ""
    if item.overdue and setting.today is not None:
        days = (setting.today - item.day).days
        late = str(_("{n} days overdue").with_(n=days) if days != 1 else _("one day overdue"))
    move = (
        with_query(action_url(item, kind.entry.moves), {"next": drawing.here})
        if kind.entry.moves and not item.done
        else ""
    )
    owner = item.owner.title if drawing.several and item.owner else ""
    return Event(
        record_url(item), item.title, shown(item, setting), clock, kind.entry.hue, kind.icon, str(kind.entry.label),
        item.done, late, move, owner,
    )  # fmt: skip


def heading(look: str, on: date, start: date, end: date, setting: Setting) -> str:
    """What the window is called: 2026年3月16日 – 22日."""
    chinese = is_chinese(setting)
    if look == "month":
        return f"{on.year}年{on.month}月" if chinese else f"{MONTHS[on.month - 1]} {on.year}"
    if look == "day":
        return _long(on, setting)
    if chinese:
        if start.month == end.month:
            return f"{start.year}年{start.month}月{start.day}日 – {end.day}日"
        return f"{start.year}年{start.month}月{start.day}日 – {end.month}月{end.day}日"
    if start.month == end.month:
        return f"{start.day} – {end.day} {MONTHS[end.month - 1]} {end.year}"
    return f"{start.day} {MONTHS[start.month - 1][:3]} – {end.day} {MONTHS[end.month - 1][:3]} {end.year}"


def _long(day: date, setting: Setting) -> str:
    if is_chinese(setting):
        return f"{day.year}年{day.month}月{day.day}日 {weekday_text(day, setting)}"
    return f"{weekday_text(day, setting)}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_day(day: date, setting: Setting) -> str:
    """3月18日, 18 Mar."""
    return f"{day.month}月{day.day}日" if is_chinese(setting) else f"{day.day} {MONTHS[day.month - 1][:3]}"


def short_heading(look: str, on: date, start: date, end: date, setting: Setting) -> str:
    """The same for a narrow page, without the year where it is the present one: 11月23 – 29日."""
    present = setting.today is not None and setting.today.year == end.year
    if look == "month" or not present:
        return heading(look, on, start, end, setting)
    if look == "day":
        return f"{short_day(on, setting)} {weekday_text(on, setting)}"
    if start.month != end.month:
        return f"{short_day(start, setting)} – {short_day(end, setting)}"
    if is_chinese(setting):
        return f"{start.month}月{start.day} – {end.day}日"
    return f"{start.day} – {short_day(end, setting)}"
