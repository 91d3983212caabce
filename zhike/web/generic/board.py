"""The board: records as cards in columns by a choice or a link, with counts and sums; moving a card, adding one, choosing
what stands on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import can, field_right, reach_of
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import BadQuery, Forbidden, NotFound, Refused, TooWide
from zhike.kernel.words import _
from zhike.records.actions import run_action
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.views import SAVED, shelf_of
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import Board, ObjectSpec
from zhike.web.generic.actions import refused_dialog
from zhike.web.generic.board_cards import Cards
from zhike.web.generic.board_facts import (
    EMPTY,
    BoardColumn,
    card_fields,
    choices_by,
    chosen_board,
    column_of,
    head_only,
    keep_card,
    lines_of,
    own_where,
    placed,
    places_for,
    summary_of,
    sums_of,
)
from zhike.web.generic.list_builder import built, in_lines
from zhike.web.generic.list_state import State, reads_like_filter
from zhike.web.generic.list_tabs import tabs
from zhike.web.generic.lists import add_condition, menu, sentence
from zhike.web.generic.record_path import Place, move_action
from zhike.web.links import board_url, local, new_url, number_in, with_query
from zhike.web.respond import respond, see_other, wants_part
from zhike.web.say import say
from zhike.web.visitor import actor_of

IN_PLACE = (409, 422)
PARTS = {"list": "list", "table": "table"}  # HX-Target → block of the template


@dataclass(frozen=True, slots=True)
class Counted:
    """How many cards there are in all, as the filter's panel asks for it."""

    count: int
    capped: bool = False
    next: str = ""


def show(request: HttpRequest, plural: str) -> HttpResponse:
    """The board of an object by ``?by=``, or with ``?column=…&after=…`` further cards of one column. The filter, its sentence
    and the views are those of the list."""
    actor = actor_of(request)
    registry.refresh()
    spec = registry.by_plural(plural)
    board = _board(actor, spec, request.GET.get("by", ""))
    lines, line = lines_of(actor, spec, board, request.GET.get("line", ""))
    state = _state(request, actor, spec, board, line)
    target = request.headers.get("HX-Target", "") if wants_part(request) else ""
    if "path" in request.GET:
        return add_condition(actor, state, request)
    if target == "conditions":
        return respond(request, "list.html", menu(request, actor, state), part="condition")
    if "live" in request.GET and reads_like_filter(request.GET.get("find", ""), spec):
        return HttpResponse(status=204)
    shown = sentence(actor, state)
    conditions = built(actor, state, shown, request.GET) if state.build else None
    if conditions and "row" in request.GET and not conditions.problem:
        state = replace(state, where=conditions.text)
        shown = sentence(actor, state)
    wanted = request.GET.get("column", "")
    context, error = _drawn(
        actor, spec, board, line, state.whole, wanted, request.GET.get("after", "") if wanted else ""
    )
    counted = sum(one.count for one in context["columns"])
    context |= {
        "state": state,
        "error": error,
        "unreadable": False,
        "conditions": conditions,
        "page": None if error else Counted(counted),
        "hints": [],
        "laid_out": in_lines(state.where),
        "side": request.GET.get("side", "") if wants_part(request) else "",
        "shelf": tabs(actor, state),
        "lines": lines,
        "line": line,
        "by_choices": choices_by(actor, spec),
        "card_choices": card_fields(actor, spec, board),
        "for_everybody": _may_decide(actor),
        **menu(request, actor, state, shown),
        "column": context["columns"][0] if wanted else None,
    }
    if error is not None and request.GET.get("side") == "text" and wants_part(request):
        answer = respond(request, "board.html", context, part="told", status=422)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#told", "outerHTML"
        return answer
    part = "more" if wanted else PARTS.get(target, "")
    bad = error is not None or bool(conditions and conditions.problem)
    answer = respond(request, "board.html", context, part=part, status=(422 if part else 400) if bad else 200)
    if part == "list":
        answer["HX-Replace-Url" if state.build else "HX-Push-Url"] = state.url()
    elif part == "table":
        answer["HX-Replace-Url"] = state.url()
    return answer


def _board(actor: Actor, spec: ObjectSpec, by: str) -> Board:
    board = chosen_board(actor, spec, by)
    if board is None:
        raise NotFound(_("{objects} have no board.").with_(objects=spec.plural_label))
    return board


def _state(request: HttpRequest, actor: Actor, spec: ObjectSpec, board: Board, line: Record | None) -> State:
    """The list's state standing on the board; archived records and the trash are no cards."""
    state = State.of(request, spec, actor, shelf_of(actor, spec))
    own = chosen_board(actor, spec, "")
    by = board.by if own is None or own.by != board.by else ""
    kept = tuple((name, text) for name, text in (("by", by), ("line", request.GET.get("line", ""))) if text)
    return replace(
        state, at=f"/{spec.plural}/board", more=kept, archived="no", sort=state.view.sort, group=state.view.group
    )


def _drawn(
    actor: Actor, spec: ObjectSpec, board: Board, line: Record | None, where: str, wanted: str = "", after: str = ""
) -> tuple[dict[str, Any], Refused | None]:
    """Columns with their cards; when the filter cannot be read, empty ones and why."""
    declared = places_for(actor, spec, board, line)
    error: Refused | None = None
    try:
        sums, names = sums_of(actor, spec, board, where, declared or ())
    except (BadQuery, TooWide) as refused:
        sums, names, error = {}, {}, refused
    places = placed(declared, sums, names, spec[board.by])
    if wanted:
        places = [one for one in places if one.value == wanted]
        if not places:
            raise NotFound
    columns = [column_of(actor, spec, board, place, where, sums, after) for place in places]
    return {**_common(actor, spec, board, line, where), "columns": columns, "summary": summary_of(columns, spec)}, error


def _common(actor: Actor, spec: ObjectSpec, board: Board, line: Record | None, where: str) -> dict[str, Any]:
    field = spec[board.by]
    writable = not field.readonly and field_right(actor, spec, field) == "write"
    title = spec[spec.title]
    movable, mover = can(actor, "edit", spec) and writable, move_action(spec, board.by)
    addable = can(actor, "create", spec) and writable and title.kind == "text" and not title.readonly
    return {
        "spec": spec,
        "board": board,
        "by": field,
        "draw_card": Cards(spec, board, movable=movable, mover=mover),
        "column_where": lambda place: own_where(board, place),
        "empty_column": EMPTY,
        "where": where,
        "line_id": str(line.id) if line else "",
        "movable": movable,
        "addable": addable and field_right(actor, spec, title) == "write",
        "mover": mover,
    }


def _may_decide(actor: Actor) -> bool:
    """Whether the reader may choose for everybody: whoever changes everybody's shared views does."""
    saved = registry.find(SAVED)
    return saved is not None and reach_of(actor, "edit", saved) == "all"


# -- moving ------------------------------------------------------------------------------------------------------------
def move(request: HttpRequest, plural: str) -> HttpResponse:
    """Put a card into another column: through the object's own action where it declares one, else as a save.

    Answers the heads of both columns and the card; a refusal that can be mended answers the action's dialog."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    board = _board(actor, spec, request.POST.get("by", ""))
    back = local(request.POST.get("next", ""), board_url(spec))
    id_text, to = request.POST.get("id", ""), request.POST.get("to", "")
    if request.method != "POST" or not number_in(id_text) or not to:
        return see_other(request, back)
    field = spec[board.by]
    mover = move_action(spec, field.key) if to != EMPTY else None
    record = read_one(actor, spec.key, int(id_text))
    try:
        if mover is not None:
            done = run_action(actor, spec.key, mover.name, [record.id], {mover.inputs[0].key: _value(spec, board, to)})
            operation, message = done.operation, done.message
        else:
            written = write(actor, Command("update", spec.key, record.id, {field.key: _value(spec, board, to)}))
            operation, message = written.operation, None
    except Refused as refused:
        if refused.status not in IN_PLACE or mover is None:
            raise
        return refused_dialog(request, spec, mover, record, {mover.inputs[0].key: to}, refused, back)
    if not wants_part(request):
        return say(request, see_other(request, back), message or _("Moved"), undo=operation)
    answer = _answered(request, actor, spec, board, record.id, {to, request.POST.get("from", "")})
    return say(request, answer, message or _("Moved"), undo=operation)


def _value(spec: ObjectSpec, board: Board, to: str) -> Any:
    """What a column stands for, as a save takes it."""
    if to == EMPTY:
        return None
    return int(to) if spec[board.by].kind == "link" and number_in(to) else to


def _answered(
    request: HttpRequest, actor: Actor, spec: ObjectSpec, board: Board, id: int, values: set[str]
) -> HttpResponse:
    """The heads of the columns that changed, the card, and the summary."""
    where = request.POST.get("where", "")
    fresh = read_one(actor, spec.key, id)
    _all, line = lines_of(actor, spec, board, request.POST.get("line", ""))
    declared = places_for(actor, spec, board, line)
    sums, names = sums_of(actor, spec, board, where, declared or ())
    places = placed(declared, sums, names, spec[board.by])
    columns: list[BoardColumn] = [head_only(one, sums, board) for one in places]
    to = request.POST.get("to", "")
    context = {
        **_common(actor, spec, board, line, where),
        "columns": [one for one in columns if one.place.value in values],
        "card": fresh,
        "card_place": next((one for one in places if one.value == to), Place(to, "")),
        "summary": summary_of(columns, spec),
        "state": State(spec),
    }
    return respond(request, "board.html", context, part="moved")


# -- adding, and the cards themselves ----------------------------------------------------------------------------------
def add(request: HttpRequest, plural: str) -> HttpResponse:
    """A POST of a ``title`` makes a record in the column ``to``. When it needs more than that, the form of a new record opens
    with both filled in."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    board = _board(actor, spec, request.POST.get("by", ""))
    back = local(request.POST.get("next", ""), board_url(spec))
    title, to = request.POST.get("title", "").strip(), request.POST.get("to", "")
    if request.method != "POST" or not title or not to:
        return see_other(request, back)
    values = {spec.title: title} | ({board.by: _value(spec, board, to)} if to != EMPTY else {})
    try:
        done = write(actor, Command("create", spec.key, values=values))
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        asked = {spec.title: title} | ({board.by: to} if to != EMPTY else {})
        form = see_other(request, with_query(new_url(spec, **asked), {"next": back}))
        return say(request, form, refused.problems[0].text, bad=True)
    said = _("“{title}” was added").with_(title=title)
    if not wants_part(request):
        return say(request, see_other(request, back), said, undo=done.operation)
    return say(request, _answered(request, actor, spec, board, done.id, {to}), said, undo=done.operation)


def cards(request: HttpRequest, plural: str) -> HttpResponse:
    """A POST of ``card`` (repeated) keeps what stands on the cards, for oneself or, with ``for=everybody``, for all; ``reset``
    goes back."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    _board(actor, spec, "")
    back = local(request.POST.get("next", ""), board_url(spec))
    if request.method == "POST":
        everybody = request.POST.get("for") == "everybody"
        if everybody and not _may_decide(actor):
            raise Forbidden(_("Only an administrator chooses for everybody."))
        seen = [
            key
            for key in request.POST.getlist("card")
            if key in spec.by_key and field_right(actor, spec, spec[key]) != "hidden"
        ]
        keep_card(actor, spec, None if "reset" in request.POST else seen, everybody=everybody)
    return see_other(request, back)
