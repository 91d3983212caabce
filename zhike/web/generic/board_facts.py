"""What a board is made of: its field, its columns with counts and sums, what stands on its cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.words import Words, _
from zhike.records.aggregate import Group, aggregate_raw
from zhike.records.company.preferences import prefer, preference
from zhike.records.company.settings import keep, kept
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import Board, FieldSpec, ObjectSpec
from zhike.schema.values import Money
from zhike.web.boards import LONG, board_by, board_of, by_fields
from zhike.web.generic.board_cards import entered_fields
from zhike.web.generic.list_state import joined
from zhike.web.generic.record_path import Place, line_field, place_of, places_of
from zhike.web.kinds.figures import money_text
from zhike.web.reading import reading
from zhike.web.wording import inside

CARDS = 50
CLOSED_CARDS = 20
MOST_COLUMNS = 20
MOST_ON_A_CARD = 8
EMPTY = "-"  # the column of records whose field is empty, in addresses and forms
SEEN = ("read", "write")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Sum:
    """What a column holds in all: how many, their total, and the total weighted by chance (None: not seen, or no chance)."""

    count: int = 0
    total: Decimal | None = None
    weighted: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column: where it stands, how many cards it has in all, their total, and the first cards."""

    place: Place
    count: int
    total: Money | None
    cards: tuple[Record, ...] = ()
    next: str = ""
    weighted: Money | None = None


# -- which board -------------------------------------------------------------------------------------------------------
def choices_by(actor: Actor, spec: ObjectSpec) -> list[FieldSpec]:
    """Fields the reader may sort records into columns by."""
    return [one for one in by_fields(spec) if field_right(actor, spec, one) in SEEN]


def chosen_board(actor: Actor, spec: ObjectSpec, asked: str) -> Board | None:
    """The board by the field asked for, else the object's own, as far as the reader sees it; with the card they chose."""
    fields = {one.key: one for one in choices_by(actor, spec)}
    own = board_of(spec)
    if own is None or not fields:
        return None
    if asked in fields:
        board = own if asked == own.by else board_by(spec, fields[asked])
    elif own.by in fields:
        board = own
    else:
        board = board_by(spec, next(iter(fields.values())))
    total = spec.field(board.total) if board.total else None
    if total is not None and field_right(actor, spec, total) not in SEEN:
        board = replace(board, total="")
    return replace(board, card=card_of(actor, spec, board))


def card_of(actor: Actor, spec: ObjectSpec, board: Board) -> tuple[str, ...]:
    """The fields of a card: the reader's own choice, else what the company chose, else what is declared."""
    chosen = preference(actor, _key(spec)) or kept(_key(spec)) or board.card
    keys = [str(one) for one in chosen if isinstance(one, str)]
    return tuple(
        key for key in dict.fromkeys(keys) if key in spec.by_key and field_right(actor, spec, spec[key]) != "hidden"
    )


def card_fields(actor: Actor, spec: ObjectSpec, board: Board) -> list[tuple[FieldSpec, bool]]:
    """Fields that can stand on a card and whether they do; the chosen ones first, in their order."""
    fields = {
        one.key: one
        for one in spec.fields
        if one.kind not in LONG
        and one.key not in (spec.title, "id", "version", "archived", "trashed")
        and field_right(actor, spec, one) != "hidden"
        and (not one.hidden or one.key in board.card)
    }
    on = [key for key in board.card if key in fields]
    return [(fields[key], True) for key in on] + [(one, False) for key, one in fields.items() if key not in on]


def keep_card(actor: Actor, spec: ObjectSpec, keys: Sequence[str] | None, *, everybody: bool) -> None:
    """Keep what stands on the cards; None goes back to what was there before. The caller has checked that the actor may
    choose for everybody."""
    known = None if keys is None else [key for key in dict.fromkeys(keys) if key in spec.by_key][:MOST_ON_A_CARD]
    if everybody:
        keep(_key(spec), known)
        known = None
    prefer(actor, **{_key(spec): known})


def _key(spec: ObjectSpec) -> str:
    return f"board:{spec.key}"


# -- columns -----------------------------------------------------------------------------------------------------------
def lines_of(actor: Actor, spec: ObjectSpec, board: Board, asked: str) -> tuple[tuple[Record, ...], Record | None]:
    """The lines one can switch between (pipelines), and the one shown: the one asked for, else the first."""
    field = spec[board.by]
    target = registry.find(field.to) if field.kind == "link" else None
    parent = line_field(target) if target else None
    if parent is None:
        return (), None
    lines = places_of(actor, registry.object(parent.to))
    return lines, next((one for one in lines if str(one.id) == asked), lines[0] if lines else None)


def sums_of(
    actor: Actor, spec: ObjectSpec, board: Board, where: str, places: Sequence[Place] = ()
) -> tuple[dict[str, Sum], dict[str, str]]:
    """What each column holds, and how each is called; one question for the whole board. Amounts are weighted by the chance
    of each record, or of its place where it has none."""
    chance = next((one for one in spec.fields if one.kind == "percent" and not one.custom), None)
    if chance is None or not board.total or field_right(actor, spec, chance) not in SEEN:
        chance = None
    measures = ("count", f"sum:{board.total}") if board.total else ("count",)
    by = (board.by, chance.key) if chance is not None else (board.by,)
    groups = aggregate_raw(actor, spec.key, by=by, measures=measures, where=where, size=5000, archived="no")
    chances = {one.value: one.chance for one in places}
    found: dict[str, Sum] = {}
    names: dict[str, str] = {}
    for group in groups:
        key = EMPTY if group.keys[0] is None else str(group.keys[0])
        names[key] = str(_("(empty)")) if group.labels[0] is None else group.labels[0]
        found[key] = _added(found.get(key, Sum()), group, board, _chance(group, chance, chances.get(key)))
    return found, names


def _chance(group: Group, chance: FieldSpec | None, of_place: Decimal | None) -> Decimal | None:
    """In percent: the records' own, else their place's."""
    own = group.keys[1] if chance is not None else None
    return of_place if own is None or chance is None else Decimal(kind_of(chance).from_parts((own,), chance))


def _added(known: Sum, group: Group, board: Board, chance: Decimal | None) -> Sum:
    count = known.count + int(group.values[0])
    if not board.total:
        return Sum(count)
    amount = Decimal(group.values[1] or 0)
    weighted = known.weighted
    if chance is not None:
        weighted = (weighted or Decimal(0)) + amount * chance / 100
    return Sum(count, (known.total or Decimal(0)) + amount, weighted)


def places_for(actor: Actor, spec: ObjectSpec, board: Board, line: Record | None) -> list[Place] | None:
    """The columns as they are declared: options, stages. None when they are whatever the records point at."""
    field = spec[board.by]
    if field.kind == "choice":
        return [Place(one.key, str(one.label)) for one in field.options if one.active]
    target = registry.object(field.to)
    parent = line_field(target)
    if parent is None and "outcome" not in target.by_key and "position" not in target.by_key:
        return None
    where = f"{parent.key} = {line.id}" if parent is not None and line is not None else ""
    return [place_of(target, one) for one in places_of(actor, target, where)][:MOST_COLUMNS]


def placed(
    places: Sequence[Place] | None, sums: Mapping[str, Sum], names: Mapping[str, str], field: FieldSpec
) -> list[Place]:
    """The columns shown: the declared ones, or the fullest; with those whose field is empty at the end where there are any."""
    if places is None:
        fullest = sorted((one for one in sums if one != EMPTY), key=lambda one: -sums[one].count)[:MOST_COLUMNS]
        places = [Place(one, names[one]) for one in fullest]
    found = list(places)
    if EMPTY in sums and not field.required:
        found.append(Place(EMPTY, str(_("(empty)"))))
    return found


def own_where(board: Board, place: Place) -> str:
    """The filter of one column."""
    return f"{board.by} is empty" if place.value == EMPTY else f"{board.by} = {place.value}"


def head_only(place: Place, sums: Mapping[str, Sum], board: Board) -> BoardColumn:
    """A column without its cards."""
    held = sums.get(place.value, Sum(0, Decimal(0) if board.total else None))
    currency = reading().currency
    total = None if held.total is None else Money(held.total, currency)
    weighted = None
    if place.outcome == "open" and held.weighted is not None:
        weighted = Money(held.weighted.quantize(CENT, ROUND_HALF_UP), currency)
    return BoardColumn(place, held.count, total, weighted=weighted)


def column_of(
    actor: Actor, spec: ObjectSpec, board: Board, place: Place, where: str, sums: Mapping[str, Sum], after: str = ""
) -> BoardColumn:
    """A column with its first cards, or those after a marker."""
    head = head_only(place, sums, board)
    if not head.count:
        return head
    page = read(
        actor,
        Query(
            spec.key,
            where=joined(where, own_where(board, place)),
            sort=_order(spec, board, place),
            columns=read_columns(actor, spec, board),
            size=CARDS if place.outcome == "open" else CLOSED_CARDS,
            after=after,
            count=False,
        ),
    )
    return replace(head, cards=page.rows, next=page.next)


def read_columns(actor: Actor, spec: ObjectSpec, board: Board) -> tuple[str, ...]:
    """What is read of a card's record."""
    keys = (spec.title, *board.card, board.total, *entered_fields(spec))
    return tuple(
        key for key in dict.fromkeys(keys) if key in spec.by_key and field_right(actor, spec, spec[key]) != "hidden"
    )


def _order(spec: ObjectSpec, board: Board, place: Place) -> str:
    """By the date the object's cards show, where it is indexed: the nearest first, in closed columns the latest; else as
    lists. What stands on the cards of one reader does not change the order."""
    declared = spec.board.card if spec.board else board.card
    dated = next((spec[key] for key in declared if key in spec.by_key and spec[key].kind == "date"), None)
    if dated is None or not dated.index or dated.key not in board.card:
        return ""
    return dated.key if place.outcome == "open" else f"-{dated.key}"


def summary_of(columns: Sequence[BoardColumn], spec: ObjectSpec) -> Words:
    """How many cards, their total, and the total weighted by chance, over the columns that are still open."""
    opened = [one for one in columns if one.place.outcome == "open"]
    count = sum(one.count for one in opened)
    totals = [one.total for one in opened if one.total is not None]
    if not totals:
        return _("{n} {objects}").with_(n=f"{count:,}", objects=inside(spec.plural_label))
    total = Money(sum((one.amount for one in totals), Decimal(0)), totals[0].currency)
    weights = [one.weighted.amount for one in opened if one.weighted is not None]
    shown = {"n": f"{count:,}", "total": money_text(total, short=True)}
    if not weights:
        return _("{n} open · {total}").with_(**shown)
    weighted = Money(sum(weights, Decimal(0)), totals[0].currency)
    return _("{n} open · {total} · weighted {weighted}").with_(**shown, weighted=money_text(weighted, short=True))
