"""The dashboard: what is in the pipeline, what was won, by whom and with what. Every figure leads to the list behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _
from zhike.records.aggregate import Group, aggregate_raw
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.web.kinds.charts import Bar, Columns, Unit, bars_of, columns_of, short_money, unit_for
from zhike.web.links import list_url
from zhike.web.reading import reading
from zhike.web.respond import respond
from zhike.web.wording import inside

PERIODS: dict[str, tuple[Words, str]] = {
    "all": (_("All time"), ""),
    "year": (_("This year"), "this year"),
    "months": (_("Last 12 months"), "last 12 months"),
}
DEALS = "opportunity"
WON, LOST, OPEN = "stage.outcome = won", "stage.outcome = lost", "stage.outcome = open"
MOST_BARS = 8


@dataclass(frozen=True, slots=True)
class Tile:
    """One question of the dashboard. ``dated``: the date field the period narrows ("" when it does not).

    ``shape``: ``columns`` (amounts over time), ``funnel`` (steps with counts and amounts) or ``bars`` (a ranking)."""

    title: Words
    under: Words
    object: str
    by: str
    measures: tuple[str, ...]
    where: str
    shape: str
    dated: str = ""
    width: str = "third"
    tone: str = "c1"


TILES = (
    Tile(
        _("Amount won"),
        _("by quarter"),
        DEALS,
        "close_on:quarter",
        ("sum:amount", "count"),
        WON,
        "columns",
        "close_on",
        "half",
    ),
    Tile(
        _("Pipeline by stage"),
        _("open opportunities now"),
        DEALS,
        "stage",
        ("sum:amount", "count"),
        OPEN,
        "funnel",
        "",
        "half",
    ),
    Tile(_("Won by person"), _("amount"), DEALS, "owner", ("sum:amount", "count"), WON, "bars", "close_on"),
    Tile(
        _("Won by product"), _("amount"), DEALS, "product", ("sum:amount", "count"), WON, "bars", "close_on", tone="c3"
    ),
    Tile(
        _("Why deals were lost"),
        _("number of deals"),
        DEALS,
        "lost_reason",
        ("count",),
        LOST,
        "bars",
        "close_on",
        tone="c2",
    ),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One large figure of the strip: what it is, its text, a line below and the list behind it."""

    label: Words
    text: str
    note: str
    url: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A tile with its answer: bars, or columns, in a unit; ``problem`` when it could not be answered."""

    tile: Tile
    unit: Unit | None
    bars: tuple[Bar, ...] = ()
    columns: Columns | None = None
    total: str = ""
    url: str = ""
    problem: str = ""


def show(request: HttpRequest) -> HttpResponse:
    """The dashboard over a period: all time, this year or the last 12 months."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = request.GET.get("period", "")
    period = asked if asked in PERIODS else "all"
    context = {
        "figures": _figures(actor, PERIODS[period][1]),
        "tiles": [drawn for tile in TILES if (drawn := _tile(actor, tile, PERIODS[period][1])) is not None],
        "periods": PERIODS,
        "period": period,
        "at": now(),
    }
    return respond(request, "dashboard.html", context, part="all")


def within(where: str, dated: str, period: str) -> str:
    """A condition narrowed to a period of a date field."""
    return f"{where} and {dated} within {period}" if dated and period else where


# -- figures -----------------------------------------------------------------------------------------------------------
def _figures(actor: Actor, period: str) -> list[Figure]:
    found: list[Figure] = []
    spec = registry.find(DEALS)
    if spec is not None and can(actor, "read", spec):
        found += _deal_figures(actor, spec, period)
    fresh = registry.find("lead") or registry.find("account")
    if fresh is not None and can(actor, "read", fresh):
        where = f"created within {period}" if period else ""
        count, _sum = _measured(actor, fresh, where, ("count",))
        lately, _sum = _measured(actor, fresh, "created within last 30 days", ("count",))
        label = _("New {objects}").with_(objects=inside(fresh.plural_label))
        note = str(_("{n} in the last 30 days").with_(n=f"{lately:,}"))
        found.append(Figure(label, f"{count:,}", note, list_url(fresh, where=where)))
    return found


def _deal_figures(actor: Actor, spec: ObjectSpec, period: str) -> list[Figure]:
    measures = ("count", "sum:amount")
    open_count, open_sum = _measured(actor, spec, OPEN, measures)
    won_where, lost_where = within(WON, "close_on", period), within(LOST, "close_on", period)
    won_count, won_sum = _measured(actor, spec, won_where, measures)
    lost_count, _lost_sum = _measured(actor, spec, lost_where, measures)
    quarter = within(WON, "close_on", "this quarter")
    _count, quarter_sum = _measured(actor, spec, quarter, measures)
    closed = won_count + lost_count
    rate = f"{won_count * 100 / closed:.1f}%" if closed else "—"
    counted = _("{n} open opportunities").with_(n=f"{open_count:,}")
    lately = _("{amount} this quarter").with_(amount=short_money(quarter_sum, reading()))
    of_closed = _("{won} won of {closed} closed").with_(won=f"{won_count:,}", closed=f"{closed:,}")
    return [
        Figure(_("Open pipeline"), short_money(open_sum, reading()), str(counted), list_url(spec, where=OPEN)),
        Figure(_("Amount won"), short_money(won_sum, reading()), str(lately), list_url(spec, where=won_where)),
        Figure(_("Win rate"), rate, str(of_closed), list_url(spec, where=won_where)),
    ]


def _measured(actor: Actor, spec: ObjectSpec, where: str, measures: tuple[str, ...]) -> tuple[int, Decimal]:
    """Count and sum; zeros when the question cannot be answered for this actor."""
    try:
        groups = aggregate_raw(actor, spec.key, (), measures, where)
    except Refused:
        return 0, Decimal(0)
    values = groups[0].values if groups else (0, None)
    return int(values[0] or 0), Decimal(values[1] or 0) if len(values) > 1 else Decimal(0)


# -- tiles -------------------------------------------------------------------------------------------------------------
def _tile(actor: Actor, tile: Tile, period: str) -> Drawn | None:
    spec = registry.find(tile.object)
    if spec is None or not can(actor, "read", spec):
        return None
    where = within(tile.where, tile.dated, period)
    try:
        groups = aggregate_raw(actor, spec.key, (tile.by,), tile.measures, where)
    except Refused as refused:
        return Drawn(tile, None, problem=str(refused.problems[0].text))
    if tile.shape == "funnel" and "count" in tile.measures and not any(one.values[0] for one in groups):
        tile = replace(tile, under=_("number of deals"), measures=("count",))
        groups = aggregate_raw(actor, spec.key, (tile.by,), tile.measures, where)
    money = tile.measures[0] != "count"
    setting = reading()
    known = [one for one in groups if one.values[0]] if tile.shape != "funnel" else groups
    largest = max((Decimal(one.values[0] or 0) for one in known), default=Decimal(0))
    unit = unit_for(largest, setting, money=money)
    url = list_url(spec, where=where)
    total = sum((Decimal(one.values[0] or 0) for one in known), Decimal(0))
    shown_total = short_money(total, setting) if money else f"{int(total):,}"
    if tile.shape == "columns":
        steps = {str(one.labels[0]): Decimal(one.values[0] or 0) for one in known if one.keys[0] is not None}
        columns = columns_of(steps, unit, setting, lambda label: _quarter_url(spec, tile, where, label))
        return Drawn(tile, unit, columns=columns, total=shown_total, url=url)
    if tile.shape == "bars":
        known = sorted(known, key=lambda one: -Decimal(one.values[0] or 0))
    rows = [
        (_label(one), Decimal(one.values[0] or 0), _count(tile, one), _behind(spec, tile, where, one)) for one in known
    ]
    return Drawn(
        tile, unit, bars=bars_of(rows, unit, MOST_BARS if tile.shape == "bars" else 0), total=shown_total, url=url
    )


def _label(group: Group) -> str:
    return group.labels[0] if group.labels[0] is not None else str(_("(empty)"))


def _count(tile: Tile, group: Group) -> int | None:
    return (
        int(group.values[tile.measures.index("count")])
        if "count" in tile.measures and tile.measures[0] != "count"
        else None
    )


def _behind(spec: ObjectSpec, tile: Tile, where: str, group: Group) -> str:
    """The list of the records of one group."""
    key, _colon, bucket = tile.by.partition(":")
    value = group.keys[0]
    if value is None:
        own = f"{key} is empty"
    elif bucket:
        own = f"{key} within {group.labels[0]}"
    elif spec[key].kind in ("link", "choice"):
        own = f"{key} = {value}"
    else:
        own = f'{key} = "{group.labels[0]}"'
    return list_url(spec, where=f"{where} and {own}")


def _quarter_url(spec: ObjectSpec, tile: Tile, where: str, label: str) -> str:
    return list_url(spec, where=f"{where} and {tile.by.partition(':')[0]} within {label}")
