"""What a tile of a dashboard answers: any object, measure and grouping, narrowed to the page, as far as the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zhike.access.people import people
from zhike.access.rights import can
from zhike.insight.periods import Window, period_text, window_before, window_of
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.errors import Refused, StillComputing, TooWide
from zhike.kernel.words import Words, _
from zhike.query.lexer import quoted
from zhike.query.measures import parse_by, parse_measures
from zhike.query.periods import bucket_label, shift
from zhike.query.tree import Grouping
from zhike.records.aggregate import Group, aggregate_raw
from zhike.records.asking import ActorResolver, question
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec

MOST_STEPS = 400  # days, weeks, months … drawn side by side, gaps included
MOST_SERIES = 5
SPAN = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
PERCENT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Asked:
    """The question of a tile, as its record holds it."""

    object: str
    shape: str = "bar"
    measure: str = "count"
    by: str = ""
    by_too: str = ""
    where: str = ""
    part: str = ""
    dated: str = ""
    compare: str = "none"
    better: str = "more"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the whole page is narrowed to: a period by name, an owner, a department with those below it, a pipeline."""

    period: str = "all"
    person: int = 0
    department: int = 0
    pipeline: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """One group: its key, label, figure, how many records, the filter of exactly those records ("" when none can say it),
    and the figure it is compared with."""

    key: Any
    label: str | None
    value: Decimal | None
    count: int = 0
    where: str = ""
    before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A tile's figures. ``values`` holds, for two groupings, one row per entry of ``points`` and one column per entry of
    ``across``. ``kind``: money, number or percent. ``hidden``: the reader may not see what it asks for. ``waiting``: the job
    that computes it."""

    asked: Asked
    where: str = ""
    kind: str = "number"
    bucket: str = ""
    points: tuple[Point, ...] = ()
    across: tuple[Point, ...] = ()
    values: tuple[tuple[Decimal | None, ...], ...] = ()
    total: Decimal | None = None
    count: int = 0
    before: Decimal | None = None
    compared: bool = False
    hidden: bool = False
    problem: Words | None = None
    waiting: int = 0
    more: Any = field(default=None, compare=False)


def answer(actor: Actor, asked: Asked, page: Narrowed, today: date) -> Answer:
    """The figures of a tile. What cannot be answered comes back with its problem, what may not be seen with ``hidden``."""
    spec = registry.find(asked.object)
    if spec is None:
        return Answer(asked, problem=_("There is no object called “{name}”.").with_(name=asked.object[:60]))
    if not can(actor, "read", spec):
        return Answer(asked, hidden=True)
    where = narrowed(spec, asked, page)
    try:
        return _answered(actor, spec, asked, page, where, today)
    except StillComputing as computing:
        return Answer(asked, where=where, waiting=computing.job)
    except TooWide as wide:
        return Answer(asked, where=where, problem=wide.problems[0].text)
    except Refused as refused:
        if _makes_sense(spec, asked, where):
            return Answer(asked, hidden=True)
        return Answer(asked, where=where, problem=refused.problems[0].text)


def narrowed(spec: ObjectSpec, asked: Asked, page: Narrowed, window: Window | None = None) -> str:
    """The tile's filter together with the page's, as far as the object has what those ask for. ``window``: another stretch
    of time than the page's."""
    texts = [asked.where]
    period = window.text if window else period_text(page.period)
    if period and asked.dated in spec.by_key:
        texts.append(f"{asked.dated} within {period}")
    if page.person and "owner" in spec.by_key:
        texts.append(f"owner = {page.person}")
    if page.department and "owner" in spec.by_key:
        below = sorted(people().departments_below(page.department))
        texts.append(f"owner.department in ({', '.join(map(str, below))})")
    if page.pipeline and (line := spec.field("pipeline")) is not None and line.to == "pipeline":
        texts.append(f"pipeline = {page.pipeline}")
    return both(*texts)


def both(*texts: str) -> str:
    """Filters that hold together; one with an ``or`` gets brackets."""
    held = [text.strip() for text in texts if text and text.strip()]
    if len(held) < 2:
        return "".join(held)
    return " and ".join(f"({text})" if " or " in f" {text.lower()} " or "或" in text else text for text in held)


def _makes_sense(spec: ObjectSpec, asked: Asked, where: str) -> bool:
    """Whether the question is well put, so that only the reader's rights stand against it."""
    resolver = ActorResolver(SYSTEM)
    try:
        question(SYSTEM, spec, both(where, asked.part))
        parse_by([one for one in (asked.by, asked.by_too) if one], spec, resolver)
        parse_measures((asked.measure or "count",), spec, resolver)
    except Refused:
        return False
    return True


# -- asking --------------------------------------------------------------------------------------------------------------
def _answered(actor: Actor, spec: ObjectSpec, asked: Asked, page: Narrowed, where: str, today: date) -> Answer:
    measure = asked.measure.strip() or "count"
    resolver = ActorResolver(actor)
    measured = parse_measures((measure,), spec, resolver)[0]
    kind = "number"
    if asked.part:
        kind, measure = "percent", "count"
    elif measured.path is not None and (measured.path.field.result or measured.path.field.kind) in ("money", "percent"):
        kind = measured.path.field.result or measured.path.field.kind
    asking = _Asking(actor, spec, measure, asked.part)
    groupings = parse_by([one for one in (asked.by, asked.by_too) if one], spec, resolver)
    bucket = groupings[0].bucket if groupings else ""
    first = Answer(asked, where, kind, bucket)
    window = window_before(page.period, today, last_year=asked.compare == "year")
    compares = asked.compare in ("before", "year") and bool(asked.dated)
    earlier = narrowed(spec, asked, page, window) if compares and window else ""
    if not groupings or asked.shape == "number":
        total, count = asking.whole(where)
        before = asking.whole(earlier)[0] if earlier else None
        return replace(first, total=total, count=count, before=before, compared=bool(earlier))
    if len(groupings) > 1 and asked.shape in ("stacked", "heat", "table", "line"):
        dated = asked.dated == groupings[0].path.text
        return _crossed(asking, first, groupings, window_of(page.period, today) if dated else None)
    points = asking.points(groupings[0], where)
    first = _totalled(asking, first, points)
    if bucket in SPAN:
        points = _without_gaps(points, bucket, groupings[0], where)
        if asked.compare == "year":
            points = _beside_last_year(asking, points, groupings[0], bucket, earlier)
            first = replace(first, compared=True)
    elif asked.shape not in ("funnel", "line") and bucket != "weekday":
        points = sorted(points, key=lambda one: -(one.value if one.value is not None else Decimal(-(10**15))))
    if asked.shape == "funnel" and measure != "count" and not any(one.value for one in points) and first.count:
        return _answered(
            actor, spec, replace(asked, measure="count"), page, where, today
        )  # no amounts: told in records
    return replace(first, points=tuple(points))


def _totalled(asking: _Asking, first: Answer, points: Sequence[Point]) -> Answer:
    """With the figure of all groups together: added up where that is the same, else asked for."""
    if asking.part or asking.measure.partition(":")[0] not in ("count", "sum"):
        total, count = asking.whole(first.where)
        return replace(first, total=total, count=count)
    total = sum((one.value or Decimal(0) for one in points), Decimal(0))
    return replace(first, total=total, count=sum(one.count for one in points))


@dataclass(frozen=True, slots=True)
class _Asking:
    """One tile's measure, asked of the door for different filters and groupings."""

    actor: Actor
    spec: ObjectSpec
    measure: str
    part: str

    def groups(self, by: Sequence[str], where: str) -> dict[tuple[Any, ...], tuple[Group, Decimal | None, int]]:
        """By the keys of a group: the group, its figure and its count."""
        measures = (self.measure,) if self.measure == "count" else (self.measure, "count")
        found = aggregate_raw(self.actor, self.spec.key, tuple(by), measures, where, beside=True)
        if not self.part:
            return {one.keys: (one, _figure(one.values[0]), int(one.values[-1])) for one in found}
        held = aggregate_raw(self.actor, self.spec.key, tuple(by), ("count",), both(where, self.part), beside=True)
        parts = {one.keys: int(one.values[0]) for one in held}
        return {
            one.keys: (one, _share(parts.get(one.keys, 0), int(one.values[0])), int(one.values[0])) for one in found
        }

    def whole(self, where: str) -> tuple[Decimal | None, int]:
        """The figure of everything that matches, and how many records that is."""
        for _group, value, count in self.groups((), where).values():
            return value, count
        return None, 0

    def points(self, grouping: Grouping, where: str) -> list[Point]:
        """The groups in their own order."""
        return [
            Point(keys[0], group.labels[0], value, count, both(where, condition(grouping, keys[0], group.labels[0])))
            for keys, (group, value, count) in self.groups((grouping.text,), where).items()
        ]


def _figure(value: Any) -> Decimal | None:
    return None if value is None or isinstance(value, date) else Decimal(value)


def _share(part: int, of: int) -> Decimal | None:
    return (Decimal(part) * 100 / of).quantize(PERCENT, ROUND_HALF_UP) if of else None


def condition(grouping: Grouping, key: Any, label: str | None, window: Window | None = None) -> str:
    """The filter of one group's records; "" when the language cannot say it. A day of the week is said as its days in the
    ``window`` the field is narrowed to."""
    text, path = grouping.path.text, grouping.path
    if key is None:
        return f"{text} is empty"
    if grouping.bucket == "weekday":
        days = window.weekdays(int(key)) if window else ()
        return f"{text} in ({', '.join(one.isoformat() for one in days)})" if days else ""
    if grouping.bucket:
        return f"{text} within {label}"
    if path.part is not None:
        return ""
    if path.field.kind in ("link", "choice"):
        return f"{text} = {key}"
    if path.field.kind in ("yes_no", "number", "percent", "date"):
        return f"{text} = {key.isoformat() if isinstance(key, date) else ('yes' if key is True else 'no' if key is False else key)}"
    return f"{text} = {quoted(str(label))}" if "=" in kind_of(path.field).operators else ""


def _without_gaps(points: list[Point], bucket: str, grouping: Grouping, where: str) -> list[Point]:
    """Every step between the first and the last one; those nothing belongs to stand as zero."""
    known = {str(one.key)[:10]: one for one in points if one.key is not None}
    if not known:
        return []
    step, last = date.fromisoformat(min(known)), date.fromisoformat(max(known))
    found: list[Point] = []
    while step <= last:
        key = step.isoformat()
        label = bucket_label(step, bucket)
        found.append(known.get(key) or Point(key, label, Decimal(0), 0, both(where, condition(grouping, key, label))))
        step = shift(step, 1, SPAN[bucket])
    return found[-MOST_STEPS:]


def _beside_last_year(
    asking: _Asking, points: list[Point], grouping: Grouping, bucket: str, earlier: str
) -> list[Point]:
    """Each step with the figure of the same step a year before: from the steps themselves, else asked for."""
    known = {str(one.key)[:10]: one.value for one in points}
    if earlier:
        known |= {str(one.key)[:10]: one.value for one in asking.points(grouping, earlier) if one.key is not None}
    found = []
    for one in points:
        before = shift(date.fromisoformat(str(one.key)[:10]), -1, "year")
        if bucket == "week":
            before = shift(date.fromisoformat(str(one.key)[:10]), -52, "week")
        found.append(replace(one, before=known.get(before.isoformat())))
    return found


def _crossed(asking: _Asking, first: Answer, groupings: Sequence[Grouping], window: Window | None) -> Answer:
    """Two groupings: rows by the first, columns by the second, the smallest columns together as one. ``window``: the days
    the first is narrowed to."""
    groups = asking.groups((groupings[0].text, groupings[1].text), first.where)
    rows: dict[Any, Point] = {}
    columns: dict[Any, Point] = {}
    cells: dict[tuple[Any, Any], Decimal | None] = {}
    for (one, other), (group, value, count) in groups.items():
        cells[(one, other)] = value
        rows[one] = _added(rows.get(one), one, group.labels[0], value, count)
        columns[other] = _added(columns.get(other), other, group.labels[1], value, count)
    listed = list(rows.values())
    if first.bucket in SPAN:
        listed = _without_gaps(listed, first.bucket, groupings[0], first.where)
    elif first.bucket == "weekday":
        listed = [rows.get(day) or Point(day, str(day), Decimal(0)) for day in range(1, 8)]
    across, cells = _fewer(list(columns.values()), cells, keep=asked_of(first))
    points = [
        replace(
            one, where=both(first.where, condition(groupings[0], one.key, one.label, window)) if one.key != "" else ""
        )
        for one in listed
    ]
    values = tuple(tuple(cells.get((_key_of(row), column.key)) for column in across) for row in points)
    named = tuple(
        replace(one, where=both(first.where, condition(groupings[1], one.key, one.label)) if one.key != OTHERS else "")
        for one in across
    )
    return replace(first, points=tuple(points), across=named, values=values)


OTHERS = "\x00others"


def asked_of(first: Answer) -> int:
    """How many columns a shape can show side by side; the rest is added up."""
    return 40 if first.asked.shape in ("heat", "table") else MOST_SERIES


def _added(known: Point | None, key: Any, label: str | None, value: Decimal | None, count: int) -> Point:
    if known is None:
        return Point(key, label, value, count)
    return replace(known, value=(known.value or Decimal(0)) + (value or Decimal(0)), count=known.count + count)


def _key_of(point: Point) -> Any:
    return point.key


def _fewer(
    columns: list[Point], cells: dict[tuple[Any, Any], Decimal | None], keep: int
) -> tuple[list[Point], dict[tuple[Any, Any], Decimal | None]]:
    if len(columns) <= keep + 1:
        return columns, cells
    largest = sorted(columns, key=lambda one: -(one.value or Decimal(0)))[:keep]
    kept = {one.key for one in largest}
    rest = [one for one in columns if one.key not in kept]
    together = dict(cells)
    for (row, column), value in cells.items():
        if column not in kept:
            together[(row, OTHERS)] = (together.get((row, OTHERS)) or Decimal(0)) + (value or Decimal(0))
    label = str(_("{n} others").with_(n=len(rest)))
    others = Point(
        OTHERS, label, sum((one.value or Decimal(0) for one in rest), Decimal(0)), sum(one.count for one in rest)
    )
    return [one for one in columns if one.key in kept] + [others], together
