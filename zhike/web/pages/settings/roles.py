"""Roles: what they may do with which object and how far, field by field where it matters; copied, counted before saving."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Conflict, Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.roles.presets import PRESETS, preset
from zhike.records.roles.simulating import simulate_role
from zhike.records.roles.table import AUDIT, OTHERS, Grants, RoleTable, change_role, new_role, role_table
from zhike.records.write import write
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.web.links import number_in
from zhike.web.nav import sales_first
from zhike.web.pages.settings.effects import effects_shown
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

ROLES = "/settings/roles"
RIGHTS: tuple[tuple[str, Words, Words], ...] = (
    ("read", _("See"), _("Find and open records")),
    ("create", _("Make"), _("Make new records")),
    ("edit", _("Change"), _("Change records")),
    ("delete", _("Delete"), _("Put records into the trash")),
    ("export", _("Export"), _("Take lists away as files")),
    ("import", _("Import"), _("Bring records in from files")),
    ("transfer", _("Hand over"), _("Give records to another owner")),
    ("bulk", _("Many"), _("Change many records at once")),
)
REACHES: tuple[tuple[str, Words, Words], ...] = (
    ("none", _("None"), _("nothing at all")),
    ("own", _("Own"), _("their own and what is shared with them")),
    ("department", _("Department"), _("what people of their department own")),
    ("subtree", _("Department and below"), _("what their department and those below own")),
    ("all", _("All"), _("everything")),
)
REACH_KEYS = tuple(key for key, _label, _about in REACHES)
RIGHT_KEYS = tuple(key for key, _label, _about in RIGHTS)
FIELD_RIGHTS: tuple[tuple[str, Words], ...] = (
    ("write", _("Can change it")),
    ("read", _("Sees it")),
    ("masked", _("Sees it masked")),
    ("hidden", _("Does not see it")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One object in the grid: whether it has rights of its own, what is kept, what stands in the form, where somebody else
    changed a cell meanwhile; which rights it knows, and a word on what it is."""

    key: str
    label: str
    icon: str
    own: bool
    kept: Mapping[str, str]
    reaches: Mapping[str, str]
    open: bool
    others: bool = False
    crossed: Mapping[str, str] = field(default_factory=dict)
    rights: tuple[str, ...] = RIGHT_KEYS
    note: Words | str = ""

    @property
    def may_be_as_others(self) -> bool:
        """Whether it can have the rights of all others instead of its own."""
        return self.key not in (OTHERS, AUDIT)


def _roles(actor: Actor) -> list[Record]:
    return list(read(actor, Query("role", columns=("name", "code", "about"), size=200, count=False)).rows)


def _holders(role: int) -> list[Any]:
    return [one for one in people().persons.values() if role in one.roles and one.active]


@settings_place(ROLES)
def show(request: HttpRequest) -> HttpResponse:
    """Every role with how many people have it."""
    roles = _roles(actor_of(request))
    return settings_page(request, "roles.html", {"roles": [(one, len(_holders(one.id))) for one in roles]})


# -- the grid ----------------------------------------------------------------------------------------------------------
@settings_place(ROLES)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """What a role may do with each object; a POST writes what was changed on the page, as one operation. A cell somebody
    else changed meanwhile is shown with both values, and what was chosen stays in the form."""
    actor = actor_of(request)
    role = read_one(actor, "role", id)
    held = role_table(actor, id)
    if request.method != "POST":
        return _grid(request, role, held, {})
    before = _seen(request.POST.get("shown", ""), held)
    wanted = _wanted(request, before)
    try:
        done = change_role(actor, id, grants=wanted, shown=before)
        text = _("{n} rights changed").with_(n=done.number)
        return say(request, see_other(request, f"{ROLES}/{id}"), text, done.operation)
    except Refused as refused:
        if refused.status not in (409, 412, 422):
            raise
        return _grid(request, role, role_table(actor, id), wanted, refused)


@settings_place(ROLES)
def try_out(request: HttpRequest, id: int) -> HttpResponse:
    """What the choices on the page would open and close, before they are saved; nothing is written."""
    actor = actor_of(request)
    role = read_one(actor, "role", id)
    held = role_table(actor, id)
    before = _seen(request.POST.get("shown", ""), held)
    spec = registry.find(request.POST.get("object", ""))
    wanted = _wanted(request, before) if request.method == "POST" and spec is None else {}
    chosen = _chosen(request, spec, before) if spec is not None else {}
    context = {
        "role": role, "effects": effects_shown(simulate_role(actor, id, wanted, chosen)),
        "changed": bool(wanted or chosen), "ask_back": f"{ROLES}/{id}" + (f"/fields?object={spec.key}" if spec else ""),
    }  # fmt: skip
    return settings_page(request, "role_try.html", context, title=role.title, part="dialog")


def _grid(
    request: HttpRequest, role: Record, held: RoleTable, wanted: Grants, refused: Refused | None = None
) -> HttpResponse:
    theirs = refused.theirs if isinstance(refused, Conflict) else {}
    rows = _rows(held, wanted, theirs)
    context = {
        "rows": rows, "rights": RIGHTS, "reaches": REACHES, "shown": shown_text(held),
        "reach_names": {key: label for key, label, _about in REACHES}, "crossed": len(theirs),
        "problems": _once(refused) if refused and not theirs else (),
    }  # fmt: skip
    return _page(request, role, "role.html", "grid", context, status=refused.status if refused else 200)


def _once(refused: Refused) -> tuple[Problem, ...]:
    """The problems, each text once."""
    return tuple({str(one.text): one for one in refused.problems}.values())


def _page(
    request: HttpRequest, role: Record, template: str, tab: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    whole = {"role": role, "tab": tab, "holders": len(_holders(role.id)), **context}
    return settings_page(request, template, whole, title=role.title, status=status)


def _rows(held: RoleTable, wanted: Grants, theirs: Mapping[str, Any]) -> list[Row]:
    others = _row(OTHERS, str(_("All others")), "layers", False, held, wanted, theirs)
    found = [replace(others, note=_("every object without rights of its own here"))]
    for spec in sales_first(registry):
        is_open = spec.scope.kind is ScopeKind.OPEN
        found.append(_row(spec.key, str(spec.plural_label), spec.icon, is_open, held, wanted, theirs))
    audit = _row(AUDIT, str(_("Audit log")), "scroll-text", True, held, wanted, theirs)
    return [*found, replace(audit, rights=("read",), note=_("who did what, for everybody; never among all others"))]


def _row(
    key: str, label: str, icon: str, is_open: bool, held: RoleTable, wanted: Grants, theirs: Mapping[str, Any]
) -> Row:
    kept = held.reaches(key)
    chosen = wanted.get(key, {})
    crossed = {one.partition(".")[2]: str(reach) for one, reach in theirs.items() if one.partition(".")[0] == key}
    return Row(key, label, icon, key in held.grants, kept, {**kept, **(chosen or {})}, is_open, chosen is None, crossed)


def shown_text(held: RoleTable) -> str:
    """What the page shows, to tell later what somebody changed on it."""
    return json.dumps({"g": held.grants, "f": [[*where, right] for where, right in held.fields.items()]})


def _seen(coded: str, held: RoleTable) -> RoleTable:
    """What the page showed; what is held now when that is missing or damaged."""
    try:
        body: Any = json.loads(coded)
        grants = {str(key): {right: str(one[right]) for right in RIGHT_KEYS} for key, one in body["g"].items()}
        fields = {(str(key), str(name)): str(right) for key, name, right in body["f"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return held
    return RoleTable(grants, fields)


def _wanted(request: HttpRequest, before: RoleTable) -> dict[str, dict[str, str] | None]:
    """The cells that differ from what the page showed; None for an object that is to be as all others."""
    found: dict[str, dict[str, str] | None] = {}
    for key in (OTHERS, *(spec.key for spec in registry), AUDIT):
        if key != OTHERS and key in before.grants and request.POST.get(f"{key}.others") == "yes":
            found[key] = None
            continue
        was = before.reaches(key)
        posted = {right: request.POST.get(f"{key}.{right}", reach) for right, reach in was.items()}
        changed = {right: one for right, one in posted.items() if one != was[right] and one in REACH_KEYS}
        if changed:
            found[key] = changed
    return found


# -- fields ------------------------------------------------------------------------------------------------------------
@settings_place(ROLES)
def fields(request: HttpRequest, id: int) -> HttpResponse:
    """What a role may do with the fields of one object; a POST writes what was changed on the page."""
    actor = actor_of(request)
    role = read_one(actor, "role", id)
    asked = request.POST.get("object") or request.GET.get("object", "")
    spec = registry.find(asked) or next(one for one in registry if one.group == "sales")
    held = role_table(actor, id)
    chosen: dict[tuple[str, str], str] = {}
    refused: Refused | None = None
    if request.method == "POST":
        before = _seen(request.POST.get("shown", ""), held)
        chosen = _chosen(request, spec, before)
        try:
            done = change_role(actor, id, fields=chosen, shown=before)
            answer = see_other(request, f"{ROLES}/{id}/fields?object={spec.key}")
            return say(request, answer, _("{n} rights changed").with_(n=done.number), done.operation)
        except (Invalid, Conflict) as error:
            refused, held = error, role_table(actor, id)
    theirs = refused.theirs if isinstance(refused, Conflict) else {}
    lines = [_line(spec, one, held, chosen, theirs) for one in _listed(spec)]
    counts: dict[str, int] = {}
    for key, _name in held.fields:
        counts[key] = counts.get(key, 0) + 1
    context = {
        "spec": spec, "lines": lines, "shown": shown_text(held), "crossed": len(theirs),
        "right_names": dict(FIELD_RIGHTS),
        "objects": [(one, counts.get(one.key, 0)) for one in registry if one.group != "hidden" or counts.get(one.key)],
        "problems": _once(refused) if refused and not theirs else (),
    }  # fmt: skip
    return _page(request, role, "role_fields.html", "fields", context, status=refused.status if refused else 200)


def _listed(spec: ObjectSpec) -> list[FieldSpec]:
    return [one for one in spec.fields if not one.system or one.key == "owner"]


def _chosen(request: HttpRequest, spec: ObjectSpec, before: RoleTable) -> dict[tuple[str, str], str]:
    """The fields whose right differs from what the page showed."""
    found = {}
    for one in _listed(spec):
        was = before.field_right(spec.key, one.key)
        right = request.POST.get(f"right.{one.key}", was)
        if right != was and right in dict(FIELD_RIGHTS):
            found[(spec.key, one.key)] = right
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """The right on one field: what is kept, what stands in the form, what could be, what somebody else made of it."""

    field: FieldSpec
    kept: str
    right: str
    choices: tuple[tuple[str, Words], ...]
    crossed: str


def _line(
    spec: ObjectSpec,
    one: FieldSpec,
    held: RoleTable,
    chosen: Mapping[tuple[str, str], str],
    theirs: Mapping[str, Any],
) -> Line:
    kept = held.field_right(spec.key, one.key)
    secret = kind_of(one).secret  # only what is encrypted can be masked
    choices = tuple((key, label) for key, label in FIELD_RIGHTS if secret or key in ("write", "read", "hidden", kept))
    crossed = str(theirs.get(f"{spec.key}.{one.key}", ""))
    return Line(one, kept, chosen.get((spec.key, one.key), kept), choices, crossed)


# -- people, name, copy, removal ---------------------------------------------------------------------------------------
@settings_place(ROLES)
def members(request: HttpRequest, id: int) -> HttpResponse:
    """Who has the role."""
    role = read_one(actor_of(request), "role", id)
    return _page(request, role, "role_people.html", "people", {"persons": _holders(id)})


@settings_place(ROLES)
def about(request: HttpRequest, id: int) -> HttpResponse:
    """Name and purpose of a role (0: a new one, perhaps like another); a POST saves."""
    actor = actor_of(request)
    role = read_one(actor, "role", id) if id else None
    like = number_in(request.POST.get("like") or request.GET.get("like", ""))
    model = read_one(actor, "role", like) if like and not role else None
    begun = preset(request.POST.get("like") or request.GET.get("like", "")) if not role and not model else None
    typed: dict[str, Any] = {
        "name": role.title
        if role
        else str(_("{name}, copy").with_(name=model.title))
        if model
        else str(begun.label)
        if begun
        else "",
        "about": str(source["about"] or "") if (source := role or model) else str(begun.about) if begun else "",
        "networks": str(source["networks"] or "") if source else "",
        "second_step": bool(source["second_step"]) if source else False,
    }
    problems: dict[str, Words] = {}
    if request.method == "POST":
        typed = {key: request.POST.get(key, "") for key in typed} | {"second_step": "second_step" in request.POST}
        try:
            if role is not None:
                done = write(actor, Command("update", "role", id, typed))
                return say(request, see_other(request, f"{ROLES}/{id}/about"), _("Saved"), done.operation)
            made = new_role(actor, typed, begun.table() if begun else role_table(actor, like) if like else None)
            return say(request, see_other(request, f"{ROLES}/{made}"), _("Saved"))
        except Invalid as refused:
            problems = by_field(refused)[0]
    context = {
        "typed": typed,
        "problems": problems,
        "like": begun.name if begun else like,
        "roles": _roles(actor) if not role else [],
        "presets": PRESETS,
    }
    if role is not None:
        return _page(request, role, "role_about.html", "about", context, status=422 if problems else 200)
    whole = {"role": None, "tab": "", "holders": 0, **context}
    return settings_page(request, "role_about.html", whole, title=_("New role"), status=422 if problems else 200)


@settings_place(ROLES)
def remove(request: HttpRequest, id: int) -> HttpResponse:
    """Asks; a POST puts a role nobody has into the trash with its grants."""
    actor = actor_of(request)
    role = read_one(actor, "role", id)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            done = write(actor, Command("trash", "role", id))
            return say(request, see_other(request, ROLES), _("In the trash"), done.operation)
        except Invalid as refused:
            problems = refused.problems
    context = {
        "role": role, "holders": len(_holders(id)), "problems": problems, "post_to": request.path,
        "ask_back": f"{ROLES}/{id}",
    }  # fmt: skip
    return settings_page(
        request, "role_remove.html", context, title=role.title, part="dialog", status=422 if problems else 200
    )
