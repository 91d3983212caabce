"""Rules of assignment as they stand: which records a rule takes, and among whom it chooses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import _
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.spec import ObjectSpec, ScopeKind

RULE = "assignment_rule"
ARRIVALS = {"hand": _("Typed in by hand"), "api": _("Through the API"), "import": _("From a file")}
WAYS = {"turn": _("In turn"), "load": _("Whoever has the fewest open")}
COLUMNS = (
    "object where arrivals persons departments way by_region skill at_work hours most position active".split()
)  # fmt: skip
MOST_RULES = 200
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–—~至]\s*([01]?\d|2[0-3]):([0-5]\d)")

Hours = tuple[time, time]
ALWAYS: Hours = (time.min, time.max)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``persons`` and ``departments`` (with those below) are whom it chooses among; ``most`` 0: no limit."""

    id: int
    name: str
    object: str
    where: str
    arrivals: frozenset[str]
    persons: frozenset[int]
    departments: frozenset[int]
    way: str
    by_region: bool
    skill: str
    at_work: bool
    hours: Hours
    most: int


def assignable(spec: ObjectSpec) -> bool:
    """Whether records of an object belong to somebody and are found by a list of their own."""
    return spec.scope.kind is ScopeKind.OWNER and spec.group not in ("hidden", "setup")


def rules_of(object_key: str) -> list[Rule]:
    """The active rules of an object in their order."""
    query = Query(RULE, "active = yes", "position", tuple(COLUMNS), MOST_RULES, count=False)
    return [rule_of(one) for one in read(SYSTEM, query).rows if one["object"] == object_key]


def rule_of(held: Record) -> Rule:
    """A rule from its record; hours that cannot be read are none."""
    return Rule(
        held.id,
        held.title,
        str(held["object"] or ""),
        str(held["where"] or ""),
        frozenset(held["arrivals"] or ()),
        frozenset(ref.id for ref in held["persons"] or ()),
        frozenset(ref.id for ref in held["departments"] or ()),
        str(held["way"] or "turn"),
        bool(held["by_region"]),
        str(held["skill"] or ""),
        bool(held["at_work"]),
        hours_in(str(held["hours"] or "")) or ALWAYS,
        int(held["most"] or 0),
    )


def hours_in(text: str) -> Hours | None:
    """``09:00-18:00`` as two times of day; all day for nothing; None for what is neither."""
    if not text.strip():
        return ALWAYS
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        return None
    begins, ends, begins_at, ends_at = (int(one) for one in found.group(1, 3, 2, 4))
    first, last = time(begins, begins_at), time(ends, ends_at)
    return (first, last) if first < last else None
