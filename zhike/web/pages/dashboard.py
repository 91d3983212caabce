"""Dashboards: a page of tiles narrowed by its address. Every figure leads to the list behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.insight.movements import Movements, movements
from zhike.insight.paths import path_answer
from zhike.insight.periods import window_of
from zhike.insight.tiles import Asked, Narrowed, answer, narrowed
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NotFound, Refused
from zhike.kernel.words import Words, _
from zhike.query.periods import start_instant
from zhike.records.company.preferences import prefer, preference
from zhike.records.long_answers import oldest_kept, patience
from zhike.records.one_state import one_state
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.values import Money
from zhike.web.kinds.charts import short_money
from zhike.web.kinds.figures import money_text
from zhike.web.links import list_url
from zhike.web.pages.dashboard_filters import AT_HAND, PERIODS, Filters, choices, filters_of
from zhike.web.pages.dashboard_tiles import Drawn, draw
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

MOST_TILES = 60
MOST_DASHBOARDS = 100
CHOSEN = "dashboard"  # preference: the dashboard a person wants to see first
WEEK = timedelta(days=7)
MOST_LINES = 12
QUESTION = ("object", "shape", "measure", "by", "by_too", "where", "part", "dated", "compare", "better")


def show_first(request: HttpRequest) -> HttpResponse:
    """The dashboard the reader chose, else the first one of their role, else the sales overview."""
    actor = actor_of(request)
    with one_state():
        listed = dashboards(actor)
        if not listed:
            return respond(request, "dashboard.html", _nothing(), part="all")
        return _page(request, actor, _first(actor, listed), listed)


def show(request: HttpRequest, id: int) -> HttpResponse:
    """One dashboard."""
    actor = actor_of(request)
    with one_state():
        dashboard = read_one(actor, "dashboard", id)
        listed = dashboards(actor)
        return _page(request, actor, dashboard, listed)


def choose(request: HttpRequest, id: int) -> HttpResponse:
    """A POST makes a dashboard the one ``/dashboard`` opens for this person from now on."""
    actor = actor_of(request)
    dashboard = read_one(actor, "dashboard", id)
    if request.method == "POST":
        prefer(actor, **{CHOSEN: dashboard.id})
    text = _("“{dashboard}” opens first from now on").with_(dashboard=dashboard.title)
    return say(request, see_other(request, f"/dashboards/{dashboard.id}"), text)


def dashboards(actor: Actor) -> tuple[Record, ...]:
    """The dashboards a person may see, in their order."""
    columns = ("name", "code", "period", "person", "department", "pipeline", "default_for", "about", "owner", "shared")
    return read(actor, Query("dashboard", columns=columns, size=MOST_DASHBOARDS, count=False)).rows


def _first(actor: Actor, listed: Sequence[Record]) -> Record:
    chosen = preference(actor, CHOSEN)
    person = people().persons.get(actor.id)
    roles = set(person.roles) if person else set()
    of_role = (one for one in listed if roles & {ref.id for ref in one.values.get("default_for") or ()})
    mine = next((one for one in listed if one.id == chosen), None)
    return (
        mine or next(of_role, None) or next((one for one in listed if one.values.get("code") == "overview"), listed[0])
    )


def _page(request: HttpRequest, actor: Actor, dashboard: Record, listed: Sequence[Record]) -> HttpResponse:
    filters = filters_of(request, dashboard)
    tiles = tiles_of(actor, dashboard.id)
    held = read_one(actor, "dashboard", dashboard.id) if not dashboard.rights else dashboard
    with patience():
        drawn = [drawn_tile(actor, one, filters) for one in tiles]
    context = {
        **page_context(actor, dashboard, filters),
        "listed": listed,
        "drawn": drawn,
        "may_edit": "edit" in held.rights and not held.trashed,
        "first": _first(actor, listed).id == dashboard.id,
        "at": now(),
    }
    return respond(request, "dashboard.html", context, part="all")


def page_context(actor: Actor, dashboard: Record, filters: Filters) -> dict[str, Any]:
    """What the head and the filters of the page need."""
    return {
        "dashboard": dashboard,
        "filters": filters,
        "menus": choices(actor, filters),
        "at_hand": [(name, PERIODS[name]) for name in AT_HAND],
        "other_periods": [(name, label) for name, label in PERIODS.items() if name not in AT_HAND],
        "short": lambda amount: short_money(amount, reading()),
        "full_money": lambda amount: money_text(Money(amount, reading().currency), short=True),
    }


def _nothing() -> dict[str, Any]:
    return {"dashboard": None, "drawn": [], "listed": (), "may_edit": False, "at": now(), "menus": {}, "filters": None}


def tiles_of(actor: Actor, dashboard: int) -> tuple[Record, ...]:
    """The tiles of a dashboard in their order."""
    columns = ("title", "size", "position", *QUESTION)
    found = read(actor, Query("tile", f"dashboard = {dashboard}", "created", columns, MOST_TILES, count=False)).rows
    return tuple(sorted(found, key=lambda one: (one.values.get("position") or Decimal(0), one.id)))


def show_tile(request: HttpRequest, id: int, tile: int) -> HttpResponse:
    """One tile of a dashboard, asked for again by the page while a job computes it."""
    actor = actor_of(request)
    with one_state(), patience():
        dashboard = read_one(actor, "dashboard", id)
        filters = filters_of(request, dashboard)
        found = next((one for one in tiles_of(actor, dashboard.id) if one.id == tile), None)
        if found is None:
            raise NotFound()
        context = {**page_context(actor, dashboard, filters), "one": drawn_tile(actor, found, filters)}
    return respond(request, "dashboard/preview.html", context, part="preview")


def drawn_tile(actor: Actor, tile: Record, filters: Filters) -> Drawn:
    """A tile with its answer for this reader."""
    asked = Asked(**{key: str(tile.values.get(key) or "") for key in QUESTION})
    return drawn_question(actor, asked, filters, tile.id, tile.title, str(tile.values.get("size") or "half"))


def drawn_question(actor: Actor, asked: Asked, filters: Filters, id: int, title: str, size: str) -> Drawn:
    """A question, as a tile of that title and size."""
    with oldest_kept() as oldest:
        return replace(_drawn(actor, asked, filters, id, title, size), of=oldest())


def _drawn(actor: Actor, asked: Asked, filters: Filters, id: int, title: str, size: str) -> Drawn:
    page = filters.narrowed
    spec = registry.find(asked.object)
    if spec is not None and asked.shape in ("path", "changes"):
        if not spec.path or spec.path not in spec.by_key:
            text = _("{objects} have no path.").with_(objects=spec.plural_label)
            return Drawn(id, title, asked.shape, size, problem=str(text))
        if asked.shape == "changes":
            return _changes(actor, asked, page, id, title, size)
        found = path_answer(actor, asked, page)
        if found.waiting:
            return Drawn(id, title, asked.shape, size, waiting=found.waiting, url=list_url(spec, where=found.where))
        if found.problem is not None:
            return Drawn(id, title, asked.shape, size, problem=str(found.problem))
        steps, told = found.more
        facts = {"steps": steps, "largest": max((one.reached for one in steps), default=0)}
        url = list_url(spec, where=found.where, archived="all")
        urls = [list_url(spec, where=one.where, archived="all") for one in steps]
        return Drawn(
            id,
            title,
            "path",
            size,
            url=url,
            total=str(told or ""),
            more=list(zip(steps, urls, strict=True)),
            facts=facts,
        )
    return draw(id, title, size, answer(actor, asked, page, reading().today or now().date()))


def _changes(actor: Actor, asked: Asked, page: Narrowed, id: int, title: str, size: str) -> Drawn:
    spec = registry.object(asked.object)
    setting = reading()
    today = setting.today or now().date()
    window = window_of(page.period, today)
    first = window.first if window else today - WEEK
    where = narrowed(spec, asked, page)
    try:
        told = movements(actor, asked.object, start_instant(first, setting.timezone), where)
    except Refused as refused:
        return Drawn(id, title, "changes", size, problem=str(refused.problems[0].text))
    url = list_url(spec, where=where)
    facts = {"since": first, "groups": _groups(told), "shown": MOST_LINES}
    return Drawn(id, title, "changes", size, under=str(_since(first)), url=url, more=told, facts=facts)


def _groups(told: Movements) -> list[tuple[str, Words, int, Decimal, Any]]:
    return [(kind, label, count, total, told.of(kind)) for kind, label, count, total in told.sums()]


def _since(first: Any) -> Words:
    return _("since {day}").with_(day=first.isoformat())
