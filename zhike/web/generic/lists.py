"""The list of any object: views, filter sentence, table in pages or groups, figures, chosen rows, a panel beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery, Refused, TooWide
from zhike.records.asking import question
from zhike.records.company.layouts import laid_out
from zhike.records.read import Query, count, read
from zhike.records.record import Page
from zhike.records.views import shelf_of
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec
from zhike.web.generic.as_of import list_page
from zhike.web.generic.conditions import PERIODS, compose, filled, offer_for, offers, targets, ways
from zhike.web.generic.list_builder import built, in_lines, typed_record
from zhike.web.generic.list_columns import own_columns
from zhike.web.generic.list_foot import NAMES, Figure, figures_of, measurable, told
from zhike.web.generic.list_groups import Sections, choices, sections
from zhike.web.generic.list_panel import panel
from zhike.web.generic.list_sentence import Chip, chips, replaced
from zhike.web.generic.list_state import State, joined, reads_like_filter
from zhike.web.generic.list_table import heads_of, read_columns, rows_of
from zhike.web.generic.list_tabs import tabs
from zhike.web.kinds.widgets import control
from zhike.web.links import number_in
from zhike.web.markup import EMPTY
from zhike.web.reading import reading
from zhike.web.respond import respond, wants_part
from zhike.web.visitor import actor_of

PARTS = {"list": "list", "table": "table"}  # HX-Target → block of the template
MENUS = ("columns", "grouping")
MORE = "more-rows"
PAGE = 50
PAGES_BY_SCROLLING = 10
MOST_HINTS = 5
TAGS = "tags"
UNASKED = frozenset({"id", "version", "trashed", "archived"})


def show(request: HttpRequest, plural: str) -> HttpResponse:
    """``/{plural}``: the whole list, or for a script its rows, a form for one condition, or the panel of one record."""
    actor = actor_of(request)
    registry.refresh()
    spec = laid_out(actor, registry.by_plural(plural))
    if "as_of" in request.GET:
        return list_page(request, spec)
    shelf = shelf_of(actor, spec)
    state = State.of(request, spec, actor, shelf)
    target = request.headers.get("HX-Target", "") if wants_part(request) else ""
    if "peek" in request.GET and target == "peek":
        return panel(request, actor, spec, state)
    if "path" in request.GET:
        return add_condition(actor, state, request)
    if target == "conditions":
        return respond(request, "list.html", menu(request, actor, state), part="condition")
    if target in MENUS:
        return respond(
            request, "list.html", {**menu(request, actor, state), **_menu_of(actor, state, target)}, part=target
        )
    if "live" in request.GET and reads_like_filter(request.GET.get("find", ""), spec):
        return HttpResponse(status=204)
    return listed(request, state, target)


def listed(request: HttpRequest, state: State, target: str = "") -> HttpResponse:
    """The list in this state: the page, or the block of it a script replaces."""
    actor = actor_of(request)
    shown = sentence(actor, state)
    conditions = built(actor, state, shown, request.GET) if state.build else None
    if conditions and "row" in request.GET and not conditions.problem:
        state = replace(state, where=conditions.text)
        shown = sentence(actor, state)
    more = target.startswith(MORE)
    context = _context(request, actor, state, shown, more=more)
    context["conditions"] = None if context["unreadable"] else conditions
    error = context["error"]
    if error is not None and request.GET.get("side") == "text" and wants_part(request):
        answer = respond(request, "list.html", context, part="told", status=422)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#told", "outerHTML"
        return answer
    part = "rows" if more else PARTS.get(target, "")
    refused = (error is not None and not context["unreadable"]) or bool(conditions and conditions.problem)
    answer = respond(request, "list.html", context, part=part, status=200 if not refused else 422 if part else 400)
    if part == "list":
        answer["HX-Replace-Url" if state.build else "HX-Push-Url"] = state.url(after=state.after)
    elif part == "table":
        answer["HX-Replace-Url"] = state.url()
    return answer


def sentence(actor: Actor, state: State) -> list[Chip]:
    """The sentence of what is written, without what is looked for in the box; nothing when it cannot be read."""
    if not state.where:
        return []
    try:
        return chips(actor, state.spec, question(actor, state.spec, state.where))
    except Refused:
        return []


def _context(request: HttpRequest, actor: Actor, state: State, shown: Sequence[Chip], *, more: bool) -> dict[str, Any]:
    spec = state.spec
    within = request.GET.get("slice", "")
    page, error = _read(actor, state, within, first=not more)
    unreadable = error is not None and bool(state.view.record) and state.where == state.view.where
    heads = heads_of(actor, page, state) if page else []
    figures, grouped, unsummed = _summed(actor, state, None if more else page, heads)
    depth = int(depth) if number_in(depth := request.GET.get("depth", "1")) else 1
    return {
        "spec": spec,
        "list_spec": spec,
        "state": state,
        "page": page,
        "error": error,
        "unreadable": unreadable,
        "chips": shown,
        "heads": heads,
        "rows": rows_of(page, page.rows, state, heads) if page and grouped is None else EMPTY,
        "grouped": grouped,
        "slice": within,
        "shelf": tabs(actor, state) if not more else None,
        "may_export": can(actor, "export", spec) and state.archived == "no",
        **_menu_of(actor, state, request.GET.get("menu", "")),
        "unsummed": unsummed,
        "bulk": _bulk(actor, state),
        "may_bulk": can(actor, "bulk", spec) and can(actor, "edit", spec) and state.archived != "trash",
        "tagging": _tagging(actor, spec),
        "starters": [one for one in registry.actions(spec.key) if one.on == "object" and can(actor, one.right, spec)],
        "may_create": can(actor, "create", spec),
        "figures": figures,
        "figure_choices": _figure_choices(actor, state, page) if not more and page else [],
        "hints": _hints(actor, state, page, shown),
        "depth": depth,
        "scrolls": depth < PAGES_BY_SCROLLING and not within,
        "laid_out": in_lines(state.where),
        "side": request.GET.get("side", "") if wants_part(request) else "",
        **menu(request, actor, state, shown),
    }


def _read(actor: Actor, state: State, within: str, *, first: bool) -> tuple[Page | None, Refused | None]:
    """The page, or why the question was refused: then what was typed stays on the page and can be mended."""
    spec = state.spec
    columns = read_columns(actor, spec, state.columns or spec.columns)
    grouped = first and bool(state.group)
    asked = Query(
        spec.key, where=joined(state.whole, within), sort=state.sort, columns=columns, size=PAGE, after=state.after,
        archived="all" if state.archived == "trash" else state.archived, trashed=state.archived == "trash", count=first,
    )  # fmt: skip
    try:
        return read(actor, replace(asked, after="") if grouped else asked), None
    except (BadQuery, TooWide) as error:
        if not state.view.record or (state.sort, state.where) == ("", state.view.where):
            return None, error
    try:  # a saved view may sort by what its viewer does not see
        return read(actor, replace(asked, sort="")), None
    except (BadQuery, TooWide) as error:
        return None, error


def _summed(
    actor: Actor, state: State, page: Page | None, heads: Sequence[Any]
) -> tuple[list[tuple[Figure, str]], Sections | None, str]:
    """The figures of the whole list, the list in its groups, and why one of them is missing."""
    figures: list[tuple[Figure, str]] = []
    grouped, why = None, ""
    try:
        figures = told(actor, state, page)
    except TooWide as error:
        why = _told(error)
    if page and page.count and state.group and state.archived == "no":
        try:
            grouped = sections(actor, state, page, heads, figures_of(actor, state, page))
        except (BadQuery, TooWide) as error:
            why = _told(error)
    return figures, grouped, why


def _told(error: Refused) -> str:
    return str(error.problems[0].text if error.problems else error.title)


def _menu_of(actor: Actor, state: State, opened: str) -> dict[str, Any]:
    """What the menus of columns and of grouping need; ``opened``: the one whose entries are drawn."""
    return {
        "menu": opened,
        "chosen_columns": state.columns or own_columns(state.spec),
        "choosable": _choosable(actor, state) if opened == "columns" else [],
        "groupings": choices(actor, state.spec),
    }


def _choosable(actor: Actor, state: State) -> list[FieldSpec]:
    """Fields that can be columns: those shown in their order, then the others."""
    spec = state.spec
    fields = {
        one.key: one
        for one in spec.fields
        if one.kind not in ("rich_text", "long_text")
        and not one.hidden
        and one.key not in UNASKED
        and field_right(actor, spec, one) != "hidden"
    }
    shown = [spec[key] for key in state.columns or own_columns(spec) if key in fields or key in (state.columns or ())]
    return [*shown, *(one for one in fields.values() if one not in shown)]


def _bulk(actor: Actor, state: State) -> list[ActionSpec]:
    """Actions for chosen rows that this actor may run and that make sense where the rows are: live, archived, in the trash."""
    spec = state.spec
    if not can(actor, "bulk", spec):
        return []
    actions = [
        one for one in registry.actions(spec.key) if one.bulk and one.on != "object" and can(actor, one.right, spec)
    ]
    if state.archived == "trash":
        return [one for one in actions if "trashed is not empty" in one.when]
    elsewhere = "archived is empty" if state.archived == "only" else "archived is not empty"
    return [one for one in actions if elsewhere not in one.when and "trashed is not empty" not in one.when]


def _tagging(actor: Actor, spec: ObjectSpec) -> FieldSpec | None:
    """The tags of the object, or the first field of many options somebody added, if the actor may write it: chosen rows
    can be tagged with it. Other fields of many options, such as the weekdays of a task, are no tags."""
    many = [one for one in spec.fields if one.kind == "choices" and not one.readonly]
    fields = sorted((one for one in many if one.key == TAGS or one.custom), key=lambda one: one.key != TAGS)
    return next((one for one in fields if field_right(actor, spec, one) == "write"), None)


def _figure_choices(actor: Actor, state: State, page: Page) -> list[tuple[FieldSpec, list[tuple[str, str, bool]]]]:
    chosen = {one.text for one in figures_of(actor, state, page)}
    found = []
    for field in measurable(actor, state.spec):
        offered = [Figure(name, field) for name in NAMES]
        found.append((field, [(one.text, str(NAMES[one.measure]), one.text in chosen) for one in offered]))
    return found


def _hints(actor: Actor, state: State, page: Page | None, shown: Sequence[Chip]) -> list[tuple[str, str, str]]:
    """Which condition to drop, how many would come then, and where that is; the best first. For an empty list, and
    beside the conditions while they are open."""
    if page is None or state.after or state.archived == "trash" or (page.rows and not state.build):
        return []
    found: list[tuple[int, str, str, str]] = []
    options = [(chip.said, replace(state, where=chip.without)) for chip in shown[:MOST_HINTS]]
    if state.find and state.where:
        options.append((f"“{state.find}”", replace(state, find="")))
    for said, other in options:
        number, capped = count(actor, state.spec.key, other.whole, archived=other.archived)
        if number > (page.count or 0):
            found.append((number, said, f"{number:,}{'+' if capped else ''}", other.url()))
    found.sort(key=lambda one: -one[0])
    return [one[1:] for one in found]


# -- one condition -----------------------------------------------------------------------------------------------------
def menu(request: HttpRequest, actor: Actor, state: State, shown: Sequence[Chip] | None = None) -> dict[str, Any]:
    """The form for one condition, when a field was chosen; ``edit`` is the number of the chip being changed."""
    path = request.GET.get("condition", "")
    shown = sentence(actor, state) if shown is None else shown
    offer = offer_for(actor, state.spec, path) if path else None
    edit = request.GET.get("edit", "")
    before, editing = filled(""), ""
    if offer and edit.isdecimal() and len(edit) < 4 and int(edit) < len(shown):
        chip, editing = shown[int(edit)], edit
        before = {**filled(chip.piece.text, offer.field), "shown": chip.piece.value}
    known = targets(actor, offer.field) if offer else ()
    every = ways(offer, listed=bool(known)) if offer else []
    picker = None
    if offer and any(way.input == "record" for way in every):
        picker = control(offer.field, typed_record(before), reading(), prefix="record.", id_prefix="c-")
    return {
        "chips": shown,
        "offer": offer,
        "ways": every,
        "before": before,
        "editing": editing,
        "known_targets": known,
        "picker": picker,
        "periods": PERIODS,
        "state": state,
        "spec": state.spec,
        "offers": offers(actor, state.spec) if path else [],
    }


def add_condition(actor: Actor, state: State, request: HttpRequest) -> HttpResponse:
    """The answer of the condition form: back to the list with the condition in its sentence, where it stood or at the end."""
    offer = offer_for(actor, state.spec, request.GET["path"])
    text = compose(offer, request.GET, listed=bool(targets(actor, offer.field))) if offer else ""
    edit = request.GET.get("edit", "")
    shown = sentence(actor, state)
    if text and edit.isdecimal() and len(edit) < 4 and int(edit) < len(shown):
        return HttpResponseRedirect(state.url(where=replaced(shown, int(edit), text)))
    return HttpResponseRedirect(state.url(where=joined(state.where, text)))
