"""The table of a list: which columns, how each head sorts, where a value stands on a phone, and the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.records.record import Page, Record
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.list_cells import in_place
from zhike.web.generic.list_columns import own_columns
from zhike.web.generic.list_rows import drawn_rows
from zhike.web.generic.list_state import State, is_sortable
from zhike.web.kinds.cells import column, is_right, is_soft, width_of
from zhike.web.markup import EMPTY, html, together

PLACES_ON_A_PHONE = ("title", "end", "sub", "sub-end")
FALLING = frozenset({"date", "money", "number"})  # a first click on such a head puts the largest first


@dataclass(frozen=True, slots=True)
class Head:
    """A column as the list draws it: its field, width class and width, how a click on its head sorts, the opening tag of
    its cells and what draws their values."""

    field: FieldSpec
    width: str
    pixels: int
    right: bool
    sort: str
    sorted: str
    priority: int
    open: Markup
    draw: Callable[[Record], Markup]


def read_columns(actor: Actor, spec: ObjectSpec, columns: Sequence[str]) -> tuple[str, ...]:
    """What is read for a list of these columns: the title and the fields of a phone row with them."""
    clock = spec.clock_of(spec.due) if spec.due else None
    doing = [
        one.key for one in (spec.doing, clock) if one is not None
    ]  # for the box that ends a task, and what is late
    keys = dict.fromkeys((spec.title, *columns, *spec.phone, *doing, "archived"))
    return tuple(key for key in keys if (field := spec.field(key)) and field_right(actor, spec, field) != "hidden")


def heads_of(actor: Actor, page: Page, state: State) -> list[Head]:
    """The columns in their order."""
    spec = state.spec
    keys = [key for key in (state.columns or own_columns(spec)) if key in page.columns]
    places = dict(zip(_phone(spec, page), PLACES_ON_A_PHONE, strict=False))
    sorted_by = {key.field.key: key.descending for key in page.sort}
    return [
        _head(actor, spec, state, key, index, sorted_by.get(key), places.get(key, "")) for index, key in enumerate(keys)
    ]


def _head(actor: Actor, spec: ObjectSpec, state: State, key: str, index: int, down: bool | None, at: str) -> Head:
    field = spec[key]
    width = "name" if key == spec.title else width_of(field)
    sort = ""
    if is_sortable(field, spec):
        sort = key if down or (down is None and width not in FALLING) else f"-{key}"
    direction = {True: "descending", False: "ascending", None: ""}[down]
    pixels = state.widths.get(key, 0)
    priority = 0 if index < 5 else 2 if index < 7 else 3
    editable = key != spec.title and in_place(actor, spec, field)
    opening = _opening(field, at, priority, editable=editable)
    return Head(field, width, pixels, is_right(field), sort, direction, priority, opening, column(field))


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


def rows_of(page: Page, records: Iterable[Record], state: State, heads: Sequence[Head]) -> Markup:
    """Records as table rows under these heads."""
    cells = [(one.open, one.draw) for one in heads[1:]]
    return drawn_rows(page.spec, records, cells + _phone_extra(page, state))


def _phone_extra(page: Page, state: State) -> list[tuple[Markup, Callable[[Record], Markup]]]:
    """Phone fields that are no columns: drawn in hidden cells, shown on narrow screens only."""
    spec = state.spec
    shown = {spec.title, *(state.columns or spec.columns)}
    places = zip(_phone(spec, page), PLACES_ON_A_PHONE, strict=False)
    wanted = [(spec[key], place) for key, place in places if key and key not in shown and key in page.columns]
    return [(_opening(field, place, 0, phone=True), column(field)) for field, place in wanted]
