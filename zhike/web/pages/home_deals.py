"""Blocks about the pipeline: what stands in it beside last month, what rests too long, what should close soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zhike.kernel.clock import now
from zhike.kernel.words import Words, _
from zhike.query.periods import add_months
from zhike.records.aggregate import Group, aggregate_raw
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.web.kinds.charts import Bar, Unit, bars_of, short_money, unit_for
from zhike.web.links import board_url, list_url
from zhike.web.pages.home_blocks import Desk, Lines, block, lines
from zhike.web.reading import reading

DEAL = "opportunity"
OPEN, WON = "stage.outcome = open", "stage.outcome = won"
SOON = 14
LATE = 90  # days back in which a missed close date is still worth chasing
MOST_STAGES = 60


@dataclass(frozen=True, slots=True)
class Figure:
    """A large figure, what it is compared with, and whether that is better (``good``), worse (``bad``) or neither."""

    label: Words
    text: str
    note: str
    url: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What stands in the pipeline: three figures and the open deals stage by stage."""

    figures: tuple[Figure, ...]
    bars: tuple[Bar, ...]
    unit: Unit
    url: str


@block("pipeline", _("In the pipeline"), "target", place=20)
def pipeline(desk: Desk) -> Pipeline | None:
    """Open deals by stage, and won and new deals this month beside last month."""
    if not desk.sees(DEAL, "stage", "close_on"):
        return None
    spec, money = registry.object(DEAL), desk.sees(DEAL, "amount")
    measures = ("count", "sum:amount") if money else ("count",)
    mine = desk.whose.where
    stages = aggregate_raw(desk.actor, DEAL, ("stage",), measures, f"{mine} and {OPEN}", archived="no", beside=True)
    first, before = desk.today.replace(day=1), add_months(desk.today.replace(day=1), -1)
    won = _by_month(desk, "close_on:month", measures, f"{mine} and {WON} and close_on >= {before.isoformat()}")
    fresh = _by_month(desk, "opened_on:month", ("count",), f"{mine} and opened_on >= {before.isoformat()}")
    this, last = first.isoformat(), before.isoformat()
    count = sum(int(one.values[0]) for one in stages)
    total = sum((_worth(one, money=money) for one in stages), Decimal(0))
    figures = (
        Figure(
            _("Open deals"),
            short_money(total, reading()) if money else f"{count:,}",
            str(_("{n} deals").with_(n=f"{count:,}")),
            list_url(spec, where=f"{mine} and {OPEN}"),
        ),
        _beside(
            _("Won this month"),
            _of(won, this, money=money),
            _of(won, last, money=money),
            list_url(spec, where=f"{mine} and {WON} and close_on within this month"),
            money=money,
        ),
        _beside(
            _("New this month"),
            _of(fresh, this, money=False),
            _of(fresh, last, money=False),
            list_url(spec, where=f"{mine} and opened_on within this month"),
            money=False,
        ),
    )
    largest = max((_worth(one, money=money) for one in stages), default=Decimal(0))
    unit = unit_for(largest, reading(), money=money)
    rows = [
        (
            one.labels[0] or "",
            _worth(one, money=money),
            int(one.values[0]) if money else None,
            list_url(spec, where=f"{mine} and stage = {one.keys[0]}"),
        )
        for one in stages
    ]
    return Pipeline(figures, bars_of(rows, unit, 0), unit, board_url(spec, where=mine))


def _by_month(desk: Desk, by: str, measures: tuple[str, ...], where: str) -> dict[str, Group]:
    if not desk.sees(DEAL, by.partition(":")[0]):
        return {}
    return {str(one.keys[0]): one for one in aggregate_raw(desk.actor, DEAL, (by,), measures, where, beside=True)}


def _worth(group: Group, *, money: bool) -> Decimal:
    return Decimal(group.values[1 if money else 0] or 0)


def _of(groups: dict[str, Group], month: str, *, money: bool) -> Decimal:
    return _worth(groups[month], money=money) if month in groups else Decimal(0)


def _beside(label: Words, this: Decimal, last: Decimal, url: str, *, money: bool) -> Figure:
    """This month's figure with last month's; a whole month is only reached at its end, so being behind is not yet bad."""
    text, before = (short_money(one, reading()) if money else f"{int(one):,}" for one in (this, last))
    return Figure(label, text, str(_("last month {n}").with_(n=before)), url, "good" if this > last else "")


@dataclass(frozen=True, slots=True)
class Resting:
    """A deal that stays in its stage longer than the stage allows."""

    deal: Record
    days: int
    allowed: int


@block("resting", _("Resting too long"), "hourglass", place=30)
def resting(desk: Desk) -> Lines | None:
    """Open deals that stand in their stage for longer than it allows, the longest first."""
    if not desk.sees(DEAL, "stage", "stage_entered") or not desk.sees("stage", "resting_days", "outcome"):
        return None
    allowed = _allowed(desk)
    if not allowed:
        return Lines(())
    limits = [f"stage = {stage} and stage_entered < {desk.day(-days)}" for stage, days in allowed.items()]
    where = f"({' or '.join(limits)})"
    page = desk.page(DEAL, where, "stage_entered", "name account stage amount stage_entered owner")
    rows = tuple(Resting(one, (now() - one["stage_entered"]).days, allowed[one["stage"].id]) for one in page.rows)
    return lines(desk, page, where, rows)


def _allowed(desk: Desk) -> dict[int, int]:
    """How many days a deal may rest in each open stage that says so."""
    query = Query(
        "stage", "outcome = open and resting_days > 0", columns=("resting_days",), size=MOST_STAGES, count=False
    )
    return {one.id: int(one["resting_days"]) for one in read(desk.actor, query).rows}


@block("closing", _("Closing soon"), "calendar-clock", place=40)
def closing(desk: Desk) -> Lines | None:
    """Open deals whose close date is within two weeks, or was missed."""
    if not desk.sees(DEAL, "stage", "close_on"):
        return None
    where = f"{OPEN} and close_on >= {desk.day(-LATE)} and close_on <= {desk.day(SOON)}"
    page = desk.page(DEAL, where, "close_on", "name account stage amount close_on owner")
    return lines(desk, page, where, _with_lateness(desk, page.rows))


def _with_lateness(desk: Desk, rows: Sequence[Record]) -> tuple[Any, ...]:
    return tuple((one, max(0, (desk.today - one["close_on"]).days)) for one in rows)
