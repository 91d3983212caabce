"""When something that repeats comes next. Pure; a month without the day has its last one instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from zhike.kernel.lazy import LazyModule

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PERIODS = {"daily": "DAILY", "weekly": "WEEKLY", "monthly": "MONTHLY", "yearly": "YEARLY"}
_rule: Any = LazyModule("dateutil.rrule")
LAST = 28  # every month has so many days


@dataclass(frozen=True, slots=True)
class Rule:
    """Daily, weekly (on some days), monthly or yearly; each time or every ``every`` periods; counted from ``first``, the day
    of the first time, which keeps the 31st and the 29th of February; no later than ``until``."""

    period: str
    first: date
    every: int = 1
    on: Sequence[str] = ()
    until: date | None = None


def next_day(rule: Rule, done_for: date, today: date) -> date | None:
    """The next time after ``done_for``, today at the earliest; None when the series has ended.

    Times that passed while this one was late are left out."""
    following = _series(rule).after(_midnight(done_for))
    if following is not None and following.date() < today:
        following = _series(rule).after(_midnight(today), inc=True)
    if following is None or (rule.until is not None and following.date() > rule.until):
        return None
    return following.date()


def _series(rule: Rule) -> Any:
    days = [WEEKDAYS.index(one) for one in rule.on if one in WEEKDAYS] if rule.period == "weekly" else []
    facts: dict[str, object] = {"byweekday": days} if days else {}
    if rule.period in ("monthly", "yearly") and rule.first.day > LAST:
        facts = {"bymonthday": list(range(LAST, rule.first.day + 1)), "bysetpos": -1}
        if rule.period == "yearly":
            facts["bymonth"] = rule.first.month
    period = getattr(_rule, _PERIODS[rule.period])
    return _rule.rrule(period, dtstart=_midnight(rule.first), interval=max(1, rule.every), wkst=_rule.MO, **facts)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
