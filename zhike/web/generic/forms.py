"""Forms for new and existing records: opened, refused in place, saved; and the suggestions they ask for while typing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Conflict, Forbidden, NotFound, Problem, Refused
from zhike.kernel.words import _
from zhike.records.company.layouts import laid_out
from zhike.records.history import history
from zhike.records.likeness.duplicates import find_same, same_keys
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.search import search
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.web.generic.form_choices import by_code, listed_targets
from zhike.web.generic.form_layout import Section, fillable, form_fields
from zhike.web.generic.form_state import (
    SEEN,
    changed_values,
    half_masked,
    seal,
    take_files,
    typed_by_field,
    typed_of_record,
    unseal,
    values_of,
)
from zhike.web.kinds.cells import draw
from zhike.web.kinds.widgets import Typed, control, provinces_json, typed_of_value
from zhike.web.links import edit_url, list_url, local, new_url, number_in, record_url
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of
from zhike.web.wording import inside

SUGGESTIONS = 8
IN_PLACE = (409, 422)
THEIRS = "theirs"


def new(request: HttpRequest, plural: str) -> HttpResponse:
    """The form for a new record, filled in advance from the query string; POST creates it."""
    actor = actor_of(request)
    spec = laid_out(actor, registry.by_plural(plural))
    if not can(actor, "create", spec):
        raise Forbidden(
            _("Your roles do not let you create {objects}. Ask an administrator.").with_(
                objects=inside(spec.plural_label)
            )
        )
    fields = [field for _label, some in form_fields(actor, spec) for field in some]
    if request.GET.get("part") == "same":
        return _same(request, actor, spec, fields)
    if request.method != "POST":
        typed = {**_defaults(actor, fields), **_prefilled(actor, fields, request.GET)}
        return _page(request, spec, typed, once=uuid.uuid4().hex)
    typed = typed_by_field(request, fields)
    once = request.POST.get("_once", "")[:40]
    stored, problems = take_files(request, fields, typed)
    try:
        if problems:
            raise Refused(problems)
        values = {key: one for key, one in values_of(fields, typed, stored).items() if one is not None}
        done = write(actor, Command("create", spec.key, values=values, key=f"form:{actor.id}:{once}" if once else ""))
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        return _page(request, spec, typed, refused=refused, once=once)
    answer = see_other(request, _after_create(request, actor, spec, done.id))
    return say(request, answer, _("Saved"), undo=done.operation)


def edit(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The form for a record, or with ``?only=field`` one field in place; POST saves what was changed."""
    actor = actor_of(request)
    spec = laid_out(actor, registry.by_plural(plural))
    record = read_one(actor, spec.key, id)
    if "edit" not in record.rights:
        raise Forbidden(_("You can see this one, not change it. Ask its owner."))
    only = request.GET.get("only", "")
    fields = [
        one
        for _label, some in form_fields(actor, spec, locked=record.locked, only=[only] if only else [])
        for one in some
    ]
    if only and not fields and only in spec.by_key and fillable(actor, spec, spec[only]) and only not in record.locked:
        fields = [spec[only]]
    fields = [one for one in fields if not half_masked(record.values.get(one.key))]
    if only and not fields:
        raise NotFound
    if request.GET.get("part") == "same":
        return _same(request, actor, spec, fields, record)
    if request.method != "POST":
        if request.GET.get("cancel") and only:
            return _fact(request, record, spec[only])
        return _page(request, spec, typed_of_record(record, fields), record=record, fields=fields, only=only)
    typed = typed_by_field(request, fields)
    stored, problems = take_files(request, fields, typed)
    command = _update(request, spec, record, values_of(fields, typed, stored))
    try:
        if problems:
            raise Refused(problems)
        if not command.values:
            return _saved(request, actor, record, only, None)
        done = write(actor, command)
    except Conflict as conflict:
        record = read_one(actor, spec.key, id)
        untouched = [one for one in fields if one.key not in command.values]
        typed |= typed_of_record(record, untouched)
        return _page(request, spec, typed, record=record, fields=fields, only=only, refused=conflict)
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        return _page(request, spec, typed, record=record, fields=fields, only=only, refused=refused)
    return _saved(request, actor, record, only, done.operation)


def pick(request: HttpRequest, plural: str) -> HttpResponse:
    """Records whose title matches ``q``, as options of a picker; the latest ones when nothing is typed yet."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()[:200]
    objects = [] if plural == "any" else [registry.by_plural(plural).key]
    if text or not objects:
        hits = search(actor, text, objects=objects, size=SUGGESTIONS) if text else []
        found = [(Ref(one.object, one.id, one.title), one.line) for one in hits]
    else:
        page = read(actor, Query(objects[0], size=SUGGESTIONS, count=False))
        found = [(Ref(one.object, one.id, one.title), "") for one in page.rows]
    context = {"found": found, "mixed": not objects, "list_id": request.GET.get("for", "f")[:60], "text": text}
    return respond(request, "record/pick.html", context, part="options")


def regions(request: HttpRequest) -> HttpResponse:
    """Provinces with their cities and districts, ``[code, name, [...]]``, for the address selects."""
    answer = JsonResponse(
        provinces_json(), safe=False, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")}
    )
    answer["Cache-Control"] = "private, max-age=604800"
    return answer


# -- what the pages are made of ----------------------------------------------------------------------------------------
def _page(
    request: HttpRequest,
    spec: ObjectSpec,
    typed: Mapping[str, Typed],
    *,
    record: Record | None = None,
    fields: Iterable[FieldSpec] | None = None,
    only: str = "",
    refused: Refused | None = None,
    once: str = "",
) -> HttpResponse:
    actor = actor_of(request)
    kept = {one.key for one in fields} if fields is not None else None
    wanted = form_fields(actor, spec, locked=record.locked if record else (), only=[only] if only else [])
    if only and not wanted:
        wanted = [(spec[only].label, [spec[only]])]
    problems = {one.field: one for one in refused.problems} if refused else {}
    setting = reading()
    sections = [
        Section(
            label,
            tuple(
                control(
                    one,
                    dict(typed.get(one.key, {})),
                    setting,
                    problem=_problem_text(problems.get(one.key)),
                    among=listed_targets(actor, one),
                )
                for one in some
                if kept is None or one.key in kept
            ),
        )
        for label, some in wanted
    ]
    sections = [one for one in sections if one.controls]
    inside = {one.field.key for section in sections for one in section.controls}
    conflict = _conflict(actor, record, spec, refused) if isinstance(refused, Conflict) and record is not None else None
    seen = request.POST.get(SEEN, "") if refused and not conflict else ""
    if record is not None and not seen:
        seen = seal(record, (one.field for section in sections for one in section.controls))
    context = {
        "spec": spec,
        "record": record,
        "sections": sections,
        "only": only,
        "refused": refused,
        "conflict": conflict,
        "misplaced": [one for one in (refused.problems if refused else ()) if one.field not in inside],
        "placed": [one for section in sections for one in section.controls if one.problem],
        "seen": seen,
        "seen_name": SEEN,
        "once": once,
        "post_to": _address(request, spec, record, only),
        "back": local(request.GET.get("next", ""), record_url(record) if record else list_url(spec)),
        "same_keys": same_keys(spec) if not only else [],
        "same": None,
        "uploads": any(one.field.kind == "file" for section in sections for one in section.controls),
    }
    return respond(
        request, "form.html", context, part="field" if only else "page", status=refused.status if refused else 200
    )


def _address(request: HttpRequest, spec: ObjectSpec, record: Record | None, only: str) -> str:
    following = local(request.GET.get("next", ""), "")
    query = {"only": only, "next": following}
    plain = edit_url(record) if record else new_url(spec)
    filled = "&".join(f"{name}={one}" for name, one in query.items() if one)
    return f"{plain}?{filled}" if filled else plain


def _saved(request: HttpRequest, actor: Actor, record: Record, only: str, operation: int | None) -> HttpResponse:
    if only and request.headers.get("HX-Request"):
        fresh = read_one(actor, record.object, record.id)
        answer = _fact(request, fresh, registry.object(record.object)[only])
    else:
        answer = see_other(request, local(request.GET.get("next", ""), record_url(record)))
    return say(request, answer, _("Saved"), undo=operation) if operation else answer


def _fact(request: HttpRequest, record: Record, field: FieldSpec) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return see_other(request, record_url(record))
    context = {"spec": registry.object(record.object), "record": record, "field": field, "editable": True}
    return respond(request, "record/fact.html", context, part="fact")


def _update(request: HttpRequest, spec: ObjectSpec, record: Record, values: Mapping[str, Any]) -> Command:
    """The command that saves what differs from what the form showed; fields left to the others are dropped."""
    seen = unseal(request.POST.get(SEEN, ""), spec)
    if seen is None:
        return Command("update", spec.key, record.id, dict(values))
    settled = {key for key in values if request.POST.get(f"_keep.{key}") == THEIRS}
    changed = {key: one for key, one in changed_values(spec, values, seen).items() if key not in settled}
    old = {key: seen.values.get(key) for key in changed if key in seen.values}
    return Command("update", spec.key, record.id, changed, based_on=(seen.version, old))


def _conflict(actor: Actor, record: Record, spec: ObjectSpec, refused: Conflict) -> dict[str, Any]:
    """Who changed which field when, and both values, for the radio rows of a 409."""
    entries = history(actor, spec.key, record.id, size=20)
    rows = []
    for key, theirs in refused.theirs.items():
        field = spec[key]
        entry = next((one for one in entries if any(change[0].key == key for change in one.changes)), None)
        yours = refused.yours.get(key)
        rows.append({"field": field, "theirs": draw(theirs, field), "yours": draw(yours, field), "entry": entry})
    return {"rows": rows, "keys": set(refused.theirs)}


def _problem_text(problem: Problem | None) -> str:
    return str(problem.text) if problem else ""


def _after_create(request: HttpRequest, actor: Actor, spec: ObjectSpec, id: int) -> str:
    if request.POST.get("_again"):
        return request.get_full_path()
    following = local(request.GET.get("next", ""), "")
    if following:
        return following
    try:
        read_one(actor, spec.key, id)
    except (NotFound, Forbidden):
        return list_url(spec)
    return record_url(Ref(spec.key, id))


# -- what stands in a new form -----------------------------------------------------------------------------------------
def _defaults(actor: Actor, fields: Iterable[FieldSpec]) -> dict[str, Typed]:
    """The declared defaults that can be shown; the door fills in the others."""
    setting = reading()
    found: dict[str, Typed] = {}
    for field in fields:
        if field.default == "me" and field.kind == "link":
            found[field.key] = typed_of_value(Ref(field.to, actor.id, actor.name), field, setting)
        elif field.default == "today" and setting.today:
            found[field.key] = {"": [setting.today.isoformat()]}
        elif field.key == "owner" and field.kind == "link":
            found[field.key] = typed_of_value(Ref(field.to, actor.id, actor.name), field, setting)
        elif field.kind == "link" and isinstance(field.default, str):
            ref = by_code(actor, field, field.default)
            found[field.key] = typed_of_value(ref, field, setting)
        elif isinstance(field.default, str) and field.default and field.default != "now":
            found[field.key] = {"": [field.default]}
        elif field.default is True:
            found[field.key] = {"": ["yes"]}
        elif isinstance(field.default, int) and not isinstance(field.default, bool):
            found[field.key] = {"": [str(field.default)]}
    return found


def _prefilled(actor: Actor, fields: Iterable[FieldSpec], query: Mapping[str, str]) -> dict[str, Typed]:
    """What the query string says about the fields: ids for links, text for the rest."""
    setting = reading()
    found: dict[str, Typed] = {}
    for field in fields:
        text = query.get(field.key, "")[:2000]
        if not text:
            continue
        if field.kind in ("link", "any_link", "links"):
            target, _colon, number = text.rpartition(":")
            ref = _ref(actor, target or field.to, number)
            if ref:
                found[field.key] = typed_of_value((ref,) if field.kind == "links" else ref, field, setting)
        else:
            found[field.key] = {"": text.split(",") if field.kind == "choices" else [text]}
    return found


def _ref(actor: Actor, object_key: str, number: str) -> Ref | None:
    if not number_in(number) or registry.find(object_key) is None:
        return None
    try:
        record = read_one(actor, object_key, int(number))
    except Refused:
        return None
    return Ref(object_key, record.id, record.title)


def _same(
    request: HttpRequest, actor: Actor, spec: ObjectSpec, fields: list[FieldSpec], record: Record | None = None
) -> HttpResponse:
    """Records that may be the one being typed; of one that stands here already, by what was changed in it."""
    keys = set(same_keys(spec))
    values = values_of([one for one in fields if one.key in keys], typed_by_field(request, fields), {})
    seen = unseal(request.POST.get(SEEN, ""), spec) if record is not None else None
    if seen is not None:
        values = changed_values(spec, values, seen)
    try:
        given = {key: one for key, one in values.items() if one is not None}
        found = find_same(actor, spec.key, given, record.id if record is not None else None)
    except Refused:
        found = []
    return respond(request, "record/same.html", {"spec": spec, "same": found}, part="same")
