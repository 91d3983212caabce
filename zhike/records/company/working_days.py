"""The company's working calendar: the announced days of its country, and what an administrator set otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.calendar_days import Day, add_workdays, is_workday, workdays_between
from zhike.records.company.settings import company, keep, kept
from zhike.records.company.settings_log import note_setting
from zhike.records.declaring.customise import require_administrator
from zhike.store.database import write_transaction

KEY = "calendar"
MOST_DAYS = 2000
WORKED = {"work", "1", "yes", "班", "上班", "工作日", "补班", "调休上班"}
FREE = {"free", "0", "no", "休", "放假", "休息", "节假日", "假"}
_LINE = re.compile(r"^\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*[,;\t，；]?\s*(\S*)")


def own_days() -> dict[date, bool]:
    """Days that are worked (True) or free (False) whatever the announced calendar says."""
    return {date.fromisoformat(day): bool(worked) for day, worked in kept(KEY, {}).items()}


def day_of_company(day: date) -> Day:
    """Whether the company works on a day, and what to know about that."""
    return is_workday(day, company().country, own_days())


def add_working_days(day: date, count: int) -> date:
    """The day ``count`` of the company's working days after ``day``; see :func:`add_workdays`."""
    return add_workdays(day, count, company().country, own_days())


def working_days(first: date, last: date) -> int:
    """How many days the company works from ``first`` to ``last``, both counted."""
    return workdays_between(first, last, company().country, own_days())


def set_days(actor: Actor, days: Mapping[date, bool | None]) -> None:
    """Set days as worked or free; None goes back to what is announced. Raises Forbidden, Invalid (too many)."""
    require_administrator(actor)
    with write_transaction():
        before = own_days()
        after = {day: worked for day, worked in {**before, **days}.items() if worked is not None}
        if len(after) > MOST_DAYS:
            raise Invalid(Problem(_("At most {n} days can be set apart.").with_(n=MOST_DAYS), "days", "too-many"))
        keep(KEY, {day.isoformat(): worked for day, worked in sorted(after.items())} or None)
        for day in days:
            note_setting(actor, f"calendar.{day.isoformat()}", before.get(day), after.get(day))


def toggle_day(actor: Actor, day: date) -> bool:
    """Turn a worked day into a free one or back; a day that is then as announced is no longer set apart. Answers whether
    it is worked now."""
    wanted = not day_of_company(day).working
    announced = is_workday(day, company().country).working
    set_days(actor, {day: None if wanted == announced else wanted})
    return wanted


def read_days(text: str) -> dict[date, bool]:
    """A list of days as one pastes or imports it, a day a line: ``2026-10-10 上班``, ``2026/10/01, free``; a day without a
    word is free. Empty lines and lines that begin with # are passed over. Raises Invalid naming every line it cannot read."""
    found: dict[date, bool] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        read = _LINE.match(line)
        try:
            if read is None:
                raise ValueError(line)
            word = read[4].casefold()
            if word and word not in WORKED | FREE:
                raise ValueError(word)
            found[date(int(read[1]), int(read[2]), int(read[3]))] = word in WORKED
        except ValueError:
            said = _("Line {n} cannot be read: “{line}”. Write a day and work or free, such as 2026-10-10 work.")
            problems.append(Problem(said.with_(n=number, line=line.strip()[:60]), "days", "line"))
    if problems:
        raise Invalid(problems[:20])
    return found


def year_of(year: int) -> list[list[tuple[date, Day, bool]]]:
    """The twelve months of a year; of each day whether it is worked, and whether it was set apart."""
    own, country = own_days(), company().country
    months = []
    for month in range(1, 13):
        day = date(year, month, 1)
        days = []
        while day.month == month:
            days.append((day, is_workday(day, country, own), day in own))
            day += timedelta(days=1)
        months.append(days)
    return months
