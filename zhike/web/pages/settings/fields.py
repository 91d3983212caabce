"""The fields of one object: the list with what they demand and where they are used, and the panel that shows or
changes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.declaring.customise import (
    change_field,
    create_field,
    declaration_of,
    preview_kind_change,
    remove_field,
)
from zhike.records.declaring.drafting import draft_field, suggest_key
from zhike.records.declaring.field_use import can_have_index, index_bytes, uses_of, values_held
from zhike.records.declaring.reshaping import Preview
from zhike.records.read import Query, read
from zhike.schema.kinds import KINDS, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.pages.settings.field_facts import KIND_ABOUT, KIND_GROUPS, KIND_ICONS, body_of, controls, switches
from zhike.web.pages.settings.field_mentions import mentions
from zhike.web.pages.settings.field_preview import shown
from zhike.web.pages.settings.frame import settings_page, settings_place
from zhike.web.pages.settings.option_rows import BLANKS, HUES, options_of, rows_of
from zhike.web.reading import reading
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

OBJECTS = "/settings/objects"
RIGHTS: Mapping[str, tuple[Words, str]] = {
    "write": (_("Can change it"), "green"), "read": (_("Sees it"), "grey"),
    "masked": (_("Sees it masked"), "grey"), "hidden": (_("Does not see it"), "grey"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One field in the list: icon of its kind, what more its kind says, what it demands, how often it is used."""

    field: FieldSpec
    icon: str
    kind: str
    demands: tuple[Words, ...]
    uses: int
    indexed: bool


def object_url(spec: ObjectSpec, rest: str = "") -> str:
    """The settings page of an object."""
    return f"{OBJECTS}/{spec.key}{rest}"


def object_at(key: str) -> ObjectSpec:
    """The object of an address. Raises NotFound."""
    registry.refresh()
    spec = registry.object(key)
    if spec.group == "hidden":
        raise NotFound()
    return spec


@settings_place(OBJECTS)
def show(request: HttpRequest, key: str) -> HttpResponse:
    """The fields of an object."""
    return _listed(request, object_at(key))


@settings_place(OBJECTS)
def one(request: HttpRequest, key: str, field: str) -> HttpResponse:
    """One field beside the list; a POST changes it. The script asks for the panel alone."""
    spec = object_at(key)
    held = spec.field(field)
    if held is None or held.system:
        raise NotFound()
    if request.method != "POST":
        return _listed(request, spec, _panel(actor_of(request), spec, held))
    return _changed(request, spec, held)


def _listed(
    request: HttpRequest, spec: ObjectSpec, panel: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "spec": spec,
        "lines": [_line(spec, one) for one in spec.fields if not one.system],
        "tab": "fields",
        "panel": panel,
    }
    return settings_page(
        request, "fields.html", context, title=spec.plural_label, part="side" if panel else "", status=status
    )


def _line(spec: ObjectSpec, field: FieldSpec) -> Line:
    demands: list[Words] = []
    if field.required:
        demands.append(_("Required"))
    if field.unique:
        demands.append(_("Unique"))
    if field.readonly or field.kind in ("formula", "roll_up", "auto_number"):
        demands.append(_("Read only"))
    if field.hidden:
        demands.append(_("Only when asked for"))
    indexed = (field.index or field.unique or field.kind == "link") and can_have_index(field)
    return Line(
        field, KIND_ICONS.get(field.kind, "box"), kind_text(field), tuple(demands), len(uses_of(spec, field)), indexed
    )


def kind_text(field: FieldSpec) -> str:
    """The kind with the one thing that matters most about it: ``Choice · 4``, ``Link · Accounts``."""
    label = str(kind_of(field).label)
    more: object = ""
    if field.options:
        more = _("{n} options").with_(n=sum(one.active for one in field.options))
    elif field.to:
        target = registry.find(field.to)
        more = target.plural_label if target else field.to
    elif field.rollup:
        source = registry.find(field.rollup.object)
        more = source.plural_label if source else field.rollup.object
    elif field.formula:
        more = KINDS[field.result].label if field.result in KINDS else ""
    elif kind_of(field).secret:
        more = _("encrypted")
    return f"{label} · {more}" if str(more) else label


# -- the panel -------------------------------------------------------------------------------------------------------
def _panel(
    actor: Actor,
    spec: ObjectSpec,
    field: FieldSpec,
    body: Mapping[str, Any] | None = None,
    problems: tuple[Problem, ...] = (),
    change: Preview | None = None,
) -> dict[str, Any]:
    """Everything the panel of a field shows; ``body`` is the declaration as typed, when it is not the kept one."""
    held = declaration_of(spec.key, field.key) if field.custom else {}
    body = held if body is None else body
    kind = str(body.get("kind") or field.kind)
    bytes_, measured = index_bytes(spec, field) if can_have_index(field) else (0, False)
    count, more = values_held(spec, field) if kind_of(field).stored else (0, False)
    own = field.custom and kind in KINDS
    draft = draft_field(actor, spec.key, field.key, body) if own else None
    return {
        "field": field,
        "kind": kind,
        "kind_text": kind_text(field),
        "was_kind": kind_of(field).label if kind != field.kind else "",
        "icon": KIND_ICONS.get(kind, "box"),
        "controls": controls(spec, kind, body, problems, reading()) if own else {},
        "switches": switches(kind, body) if own else [],
        "kinds": _kind_choices(field.kind),
        "options": rows_of(body.get("options") or (), BLANKS if kind != field.kind else 1),
        "number": body.get("number") or {},
        "uses": [*uses_of(spec, field), *mentions(spec, field)],
        "count": count,
        "more": more,
        "bytes": bytes_,
        "measured": measured,
        "can_index": can_have_index(field),
        "rights": _rights(actor, spec, field),
        "problems": problems,
        "hues": HUES,
        "pieces": formula_pieces(spec) if kind == "formula" else [],
        "change": change,
        "shown": shown(actor, draft) if draft else None,
        "draft": draft if draft and (kind in ("formula", "roll_up")) else None,
    }


def _kind_choices(present: str) -> list[tuple[str, str]]:
    """Kinds a field can be turned into: those that are stored and typed, and the one it is of."""
    found = [(name, str(kind.label)) for name, kind in KINDS.items() if kind.writable or name == present]
    return sorted(found, key=lambda one: (one[0] != present, one[1]))


def _rights(actor: Actor, spec: ObjectSpec, field: FieldSpec) -> list[tuple[str, Words, str]]:
    """What each role may do with the field."""
    snapshot = people()
    roles = read(actor, Query("role", columns=("name",), size=200, count=False)).rows
    return [(one.title, *RIGHTS[snapshot.fields.get((one.id, spec.key, field.key), "write")]) for one in roles]


def _changed(request: HttpRequest, spec: ObjectSpec, field: FieldSpec) -> HttpResponse:
    """Save, or show anew what a change of kind would do before it is saved."""
    actor = actor_of(request)
    if not field.custom:
        raise Forbidden(
            _("“{field}” came with the system; only fields of your own can change.").with_(field=field.label)
        )
    kind = request.POST.get("kind", field.kind)
    kind = kind if kind in KINDS else field.kind
    body = body_of(request.POST, kind, options_of(request.POST))
    drop = request.POST.get("drop") == "yes"
    if "look" in request.POST.getlist("act"):  # another kind was chosen, nothing is saved yet
        return _listed(request, spec, _panel(actor, spec, field, body, (), _consequences(actor, spec, field, body)))
    try:
        change_field(actor, spec.key, field.key, body, drop=drop)
    except Invalid as refused:
        change = _consequences(actor, spec, field, body)
        return _listed(request, spec, _panel(actor, spec, field, body, refused.problems, change), 422)
    return say(request, see_other(request, object_url(spec)), _("Saved"))


def _consequences(actor: Actor, spec: ObjectSpec, field: FieldSpec, body: Mapping[str, Any]) -> Preview | None:
    try:
        return preview_kind_change(actor, spec.key, field.key, body)
    except Refused:
        return None


# -- a new field -----------------------------------------------------------------------------------------------------
@settings_place(OBJECTS)
def new(request: HttpRequest, key: str) -> HttpResponse:
    """First the kind, then the form with the field as it will look beside it; a POST makes the field."""
    spec = object_at(key)
    actor = actor_of(request)
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    above = ((spec.plural_label, object_url(spec)),)
    if kind not in KINDS:
        context = {"spec": spec, "kind_groups": KIND_GROUPS, "icons": KIND_ICONS, "about": KIND_ABOUT, "kinds": KINDS}
        return settings_page(request, "field_kinds.html", context, title=_("New field"), above=above)
    posted = request.method == "POST"
    body = body_of(request.POST, kind, options_of(request.POST)) if posted else {"kind": kind}
    problems: tuple[Problem, ...] = ()
    acts = request.POST.getlist("act")
    if posted and not acts:
        try:
            field_key = request.POST.get("key", "").strip() or suggest_key(body["label"], spec.by_key)
            made = create_field(actor, spec.key, {**{k: v for k, v in body.items() if v is not None}, "key": field_key})
            text = _("“{field}” is there: in forms, lists, filters and the API").with_(field=made.label)
            return say(request, see_other(request, object_url(spec)), text)
        except Invalid as refused:
            problems = refused.problems
    context = new_context(actor, spec, kind, body, problems, request.POST.get("key", ""))
    part = "look" if "look" in acts else "form" if "form" in acts else ""
    return settings_page(
        request,
        "field_new.html",
        context,
        title=_("New field"),
        above=above,
        part=part,
        status=422 if problems else 200,
    )


def new_context(
    actor: Actor, spec: ObjectSpec, kind: str, body: Mapping[str, Any], problems: tuple[Problem, ...], key: str
) -> dict[str, Any]:
    """What the form of a new field and its preview show."""
    typed = {name: one for name, one in body.items() if one is not None}
    draft = draft_field(actor, spec.key, key or "draft", typed)
    return {
        "spec": spec,
        "kind": kind,
        "kind_label": KINDS[kind].label,
        "icon": KIND_ICONS.get(kind, "box"),
        "controls": controls(spec, kind, {**typed, "key": key}, problems, reading()),
        "switches": switches(kind, typed),
        "options": rows_of(typed.get("options") or (), BLANKS if not typed.get("options") else 1),
        "hues": HUES,
        "number": typed.get("number") or {},
        "problems": problems,
        "shown": shown(actor, draft),
        "draft": draft if typed.get("formula") or typed.get("rollup", {}).get("object") else None,
        "pieces": formula_pieces(spec) if kind == "formula" else [],
    }


def formula_pieces(spec: ObjectSpec) -> list[FieldSpec]:
    """The fields a formula can read, to be clicked into it."""
    fits = ("number", "percent", "duration", "money", "date", "text", "yes_no", "choice", "roll_up", "formula")
    return [one for one in spec.fields if one.kind in fits and not one.system]


@settings_place(OBJECTS)
def remove(request: HttpRequest, key: str, field: str) -> HttpResponse:
    """Asks with the number of values that go out of sight; a POST takes the field out of use."""
    spec = object_at(key)
    held = spec.field(field)
    if held is None or not held.custom:
        raise NotFound()
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            remove_field(actor_of(request), spec.key, field)
            text = _("“{field}” is out of use; its values stay stored").with_(field=held.label)
            return say(request, see_other(request, object_url(spec)), text)
        except Invalid as refused:
            problems = refused.problems
    count, more = values_held(spec, held)
    context = {
        "spec": spec, "field": held, "count": count, "more": more, "problems": problems,
        "uses": [*uses_of(spec, held), *mentions(spec, held)],
        "post_to": request.path, "ask_back": object_url(spec),
    }  # fmt: skip
    above = ((spec.plural_label, object_url(spec)),)
    return settings_page(
        request,
        "field_remove.html",
        context,
        title=held.label,
        above=above,
        part="dialog",
        status=422 if problems else 200,
    )
