"""The lines a document consists of, as a table on its page: cells edited in place, a line to add, and the totals below."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, NotFound, Refused
from zhike.kernel.words import _
from zhike.records.actions import run_action
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.form_layout import form_fields
from zhike.web.generic.form_state import typed_by_field, values_of
from zhike.web.generic.list_cells import in_place
from zhike.web.generic.record_related import back_relation
from zhike.web.kinds.cells import cell, column, is_right
from zhike.web.kinds.widgets import Typed, control
from zhike.web.links import record_url
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of
from zhike.web.wording import inside

SHOWN = 100
ENTERED = 7
IN_PLACE = (409, 422)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: ``edits`` is the field's key where its cells can be edited."""

    field: FieldSpec
    right: bool
    edits: str
    draw: Callable[[Record], Markup]


@dataclass(frozen=True, slots=True)
class Lines:
    """What the page shows of a document's lines. ``after`` continues where this portion ends ("" at the end); ``entry``: the
    inputs of the line to add, none where the actor may not or the document stands as it is."""

    spec: ObjectSpec
    columns: tuple[Column, ...]
    rows: tuple[Record, ...]
    after: str
    totals: tuple[tuple[FieldSpec, Markup], ...]
    may_edit: bool
    group: str = ""


def lines_of(actor: Actor, spec: ObjectSpec, record: Record, after: str = "", only: int = 0) -> Lines | None:
    """The table of a record's lines; None for objects that have none, or whose lines are closed to the actor."""
    found = _relation(actor, spec)
    if found is None:
        return None
    other, link = found
    may = (
        can(actor, "edit", other)
        and "edit" in record.rights
        and not record.trashed
        and not _stands(actor, spec, record)
    )
    columns = tuple(_columns(actor, other, link, may=may))
    group = "section" if "section" in other.by_key else ""
    keys = tuple(dict.fromkeys((other.title, group or other.title, *(one.field.key for one in columns))))
    where = f"{link.key} = {record.id}" + (f" and id = {only}" if only else "")
    page = read(actor, Query(other.key, where, other.sort, keys, SHOWN, after=after, count=False))
    return Lines(other, columns, page.rows, page.next, _totals(actor, spec, record), may, group)


def show(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The table; with ``after`` its next lines, with ``row`` one line and the totals. POST adds a line, or takes ``remove``
    out."""
    actor = actor_of(request)
    registry.refresh()
    spec = registry.by_plural(plural)
    record = read_one(actor, spec.key, id)
    found = _relation(actor, spec)
    if found is None:
        raise NotFound
    if request.method == "POST":
        return _change(request, actor, spec, record, *found)
    if not request.headers.get("HX-Request"):
        return see_other(request, record_url(record))
    row = request.GET.get("row", "")
    only = int(row) if row.isascii() and row.isdecimal() and len(row) < 17 else 0
    lines = lines_of(actor, spec, record, request.GET.get("after", ""), only)
    part = "more" if request.GET.get("after") else "lines"
    return respond(request, "record/lines.html", context_of(request, actor, record, lines), part=part)


def context_of(
    request: HttpRequest, actor: Actor, record: Record, lines: Lines | None, typed: dict[str, Typed] | None = None,
    refused: Refused | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What the template of the table needs; ``typed`` and ``refused``: an attempt that failed, kept as it was."""
    problems = {one.field: str(one.text) for one in (refused.problems if refused else ())}
    controls = []
    if lines is not None and lines.may_edit and can(actor, "create", lines.spec):
        fields = entry_fields(actor, lines.spec, lines)
        first = {one.key: {"": [str(one.default)]} for one in fields if one.default is not None}
        held = typed or first
        controls = [
            control(one, dict(held.get(one.key, {})), reading(), problem=problems.pop(one.key, ""), id_prefix="line-")
            for one in fields
        ]
    elsewhere = [text for text in problems.values() if text]
    return {
        "record": record, "lines": lines, "controls": controls, "once": uuid.uuid4().hex, "line_problems": elsewhere,
        "cell_of": cell,
    }  # fmt: skip


def entry_fields(actor: Actor, other: ObjectSpec, lines: Lines) -> list[FieldSpec]:
    """The first fields of the line's form that are filled in by hand, what it belongs to left out."""
    fields = [one for _label, some in form_fields(actor, other) for one in some]
    shown = {one.field.key for one in lines.columns}
    wanted = [one for one in fields if one.key != "owner" and (one.key in shown or one.kind == "link")]
    return [one for one in wanted if one.key not in other.scope.parents][:ENTERED]


def _change(
    request: HttpRequest, actor: Actor, spec: ObjectSpec, record: Record, other: ObjectSpec, link: FieldSpec
) -> HttpResponse:
    gone = request.POST.get("remove", "")
    if gone:
        if not (gone.isascii() and gone.isdecimal() and len(gone) < 17):
            raise NotFound
        held = read_one(actor, other.key, int(gone))
        ref = held.values.get(link.key)
        if ref is None or ref.id != record.id:
            raise NotFound
        operation = run_action(actor, other.key, "trash", [held.id]).operation
        return _changed(
            request, actor, spec, record, str(_("“{title}” was taken out").with_(title=held.title)), operation
        )
    if not can(actor, "create", other) or record.trashed:
        text = _("Your roles do not let you create {objects}. Ask an administrator.")
        raise Forbidden(text.with_(objects=inside(other.plural_label)))
    lines = lines_of(actor, spec, record)
    assert lines is not None
    fields = entry_fields(actor, other, lines)
    typed = typed_by_field(request, fields)
    values = {key: one for key, one in values_of(fields, typed, {}).items() if one is not None}
    once = request.POST.get("_once", "")[:40]
    key = f"line:{actor.id}:{once}" if once else ""
    try:
        done = write(actor, Command("create", other.key, values={**values, link.key: record.id}, key=key))
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        context = context_of(request, actor, record, lines, typed, refused)
        return respond(request, "record/lines.html", context, part="lines", status=refused.status)
    return _changed(request, actor, spec, record, str(_("Added")), done.operation)


def _changed(
    request: HttpRequest, actor: Actor, spec: ObjectSpec, record: Record, text: str, operation: int | None
) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return say(request, see_other(request, record_url(record)), text, undo=operation)
    now = read_one(actor, spec.key, record.id)
    answer = respond(
        request, "record/lines.html", context_of(request, actor, now, lines_of(actor, spec, now)), part="lines"
    )
    return say(request, answer, text, undo=operation)


def _relation(actor: Actor, spec: ObjectSpec) -> tuple[ObjectSpec, FieldSpec] | None:
    """The object of the lines and their link to the document, where the actor may read them."""
    found = back_relation(spec, spec.lines) if spec.lines else None
    return found if found is not None and can(actor, "read", found[0]) else None


def _columns(actor: Actor, other: ObjectSpec, link: FieldSpec, *, may: bool) -> Iterator[Column]:
    for key in other.columns:
        field = other[key]
        if key == link.key or key == "section" or field_right(actor, other, field) == "hidden":
            continue
        edits = key if may and in_place(actor, other, field) else ""
        yield Column(field, is_right(field), edits, column(field))


def _totals(actor: Actor, spec: ObjectSpec, record: Record) -> tuple[tuple[FieldSpec, Markup], ...]:
    """What follows from the lines, as far as the actor sees it and there is something to see."""
    fields = [one for one in spec.fields if one.key in registry.tallied(spec.key) and one.kind in ("money", "percent")]
    shown = [one for one in fields if record.values.get(one.key) is not None]
    told = [one for one in shown if one.kind != "money" or record.values[one.key].amount or one.key == "total"]
    return tuple((one, cell(record, one)) for one in told if field_right(actor, spec, one) != "hidden")


def _stands(actor: Actor, spec: ObjectSpec, record: Record) -> bool:
    """Whether the record is one that stands as it is: its lines are shown and not edited."""
    return any(
        read(actor, Query(spec.key, f"id = {record.id} and ({lock.where})", size=1, count=False, columns=("id",))).rows
        for lock in registry.locks(spec.key)
    )
