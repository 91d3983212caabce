"""Actions: the dialog that asks what an action needs, and the run over one or many records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, NotFound, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import parse_inputs, run_action
from zhike.records.bulk import AT_ONCE, MOST, act_later, matching
from zhike.records.likeness.duplicates import Alike, alike_to
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import ActionSpec, FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.web.generic.composer_views import came_from, log_dialog
from zhike.web.generic.form_choices import listed_targets
from zhike.web.generic.form_state import take_files, typed_by_field, values_of
from zhike.web.kinds.widgets import Typed, control, typed_of_value
from zhike.web.links import action_url, bulk_url, list_url, local, number_in, page_url, record_url, with_query
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other, wants_part
from zhike.web.say import say
from zhike.web.visitor import actor_of
from zhike.web.wording import inside

IN_PLACE = (409, 422)
IN_PAGE = "_here"  # the page stays as it is and marks the change itself, as a ticked box does
CHANGED = "zhike:changed"  # what a page listens to that shows more than the mark
CARRIED = ("all", "where", "archived", "next")


def on_one(request: HttpRequest, plural: str, id: int, name: str) -> HttpResponse:
    """An action on one record: GET asks, POST runs and goes back to the record."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    action = registry.action(spec.key, name)
    record = read_one(actor, spec.key, id)
    if action.page and request.method != "POST":
        return see_other(request, page_url(spec, action.page, [record.id]))
    back = local(asked_for(request, "next") or (came_from(request) if action.understands else ""), record_url(record))
    if action.understands:
        return log_dialog(request, record, back)
    return _answer(request, spec, action, [record.id], action_url(record, name), back, record)


def on_many(request: HttpRequest, plural: str, name: str) -> HttpResponse:
    """An action on the records named by ``ids`` (repeated or with commas), or with ``all=1`` on all that match ``where``."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    action = registry.action(spec.key, name)
    ids = [] if action.on == "object" else chosen(request, actor, spec)
    if action.page and request.method != "POST":
        return see_other(request, page_url(spec, action.page, ids))
    if action.on != "object" and not ids:
        raise NotFound(_("Choose at least one record first."))
    back = local(asked_for(request, "next"), list_url(spec))
    record = read_one(actor, spec.key, ids[0]) if len(ids) == 1 else None
    return _answer(request, spec, action, ids, bulk_url(spec, name), back, record)


# -- asking and running ------------------------------------------------------------------------------------------------
def _answer(
    request: HttpRequest,
    spec: ObjectSpec,
    action: ActionSpec,
    ids: Sequence[int],
    post_to: str,
    back: str,
    record: Record | None,
) -> HttpResponse:
    fields = [one for one in action.inputs if not one.hidden or one.key in request.GET or one.key in request.POST]
    if request.method != "POST":
        return _dialog(request, spec, action, ids, post_to, back, record, _first_typed(request, fields, record))
    typed = typed_by_field(request, action.inputs)
    stored, problems = take_files(request, fields, typed)
    try:
        if problems:
            raise Invalid(problems)
        if len(ids) > AT_ONCE and action.on == "record" and not stored:
            return _later(request, spec, action, ids, values_of(action.inputs, typed, stored))
        done = run_action(actor_of(request), spec.key, action.name, ids, values_of(action.inputs, typed, stored))
    except Refused as refused:
        if refused.status not in IN_PLACE:
            raise
        asked = {one.field for one in refused.problems}
        fields = [one for one in action.inputs if one in fields or one.key in asked]
        typed = {**_first_typed(request, fields, record), **typed}
        return _dialog(request, spec, action, ids, post_to, back, record, typed, refused)
    made = [one for one in done.records if record is None or one != (record.object, record.id)]
    if action.on == "object" and made:
        back = record_url(Ref(*made[0]))
    if wants_part(request) and asked_for(request, IN_PAGE):
        answer = HttpResponse(status=204)
        answer["HX-Trigger"] = json.dumps({CHANGED: ""})
        return say(request, answer, done.message or action.label, undo=done.operation)
    answer = see_other(request, back)
    return say(request, answer, done.message or action.label, undo=done.operation)


def _later(
    request: HttpRequest, spec: ObjectSpec, action: ActionSpec, ids: Sequence[int], values: Mapping[str, Any]
) -> HttpResponse:
    """Many records: the work goes into a job, whose page shows how far it is. What was filled in is checked first."""
    actor = actor_of(request)
    require(actor, "bulk", spec)
    parse_inputs(actor, action, values)
    job = act_later(actor, spec.key, action.name, ids, values, _heading(spec, action, len(ids)))
    return see_other(request, f"/jobs/{job}")


def _dialog(
    request: HttpRequest,
    spec: ObjectSpec,
    action: ActionSpec,
    ids: Sequence[int],
    post_to: str,
    back: str,
    record: Record | None,
    typed: Mapping[str, Typed],
    refused: Refused | None = None,
    after: str = "",
) -> HttpResponse:
    setting = reading()
    problems: dict[str, Problem] = {one.field: one for one in refused.problems} if refused else {}
    fields = [one for one in action.inputs if not one.hidden or one.key in typed or one.key in problems]
    controls = [
        control(
            one,
            dict(typed.get(one.key, {})),
            setting,
            problem=problems[one.key].text if one.key in problems else "",
            id_prefix="a-",
            among=listed_targets(actor_of(request), one, record),
        )
        for one in fields
    ]
    inside = {one.key for one in fields}
    many = len(ids) if len(ids) > 1 else 0
    context = {
        "spec": spec,
        "action": action,
        "record": record,
        "ids": list(ids)
        if action.on != "object" and post_to == bulk_url(spec, action.name) and not asked_for(request, "all")
        else [],
        "many": many,
        "heading": _heading(spec, action, many),
        "under": record.title if record else "",
        "confirm": str(action.confirm.with_(n=len(ids), title=record.title if record else ""))
        if action.confirm
        else "",
        "controls": controls,
        "alike": _alike(request, action, record, fields) if not refused else [],
        "placed": [one for one in controls if one.problem],
        "misplaced": [one for one in (refused.problems if refused else ()) if one.field not in inside],
        "refused": refused,
        "carried": [("next", after)]
        if after
        else [(one, asked_for(request, one)) for one in CARRIED if asked_for(request, one)],
        "post_to": post_to,
        "back": back,
        "uploads": any(one.kind == "file" for one in fields),
    }
    return respond(request, "record/action.html", context, part="dialog", status=refused.status if refused else 200)


def _alike(
    request: HttpRequest, action: ActionSpec, record: Record | None, fields: Sequence[FieldSpec]
) -> list[tuple[Alike, str]]:
    """Records like this one that the action could use, each with the dialog's address in which it is chosen."""
    if not action.alike or record is None:
        return []
    inputs = {one.to: one.key for one in fields if one.key in action.alike}
    found = alike_to(actor_of(request), record.object, record.id)
    chosen = {key: request.GET[key] for key in inputs.values() if key in request.GET}
    return [
        (one, with_query(action_url(record, action.name), {**chosen, inputs[one.object]: str(one.id)}))
        for one in found
        if one.object in inputs and not one.related
    ]


def _heading(spec: ObjectSpec, action: ActionSpec, many: int) -> Words:
    if not many:
        return action.label
    return _("{action}: {n} {objects}").with_(action=action.label, n=many, objects=inside(spec.plural_label))


def _first_typed(request: HttpRequest, fields: Sequence[FieldSpec], record: Record | None) -> dict[str, Typed]:
    """What the dialog shows at first: the query string, else the default, else the record's own value of that name."""
    setting = reading()
    found: dict[str, Typed] = {}
    for field in fields:
        asked = request.GET.get(field.key, "")
        if asked and field.kind in ("link", "links") and number_in(asked):
            ref = _titled(request, field.to, int(asked))
            found[field.key] = typed_of_value((ref,) if field.kind == "links" else ref, field, setting)
        elif asked:
            found[field.key] = {"": [asked]}
        elif field.default == "today" and setting.today:
            found[field.key] = {"": [setting.today.isoformat()]}
        elif isinstance(field.default, str | int) and field.default not in ("me", "now"):
            found[field.key] = {"": ["yes" if field.default is True else str(field.default)]}
        elif record is not None and _same_field(record, field):
            found[field.key] = typed_of_value(record.values[field.key], field, setting)
    return found


def _same_field(record: Record, field: FieldSpec) -> bool:
    """Whether the record has a value under the input's name that the input can show."""
    own = registry.object(record.object).field(field.key)
    return (
        own is not None and own.kind == field.kind and own.to == field.to and record.values.get(field.key) is not None
    )


def _titled(request: HttpRequest, object_key: str, id: int) -> Ref:
    try:
        return Ref(object_key, id, read_one(actor_of(request), object_key, id).title)
    except Refused:
        return Ref(object_key, id, f"#{id}")


def chosen(request: HttpRequest, actor: Actor, spec: ObjectSpec) -> list[int]:
    """Ids of the chosen records: those named, or everything that matches the filter; at most :data:`MOST`."""
    if asked_for(request, "all"):
        return matching(actor, spec.key, asked_for(request, "where"), asked_for(request, "archived") or "no")
    held = request.POST if request.method == "POST" else request.GET
    listed = [part for text in held.getlist("ids") for part in text.split(",") if number_in(part)]
    return list(dict.fromkeys(int(one) for one in listed))[:MOST]


def asked_for(request: HttpRequest, name: str) -> str:
    """What a form or an address says under a name."""
    held: Any = request.POST.get(name) if request.method == "POST" else None
    return str(held if held is not None else request.GET.get(name, ""))


def refused_dialog(
    request: HttpRequest,
    spec: ObjectSpec,
    action: ActionSpec,
    record: Record,
    asked: Mapping[str, str],
    refused: Refused,
    back: str,
) -> HttpResponse:
    """The dialog of an action that was tried without asking and turned out to need more (a card dropped on a stage)."""
    typed: dict[str, Typed] = {}
    setting = reading()
    by_key = {one.key: one for one in action.inputs}
    for key, text in asked.items():
        field = by_key[key]
        if field.kind == "link" and number_in(text):
            typed[key] = typed_of_value(_titled(request, field.to, int(text)), field, setting)
        else:
            typed[key] = {"": [text]}
    return _dialog(
        request, spec, action, [record.id], action_url(record, action.name), back, record, typed, refused, after=back
    )
