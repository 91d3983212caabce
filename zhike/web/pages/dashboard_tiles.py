"""A tile's answer as it is drawn: figures as text, bars with their lengths, charts as data for the script and as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from zhike.insight.tiles import OTHERS, Answer, Point, both
from zhike.kernel.words import Words, _
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Money
from zhike.web.kinds.charts import Bar, Columns, Unit, bars_of, columns_of, short_money, unit_for
from zhike.web.kinds.figures import MONTHS, WEEKDAYS_EN, WEEKDAYS_ZH, is_chinese, money_text, number_text
from zhike.web.links import list_url
from zhike.web.reading import reading

MOST_BARS = 8
MOST_ROWS = 200
HEATS = 4
LEAP = 5  # from so many times as much on, a percentage says nothing
DRAWN_BY_SCRIPT = ("line", "stacked", "heat")


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of a table and the list behind it ("" for none); ``heat`` 0 to 4; ``exact``: the figure in full."""

    text: str
    url: str = ""
    heat: int = 0
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a chart as a table: the heads of its columns, and its rows with their labels."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, tuple[Cell, ...]], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A tile ready for its template. ``waiting``: the job that computes it; ``of``: the moment it is of, when it was computed
    some minutes ago."""

    id: int
    title: str
    shape: str
    size: str
    under: str = ""
    url: str = ""
    total: str = ""
    exact: str = ""
    note: str = ""
    delta: str = ""
    tone: str = ""
    bars: tuple[Bar, ...] = ()
    chart: str = ""
    columns: Columns | None = None
    keys: tuple[str, ...] = ()
    table: Table | None = None
    problem: str = ""
    hidden: bool = False
    waiting: int = 0
    of: datetime | None = None
    more: Any = None
    unit: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def draw(id: int, title: str, size: str, answer: Answer) -> Drawn:
    """The tile as it is drawn."""
    asked, spec = answer.asked, registry.find(answer.asked.object)
    base: dict[str, Any] = {"id": id, "title": title, "size": size, "shape": asked.shape}
    if spec is None or answer.problem is not None:
        return Drawn(
            **base, problem=str(answer.problem or _("There is no object called “{name}”.").with_(name=asked.object))
        )
    if answer.waiting:
        return Drawn(**base, waiting=answer.waiting, url=list_url(spec, where=answer.where))
    if answer.hidden:
        return Drawn(**base, hidden=True)
    base["url"] = list_url(spec, where=answer.where, archived="all")
    if asked.shape == "number":
        return Drawn(**base, **_number(answer, spec))
    if answer.across or answer.values:
        return Drawn(**base, **_crossed(answer, spec))
    unit = _unit(answer, [one.value for one in answer.points])
    base |= {
        "under": _under(answer, unit),
        "total": _total(answer),
        "exact": exact(answer.total, answer.kind),
        "unit": str(unit.label),
    }
    if asked.shape == "table":
        return Drawn(**base, table=_table(answer, spec, unit))
    if answer.bucket and answer.bucket != "weekday" and asked.shape not in ("funnel", "leaderboard"):
        return Drawn(**base, **_timeline(answer, spec, unit))
    return Drawn(**base, bars=_bars(answer, spec, unit))


# -- texts ---------------------------------------------------------------------------------------------------------------
def figure(value: Decimal | None, kind: str) -> str:
    """A figure by itself: ``¥2,373 万``, ``75.0%``, ``1,204``."""
    if value is None:
        return "—"
    if kind == "money":
        return short_money(value, reading())
    if kind == "percent":
        return f"{value:.1f}%"
    return number_text(value, 2)


def exact(value: Decimal | None, kind: str) -> str:
    """The same figure in full: ``¥23,731,204.50``, ``75.03%``; "" for none."""
    if value is None:
        return ""
    if kind == "money":
        return money_text(Money(value, reading().currency))
    return f"{value:.2f}%" if kind == "percent" else number_text(value, 2)


def _unit(answer: Answer, values: Sequence[Decimal | None]) -> Unit:
    largest = max((one for one in values if one is not None), default=Decimal(0))
    if answer.kind == "percent":
        return Unit(Decimal(1), Words("%"), 1)
    money = answer.kind == "money"
    unit = unit_for(largest, reading(), money=money)
    return (
        unit
        if money or all(one is None or one == one.to_integral_value() for one in values)
        else Unit(Decimal(1), Words(""), 2)
    )


def _text(value: Decimal | None, unit: Unit, kind: str) -> str:
    if value is None:
        return "—"
    return f"{value:.1f}%" if kind == "percent" else unit.text(value)


def _label(point: Point, bucket: str) -> str:
    """A group's name as people say it: months and weekdays by their names, nothing as “(empty)”."""
    if point.label is None:
        return str(_("(empty)"))
    if bucket == "weekday":
        return (WEEKDAYS_ZH if is_chinese(reading()) else WEEKDAYS_EN)[int(point.label) - 1]
    return point.label


def short_label(label: str, bucket: str) -> tuple[str, str]:
    """The label of a step over time in two lines: ``3月`` and its year, ``Q1`` and its year."""
    if bucket == "month":
        month = int(label[5:7])
        return (f"{month}月" if is_chinese(reading()) else MONTHS[month - 1]), label[:4]
    if bucket == "quarter":
        return label[4:], label[:4]
    if bucket == "week":
        return label[5:], label[:4]
    if bucket == "day":
        return f"{int(label[5:7])}/{int(label[8:10])}", label[:4]
    return label, ""


def _under(answer: Answer, unit: Unit) -> str:
    said = str(unit.label) if answer.kind == "money" else ""
    if answer.kind == "percent":
        said = str(_("share"))
    return said


def _total(answer: Answer) -> str:
    return "" if answer.total is None else figure(answer.total, answer.kind)


# -- shapes --------------------------------------------------------------------------------------------------------------
def _number(answer: Answer, spec: ObjectSpec) -> dict[str, Any]:
    drawn: dict[str, Any] = {"total": figure(answer.total, answer.kind), "exact": exact(answer.total, answer.kind)}
    if answer.asked.part or answer.asked.measure.partition(":")[0] != "count":
        drawn["note"] = str(
            _("{n} {objects}").with_(
                n=f"{answer.count:,}", objects=spec.plural_label if answer.count != 1 else spec.label
            )
        )
    if answer.compared and answer.before is not None and answer.total is not None:
        drawn |= _delta(answer, answer.total, answer.before)
    return drawn


def _delta(answer: Answer, now: Decimal, before: Decimal) -> dict[str, Any]:
    """How the figure moved: in points for a share, in percent else; beside next to nothing, what it was."""
    kind, last_year, moved = answer.kind, answer.asked.compare == "year", now - before
    better = moved if answer.asked.better != "less" else -moved
    tone = "good" if better > 0 else "bad" if better < 0 else ""
    if kind != "percent" and abs(moved) >= abs(before) * LEAP:
        text = _("last year {n}") if last_year else _("the period before {n}")
        return {"delta": str(text.with_(n=figure(before, kind))), "tone": tone}
    by: object
    if kind == "percent":
        by = _("{n} points").with_(n=f"{moved:+.1f}".replace("-", "−"))
    else:
        by = f"{moved * 100 / abs(before):+.1f}%".replace("-", "−")
    text = _("{by} on last year") if last_year else _("{by} on the period before")
    return {"delta": str(text.with_(by=by)), "tone": tone}


def _bars(answer: Answer, spec: ObjectSpec, unit: Unit) -> tuple[Bar, ...]:
    shape = answer.asked.shape

    def in_full(value: Decimal) -> str:
        return exact(value, answer.kind)

    known = [one for one in answer.points if one.value or shape == "funnel"]
    counted = answer.asked.measure.partition(":")[0] != "count" or bool(answer.asked.part)
    rows = [
        (_label(one, answer.bucket), one.value or Decimal(0), one.count if counted else None, _url(spec, one.where))
        for one in known
    ]
    if answer.kind == "percent":  # shares cannot be added up to “others”
        rows = rows[:MOST_BARS]
        return tuple(
            replace(bar, length=min(1000, int(value * 10)), text=f"{value:.1f}%")
            for bar, (_name, value, _count, _address) in zip(bars_of(rows, unit, 0, in_full), rows, strict=True)
        )
    if answer.asked.measure.partition(":")[0] not in ("count", "sum"):
        return bars_of(rows[:MOST_BARS], unit, 0, in_full)
    return bars_of(rows, unit, 0 if shape == "funnel" else MOST_BARS, in_full)


def _url(spec: ObjectSpec, where: str) -> str:
    return list_url(spec, where=where, archived="all") if where else ""


def _timeline(answer: Answer, spec: ObjectSpec, unit: Unit) -> dict[str, Any]:
    """Steps over time: data for the script, columns for whoever has none, and the table."""
    points, ghosts = answer.points, answer.compared and answer.asked.compare == "year"
    series: list[dict[str, Any]] = [
        {"name": str(_("This year")) if ghosts else "", "values": [_scaled(one.value, unit) for one in points]}
    ]
    if ghosts:
        series.insert(
            0, {"name": str(_("Last year")), "values": [_scaled(one.before, unit) for one in points], "ghost": True}
        )
    kind = "line" if answer.asked.shape == "line" else "bar"
    chart = _chart(answer, kind, points, series, [[_url(spec, one.where) for one in points]] * len(series), unit)
    values = {str(one.label): one.value or Decimal(0) for one in points}
    by_label = {str(one.label): one for one in points}
    columns = columns_of(
        values,
        unit,
        reading(),
        lambda label: _url(spec, by_label[label].where),
        lambda label: short_label(label, answer.bucket),
    )
    keys = tuple(str(one["name"]) for one in series if one["name"])
    return {
        "chart": chart,
        "columns": columns if kind == "bar" else None,
        "keys": keys,
        "table": _table(answer, spec, unit),
    }


def _scaled(value: Decimal | None, unit: Unit) -> float | None:
    return None if value is None else round(float(value / unit.divisor), 4)


def _chart(
    answer: Answer,
    kind: str,
    points: Sequence[Point],
    series: Sequence[Any],
    links: Sequence[Sequence[str]],
    unit: Unit,
) -> str:
    over_time = bool(answer.bucket) and answer.bucket != "weekday"
    labels = [_label(one, answer.bucket) for one in points]
    shown = [list(short_label(one, answer.bucket)) if over_time else [one, ""] for one in labels]
    present = reading().today
    return json.dumps(
        {
            "kind": kind,
            "labels": labels,
            "shown": shown,
            "series": list(series),
            "links": [list(one) for one in links],
            "unit": str(unit.label),
            "percent": answer.kind == "percent",
            "now": _present(points, answer.bucket, present.isoformat() if present else ""),
        },
        ensure_ascii=False,
    )


def _present(points: Sequence[Point], bucket: str, today: str) -> int:
    """Which step still runs; -1 for none."""
    if not bucket or bucket == "weekday" or not points or not today:
        return -1
    begun = [index for index, one in enumerate(points) if one.key is not None and str(one.key)[:10] <= today]
    last = begun[-1] if begun else -1
    return last if last == len(points) - 1 else -1


def _table(answer: Answer, spec: ObjectSpec, unit: Unit) -> Table:
    ghosts = answer.compared and answer.asked.compare == "year" and any(one.before is not None for one in answer.points)
    heads = (_measure_name(answer, unit), *((str(_("Last year")),) if ghosts else ()))
    rows = tuple(
        (
            Cell(_label(one, answer.bucket)),
            (
                _cell(one.value, unit, answer.kind, _url(spec, one.where)),
                *((_cell(one.before, unit, answer.kind),) if ghosts else ()),
            ),
        )
        for one in answer.points[:MOST_ROWS]
    )
    return Table(heads, rows)


def _cell(value: Decimal | None, unit: Unit, kind: str, url: str = "", heat: int = 0) -> Cell:
    return Cell(_text(value, unit, kind), url, heat, exact(value, kind))


def _measure_name(answer: Answer, unit: Unit) -> str:
    return str(unit.label) or str(_("Number"))


def _crossed(answer: Answer, spec: ObjectSpec) -> dict[str, Any]:
    """Two groupings: stacked, as lines, as heat, or as the table alone."""
    unit = _unit(answer, [value for row in answer.values for value in row])
    shape = answer.asked.shape
    names = [_label(one, "") if one.key != OTHERS else str(one.label) for one in answer.across]
    where_of = {one.key: one.where[len(answer.where) :].removeprefix(" and ") for one in answer.across}
    links = [
        [
            _url(spec, both(row.where, where_of[column.key]))
            if row.where not in ("", answer.where) and where_of[column.key]
            else ""
            for row in answer.points
        ]
        for column in answer.across
    ]
    largest = max((value for row in answer.values for value in row if value is not None), default=Decimal(0))
    rows = tuple(
        (
            Cell(_label(point, answer.bucket), _url(spec, point.where) if point.where != answer.where else ""),
            tuple(
                _cell(value, unit, answer.kind, links[at][index], _heat(value, largest) if shape == "heat" else 0)
                if value
                else Cell("", links[at][index])
                for at, value in enumerate(answer.values[index])
            ),
        )
        for index, point in enumerate(answer.points[:MOST_ROWS])
    )
    drawn: dict[str, Any] = {
        "under": _under(answer, unit),
        "unit": str(unit.label),
        "keys": tuple(names),
        "table": Table(tuple(names), rows),
    }
    if shape in DRAWN_BY_SCRIPT:
        series: list[dict[str, Any]] = [
            {"name": name, "values": [_scaled(row[at], unit) for row in answer.values]} for at, name in enumerate(names)
        ]
        drawn["chart"] = _chart(answer, shape, answer.points, series, links, unit)
    return drawn


def _heat(value: Decimal | None, largest: Decimal) -> int:
    if not value or not largest:
        return 0
    return max(1, min(HEATS, int(value * HEATS / largest + Decimal("0.5"))))
