"""Which bounds does a condition on a date or an instant have? Days of instants are those of the reader's timezone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from zhike.kernel.clock import now, today
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import _
from zhike.query.lexer import quoted
from zhike.query.operands import part_of
from zhike.query.periods import (
    Days,
    calendar_period,
    fixed_period,
    rolling_period,
    shift,
    shift_instant,
    start_instant,
)
from zhike.query.syntax import Value
from zhike.query.tree import And, Compare, InSegment, InSet, Node, Not, Or, Path
from zhike.schema.kinds import kind_of, parse_date
from zhike.schema.kinds.base import ParseError, Setting

WITHIN = "within "
"""How ``said`` begins on the two comparisons that ``within`` becomes."""

EARLIEST_YEAR = 1000
_MOVING = re.compile(r"\b(today|now|this|next|last)\b")


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` up to, not including, ``end``: days, or instants. ``said`` as a period; ``said_start`` and ``said_end`` as days."""

    start: Any
    end: Any
    said: str
    said_start: str
    said_end: str


@dataclass(frozen=True, slots=True)
class Point:
    """One date of a date field or one instant of an instant field."""

    at: Any
    said: str


class Moments:
    """Reads the right sides of date and instant conditions of one filter. ``today`` and ``now`` are the same for all of it."""

    def __init__(self, setting: Setting, source: str) -> None:
        self.setting, self.source = setting, source
        self._today: date | None = setting.today
        self._now: datetime | None = None

    @property
    def today(self) -> date:
        """Today in the setting's timezone, unless the setting names another day."""
        if self._today is None:
            self._today = today(self.setting.timezone)
        return self._today

    @property
    def now(self) -> datetime:
        """The present instant."""
        if self._now is None:
            self._now = now()
        return self._now

    def condition(self, path: Path, op: str, values: list[Value]) -> Node:
        """``path op value``, or for ``in`` any of the values. Raises BadQuery."""
        if op != "in":
            return self._compare(path, op, self._read(path, values[0]))
        read = [self._read(path, value) for value in values]
        points = {one.at: one.said for one in read if isinstance(one, Point)}
        rest: list[Node] = [within(path, one) for one in read if isinstance(one, Span)]
        if not rest:
            return Compare(path, "in", tuple(points), f"({', '.join(points.values())})")
        if points:
            rest.insert(0, Compare(path, "in", tuple(points), f"({', '.join(points.values())})"))
        return rest[0] if len(rest) == 1 else Or(tuple(rest))

    def _compare(self, path: Path, op: str, right: Point | Span) -> Node:
        if isinstance(right, Point):
            if op == "within":
                op = "="
            return Compare(path, op, right.at, right.said)  # type: ignore[arg-type]
        if op in ("=", "within"):
            return within(path, right)
        if op == "!=":
            return Not(within(path, right))
        if op in ("<", ">="):
            return Compare(path, op, right.start, right.said_start)  # type: ignore[arg-type]
        return Compare(path, ">=" if op == ">" else "<", right.end, right.said_end)

    # -- reading ---------------------------------------------------------------------------------------------------
    def _read(self, path: Path, value: Value) -> Point | Span:
        try:
            value = _written_out(value)
            return self._instant(path, value) if part_of(path).type == "instant" else self._date(path, value)
        except ParseError as problem:
            raise BadQuery(problem.text, value.at, self.source) from None
        except (ValueError, OverflowError):
            text = _("“{value}” is not in the calendar.").with_(value=value.text[:60])
            raise BadQuery(text, value.at, self.source) from None

    def _date(self, path: Path, value: Value) -> Point | Span:
        if value.form == "day":
            return Point(self._day(value), value.said)
        if value.form == "span":
            return self._days(value)
        if value.form == "now":
            text = _("“{name}” is a date: use today instead of now.").with_(name=path.field.label)
            raise BadQuery(text, value.at, self.source)
        day: date = kind_of(path.field).operand(value.text, path.field, self.setting)
        return Point(day, day.isoformat())

    def _instant(self, path: Path, value: Value) -> Point | Span:
        if value.form == "now":
            at = self.now
            for count, unit in value.data:
                at = shift_instant(at, count, unit, self.setting.timezone)
            return Point(at, value.said)
        if value.form == "span" and value.data[-1] in ("hour", "minute"):
            return self._hours(value)
        if value.form in ("day", "span"):
            days, zone = self._days(value), self.setting.timezone
            return replace(days, start=start_instant(days.start, zone), end=start_instant(days.end, zone))
        at = kind_of(path.field).operand(value.text, path.field, self.setting)
        return Point(at, value.said if value.form == "instant" else quoted(value.text))

    def _hours(self, value: Value) -> Span:
        if len(value.data) == 2:
            raise ValueError(value.text)
        which, count, unit = value.data
        other = shift_instant(self.now, count if which == "next" else -count, unit, self.setting.timezone)
        start, end = (self.now, other) if which == "next" else (other, self.now)
        sign = "+" if which == "next" else "-"
        said = f"now {sign} {value.said.partition(' ')[2]}"
        return Span(start, end, value.said, "now" if which == "next" else said, said if which == "next" else "now")

    def _day(self, value: Value) -> date:
        base, shifts = value.data
        day = base or self.today
        for count, unit in shifts:
            day = shift(day, count, unit)
        if day.year < EARLIEST_YEAR:
            raise ValueError(value.text)
        return day

    def _days(self, value: Value) -> Span:
        """A day, a period or a year as whole days."""
        if value.form == "day":
            day = self._day(value)
            end = day + timedelta(days=1)
            said_end = f"{value.said} + 1 day" if value.said.startswith("today") else end.isoformat()
            return Span(day, end, value.said, value.said, said_end)
        if value.form != "span" or value.data[-1] in ("hour", "minute"):
            raise ValueError(value.text)
        start, end = self._bounds(value)
        if start.year < EARLIEST_YEAR:
            raise ValueError(value.text)
        return Span(start, end, value.said, start.isoformat(), end.isoformat())

    def _bounds(self, value: Value) -> Days:
        if value.data[0] == "fixed":
            found = fixed_period(value.text)
            assert found is not None
            return found
        if value.data[0] == "from":
            first, last = (self._days(_written_out(one)) for one in value.data[1:])
            if last.end <= first.start:
                raise BadQuery(_("This period ends before it begins."), value.at, self.source)
            return first.start, last.end
        if len(value.data) == 2:
            which, unit = value.data
            return calendar_period(which, unit, self.today)
        which, count, unit = value.data
        return rolling_period(which, count, unit, self.today)


def _written_out(value: Value) -> Value:
    """A word, text or number that names a day or a fixed period, as that day or period; anything else as it is."""
    if value.form not in ("word", "text", "number"):
        return value
    if fixed_period(value.text) is not None and value.text.count("-") < 2:
        return value._replace(form="span", said=value.text.upper(), data=("fixed", value.text))
    try:
        day = parse_date(value.text)
    except ParseError:
        return value
    return value._replace(form="day", said=day.isoformat(), data=(day, ()))


def within(path: Path, span: Span) -> And:
    """The two comparisons of a period; their ``said`` marks them as belonging together."""
    said = WITHIN + span.said
    return And((Compare(path, ">=", span.start, said), Compare(path, "<", span.end, said)))


def is_period(node: Node) -> bool:
    """Whether a node is what ``within`` becomes."""
    if not isinstance(node, And) or len(node.parts) != 2:
        return False
    low, high = node.parts
    return (
        isinstance(low, Compare)
        and isinstance(high, Compare)
        and low.said.startswith(WITHIN)
        and low.said == high.said
        and (low.op, high.op) == (">=", "<")
        and low.path == high.path
    )


def moves_with_time(node: Node) -> bool:
    """Whether the tree holds days or instants worked out from today or now, so that it must not be kept for tomorrow."""
    if isinstance(node, Compare):
        is_moment = node.path.part is None and part_of(node.path).type in ("date", "instant")
        return is_moment and _MOVING.search(node.said) is not None
    if isinstance(node, Not | InSet):
        return moves_with_time(node.part)
    if isinstance(node, InSegment):
        return any(map(moves_with_time, node.live))
    return isinstance(node, And | Or) and any(moves_with_time(part) for part in node.parts)
