"""Working days: the official Chinese calendar with its make-up weekends, other countries, and the company's own days.

China comes from ``chinesecalendar`` (the State Council's yearly notices). Beyond its last year, and for other countries,
``holidays`` gives the public holidays and the usual weekend; days reckoned so are marked, because make-up weekends are
announced only each autumn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Words, _

chinese_calendar = LazyModule("chinese_calendar")
holidays = LazyModule("holidays")

DAY = timedelta(days=1)
FARTHEST = 20_000  # days looked at for one sum: some fifty years
NO_OVERRIDES: Mapping[date, bool] = {}
NOTHING = Words("")


@dataclass(frozen=True, slots=True)
class Day:
    """Whether a day is worked, and what to know about that (``note`` is false when there is nothing): true as itself
    when worked. ``official`` is False when the announced calendar does not reach this day."""

    working: bool
    note: Words = NOTHING
    official: bool = True

    def __bool__(self) -> bool:
        return self.working


def is_workday(day: date, country: str = "CN", overrides: Mapping[date, bool] = NO_OVERRIDES) -> Day:
    """One day in a country (``CN``, ``DE``, ``US-CA``). ``overrides``: the company's own days, True worked.

    A part of a country that is not known counts as the country. A country nobody knows has weekends and no holidays, with a note.
    """
    own = overrides.get(day)
    if own is not None:
        return Day(own, _("Set in the company's calendar."))
    if country.upper() == "CN":
        return _chinese_day(day)
    return _day_elsewhere(day, country.upper())


def add_workdays(day: date, count: int, country: str = "CN", overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """The day ``count`` working days after ``day`` (before it when negative), which itself is not counted; 0 is ``day``.

    Raises ValueError when there are too few working days within fifty years.
    """
    step = DAY if count > 0 else -DAY
    left = abs(count)
    reached = day
    for _looked_at in range(FARTHEST):
        if not left:
            return reached
        if reached in (date.min, date.max):
            break
        reached += step
        left -= is_workday(reached, country, overrides).working
    raise ValueError("too few working days")


def workdays_between(
    first: date, last: date, country: str = "CN", overrides: Mapping[date, bool] = NO_OVERRIDES
) -> int:
    """How many working days lie from ``first`` to ``last``, both counted; 0 when ``last`` is earlier."""
    days = (last - first).days + 1
    return sum(is_workday(first + DAY * n, country, overrides).working for n in range(days))


def reliable_until(country: str = "CN") -> date | None:
    """Last day whose working days are officially known; None where they follow from the law alone."""
    return (
        date(max(one.year for one in chinese_calendar.constants.holidays), 12, 31) if country.upper() == "CN" else None
    )


@lru_cache(maxsize=4096)
def _chinese_day(day: date) -> Day:
    try:
        return Day(bool(chinese_calendar.is_workday(day)))
    except NotImplementedError:
        working = _calendar("CN", day.year).is_working_day(day)
        note = _(
            "The working days of {year} are not announced, or not known here: public holidays and weekends are "
            "reckoned, make-up days may differ."
        )
        return Day(working, note.with_(year=day.year), official=False)


def _day_elsewhere(day: date, country: str) -> Day:
    calendar = _calendar(country, day.year)
    if calendar is None:
        note = _("No public holidays are known for {country}: only weekends are free.").with_(country=country)
        return Day(day.weekday() < 5, note, official=False)
    return Day(bool(calendar.is_working_day(day)))


@lru_cache(maxsize=256)
def _calendar(country: str, year: int) -> Any:
    """The public holidays of one year; None for a country that is not known."""
    code, _dash, part = country.partition("-")
    for subdivision in dict.fromkeys((part or None, None)):
        try:
            return holidays.country_holidays(code, subdiv=subdivision, years=year)
        except NotImplementedError:
            continue
    return None
