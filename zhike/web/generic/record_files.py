"""Files of a record: dropped anywhere on its page, and looked at in a dialog, one after another."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Forbidden, NotFound, Refused
from zhike.kernel.words import _
from zhike.records.files import store_file
from zhike.records.neighbours import neighbours
from zhike.records.read import Query, read_one
from zhike.records.record import Record
from zhike.records.titles import refs_of
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Ref
from zhike.web.generic.files import SAFE_PICTURES
from zhike.web.generic.record_related import file_relation, filled_by
from zhike.web.links import LOOKED_AT, file_url, look_url, record_url
from zhike.web.respond import respond, see_other
from zhike.web.visitor import actor_of


def upload(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """Keep one file with a record. A script sends many one by one, and is told in words why one was refused."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    record = read_one(actor, spec.key, id)
    found = file_relation(actor, spec)
    if found is None or record.trashed:
        raise Forbidden(_("Your roles do not let you add files here. Ask an administrator."))
    if request.method != "POST":
        return see_other(request, record_url(record))
    _name, other, link = found
    sent = request.FILES.get("file")
    try:
        if sent is None:
            raise NotFound(_("No file arrived. Choose it again."))
        ref = store_file(actor, sent.name or "", sent.chunks())
        values = {one.key: ref for one in other.fields if one.kind == "file" and one.required}
        title = other[other.title]
        if title.kind == "text" and title.required:
            values[title.key] = ref.name[: title.max or 200]  # type: ignore[assignment]
        write(actor, Command("create", other.key, values={**values, **filled_by(record, other, link)}))
    except Refused as refused:
        text = " ".join(str(one.text) for one in refused.problems) or str(refused.title)
        return HttpResponse(text, status=422, content_type="text/plain; charset=utf-8")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return see_other(request, record_url(record))


def look(request: HttpRequest, object: str, id: int, field: str) -> HttpResponse:
    """A picture, a PDF or a text in a dialog, with its download and the files before and after it at the same parent."""
    actor = actor_of(request)
    spec = registry.object(object)
    asked = spec.field(field)
    record = read_one(actor, spec.key, id)
    held = record.values.get(field) if asked is not None and asked.kind == "file" else None
    if not isinstance(held, FileRef) or held.type not in LOOKED_AT:
        raise NotFound
    before, after = _around(actor, spec, record)
    context = {
        "spec": spec,
        "record": record,
        "file": held,
        "is_picture": held.type in SAFE_PICTURES,
        "is_text": held.type.startswith("text/"),
        "source": f"{file_url(record, field)}?inline=1",
        "download": file_url(record, field),
        "before": _look_of(actor, spec, before, field),
        "after": _look_of(actor, spec, after, field),
    }
    return respond(request, "record/look.html", context, part="dialog")


def _around(actor: Actor, spec: ObjectSpec, record: Record) -> tuple[int | None, int | None]:
    """The files before and after this one at the record they belong to."""
    parent = _parent(spec, record)
    if parent is None:
        return None, None
    link, ref = parent
    target = f"{ref.object}:{ref.id}" if link.kind == "any_link" else str(ref.id)
    try:
        return neighbours(actor, Query(spec.key, where=f"{link.key} = {target}", sort="-created"), record.id)
    except Refused:
        return None, None


def _parent(spec: ObjectSpec, record: Record) -> tuple[FieldSpec, Ref] | None:
    for link in spec.links:
        refs = refs_of(record.values.get(link.key))
        if not link.system and link.kind in ("link", "any_link") and refs:
            return link, refs[0]
    return None


def _look_of(actor: Actor, spec: ObjectSpec, id: int | None, field: str) -> str:
    """Where to look at a neighbour; its page when it is of a type that is only downloaded."""
    if id is None:
        return ""
    held = read_one(actor, spec.key, id)
    value = held.values.get(field)
    return look_url(held, field, value.type) if isinstance(value, FileRef) else ""
