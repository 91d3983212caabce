"""Related lists, changed in place: a short form inside the card, and taking a record off the list."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, NotFound, Refused
from zhike.kernel.words import _
from zhike.records.actions import run_action
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.titles import refs_of
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.form_choices import listed_targets
from zhike.web.generic.form_layout import form_fields
from zhike.web.generic.form_state import take_files, typed_by_field, values_of
from zhike.web.generic.record import page_of
from zhike.web.generic.record_related import filled_by, in_address, leaves_by, relation
from zhike.web.kinds.widgets import Typed, control
from zhike.web.links import new_url, record_url
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of
from zhike.web.wording import inside

MOST_FIELDS = 4
IN_PLACE = (409, 422)
WIDE = ("rich_text", "address")


def add(request: HttpRequest, plural: str, id: int, name: str) -> HttpResponse:
    """The short form of a related list; POST makes the record and answers with the lists as they are then."""
    actor, _spec, record, other, link = _asked(request, plural, id, name)
    if not can(actor, "create", other) or record.trashed:
        raise Forbidden(
            _("Your roles do not let you create {objects}. Ask an administrator.").with_(
                objects=inside(other.plural_label)
            )
        )
    given = filled_by(record, other, link)
    fields = short_form(actor, other, set(given) | {link.key})
    if request.method != "POST":
        return _form(request, record, other, name, fields, _first(fields), given)
    typed = typed_by_field(request, fields, f"{name}.")
    stored, problems = take_files(request, fields, typed, f"{name}.")
    try:
        if problems:
            raise Refused(problems)
        values = {key: one for key, one in values_of(fields, typed, stored).items() if one is not None}
        once = request.POST.get(f"{name}._once", "")[:40]
        key = f"form:{actor.id}:{once}" if once else ""
        done = write(actor, Command("create", other.key, values={**values, **given}, key=key))
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        return _form(request, record, other, name, fields, typed, given, refused)
    return _changed(request, record, str(_("Added to {list}").with_(list=other.plural_label)), done.operation)


def remove(request: HttpRequest, plural: str, id: int, name: str, other_id: int) -> HttpResponse:
    """Take a record off a related list: one that lives with its parent goes to the trash, any other loses the link."""
    actor, _spec, record, other, link = _asked(request, plural, id, name)
    if request.method != "POST":
        return see_other(request, record_url(record))
    held = read_one(actor, other.key, other_id)
    refs = refs_of(held.values.get(link.key))
    if record.id not in {one.id for one in refs}:
        raise NotFound
    if leaves_by(other, link) == "trash":
        operation = run_action(actor, other.key, "trash", [held.id]).operation
    else:
        rest = tuple(one for one in refs if one.id != record.id)
        value = rest if link.kind == "links" else None
        operation = write(actor, Command("update", other.key, held.id, values={link.key: value})).operation
    text = _("“{title}” was taken off {list}").with_(title=held.title or f"#{held.id}", list=other.plural_label)
    return _changed(request, record, str(text), operation)


def lists(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The related lists and the timeline as they are now, for a script that changed them."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    record = read_one(actor, spec.key, id)
    if not request.headers.get("HX-Request"):
        return see_other(request, record_url(record))
    return respond(request, "record.html", page_of(request, actor, spec, record), part="changed")


def short_form(actor: Actor, other: ObjectSpec, taken: set[str]) -> list[FieldSpec]:
    """What a new record needs first: required fields and the file itself, then those of a phone row, at most four."""
    fields = [one for _label, some in form_fields(actor, other) for one in some]
    fields = [one for one in fields if one.key not in taken and one.key != "owner" and one.kind not in WIDE]
    leading = [other.title, *other.phone]
    needed = [one for one in fields if (one.required and one.default is None) or one.kind == "file"]
    wished = sorted((one for one in fields if one.key in leading), key=lambda one: leading.index(one.key))
    more = [one for one in fields if one.kind != "long_text"]
    found = list(dict.fromkeys((*needed, *wished)))
    return (found or more)[: max(MOST_FIELDS, len(needed))]


def _asked(
    request: HttpRequest, plural: str, id: int, name: str
) -> tuple[Actor, ObjectSpec, Record, ObjectSpec, FieldSpec]:
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    record = read_one(actor, spec.key, id)
    found = relation(actor, spec, name)
    if found is None:
        raise NotFound
    return actor, spec, record, *found


def _first(fields: Sequence[FieldSpec]) -> dict[str, Typed]:
    setting = reading()
    found: dict[str, Typed] = {}
    for field in fields:
        if field.default == "today" and setting.today:
            found[field.key] = {"": [setting.today.isoformat()]}
        elif field.kind == "choice" and isinstance(field.default, str):
            found[field.key] = {"": [field.default]}
    return found


def _form(
    request: HttpRequest,
    record: Record,
    other: ObjectSpec,
    name: str,
    fields: Sequence[FieldSpec],
    typed: Mapping[str, Typed],
    given: Mapping[str, Any],
    refused: Refused | None = None,
) -> HttpResponse:
    problems = {one.field: one for one in refused.problems} if refused else {}
    setting = reading()
    actor = actor_of(request)
    controls = [
        control(
            one,
            dict(typed.get(one.key, {})),
            setting,
            problem=str(problems[one.key].text) if one.key in problems else "",
            prefix=f"{name}.",
            id_prefix=f"add-{name}-",
            among=listed_targets(actor, one),
        )
        for one in fields
    ]
    shown = {one.key for one in fields}
    prefilled = {key: in_address(value, other[key]) for key, value in given.items()}
    context = {
        "spec": registry.object(record.object),
        "record": record,
        "other": other,
        "name": name,
        "controls": controls,
        "misplaced": [one for one in (refused.problems if refused else ()) if one.field not in shown],
        "once": request.POST.get(f"{name}._once", "")[:40] or uuid.uuid4().hex,
        "uploads": any(one.kind == "file" for one in fields),
        "whole_form": new_url(other, **prefilled, next=record_url(record)),
    }
    return respond(request, "record/add.html", context, part="form", status=refused.status if refused else 200)


def _changed(request: HttpRequest, record: Record, text: str, operation: int | None) -> HttpResponse:
    """The lists and the timeline after something was added or taken off, and the offer to undo it."""
    actor = actor_of(request)
    if request.headers.get("HX-Request"):
        spec = registry.object(record.object)
        fresh = read_one(actor, record.object, record.id)
        answer = respond(request, "record.html", page_of(request, actor, spec, fresh), part="changed")
        answer["HX-Retarget"], answer["HX-Reswap"] = "#related", "innerHTML"
    else:
        answer = see_other(request, record_url(record))
    return say(request, answer, text, undo=operation)
