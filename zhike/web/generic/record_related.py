"""Related lists: the first records that point at this one, for each back-relation the declaration names."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.kernel.words import _
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.web.kinds.cells import cell
from zhike.web.links import list_url, new_url

SHOWN = 5
COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """One line of a related list: what leads, what stands below it and at its end."""

    record: Record
    lead: Ref
    below: tuple[Markup, ...]
    tag: Markup
    end: Markup


@dataclass(frozen=True, slots=True)
class RelatedList:
    """Records of one object pointing here: the first few, how many in all, and where to see and add more."""

    name: str
    spec: ObjectSpec
    label: str
    rows: tuple[RelatedRow, ...]
    count: int
    capped: bool
    all_url: str
    add_url: str
    done_action: str = ""


def related_lists(actor: Actor, spec: ObjectSpec, record: Record) -> list[RelatedList]:
    """The lists the declaration names, in its order, then those of links administrators added; lists of objects or links
    closed to the actor are left out."""
    found = []
    for name, other, link in _relations(spec):
        if not can(actor, "read", other) or field_right(actor, other, link) == "hidden":
            continue
        if other.timeline and (log_target(spec) == other.key or other.mentions):
            continue
        try:
            found.append(_list(actor, record, name, other, link))
        except Refused:
            continue
    return found


def _relations(spec: ObjectSpec) -> list[tuple[str, ObjectSpec, FieldSpec]]:
    """The name of each related list with the object and link it shows the other end of."""
    named = [(name, back_relation(spec, name)) for name in spec.related]
    found = [(name, *source) for name, source in named if source is not None]
    taken = {(other.key, link.key) for _name, other, link in found}
    return found + [
        (link.back or f"{other.plural}-{link.key}", other, link)
        for other, link in registry.pointing_at(spec.key)
        if link.custom and not link.hidden and (other.key, link.key) not in taken
    ]


def back_relation(spec: ObjectSpec, name: str) -> tuple[ObjectSpec, FieldSpec] | None:
    """The object and link that ``name`` is the other end of; any-links count by their own back name or their plural."""
    for other, link in registry.pointing_at(spec.key):
        if link.back == name:
            return other, link
    for other in registry:
        for link in other.links:
            if link.kind == "any_link" and name in (link.back, other.plural):
                return other, link
    return None


def log_target(spec: ObjectSpec) -> str:
    """The object whose records the follow-up line of this object makes: its list would repeat the timeline."""
    return str(spec.extra.get("logs", "follow_up"))


def _list(actor: Actor, record: Record, name: str, other: ObjectSpec, link: FieldSpec) -> RelatedList:
    target = f"{record.object}:{record.id}" if link.kind == "any_link" else str(record.id)
    where = f"{link.key} {'has' if link.kind == 'links' else '='} {target}"
    keys = [key for key in other.phone or other.columns[:4] if key in other.by_key and key != link.key]
    keys = [key for key in keys if field_right(actor, other, other[key]) != "hidden"]
    state = _unfinished(other)
    page = read(
        actor,
        Query(
            other.key,
            where=f"{where} and {state}" if state else where,
            columns=tuple(dict.fromkeys((other.title, *keys))),
            size=SHOWN,
        ),
    )
    rows = tuple(_row(one, [other[key] for key in keys], other) for one in page.rows)
    may_add = can(actor, "create", other) and not record.trashed
    add = new_url(other, **_prefill(record, other, link, target)) if may_add else ""
    label = str(other.plural_label)
    if other.key == record.object:
        label = str(_("{objects} under this").with_(objects=label))
    done = COMPLETE if state and any(one.name == COMPLETE for one in registry.actions(other.key)) else ""
    return RelatedList(name, other, label, rows, page.count or 0, page.capped, list_url(other, where=where), add, done)


def _prefill(record: Record, other: ObjectSpec, link: FieldSpec, target: str) -> dict[str, str]:
    """How a new record of the list says where it belongs: through the link, or, where its form has none, its parent."""
    inside = [other[key] for tab in other.form for key in tab.fields if key in other.by_key]
    parent = next((one for one in inside if one.kind == "any_link"), None)
    if link in inside or parent is None:
        return {link.key: target}
    return {parent.key: f"{record.object}:{record.id}"}


def _unfinished(other: ObjectSpec) -> str:
    """The condition that leaves only what is still to do, for objects whose choice says open or done; else ""."""
    return f"{other.doing.key} = open" if other.doing else ""


def _row(record: Record, fields: list[FieldSpec], other: ObjectSpec) -> RelatedRow:
    """A record without a name of its own (a link object) leads with the record at its other end."""
    lead, leading = Ref(record.object, record.id, record.title), other.title
    if not other[other.title].required:
        linked = ((one.key, record.values.get(one.key)) for one in fields)
        leading, lead = next(((key, ref) for key, ref in linked if isinstance(ref, Ref) and ref.title), (leading, lead))
    drawn = [(one, _text(record, one)) for one in fields if one.key != leading]
    ends = [(one, text) for one, text in drawn if text and one.kind == "money"]
    tags = [(one, text) for one, text in drawn if text and one.kind == "choice"]
    end = ends[0][1] if ends else Markup("")
    tag = tags[0][1] if tags else Markup("")
    used = {one.key for one, _text in (*ends[:1], *tags[:1])}
    return RelatedRow(record, lead, tuple(text for one, text in drawn if text and one.key not in used)[:2], tag, end)


def _text(record: Record, field: FieldSpec) -> Markup:
    """A value for the small line: links as plain titles, everything else as lists draw it."""
    value = record.values.get(field.key)
    return escape(value.title) if isinstance(value, Ref) else cell(record, field)
