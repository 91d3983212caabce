"""Giving many chosen records a value of one field: which field, which value, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import field_right, require
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import Words, _
from zhike.records.bulk import AT_ONCE, MANY, MODES, change_later, change_many, changeable
from zhike.records.company.layouts import laid_out
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.generic.actions import asked_for, chosen
from zhike.web.generic.form_choices import listed_targets
from zhike.web.generic.form_state import typed_by_field, values_of
from zhike.web.kinds.widgets import Typed, control
from zhike.web.links import list_url, local
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of
from zhike.web.wording import inside

CARRIED = ("all", "where", "archived", "next")


def show(request: HttpRequest, plural: str) -> HttpResponse:
    """``/{plural}/change``: the dialog for the chosen records; a POST changes them, many of them in a job."""
    actor = actor_of(request)
    registry.refresh()
    spec = laid_out(actor, registry.by_plural(plural))
    require(actor, "bulk", spec)
    require(actor, "edit", spec)
    ids = chosen(request, actor, spec)
    if not ids:
        raise NotFound(_("Choose at least one record first."))
    fields = fields_for(actor, spec)
    field = next((one for one in fields if one.key == asked_for(request, "field")), None)
    if request.method != "POST" or field is None or "go" not in request.POST:
        return _dialog(request, spec, ids, fields, field, {})
    typed = typed_by_field(request, [field], "value.").get(field.key, {})
    mode = request.POST.get("mode", "set") if field.kind in MANY else "set"
    back = local(asked_for(request, "next"), list_url(spec))
    try:
        value = _value(field, typed, clear="clear" in request.POST)
        if len(ids) > AT_ONCE:
            label = _("Change “{field}”: {n} {objects}").with_(field=field.label, n=len(ids), objects=spec.plural_label)
            return see_other(request, f"/jobs/{change_later(actor, spec.key, ids, field.key, value, mode, label)}")
        done = change_many(actor, spec.key, ids, field.key, value, mode if mode in MODES else "set")
        if not done.changed and done.refused:
            raise Invalid(Problem(Words(done.why), field.key))
    except Invalid as refused:
        return _dialog(request, spec, ids, fields, field, typed, refused)
    return say(request, see_other(request, back), done.said(spec), undo=done.operation, bad=bool(done.refused))


def fields_for(actor: Actor, spec: ObjectSpec) -> list[FieldSpec]:
    """Fields this actor can give many records a value of."""
    return [one for one in spec.fields if changeable(one) and field_right(actor, spec, one) == "write"]


def _value(field: FieldSpec, typed: Typed, *, clear: bool) -> Any:
    value = values_of([field], {field.key: typed}, {}).get(field.key)
    if clear:
        return None
    if value in (None, "", (), []):
        raise Invalid(Problem(_("Give a value, or say that the field shall be emptied."), field.key))
    return value


def _dialog(
    request: HttpRequest,
    spec: ObjectSpec,
    ids: list[int],
    fields: list[FieldSpec],
    field: FieldSpec | None,
    typed: Mapping[str, list[str]],
    refused: Invalid | None = None,
) -> HttpResponse:
    actor = actor_of(request)
    box = None
    if field is not None:
        problem = refused.problems[0].text if refused else ""
        among = listed_targets(actor, field)
        box = control(field, dict(typed), reading(), problem=problem, prefix="value.", id_prefix="b-", among=among)
    context = {
        "spec": spec,
        "ids": ids if not asked_for(request, "all") else [],
        "count": len(ids),
        "objects": inside(spec.plural_label),
        "fields": fields,
        "field": field,
        "control": box,
        "many": field is not None and field.kind in MANY,
        "modes": MODES,
        "mode": asked_for(request, "mode") or ("add" if field is not None and field.kind in MANY else "set"),
        "carried": [(name, asked_for(request, name)) for name in CARRIED if asked_for(request, name)],
        "back": local(asked_for(request, "next"), list_url(spec)),
        "later": len(ids) > AT_ONCE,
    }
    return respond(request, "change.html", context, part="dialog", status=refused.status if refused else 200)
