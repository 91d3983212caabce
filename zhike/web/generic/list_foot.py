"""What the foot of a list and the heads of its groups tell in figures, and which figures there are to choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery
from zhike.kernel.words import Words, _
from zhike.records.aggregate import aggregate_raw
from zhike.records.record import Page
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Money
from zhike.web.generic.list_state import NONE, State
from zhike.web.kinds.figures import minutes_text, money_text, number_text
from zhike.web.reading import reading

MEASURES: dict[str, Words] = {
    "sum": _("{field} in total"),
    "avg": _("{field} on average"),
    "min": _("Least {field}"),
    "max": _("Most {field}"),
}
NAMES: dict[str, Words] = {"sum": _("Total"), "avg": _("Average"), "min": _("Least"), "max": _("Most")}
NUMBERS = frozenset({"money", "number", "percent", "duration"})
MOST_FIGURES = 4
PATIENCE = 1.0  # seconds for figures somebody chose
UNASKED = 0.3  # seconds for the total that every opening of a list brings along
GLANCE = (
    0.01  # the same for a list too long to be counted: what is kept beside the records answers, adding up would not
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of one field: ``sum:amount``."""

    measure: str
    field: FieldSpec

    @property
    def text(self) -> str:
        """As it is kept and asked for."""
        return f"{self.measure}:{self.field.key}"

    @property
    def label(self) -> Words:
        """What it is called."""
        return MEASURES[self.measure].with_(field=self.field.label)

    def shown(self, value: Any) -> str:
        """The value in words; "" for none."""
        if value is None:
            return ""
        kind = self.field.result or self.field.kind
        if kind == "money":
            return money_text(Money(Decimal(str(value)), reading().currency), short=True)
        if kind == "duration":
            return minutes_text(int(value))
        text = number_text(value if self.measure != "avg" else round(value, max(self.field.decimals, 1)))
        return f"{text}%" if kind == "percent" else f"{text} {self.field.unit}".strip()


def measurable(actor: Actor, spec: ObjectSpec) -> list[FieldSpec]:
    """Fields figures can be made of, for this reader."""
    return [
        one
        for one in spec.fields
        if (one.result or one.kind) in NUMBERS
        and one.key not in ("id", "version")
        and not one.hidden
        and kind_of(one).stored
        and "sum" in kind_of(one).measures
        and field_right(actor, spec, one) not in ("hidden", "masked")
    ]


def figures_of(actor: Actor, state: State, page: Page) -> list[Figure]:
    """The chosen figures; without a choice the total of the first amount among the columns."""
    fields = {one.key: one for one in measurable(actor, state.spec)}
    if state.layout.figures:
        said = [piece.partition(":") for piece in state.layout.figures.split() if piece != NONE]
        return [Figure(name, fields[key]) for name, _colon, key in said if name in MEASURES and key in fields][
            :MOST_FIGURES
        ]
    shown = [fields[key] for key in (state.columns or state.spec.columns) if key in page.columns and key in fields]
    first = next((one for one in shown if "money" in (one.kind, one.result)), None)
    return [Figure("sum", first)] if first else []


def told(actor: Actor, state: State, page: Page | None) -> list[tuple[Figure, str]]:
    """The figures of everything the list holds. Raises TooWide where that is too much to add up while somebody waits."""
    if page is None or not page.count or state.archived != "no":
        return []
    asked = figures_of(actor, state, page)
    if not asked:
        return []
    try:
        measures = tuple(one.text for one in asked)
        patience = PATIENCE if state.layout.figures else GLANCE if page.capped else UNASKED
        found = aggregate_raw(
            actor,
            state.spec.key,
            (),
            measures,
            state.whole,
            archived=state.archived,
            seconds=patience,
            few=not page.capped,
        )
    except BadQuery:
        return []
    values: Sequence[Any] = found[0].values if found else ()
    return [(one, text) for one, value in zip(asked, values, strict=False) if (text := one.shown(value))]
