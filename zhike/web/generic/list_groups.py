"""Rows under the heads of their groups: by a choice, a link, yes or no, or the weeks, months, quarters and years of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from markupsafe import Markup

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _
from zhike.query.operands import literal
from zhike.query.periods import bucket_label
from zhike.records.aggregate import Group, aggregate_raw
from zhike.records.read import Query, read
from zhike.records.record import Page
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.list_foot import Figure
from zhike.web.generic.list_state import State, joined
from zhike.web.generic.list_table import Head, rows_of
from zhike.web.kinds.figures import MONTHS, is_chinese
from zhike.web.markup import EMPTY
from zhike.web.reading import reading

BUCKETS: dict[str, Words] = {"week": _("week"), "month": _("month"), "quarter": _("quarter"), "year": _("year")}
PLAIN = frozenset({"choice", "link", "yes_no"})
MOST_HEADS = 60
PATIENCE = 5.0  # seconds; whoever groups a large list waits for it
MOST_OPEN = 8
ROWS_AT_FIRST = 50
PAGE = 20


@dataclass(frozen=True, slots=True)
class Section:
    """One group: what it is called, how many it holds, its figures, its first rows, and where further ones come from
    (``more``) or all of them stand as a list of their own (``alone``)."""

    label: str
    count: int
    figures: tuple[tuple[Figure, str], ...]
    rows: Markup
    more: str
    alone: str
    hue: str = ""


@dataclass(frozen=True, slots=True)
class Sections:
    """All groups; ``left``: how many are not shown."""

    by: str
    shown: tuple[Section, ...]
    left: int = 0


def choices(actor: Actor, spec: ObjectSpec) -> list[tuple[str, str]]:
    """What the list can be grouped by, as it is written and as it is called."""
    found = []
    for field in spec.fields:
        if not _groupable(actor, spec, field):
            continue
        if field.kind in PLAIN:
            found.append((field.key, str(field.label)))
        else:
            found += [
                (f"{field.key}:{name}", str(_("{field} by {period}").with_(field=field.label, period=label)))
                for name, label in BUCKETS.items()
            ]
    return found


def _groupable(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> bool:
    kind = kind_of(field)
    if field.kind not in PLAIN and field.kind not in ("date", "instant"):
        return False
    if not kind.stored or not kind.groupable or field.hidden or field.key in ("archived", "trashed"):
        return False
    if field.kind == "link" and (target := registry.find(field.to)) and not can(actor, "read", target):
        return field.to == "user"
    return field_right(actor, spec, field) not in ("hidden", "masked")


def sections(
    actor: Actor, state: State, page: Page, heads: Sequence[Head], figures: Sequence[Figure]
) -> Sections | None:
    """The list in its groups, the first ones with their rows; None when it is not grouped by anything this reader sees.

    Raises BadQuery when there are too many groups, TooWide when they take too long."""
    known = dict(choices(actor, state.spec))
    if state.group not in known:
        return None
    measures = ("count", *(one.text for one in figures))
    found = aggregate_raw(
        actor, state.spec.key, (state.group,), measures, state.whole, size=5000, archived="no", seconds=PATIENCE
    )
    made: list[Section] = []
    shown = 0
    for group in found[:MOST_HEADS]:
        opened = shown < ROWS_AT_FIRST and len(made) < MOST_OPEN
        section, rows = _section(actor, state, page, heads, figures, group, opened=opened)
        made.append(section)
        shown += rows
    return Sections(known[state.group], tuple(made), max(0, len(found) - MOST_HEADS))


def _section(
    actor: Actor,
    state: State,
    page: Page,
    heads: Sequence[Head],
    figures: Sequence[Figure],
    group: Group,
    *,
    opened: bool,
) -> tuple[Section, int]:
    where = condition(state.spec, state.group, group.keys[0])
    rows, shown, more = EMPTY, 0, state.url(slice=where, depth=2)
    if opened:
        asked = Query(
            state.spec.key,
            joined(state.whole, where),
            state.sort,
            page.columns,
            PAGE,
            archived=state.archived,
            count=False,
        )
        try:
            found = read(actor, asked)
        except Refused:
            found = replace(page, rows=(), next="")
        rows, shown = rows_of(page, found.rows, state, heads), len(found.rows)
        more = state.url(slice=where, after=found.next, depth=2) if found.next else ""
    values = zip(figures, group.values[1:], strict=True)
    told = tuple((one, text) for one, value in values if (text := one.shown(value)))
    alone = state.url(where=joined(state.where, where), group="")
    label, hue = _label(state, group)
    return Section(label, int(group.values[0]), told, rows, more, alone, hue), shown


def _label(state: State, group: Group) -> tuple[str, str]:
    key, _colon, bucket = state.group.partition(":")
    field, value = state.spec[key], group.keys[0]
    if value is None:
        return str(_("No {field}").with_(field=field.label)), ""
    if bucket:
        return _period(date.fromisoformat(str(value)[:10]), bucket), ""
    option = field.option(str(value)) if field.kind == "choice" else None
    return str(group.labels[0] or ""), option.hue if option else ""


def _period(first: date, bucket: str) -> str:
    """A period as the head of a group: March 2026, 2026Q1."""
    if bucket == "month":
        return f"{first.year}年{first.month}月" if is_chinese(reading()) else f"{MONTHS[first.month - 1]} {first.year}"
    if bucket == "week":
        return str(_("Week of {day}").with_(day=first.isoformat()))
    return bucket_label(first, bucket)


def condition(spec: ObjectSpec, group: str, value: Any) -> str:
    """The filter text that holds for the records of one group."""
    key, _colon, bucket = group.partition(":")
    field = spec[key]
    if value is None:
        return f"{key} is empty"
    if bucket:
        return f"{key} within {bucket_label(value, bucket)}"
    if field.kind == "link":
        return f"{key} = {int(value)}"
    if field.kind == "yes_no":
        return f"{key} = {'true' if value else 'false'}"
    return f"{key} = {literal(str(value))}"
