"""Related lists: the first records that point at this one, for each back-relation the declaration names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.kernel.words import _
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Ref
from zhike.web.kinds.cells import cell
from zhike.web.kinds.figures import size_text
from zhike.web.links import list_url, look_url, new_url

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
    look: str = ""


@dataclass(frozen=True, slots=True)
class RelatedList:
    """Records of one object pointing here: the first few, how many in all, and where to see and add more. ``leaves``: how
    a record is taken off the list (trash, clear, "" when the actor may not); ``drops``: files may be dropped on it."""

    name: str
    spec: ObjectSpec
    label: str
    rows: tuple[RelatedRow, ...]
    count: int
    capped: bool
    all_url: str
    add_url: str
    done_action: str = ""
    leaves: str = ""
    drops: bool = False


def related_lists(actor: Actor, spec: ObjectSpec, record: Record) -> list[RelatedList]:
    """The lists the declaration names, in its order, then those of links administrators added; lists of objects or links
    closed to the actor are left out."""
    found = []
    for name, other, link in _relations(spec):
        if not _open(actor, other, link):
            continue
        if other.timeline and (log_target(spec) == other.key or other.mentions):
            continue
        try:
            found.append(_list(actor, record, name, other, link))
        except Refused:
            continue
    return found


def relation(actor: Actor, spec: ObjectSpec, name: str) -> tuple[ObjectSpec, FieldSpec] | None:
    """The object and link behind a related list of this name; None when there is none the actor may see."""
    found = next(((other, link) for one, other, link in _relations(spec) if one == name), None)
    return found if found is not None and _open(actor, *found) else None


def file_relation(actor: Actor, spec: ObjectSpec) -> tuple[str, ObjectSpec, FieldSpec] | None:
    """The related list that takes files: the first one whose records are a file and that the actor may add to."""
    for name, other, link in _relations(spec):
        if file_field(other) is not None and _open(actor, other, link) and can(actor, "create", other):
            return name, other, link
    return None


def file_field(other: ObjectSpec) -> FieldSpec | None:
    """The field that makes an object's records files: a required one of kind file."""
    return next((one for one in other.fields if one.kind == "file" and one.required), None)


def filled_by(record: Record, other: ObjectSpec, link: FieldSpec) -> dict[str, Any]:
    """How a new record of the list says where it belongs: through the link, or, where its form has none, its parent."""
    inside = [other[key] for tab in other.form for key in tab.fields if key in other.by_key]
    parent = next((one for one in inside if one.kind == "any_link"), None)
    field = link if link in inside or parent is None else parent
    ref = Ref(record.object, record.id, record.title)
    return {field.key: (ref,) if field.kind == "links" else ref}


def leaves_by(other: ObjectSpec, link: FieldSpec) -> str:
    """How a record leaves the list: what cannot stand without its parent goes to the trash, else the link is cleared."""
    belongs = link.required or link.kind == "any_link" or any(one.kind == "any_link" for one in other.links)
    return "trash" if belongs else "clear"


def _open(actor: Actor, other: ObjectSpec, link: FieldSpec) -> bool:
    return can(actor, "read", other) and field_right(actor, other, link) != "hidden"


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
    file = file_field(other)
    if file is not None and field_right(actor, other, file) in ("hidden", "masked"):
        file = None
    keys += [file.key] if file is not None and file.key not in keys else []
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
    given = {key: in_address(one, other[key]) for key, one in filled_by(record, other, link).items()}
    add = new_url(other, **given) if may_add else ""
    label = str(other.plural_label)
    if other.key == record.object:
        label = str(_("{objects} under this").with_(objects=label))
    done = COMPLETE if state and any(one.name == COMPLETE for one in registry.actions(other.key)) else ""
    return RelatedList(
        name, other, label, rows, page.count or 0, page.capped, list_url(other, where=where), add, done,
        leaves=_leaves(actor, record, other, link), drops=may_add and file is not None,
    )  # fmt: skip


def _leaves(actor: Actor, record: Record, other: ObjectSpec, link: FieldSpec) -> str:
    way = leaves_by(other, link)
    may = can(actor, "delete", other) if way == "trash" else can(actor, "edit", other)
    free = way == "trash" or (field_right(actor, other, link) == "write" and not link.readonly)
    return way if may and free and not record.trashed else ""


def in_address(value: Any, field: FieldSpec) -> str:
    """A link as the query string of a form has it."""
    ref = value[0] if isinstance(value, tuple) else value
    return f"{ref.object}:{ref.id}" if field.kind == "any_link" else str(ref.id)


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
    below = tuple(text for one, text in drawn if text and one.key not in used and one.kind != "file")[:2]
    held = next(
        ((one, record.values[one.key]) for one in fields if isinstance(record.values.get(one.key), FileRef)), None
    )
    if held is None:
        return RelatedRow(record, lead, below, tag, end)
    field, file = held
    sized = (escape(size_text(file.size)), *below) if file.size else below
    return RelatedRow(record, lead, sized[:2], tag, end, look_url(record, field.key, file.type))


def _text(record: Record, field: FieldSpec) -> Markup:
    """A value for the small line: links as plain titles, everything else as lists draw it."""
    value = record.values.get(field.key)
    return escape(value.title) if isinstance(value, Ref) else cell(record, field)
