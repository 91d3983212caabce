"""Keeping a list as a view: saving, naming, sharing, opening first, putting in order, dropping; and its own layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import can, require
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Conflict, Invalid, NotFound, Problem, Refused
from zhike.kernel.words import _
from zhike.records.company.layouts import laid_out
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.views import SAVED, Layout, arrange, open_with, put_in_order, shelf_of
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.form_state import typed_by_field, typed_of_record, values_of
from zhike.web.generic.list_columns import NARROWEST, WIDEST, columns_text, own_columns
from zhike.web.generic.list_foot import MEASURES, MOST_FIGURES
from zhike.web.generic.list_state import BOARD, BOARD_KEEPS, NONE, Asked, State
from zhike.web.generic.lists import listed
from zhike.web.kinds.widgets import Typed, control
from zhike.web.links import board_url, number_in, with_query
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other, wants_part
from zhike.web.say import say
from zhike.web.visitor import actor_of

ASKED = ("name", "shared", "roles", "departments")
DENSITIES = ("compact", "normal", "roomy")


def act(request: HttpRequest, plural: str) -> HttpResponse:
    """What the menu of a tab does, by ``do``: save, revert, first, not-first, left, right, drop."""
    actor, spec, state = _asked(request, plural)
    if request.method != "POST":
        return see_other(request, state.url())
    view, do = state.view, request.POST.get("do", "")
    if do == "save" and view.record:
        done = write(actor, Command("update", SAVED, view.record, _contents(state)))
        arrange(actor, spec, view.key, None)
        return say(request, see_other(request, state.as_view(view)), _("View saved"), undo=done.operation)
    if do == "drop" and view.record:
        done = write(actor, Command("trash", SAVED, view.record))
        answer = see_other(request, state.home_bare)
        return say(request, answer, _("View “{name}” deleted").with_(name=view.label), undo=done.operation)
    if do == "revert":
        arrange(actor, spec, view.key, None)
    elif do in ("first", "not-first"):
        open_with(actor, spec, view.key if do == "first" else "")
        state = _state(request, actor, spec, request.POST)
    elif do in ("left", "right") and state.shelf:
        keys = [one.key for one in state.shelf.views]
        at = keys.index(view.key)
        to = max(0, min(len(keys) - 1, at + (1 if do == "right" else -1)))
        keys.insert(to, keys.pop(at))
        put_in_order(actor, spec, keys)
    return see_other(request, state.as_view(view) if do == "revert" else state.url())


def ask(request: HttpRequest, plural: str, id: int = 0) -> HttpResponse:
    """The dialog that names and shares a view: a new one of the list as it is, or the saved one with this id."""
    actor, spec, state = _asked(request, plural)
    saved = registry.object(SAVED)
    record = read_one(actor, SAVED, id, right="edit") if id else None
    if record is not None and record["object"] != spec.key:
        raise NotFound()
    if record is None:
        require(actor, "create", saved)
    fields = [saved[key] for key in ASKED if key != "roles" or can(actor, "read", registry.object("role"))]
    if request.method != "POST":
        typed = typed_of_record(record, fields) if record else {"shared": {"": ["private"]}}
        return _dialog(request, state, record, fields, typed)
    typed = typed_by_field(request, fields)
    values = values_of(fields, typed, {})
    if values.get("shared") != "some":
        values |= {"roles": None, "departments": None}
    try:
        if record is None:
            command = Command("create", SAVED, values={**values, **_contents(state), "object": spec.key})
        else:
            command = Command("update", SAVED, record.id, values)
        done = write(actor, command)
    except (Invalid, Conflict) as refused:
        return _dialog(request, state, record, fields, typed, refused)
    answer = see_other(request, with_query(state.home, {**dict(state.more), "view": str(done.id)}))
    text = _("View “{name}” saved") if record is None else _("View saved")
    return say(request, answer, text.with_(name=values.get("name") or ""), undo=done.operation if record else None)


def lay_out(request: HttpRequest, plural: str) -> HttpResponse:
    """How the actor wants this list shown from now on: columns, their widths, the figures of the foot, the row height."""
    actor, spec, state = _asked(request, plural)
    if request.method != "POST":
        return see_other(request, state.url())
    own = (state.shelf.layouts.get(state.view.key) if state.shelf else None) or Layout()
    arrange(actor, spec, state.view.key, _changed(request, state, own))
    if "quiet" in request.POST:
        return HttpResponse(status=204)
    fresh = State.of(request, spec, actor, shelf_of(actor, spec), request.POST)
    if wants_part(request):
        return listed(request, fresh, "list")
    return see_other(request, fresh.url())


def _changed(request: HttpRequest, state: State, own: Layout) -> Layout:
    posted, spec = request.POST, state.spec
    keys, widths = state.columns or own_columns(spec), dict(state.widths)
    if "reset" in posted:
        return replace(own, columns="")
    if posted.get("density") in DENSITIES:
        return replace(own, density=posted["density"])
    if "figures" in posted:
        return replace(own, figures=_figures(posted.getlist("figure")))
    if "width" in posted:
        key, _colon, width = posted["width"].partition(":")
        if key in spec.by_key and number_in(width):
            widths[key] = max(NARROWEST, min(WIDEST, int(width)))
    elif "column" in posted:
        keys = tuple(dict.fromkeys(key for key in (spec.title, *posted.getlist("column")) if key in spec.by_key))
        keys = _moved(keys, posted.get("up", ""))
    text = columns_text(keys, {key: width for key, width in widths.items() if key in keys})
    return replace(own, columns="" if text == " ".join(own_columns(spec)) else text)


def _moved(keys: tuple[str, ...], up: str) -> tuple[str, ...]:
    """The columns with one of them a place further up; the title stays in front."""
    listed = list(keys)
    if up in listed and listed.index(up) > 1:
        at = listed.index(up)
        listed[at - 1], listed[at] = listed[at], listed[at - 1]
    return tuple(listed)


def _figures(chosen: list[str]) -> str:
    known = [one for one in dict.fromkeys(chosen) if one.partition(":")[0] in MEASURES and " " not in one]
    return " ".join(known[:MOST_FIGURES]) or NONE


def _contents(state: State) -> dict[str, Any]:
    """What a view holds of the list as it is now."""
    layout = state.layout
    return {
        "filter": state.whole or None,
        "sort": state.sort or None,
        "grouped": state.group or None,
        "columns": layout.columns or None,
        "figures": layout.figures or None,
        "density": layout.density or None,
    }


def _asked(request: HttpRequest, plural: str) -> tuple[Actor, ObjectSpec, State]:
    actor = actor_of(request)
    registry.refresh()
    spec = laid_out(actor, registry.by_plural(plural))
    if not can(actor, "read", spec):
        require(actor, "read", spec)
    asked = request.POST if request.method == "POST" else request.GET
    return actor, spec, _state(request, actor, spec, asked)


def _state(request: HttpRequest, actor: Actor, spec: ObjectSpec, asked: Asked) -> State:
    """The list as it was asked about, on the board when it was asked from there."""
    state = State.of(request, spec, actor, shelf_of(actor, spec), asked)
    if asked.get("on") != BOARD:
        return state
    more = tuple((name, text) for name in BOARD_KEEPS if (text := asked.get(name, "")))
    return replace(state, at=board_url(spec), more=more)


def _dialog(
    request: HttpRequest,
    state: State,
    record: Record | None,
    fields: list[FieldSpec],
    typed: Mapping[str, Typed],
    refused: Refused | None = None,
) -> HttpResponse:
    problems: dict[str, Problem] = {one.field: one for one in refused.problems} if refused else {}
    controls = {
        one.key: control(
            one,
            dict(typed.get(one.key, {})),
            reading(),
            problem=problems[one.key].text if one.key in problems else "",
            id_prefix="v-",
        )
        for one in fields
    }
    context = {
        "spec": state.spec,
        "state": state,
        "record": record,
        "controls": controls,
        "chosen": (typed.get("shared", {}).get("") or ["private"])[-1],
        "refused": refused,
        "misplaced": [one for one in (refused.problems if refused else ()) if one.field not in controls],
    }
    status = refused.status if refused else 200
    return respond(request, "view.html", context, part="dialog", status=status)
