"""The board: records as cards in columns by a choice or a link, with counts and totals; and moving a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import BadQuery, NotFound, Refused, TooWide
from zhike.kernel.words import Words, _
from zhike.records.actions import run_action
from zhike.records.aggregate import aggregate_raw
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.views import views_of
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import Board, FieldSpec, ObjectSpec
from zhike.schema.values import Money
from zhike.web.generic.actions import refused_dialog
from zhike.web.generic.list_sentence import Chip, chips
from zhike.web.generic.list_state import State, joined
from zhike.web.generic.record_path import Place, line_field, move_action, place_of, places_of
from zhike.web.kinds.figures import MONTHS, exact_text, is_chinese, local_day, machine_text, money_text
from zhike.web.links import board_url, local, number_in
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other, wants_part
from zhike.web.say import say
from zhike.web.wording import inside

CARDS = 50
CLOSED_CARDS = 20
NEARLY_A_YEAR = 330
MOST_COLUMNS = 20
IN_PLACE = (409, 422)


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column: where it stands, how many cards it has in all, their total, and the first cards."""

    place: Place
    count: int
    total: Money | None
    cards: tuple[Record, ...]
    next: str = ""


def show(request: HttpRequest, plural: str) -> HttpResponse:
    """The board of an object, or with ``?column=…&after=…`` further cards of one column."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    spec = registry.by_plural(plural)
    board = spec.board
    if board is None or board.by not in spec.by_key:
        raise NotFound(_("{objects} have no board.").with_(objects=spec.plural_label))
    state = State.of(request, spec, actor)
    where = state.whole
    lines, line = _lines(actor, spec, board, request.GET.get("line", ""))
    places = _places(actor, spec, board, line)
    wanted = request.GET.get("column", "")
    if wanted:
        places = [one for one in places if one.value == wanted]
        if not places:
            raise NotFound
    error: Refused | None = None
    try:
        sums = _sums(actor, spec, board, where)
    except (BadQuery, TooWide) as refused:
        sums, error, where = {}, refused, ""
    after = request.GET.get("after", "") if wanted else ""
    columns = [_column(actor, spec, board, place, where, sums, after) for place in places]
    context = {
        **_common(spec, board),
        "columns": columns,
        "where": where,
        "state": state,
        "error": error,
        "chips": [] if error else _chips(actor, spec, state),
        "views": [one for one in views_of(spec) if one.archived == "no"],
        "lines": lines,
        "line": line,
        "line_id": str(line.id) if line else "",
        "summary": _summary(columns, spec),
        "movable": can(actor, "edit", spec),
        "mover": move_action(spec, board.by),
        "column": columns[0] if wanted else None,
    }
    return respond(request, "board.html", context, part="more" if wanted else "board", status=400 if error else 200)


def _chips(actor: Actor, spec: ObjectSpec, state: State) -> list[Chip]:
    """The filter as a sentence, one chip a condition."""
    if not state.where:
        return []
    tree = read(actor, Query(spec.key, where=state.where, columns=(spec.title,), size=1, count=False)).tree
    return chips(actor, spec, tree)


def move(request: HttpRequest, plural: str) -> HttpResponse:
    """Put a card into another column: through the object's own action where it declares one, else as a save.

    Answers the heads of both columns and the card; a refusal that can be mended answers the action's dialog."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    spec = registry.by_plural(plural)
    board = spec.board
    back = local(request.POST.get("next", ""), board_url(spec))
    id_text, to = request.POST.get("id", ""), request.POST.get("to", "")
    if request.method != "POST" or board is None or not number_in(id_text) or not to:
        return see_other(request, back)
    field = spec[board.by]
    mover = move_action(spec, field.key)
    value: Any = int(to) if field.kind == "link" and number_in(to) else to
    record = read_one(actor, spec.key, int(id_text))
    try:
        if mover is not None:
            done = run_action(actor, spec.key, mover.name, [record.id], {mover.inputs[0].key: value})
            operation, message = done.operation, done.message
        else:
            written = write(actor, Command("update", spec.key, record.id, {field.key: value}))
            operation, message = written.operation, None
    except Refused as refused:
        if refused.status not in IN_PLACE or mover is None:
            raise
        return refused_dialog(request, spec, mover, record, {mover.inputs[0].key: to}, refused, back)
    if not wants_part(request):
        return say(request, see_other(request, back), message or _("Moved"), undo=operation)
    answer = _moved(request, actor, spec, board, record.id, {to, request.POST.get("from", "")})
    return say(request, answer, message or _("Moved"), undo=operation)


def _moved(
    request: HttpRequest, actor: Actor, spec: ObjectSpec, board: Board, id: int, values: set[str]
) -> HttpResponse:
    where = request.POST.get("where", "")
    fresh = read_one(actor, spec.key, id)
    _all, line = _lines(actor, spec, board, request.POST.get("line", ""))
    sums = _sums(actor, spec, board, where)
    places = _places(actor, spec, board, line)
    columns = [_head_only(one, sums, spec, board) for one in places]
    context = {
        **_common(spec, board),
        "columns": [one for one in columns if one.place.value in values],
        "card": fresh,
        "card_place": next((one for one in places if one.value == request.POST.get("to")), places[0]),
        "summary": _summary(columns, spec),
        "movable": True,
        "where": where,
        "mover": move_action(spec, board.by),
        "line_id": str(line.id) if line else "",
    }
    return respond(request, "board.html", context, part="moved")


# -- what a board is made of -------------------------------------------------------------------------------------------
def _common(spec: ObjectSpec, board: Board) -> dict[str, Any]:
    card = [spec[key] for key in board.card if key in spec.by_key and key != spec.title]
    return {
        "spec": spec,
        "board": board,
        "people": [one for one in card if one.kind == "link" and one.to == "user"],
        "total_field": spec[board.total] if board.total else None,
        "below": [
            one for one in card if one.key != board.total and one.kind not in ("date", "instant") and one.to != "user"
        ],
        "dates": [one for one in card if one.kind in ("date", "instant")],
        "by": spec[board.by],
        "amount_of": lambda record: amount_of(record, board),
        "resting": lambda record, place: resting(spec, record, place),
        "short_day": short_day,
        "late": lambda value, place: place.outcome == "open" and isinstance(value, date) and value < _today(),
    }


def amount_of(record: Record, board: Board) -> Decimal:
    """What a card adds to its column's total, in the company's currency."""
    value = record.values.get(board.total) if board.total else None
    if not isinstance(value, Money):
        return Decimal(0)
    return value.base if value.base is not None else value.amount


def short_day(value: Any) -> Markup:
    """A date that fits on a card: the day while it is within a year, else year and month; the whole of it as title."""
    if value is None:
        return Markup("")
    setting = reading()
    day = local_day(value, setting)
    if abs((day - _today()).days) > NEARLY_A_YEAR:
        text = f"{day:%Y-%m}"
    elif is_chinese(setting):
        text = f"{day.month}月{day.day}日"
    else:
        text = f"{day.day} {MONTHS[day.month - 1]}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        machine_text(value), exact_text(value, setting), text
    )


def resting(spec: ObjectSpec, record: Record, place: Place) -> int:
    """Days a card has stood in its column, when that is longer than the column allows; else 0."""
    since = next((record.values.get(key) for key in _entered(spec)), None)
    if not isinstance(since, datetime) or not place.usual or place.outcome != "open":
        return 0
    days = (now() - since).days
    return days if days > place.usual else 0


def _entered(spec: ObjectSpec) -> list[str]:
    return [one.key for one in spec.fields if one.kind == "instant" and one.readonly and one.key.endswith("_entered")]


def _today() -> date:
    return reading().today or now().date()


def _lines(actor: Actor, spec: ObjectSpec, board: Board, asked: str) -> tuple[tuple[Record, ...], Record | None]:
    """The lines one can switch between (pipelines), and the one shown: the one asked for, else the first."""
    field = spec[board.by]
    target = registry.find(field.to) if field.kind == "link" else None
    parent = line_field(target) if target else None
    if parent is None:
        return (), None
    lines = places_of(actor, registry.object(parent.to))
    return lines, next((one for one in lines if str(one.id) == asked), lines[0] if lines else None)


def _places(actor: Actor, spec: ObjectSpec, board: Board, line: Record | None) -> list[Place]:
    field = spec[board.by]
    if field.kind == "choice":
        return [Place(one.key, str(one.label)) for one in field.options if one.active]
    target = registry.object(field.to)
    parent = line_field(target)
    where = f"{parent.key} = {line.id}" if parent is not None and line is not None else ""
    return [place_of(target, one) for one in places_of(actor, target, where)][:MOST_COLUMNS]


def _sums(actor: Actor, spec: ObjectSpec, board: Board, where: str) -> dict[str, tuple[int, Money | None]]:
    """Count and total per column value; one question for the whole board."""
    totals = bool(board.total) and field_right(actor, spec, spec[board.total]) in ("read", "write")
    measures = ("count", f"sum:{board.total}") if totals else ("count",)
    currency = reading().currency
    found: dict[str, tuple[int, Money | None]] = {}
    for group in aggregate_raw(
        actor, spec.key, by=(board.by,), measures=measures, where=where, size=500, archived="no"
    ):
        total = Money(Decimal(group.values[1] or 0), currency) if totals else None
        found[str(group.keys[0])] = (int(group.values[0]), total)
    return found


def _head_only(place: Place, sums: dict[str, tuple[int, Money | None]], spec: ObjectSpec, board: Board) -> BoardColumn:
    empty = Money(Decimal(0), reading().currency) if any(total for _count, total in sums.values()) else None
    count, total = sums.get(place.value, (0, empty))
    return BoardColumn(place, count, total, ())


def _column(
    actor: Actor,
    spec: ObjectSpec,
    board: Board,
    place: Place,
    where: str,
    sums: dict[str, tuple[int, Money | None]],
    after: str,
) -> BoardColumn:
    head = _head_only(place, sums, spec, board)
    if not head.count:
        return head
    own = f"{board.by} = {place.value}"
    keys = [key for key in board.card if key in spec.by_key and field_right(actor, spec, spec[key]) != "hidden"]
    page = read(
        actor,
        Query(
            spec.key,
            where=joined(where, own),
            sort=_order(spec, board, place),
            columns=tuple(dict.fromkeys((spec.title, *keys, *_entered(spec)))),
            size=CARDS if place.outcome == "open" else CLOSED_CARDS,
            after=after,
            count=False,
        ),
    )
    return BoardColumn(place, head.count, head.total, page.rows, page.next)


def _order(spec: ObjectSpec, board: Board, place: Place) -> str:
    """By the date the card shows, where it is indexed: the nearest first, in closed columns the latest; else as lists."""
    dated: FieldSpec | None = next(
        (spec[key] for key in board.card if key in spec.by_key and spec[key].kind == "date"), None
    )
    if dated is None or not dated.index:
        return ""
    return dated.key if place.outcome == "open" else f"-{dated.key}"


def _summary(columns: Sequence[BoardColumn], spec: ObjectSpec) -> Words:
    """How many cards, their total, and the total weighted by chance, over the columns that are still open."""
    opened = [one for one in columns if one.place.outcome == "open"]
    count = sum(one.count for one in opened)
    totals = [one.total for one in opened if one.total is not None]
    if not totals:
        return _("{n} {objects}").with_(n=f"{count:,}", objects=inside(spec.plural_label))
    total = sum((one.amount for one in totals), Decimal(0))
    chances = [
        (one.total.amount, one.place.chance) for one in opened if one.total is not None and one.place.chance is not None
    ]
    weighted = sum((amount * chance / 100 for amount, chance in chances), Decimal(0))
    text = _("{n} open · {total} · weighted {weighted}") if chances else _("{n} open · {total}")
    currency = totals[0].currency
    shown = {
        "total": money_text(Money(total, currency), short=True),
        "weighted": money_text(Money(weighted, currency), short=True),
    }
    return text.with_(n=f"{count:,}", **(shown if chances else {"total": shown["total"]}))
