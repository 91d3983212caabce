"""Agendas as iCalendar files, for the calendars of phones and desks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from zhike.kernel.lazy import LazyModule
from zhike.records.agenda import Item

icalendar = LazyModule("icalendar")
LASTS = timedelta(minutes=30)  # what has a beginning and no end
REFRESH = "PT1H"


def calendar_file(name: str, home: str, items: Iterable[Item], notes: Sequence[tuple[date, str]] = ()) -> bytes:
    """An iCalendar file. ``notes`` stand on their days as entries of their own.

    Titles only, no further detail; the same entry keeps its UID for ever; ``home`` makes UIDs of
    this installation its own. Entries of a day are all-day; others stand in UTC, which every calendar shows in its own zone."""
    made = icalendar.Calendar()
    made.add("prodid", "-//Zhike//Calendar//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("x-published-ttl", REFRESH)
    for item in items:
        made.add_component(_event(item, home))
    for number, (day, text) in enumerate(notes):
        made.add_component(_note(f"note-{number}@{home}", day, text))
    return bytes(made.to_ical())


def _event(item: Item, home: str) -> icalendar.Event:  # type: ignore[name-defined]
    event = icalendar.Event()
    entry = item.kind.entry
    year = f"-{item.day.year}" if entry.yearly else ""
    event.add("uid", f"{item.id}-{entry.key}{year}@{home}")
    event.add("dtstamp", item.changed or datetime(2000, 1, 1, tzinfo=UTC))
    if item.changed:
        event.add("last-modified", item.changed)
    event.add("summary", _title(item))
    event.add("categories", [str(entry.label)])
    if item.at is not None:
        begins = item.at.astimezone(UTC)
        event.add("dtstart", begins)
        event.add("dtend", item.ends.astimezone(UTC) if item.ends else begins + LASTS)
    else:
        event.add("dtstart", item.day)
        event.add("dtend", _following(item.day))
        event.add("transp", "TRANSPARENT")
    return event


def _note(uid: str, day: date, text: str) -> icalendar.Event:  # type: ignore[name-defined]
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("dtstamp", datetime(day.year, day.month, day.day, tzinfo=UTC))
    event.add("summary", text)
    event.add("dtstart", day)
    event.add("dtend", _following(day))
    event.add("transp", "TRANSPARENT")
    return event


def _title(item: Item) -> str:
    done = "✓ " if item.done else ""
    return f"{done}{item.title}"


def _following(day: date) -> date:
    return day + timedelta(days=1)
