"""The stretches of time a page of figures can be narrowed to, and the ones they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from zhike.query.periods import calendar_period, rolling_period, shift

# what an address and a dashboard say → which, how many, unit
KNOWN: dict[str, tuple[str, int, str]] = {
    "year": ("this", 0, "year"),
    "quarter": ("this", 0, "quarter"),
    "month": ("this", 0, "month"),
    "months": ("last", 12, "month"),
    "week": ("last", 7, "day"),
    "days": ("last", 30, "day"),
    "last_year": ("last", 0, "year"),
    "last_quarter": ("last", 0, "quarter"),
    "last_month": ("last", 0, "month"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """The days from ``first`` until before ``end``."""

    first: date
    end: date

    @property
    def text(self) -> str:
        """As a filter writes it, after ``within``."""
        return f"{self.first.isoformat()}..{(self.end - timedelta(days=1)).isoformat()}"

    def weekdays(self, number: int) -> tuple[date, ...]:
        """Its days that are the 1st (Monday) to 7th of the week."""
        days = (self.first + timedelta(days=n) for n in range((self.end - self.first).days))
        return tuple(day for day in days if day.isoweekday() == number)


def period_text(name: str) -> str:
    """A period as a filter writes it, after ``within``; "" for all time."""
    if name not in KNOWN:
        return ""
    which, count, unit = KNOWN[name]
    return f"{which} {count} {unit}s" if count else f"{which} {unit}"


def window_of(name: str, today: date) -> Window | None:
    """The days of a period; None for all time."""
    if name not in KNOWN:
        return None
    which, count, unit = KNOWN[name]
    return Window(*(rolling_period(which, count, unit, today) if count else calendar_period(which, unit, today)))


def window_before(name: str, today: date, *, last_year: bool) -> Window | None:
    """What a period is compared with: the same days a year earlier, or the period before it; a period that still runs is
    compared with as many days of the other one."""
    window = window_of(name, today)
    if window is None:
        return None
    so_far = min(window.end, today + timedelta(days=1))
    if last_year:
        return Window(shift(window.first, -1, "year"), shift(so_far, -1, "year"))
    _which, count, unit = KNOWN[name]
    first = shift(window.first, -(count or 1), unit)
    if so_far == window.end:
        return Window(first, window.first)
    return Window(first, min(first + (so_far - window.first), window.first))
