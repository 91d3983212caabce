"""The list of any object: columns, filter sentence, pages by cursor, chosen rows, and a panel beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from markupsafe import Markup

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery, Refused, TooWide
from zhike.query.tree import EVERYTHING
from zhike.records.actions import offered
from zhike.records.aggregate import aggregate
from zhike.records.history import timeline
from zhike.records.read import Query, count, read, read_one
from zhike.records.record import Page, Record
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec
from zhike.schema.values import Money
from zhike.web.generic.conditions import PERIODS, Chip, chips, compose, filled, offer_for, offers, ways
from zhike.web.generic.list_cells import in_place
from zhike.web.generic.list_rows import drawn_rows
from zhike.web.generic.list_state import State, columns_cookie, is_sortable, joined, reads_like_filter, views
from zhike.web.kinds.cells import column, is_right, is_soft, width_of
from zhike.web.kinds.figures import money_text
from zhike.web.kinds.widgets import control
from zhike.web.links import number_in
from zhike.web.markup import EMPTY, html, together
from zhike.web.reading import reading
from zhike.web.respond import respond, wants_part

PARTS = {"list": "list", "table": "table", "more-rows": "rows"}  # HX-Target → block of the template
PAGE = 50
PAGES_BY_SCROLLING = 10
MOST_HINTS = 5
PLACES_ON_A_PHONE = ("title", "end", "sub", "sub-end")
PANEL_EVENTS = 5
YEAR = 365 * 24 * 3600


def show(request: HttpRequest, plural: str) -> HttpResponse:
    """``/{plural}``: the whole list, or for a script its rows, a form for one condition, or the panel of one record."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    registry.refresh()
    spec = registry.by_plural(plural)
    state = State.of(request, spec, actor)
    target = request.headers.get("HX-Target", "") if wants_part(request) else ""
    if "peek" in request.GET and target == "peek":
        return _panel(request, actor, spec, state)
    if "path" in request.GET:
        return _add_condition(actor, state, request)
    if target == "conditions":
        return respond(request, "list.html", _condition_context(request, actor, state), part="condition")
    if "live" in request.GET and reads_like_filter(request.GET.get("find", ""), spec):
        return HttpResponse(status=204)
    context = _context(request, actor, spec, state, more=target == "more-rows")
    part = PARTS.get(target, "")
    status = 200 if context["error"] is None else 422 if part else 400
    response = respond(request, "list.html", context, part=part, status=status)
    if part == "list":
        response["HX-Push-Url"] = state.url(after=state.after)
    elif part == "table":
        response["HX-Replace-Url"] = state.url()
    if "columns" in request.GET:
        _remember_columns(response, state)
    return response


def _remember_columns(response: HttpResponse, state: State) -> None:
    own = tuple(dict.fromkeys((state.spec.title, *state.spec.columns)))
    chosen = "" if state.columns in ((), own) else ".".join(state.columns)
    response.set_cookie(
        columns_cookie(state.spec), chosen, max_age=YEAR if chosen else 0, samesite="Lax", httponly=True
    )


@dataclass(frozen=True, slots=True)
class Head:
    """A column as the list draws it: its field, width class, how a click on its head sorts, the opening tag of its cells
    and what draws their values."""

    field: FieldSpec
    width: str
    right: bool
    sort: str
    sorted: str
    priority: int
    open: Markup
    draw: Callable[[Record], Markup]


def _context(request: HttpRequest, actor: Actor, spec: ObjectSpec, state: State, *, more: bool) -> dict[str, Any]:
    page, error = _read(actor, spec, state, first=not more)
    heads = _heads(actor, spec, page, state) if page else []
    shown: list[Chip] = []
    if not error or state.find:
        shown = _chips(actor, spec, state, page)
    depth = int(depth) if number_in(depth := request.GET.get("depth", "1")) else 1
    return {
        "spec": spec,
        "list_spec": spec,
        "state": state,
        "page": page,
        "error": error,
        "heads": heads,
        "rows": _rows(spec, page, state, heads) if page else EMPTY,
        "list_tabs": _tabs(state, trash=can(actor, "delete", spec)),
        "may_export": can(actor, "export", spec) and state.archived == "no",
        "here_url": state.url(),
        "own_columns_url": state.url() + ("&" if "?" in state.url() else "?") + "columns=own",
        "chosen_columns": state.columns or (spec.title, *spec.columns),
        "choosable": _choosable(actor, spec),
        "bulk": _bulk(actor, spec, state),
        "starters": [one for one in registry.actions(spec.key) if one.on == "object" and can(actor, one.right, spec)],
        "may_create": can(actor, "create", spec),
        "sums": _sums(actor, spec, state, page),
        "hints": _hints(actor, spec, state, page, shown),
        "depth": depth,
        "scrolls": depth < PAGES_BY_SCROLLING,
        **_condition_context(request, actor, state),
        "chips": shown,
    }


def _read(actor: Actor, spec: ObjectSpec, state: State, *, first: bool) -> tuple[Page | None, Refused | None]:
    """The page, or why the question was refused: then what was typed stays on the page and can be mended."""
    columns = _with_phone(actor, spec, state.columns or spec.columns)
    asked = Query(
        spec.key, where=state.whole, sort=state.sort, columns=columns, size=PAGE, after=state.after,
        archived="all" if state.archived == "trash" else state.archived, trashed=state.archived == "trash", count=first,
    )  # fmt: skip
    try:
        return read(actor, asked), None
    except (BadQuery, TooWide) as error:
        return None, error


def _with_phone(actor: Actor, spec: ObjectSpec, columns: Sequence[str]) -> tuple[str, ...]:
    keys = dict.fromkeys((spec.title, *columns, *spec.phone, "archived"))
    return tuple(key for key in keys if (field := spec.field(key)) and field_right(actor, spec, field) != "hidden")


def _heads(actor: Actor, spec: ObjectSpec, page: Page, state: State) -> list[Head]:
    keys = [key for key in (state.columns or (spec.title, *spec.columns)) if key in page.columns]
    places = dict(zip(_phone(spec, page), PLACES_ON_A_PHONE, strict=False))
    sorted_by = {key.field.key: key.descending for key in page.sort}
    heads = []
    for index, key in enumerate(dict.fromkeys(keys)):
        field = spec[key]
        sort = ""
        if is_sortable(field, spec):
            down = sorted_by.get(key)
            sort = (
                key if down else f"-{key}" if down is False or width_of(field) in ("date", "money", "number") else key
            )
        direction = {True: "descending", False: "ascending", None: ""}[sorted_by.get(key)]
        width = "name" if key == spec.title else width_of(field)
        priority = 0 if index < 5 else 2 if index < 7 else 3
        editable = key != spec.title and in_place(actor, spec, field)
        opening = _opening(field, places.get(key, ""), priority, editable=editable)
        heads.append(Head(field, width, is_right(field), sort, direction, priority, opening, column(field)))
    return heads


def _opening(field: FieldSpec, at: str, priority: int, *, editable: bool = False, phone: bool = False) -> Markup:
    """The opening tag of the cells of a column: made once, printed for every row."""
    classes = "is-phone" if phone else "num" if is_right(field) else "soft" if is_soft(field) else ""
    parts = [html(' class="%s"', classes) if classes else EMPTY]
    parts += [html(' data-priority="%s"', priority) if priority else EMPTY, html(' data-at="%s"', at) if at else EMPTY]
    parts.append(html(' data-cell="%s"', field.key) if editable else EMPTY)
    return html("<td%s>", together(parts))


def _phone(spec: ObjectSpec, page: Page) -> tuple[str, ...]:
    """The four fields of a phone row: as declared, else the title, a figure or date, a link, a choice."""
    if spec.phone:
        return tuple(dict.fromkeys((spec.title, *(key for key in spec.phone if key != spec.title))))
    fields = [spec[key] for key in page.columns if key != spec.title and key not in ("archived", "created")]

    def first(*widths: str) -> str:
        return next((one.key for one in fields if width_of(one) in widths), "")

    return (spec.title, first("money", "number", "date"), first("person", "text", "phone"), first("choice"))


def _rows(spec: ObjectSpec, page: Page, state: State, heads: Sequence[Head]) -> Markup:
    cells = [(one.open, one.draw) for one in heads[1:]]
    return drawn_rows(spec, page.rows, cells + _phone_extra(spec, page, state))


def _phone_extra(spec: ObjectSpec, page: Page, state: State) -> list[tuple[Markup, Callable[[Record], Markup]]]:
    """Phone fields that are no columns: drawn in hidden cells, shown on narrow screens only."""
    shown = {spec.title, *(state.columns or spec.columns)}
    places = zip(_phone(spec, page), PLACES_ON_A_PHONE, strict=False)
    wanted = [(spec[key], place) for key, place in places if key and key not in shown and key in page.columns]
    return [(_opening(field, place, 0, phone=True), column(field)) for field, place in wanted]


def _chips(actor: Actor, spec: ObjectSpec, state: State, page: Page | None) -> list[Chip]:
    """The sentence of what is written, without what is looked for in the box."""
    if not state.where:
        return []
    tree = page.tree if page and not state.find else None
    if tree is None:
        try:
            tree = read(actor, Query(spec.key, where=state.where, columns=(spec.title,), size=1, count=False)).tree
        except Refused:
            return []
    return [] if tree == EVERYTHING else chips(actor, spec, tree)


def _tabs(state: State, *, trash: bool) -> list[dict[str, Any]]:
    tabs = []
    for view in views(state.spec, trash=trash):
        current = state.where == view.where and state.archived == view.archived
        url = state.url(where=view.where, archived=view.archived, find="", written=False)
        tabs.append({"label": view.label, "url": url, "current": current})
    return tabs


def _choosable(actor: Actor, spec: ObjectSpec) -> list[FieldSpec]:
    fields = [
        one
        for one in spec.fields
        if field_right(actor, spec, one) != "hidden" and one.kind not in ("rich_text", "long_text")
    ]
    return [one for one in fields if not one.hidden and one.key not in ("id", "version", "trashed", "archived")]


def _bulk(actor: Actor, spec: ObjectSpec, state: State) -> list[ActionSpec]:
    """Actions for chosen rows that this actor may run and that make sense where the rows are: live, archived, in the trash."""
    if not can(actor, "bulk", spec):
        return []
    actions = [
        one for one in registry.actions(spec.key) if one.bulk and one.on != "object" and can(actor, one.right, spec)
    ]
    if state.archived == "trash":
        return [one for one in actions if "trashed is not empty" in one.when]
    elsewhere = "archived is empty" if state.archived == "only" else "archived is not empty"
    return [one for one in actions if elsewhere not in one.when and "trashed is not empty" not in one.when]


def _sums(actor: Actor, spec: ObjectSpec, state: State, page: Page | None) -> list[tuple[FieldSpec, str]]:
    """The total of the first money column over the rows that were counted: none where counting stopped half-way."""
    if page is None or page.capped or not page.count:
        return []
    shown = [spec[key] for key in (state.columns or spec.columns) if key in page.columns]
    field = next((one for one in shown if "money" in (one.kind, one.result)), None)
    if field is None or state.archived != "no":
        return []
    try:
        where = joined(state.whole, "archived is empty") if "archived" in spec.by_key else state.whole
        found = aggregate(actor, spec.key, by=(), measures=(f"sum:{field.key}",), where=where)
    except Refused:
        return []
    total = found[0].get(f"sum:{field.key}") if found else None
    return [(field, money_text(Money(Decimal(str(total)), reading().currency), short=True))] if total else []


def _hints(
    actor: Actor, spec: ObjectSpec, state: State, page: Page | None, shown: Sequence[Chip]
) -> list[tuple[str, str, str]]:
    """For an empty list: which condition to drop, how many would come then, and where that is; the best first."""
    if page is None or page.rows or state.after or state.archived == "trash":
        return []
    found: list[tuple[int, str, str, str]] = []
    options = [(_said(chip), replace(state, where=chip.without)) for chip in shown[:MOST_HINTS]]
    if state.find and state.where:
        options.append((f"“{state.find}”", replace(state, find="")))
    for said, other in options:
        number, capped = count(actor, spec.key, other.whole, archived=other.archived)
        if number:
            found.append((number, said, f"{number:,}{'+' if capped else ''}", other.url()))
    found.sort(key=lambda one: -one[0])
    return [one[1:] for one in found]


def _said(chip: Chip) -> str:
    return " ".join(part for part in (chip.piece.field, chip.piece.verb, chip.piece.value) if part)


# -- conditions --------------------------------------------------------------------------------------------------------
def _condition_context(request: HttpRequest, actor: Actor, state: State) -> dict[str, Any]:
    """The form for one condition, when a field was chosen; ``edit`` is the number of the chip being changed."""
    path = request.GET.get("condition", "")
    offer = offer_for(actor, state.spec, path) if path else None
    edit = request.GET.get("edit", "")
    before, rest = filled(""), state.where
    shown = _chips(actor, state.spec, state, None) if path else []
    if offer and shown and (edit == "0" or 0 < number_in(edit) < len(shown)):
        chip = shown[int(edit)]
        before, rest = {**filled(chip.piece.text), "shown": chip.piece.value}, chip.without
    picker = None
    if offer and any(way.input == "record" for way in ways(offer.field)):
        typed = _typed_record(before)
        picker = control(offer.field, typed, reading(), prefix="record.", id_prefix="c-")
    return {
        "chips": shown,
        "offer": offer,
        "ways": ways(offer.field) if offer else [],
        "before": before,
        "rest": rest,
        "picker": picker,
        "periods": PERIODS,
        "state": state,
        "spec": state.spec,
        "offers": offers(actor, state.spec),
    }


def _typed_record(before: Any) -> dict[str, list[str]]:
    text = str(before.get("value", ""))
    if not text or before.get("said") == "me":
        return {}
    shown = str(before.get("shown", text))
    ident = text.rpartition(":")[2] if ":" in text else ""
    if number_in(ident):
        return {"": [ident], "text": [shown], "was": [shown]}
    return {"text": [text]}


def _add_condition(actor: Actor, state: State, request: HttpRequest) -> HttpResponse:
    """The answer of the condition form: back to the list with the condition in its sentence."""
    offer = offer_for(actor, state.spec, request.GET["path"])
    text = compose(offer, request.GET) if offer else ""
    return HttpResponseRedirect(state.url(where=joined(state.where, text)))


# -- the panel ---------------------------------------------------------------------------------------------------------
def _panel(request: HttpRequest, actor: Actor, spec: ObjectSpec, state: State) -> HttpResponse:
    """One record beside the list: what can be done with it, its facts, what happened last."""
    ident = request.GET["peek"]
    record = read_one(actor, spec.key, number_in(ident))
    keys = dict.fromkeys((*spec.highlights, *spec.columns, *(key for tab in spec.form for key in tab.fields)))
    fields = [
        spec[key]
        for key in keys
        if key != spec.title and key in record.values and record.values[key] not in (None, (), "")
    ]
    context = {
        "spec": spec,
        "state": state,
        "record": record,
        "fields": fields[:16],
        "actions": sorted((one for one in offered(actor, record) if one.on == "record"), key=lambda one: one.danger),
        "moments": timeline(actor, spec.key, record.id, size=PANEL_EVENTS),
    }
    return respond(request, "peek.html", context, part="panel")
