"""Which days does a period cover? Weeks start on Monday; a period is its first day and the day after its last."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

Days = tuple[date, date]
"""First day and the day after the last one."""

UNITS: Final = {
    name + ending: name
    for name in ("day", "week", "month", "quarter", "year", "hour", "minute")
    for ending in ("", "s")
}
"""Spelling → unit: singular and plural."""

LONGEST_SHIFT: Final = 100_000
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_FIXED = re.compile(r"([0-9]{4})(?:[Qq]([1-4])|-[Ww]([0-9]{1,2})|-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")


def add_months(day: date, months: int) -> date:
    """The same day of the month that many months on; the month's last day where it is shorter.

    Raises ValueError outside the years 1 to 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, _month_length(first)))


def _month_length(first: date) -> int:
    if first.month == 12:
        return 31
    return (first.replace(month=first.month + 1) - first).days


def shift(day: date, count: int, unit: str) -> date:
    """The day that many days, weeks, months, quarters or years on (back when negative).

    Raises ValueError or OverflowError outside the calendar, ValueError for hours and minutes."""
    if unit in _MONTHS:
        return add_months(day, count * _MONTHS[unit])
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    raise ValueError(unit)


def shift_instant(instant: datetime, count: int, unit: str, timezone: str) -> datetime:
    """An instant that many units on: hours and minutes exactly, days and longer at the same clock time in ``timezone``."""
    if unit in ("hour", "minute"):
        return instant + timedelta(minutes=count * (60 if unit == "hour" else 1))
    zone = ZoneInfo(timezone)
    local = instant.astimezone(zone)
    return datetime.combine(shift(local.date(), count, unit), local.timetz()).astimezone(UTC)


def start_of(day: date, unit: str) -> date:
    """The first day of the day's week, month, quarter or year; the day itself for ``day``."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    if unit == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    if unit == "year":
        return day.replace(month=1, day=1)
    raise ValueError(unit)


def calendar_period(which: str, unit: str, today: date) -> Days:
    """``this``, ``next`` or ``last`` calendar day, week, month, quarter or year."""
    first = shift(start_of(today, unit), {"last": -1, "this": 0, "next": 1}[which], unit)
    return first, shift(first, 1, unit)


def rolling_period(which: str, count: int, unit: str, today: date) -> Days:
    """``next 30 days``: 30 days of which today is the first; ``last 30 days``: of which it is the last."""
    if which == "next":
        return today, shift(today, count, unit)
    end = today + timedelta(days=1)
    return shift(end, -count, unit), end


def fixed_period(text: str) -> Days | None:
    """The days of ``2026``, ``2026Q1``, ``2026-03``, ``2026-W09`` or ``2026-03-09``; None for anything else.

    Raises ValueError or OverflowError when it looks like one but is not in the calendar."""
    found = _FIXED.fullmatch(text)
    if found is None:
        return None
    year, quarter, week, month, day = (int(part) if part else 0 for part in found.groups())
    if found[3]:
        first = date.fromisocalendar(year, week, 1)
        return first, first + timedelta(days=7)
    if found[5]:
        first = date(year, month, day)
        return first, first + timedelta(days=1)
    unit = "quarter" if found[2] else "month" if found[4] else "year"
    first = date(year, quarter * 3 - 2 if found[2] else month if found[4] else 1, 1)
    return first, shift(first, 1, unit)


def start_instant(day: date, timezone: str) -> datetime:
    """The instant, in UTC, at which the day begins in ``timezone``. Raises OverflowError at the ends of the calendar."""
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)


def bucket_start(day: date, bucket: str) -> date | int:
    """The first day of the bucket a day falls into; for ``weekday`` its number, 1 (Monday) to 7."""
    return day.isoweekday() if bucket == "weekday" else start_of(day, bucket)


def bucket_label(value: date | str | int | None, bucket: str) -> str:
    """How a bucket prints: ``2017``, ``2017Q1``, ``2017-03``, ``2017-W09``, ``2017-03-01``, weekday ``1`` to ``7``; "" for None.

    ``value`` is the bucket's first day (a date or its ISO text), or the weekday's number. All but weekdays read back as a
    period (see :func:`fixed_period`)."""
    if value is None:
        return ""
    if bucket == "weekday":
        return str(value)
    day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    if bucket == "year":
        return f"{day.year:04d}"
    if bucket == "quarter":
        return f"{day.year:04d}Q{(day.month + 2) // 3}"
    if bucket == "month":
        return f"{day.year:04d}-{day.month:02d}"
    if bucket == "week":
        year, week, _weekday = day.isocalendar()
        return f"{year:04d}-W{week:02d}"
    return day.isoformat()[:10]
