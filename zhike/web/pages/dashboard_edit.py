"""Editing a dashboard: tiles added, asked otherwise, moved, resized and taken away, with a live preview of each."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from zhike.insight.tiles import Asked
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, NotFound, Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import offered
from zhike.records.one_state import one_state
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.write import write, write_many
from zhike.schema.registry import registry
from zhike.web.links import number_in
from zhike.web.pages import dashboard_offers as offers
from zhike.web.pages.dashboard import MOST_TILES, QUESTION, drawn_question, drawn_tile, page_context, tiles_of
from zhike.web.pages.dashboard_filters import filters_of
from zhike.web.pages.dashboard_tiles import Drawn
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

SIZES = ("quarter", "third", "half", "most", "full")
STEP = 10
WRITTEN = ("title", "object", "shape", "measure", "by", "by_too", "where", "part", "dated", "compare", "better", "size")
FIRST = {
    "object": "opportunity",
    "shape": "bar",
    "measure": "count",
    "size": "half",
    "compare": "none",
    "better": "more",
}
NEW_TILE = -1


def arrange(request: HttpRequest, id: int) -> HttpResponse:
    """The dashboard with its tools. A POST moves, resizes or takes away one ``tile`` (``act``), or keeps the order a script
    sends as ``tiles``."""
    actor = actor_of(request)
    dashboard = _editable(actor, id)
    if request.method == "POST":
        return _arranged(request, actor, dashboard)
    filters = filters_of(request, dashboard)
    with one_state():
        tiles = tiles_of(actor, dashboard.id)
        context = {
            **page_context(actor, dashboard, filters),
            "drawn": [drawn_tile(actor, one, filters) for one in tiles],
            "full": len(tiles) >= MOST_TILES,
            "acts": [one for one in offered(actor, dashboard) if one.name in ("as_shipped", "trash", "transfer")],
            "sizes": [(name, registry.object("tile")["size"].option(name)) for name in SIZES],
        }
    return respond(request, "dashboard/arrange.html", context)


def tile(request: HttpRequest, id: int, tile: int = 0) -> HttpResponse:
    """The form of a tile, a new one or one that is there. GET with values fills it anew (another object was chosen); POST
    saves."""
    actor = actor_of(request)
    dashboard = _editable(actor, id)
    held = _tile(actor, dashboard, tile) if tile else None
    if request.method != "POST":
        return _form(request, actor, dashboard, held, _typed(request.GET, held))
    typed = _typed(request.POST, held)
    drawn = _drawn(request, actor, dashboard, typed)
    if drawn.problem:
        return _form(request, actor, dashboard, held, typed, {"": drawn.problem}, status=422)
    values = {key: typed[key] or None for key in WRITTEN}
    try:
        if held is not None:
            done = write(actor, Command("update", "tile", held.id, values))
        else:
            place = max((int(one["position"] or 0) for one in tiles_of(actor, dashboard.id)), default=0) + STEP
            done = write(
                actor, Command("create", "tile", values={**values, "dashboard": dashboard.id, "position": place})
            )
    except Refused as refused:
        problems = {one.field: str(one.text) for one in refused.problems}
        return _form(request, actor, dashboard, held, typed, problems, status=refused.status)
    back = see_other(request, f"/dashboards/{dashboard.id}/arrange")
    return say(request, back, _("Saved") if held else _("Added"), undo=done.operation)


def preview(request: HttpRequest, id: int) -> HttpResponse:
    """What the tile of a form would show; writes nothing."""
    actor = actor_of(request)
    dashboard = _editable(actor, id)
    typed = _typed(request.POST, None)
    context = {
        **page_context(actor, dashboard, filters_of(request, dashboard)),
        "one": _drawn(request, actor, dashboard, typed),
    }
    return respond(request, "dashboard/preview.html", context, part="preview")


# -- what was sent -------------------------------------------------------------------------------------------------------
def _editable(actor: Actor, id: int) -> Record:
    dashboard = read_one(actor, "dashboard", id)
    if "edit" not in dashboard.rights or dashboard.trashed:
        raise Forbidden(_("You can see this record but not change it."))
    return dashboard


def _tile(actor: Actor, dashboard: Record, id: int) -> Record:
    found = read_one(actor, "tile", id)
    if found.trashed or found["dashboard"].id != dashboard.id:
        raise NotFound
    return found


def _typed(sent: Mapping[str, str], held: Record | None) -> dict[str, str]:
    """What the form says: what was sent, else what the tile holds, else where a new one begins."""
    begun = {key: str(held.values.get(key) or "") for key in WRITTEN} if held is not None else FIRST
    return {key: str(sent.get(key, begun.get(key, ""))).strip() for key in WRITTEN}


def _drawn(request: HttpRequest, actor: Actor, dashboard: Record, typed: Mapping[str, str]) -> Drawn:
    asked = Asked(**{key: typed[key] for key in QUESTION})
    title = typed["title"] or str(_("Preview"))
    return drawn_question(actor, asked, filters_of(request, dashboard), NEW_TILE, title, typed["size"])


def _form(
    request: HttpRequest,
    actor: Actor,
    dashboard: Record,
    held: Record | None,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    spec = registry.find(typed["object"])
    known = spec is not None
    tile_spec = registry.object("tile")
    address = f"/dashboards/{dashboard.id}/tiles/{held.id if held else 'new'}"
    lists: dict[str, list[offers.Entry]] = {
        "object": offers.objects(actor),
        "measure": offers.measures(actor, spec) if known and spec else [],
        "by": offers.groupings(actor, spec) if known and spec else [],
        "dated": offers.dates(actor, spec) if known and spec else [],
    }
    lists["by_too"] = lists["by"]
    for key, entries in list(lists.items()):
        if typed[key] and all(one.value != typed[key] for one in entries):
            lists[key] = [offers.Entry(typed[key], typed[key]), *entries]
    for key in ("shape", "size", "compare", "better"):
        lists[key] = [offers.Entry(one.key, str(one.label)) for one in tile_spec[key].options]
    context = {
        "dashboard": dashboard,
        "held": held,
        "typed": typed,
        "lists": lists,
        "labels": {one.key: one for one in tile_spec.fields},
        "problems": problems or {},
        "address": address,
        "back": f"/dashboards/{dashboard.id}/arrange",
        "path_shapes": [one.key for one in tile_spec["shape"].options if one.key in ("path", "changes")],
    }
    return respond(request, "dashboard/form.html", context, part="dialog", status=status)


def _arranged(request: HttpRequest, actor: Actor, dashboard: Record) -> HttpResponse:
    tiles = tiles_of(actor, dashboard.id)
    back = f"/dashboards/{dashboard.id}/arrange"
    if "tiles" in request.POST:
        wanted = [number_in(one) for one in request.POST["tiles"].split()]
        _reorder(actor, sorted(tiles, key=lambda one: wanted.index(one.id) if one.id in wanted else len(wanted)))
        return HttpResponse(status=204)
    chosen = next((at for at, one in enumerate(tiles) if one.id == number_in(request.POST.get("tile", ""))), None)
    if chosen is None:
        return see_other(request, back)
    one, act = tiles[chosen], request.POST.get("act", "")
    operation: int | None = None
    said: Words | None = None
    if act == "remove":
        operation, said = write(actor, Command("trash", "tile", one.id)).operation, _("Taken away")
    elif act in SIZES:
        write(actor, Command("update", "tile", one.id, {"size": act}))
    elif act in ("earlier", "later"):
        to = chosen - 1 if act == "earlier" else chosen + 1
        if 0 <= to < len(tiles):
            order = list(tiles)
            order.insert(to, order.pop(chosen))
            _reorder(actor, order)
    answer = see_other(request, f"{back}#block-{one.id}")
    return say(request, answer, said, undo=operation) if said else answer


def _reorder(actor: Actor, order: list[Record]) -> None:
    commands = [
        Command("update", "tile", one.id, {"position": place * STEP})
        for place, one in enumerate(order, start=1)
        if one.values.get("position") != place * STEP
    ]
    if commands:
        write_many(actor, commands)
