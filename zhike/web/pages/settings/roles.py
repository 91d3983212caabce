"""Roles: what they may do with which object and how far, field by field where it matters; copied, counted before saving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.acts import Act
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.write import write, write_many
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec, ScopeKind
from zhike.web.links import number_in
from zhike.web.pages.settings.frame import actor_of, by_field, settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say

ROLES = "/settings/roles"
EVERY = "*"
MOST = 1000
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
FIELD_RIGHTS: tuple[tuple[str, Words], ...] = (
    ("write", _("Can change it")),
    ("read", _("Sees it")),
    ("masked", _("Sees it masked")),
    ("hidden", _("Does not see it")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One object in the grid: its grant (None: as all others) and the reach of each right."""

    key: str
    label: str
    icon: str
    grant: Record | None
    reaches: Mapping[str, str]
    open: bool

    @property
    def said(self) -> str:
        """In a few words, for the phone."""
        names = {key: str(label) for key, label, _about in REACHES}
        parts = [f"{label} {names[self.reaches[key]]}" for key, label, _about in RIGHTS if self.reaches[key] != "none"]
        return " · ".join(parts[:3]) if parts else str(_("Nothing"))


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
    """What a role may do with each object; a POST writes what differs, as one operation."""
    actor = actor_of(request)
    role = read_one(actor, "role", id)
    rows = _rows(actor, id)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        wanted = _wanted(request, rows)
        try:
            act = Act(actor, kind="role.grants")
            number = _write_grants(actor, id, rows, wanted, act)
            answer = see_other(request, f"{ROLES}/{id}")
            return say(request, answer, _("{n} rights changed").with_(n=number), act.started)
        except Refused as refused:
            if refused.status not in (409, 412, 422):
                raise
            problems = refused.problems
            rows = [
                Row(row.key, row.label, row.icon, row.grant, wanted.get(row.key) or row.reaches, row.open)
                for row in rows
            ]
    context = {"rows": rows, "rights": RIGHTS, "reaches": REACHES, "problems": problems}
    return _page(request, role, "role.html", "grid", context, status=422 if problems else 200)


def _page(
    request: HttpRequest, role: Record, template: str, tab: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    whole = {"role": role, "tab": tab, "holders": len(_holders(role.id)), **context}
    return settings_page(request, template, whole, title=role.title, status=status)


def _grants(actor: Actor, role: int) -> dict[str, Record]:
    found = read(actor, Query("grant", where=f"role = {role}", size=MOST, count=False)).rows
    return {str(one["object"] or EVERY): one for one in found}


def _rows(actor: Actor, role: int) -> list[Row]:
    grants = _grants(actor, role)
    others = _reaches(grants.get(EVERY))
    found = [Row(EVERY, str(_("All others")), "layers", grants.get(EVERY), others, False)]
    order = {"sales": 0, "day": 1, "more": 2, "insight": 2, "setup": 3, "hidden": 4}
    for spec in sorted(registry, key=lambda one: order.get(one.group, 2)):
        grant = grants.get(spec.key)
        reaches = _reaches(grant) if grant else others
        found.append(
            Row(spec.key, str(spec.plural_label), spec.icon, grant, reaches, spec.scope.kind is ScopeKind.OPEN)
        )
    return found


def _reaches(grant: Record | None) -> dict[str, str]:
    return {key: str((grant[key] if grant else None) or "none") for key, _label, _about in RIGHTS}


def _wanted(request: HttpRequest, rows: list[Row]) -> dict[str, dict[str, str] | None]:
    """The reaches posted for each row; None for a row that is to be as all others."""
    found: dict[str, dict[str, str] | None] = {}
    for row in rows:
        if row.key != EVERY and request.POST.get(f"{row.key}.others") == "yes":
            found[row.key] = None
            continue
        posted = {right: request.POST.get(f"{row.key}.{right}", row.reaches[right]) for right in row.reaches}
        found[row.key] = {right: one if one in REACH_KEYS else row.reaches[right] for right, one in posted.items()}
    return found


def _write_grants(
    actor: Actor, role: int, rows: list[Row], wanted: Mapping[str, dict[str, str] | None], act: Act
) -> int:
    """Write what differs; returns how many single rights changed."""
    commands: list[Command] = []
    number = 0
    for row in rows:
        after = wanted[row.key]
        if after is None:
            if row.grant is not None:
                commands.append(Command("trash", "grant", row.grant.id))
                number += 1
            continue
        changed = {right: reach for right, reach in after.items() if reach != row.reaches[right]}
        if not changed:
            continue
        number += len(changed)
        if row.grant is None:
            values = {"role": role, "object": row.key, **after}
            commands.append(Command("create", "grant", values=values))
        else:
            commands.append(Command("update", "grant", row.grant.id, changed))
    if commands:
        write_many(actor, commands, act=act)
    return number


# -- fields ------------------------------------------------------------------------------------------------------------
@settings_place(ROLES)
def fields(request: HttpRequest, id: int) -> HttpResponse:
    """What a role may do with the fields of one object; a POST writes what differs."""
    actor = actor_of(request)
    role = read_one(actor, "role", id)
    asked = request.POST.get("object") or request.GET.get("object", "")
    spec = registry.find(asked) or next(one for one in registry if one.group == "sales")
    given = {str(one["field"]): one for one in _field_rights(actor, id, spec.key)}
    listed = [one for one in spec.fields if not one.system or one.key == "owner"]
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            act = Act(actor, kind="role.fields")
            number = _write_fields(actor, id, spec, listed, given, request.POST, act)
            answer = see_other(request, f"{ROLES}/{id}/fields?object={spec.key}")
            return say(request, answer, _("{n} rights changed").with_(n=number), act.started)
        except Invalid as refused:
            problems = refused.problems
    lines = [(one, str(given[one.key]["right"]) if one.key in given else "write", _choices(one)) for one in listed]
    counts: dict[str, int] = {}
    for right in _field_rights(actor, id):
        counts[str(right["object"])] = counts.get(str(right["object"]), 0) + 1
    context = {
        "spec": spec,
        "lines": lines,
        "objects": [(one, counts.get(one.key, 0)) for one in registry if one.group != "hidden" or counts.get(one.key)],
        "problems": problems,
    }
    return _page(request, role, "role_fields.html", "fields", context, status=422 if problems else 200)


def _field_rights(actor: Actor, role: int, object_key: str = "") -> list[Record]:
    where = f"role = {role}" + (f' and object = "{object_key}"' if object_key else "")
    return list(read(actor, Query("field_right", where=where, size=MOST, count=False)).rows)


def _choices(field: FieldSpec) -> list[tuple[str, Words]]:
    """The rights that mean something: only what is encrypted can be masked."""
    secret = kind_of(field).secret
    return [(key, label) for key, label in FIELD_RIGHTS if secret or key != "masked"]


def _write_fields(
    actor: Actor,
    role: int,
    spec: ObjectSpec,
    listed: list[FieldSpec],
    given: Mapping[str, Record],
    posted: Any,
    act: Act,
) -> int:
    commands = []
    for field in listed:
        held = given.get(field.key)
        before = str(held["right"]) if held else "write"
        after = posted.get(f"right.{field.key}", before)
        if after == before or after not in {key for key, _label in FIELD_RIGHTS}:
            continue
        if after == "write" and held is not None:
            commands.append(Command("trash", "field_right", held.id))
        elif held is not None:
            commands.append(Command("update", "field_right", held.id, {"right": after}))
        else:
            values = {"role": role, "object": spec.key, "field": field.key, "right": after}
            commands.append(Command("create", "field_right", values=values))
    if commands:
        write_many(actor, commands, act=act)
    return len(commands)


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
    typed = {
        "name": role.title if role else str(_("{name}, copy").with_(name=model.title)) if model else "",
        "about": str(source["about"] or "") if (source := role or model) else "",
    }
    problems: dict[str, Words] = {}
    if request.method == "POST":
        typed = {key: request.POST.get(key, "") for key in typed}
        try:
            if role is not None:
                done = write(actor, Command("update", "role", id, typed))
                return say(request, see_other(request, f"{ROLES}/{id}/about"), _("Saved"), done.operation)
            made = _copy(actor, typed, like)
            return say(request, see_other(request, f"{ROLES}/{made}"), _("Saved"))
        except Invalid as refused:
            problems = by_field(refused)[0]
    context = {"typed": typed, "problems": problems, "like": like, "roles": _roles(actor) if not role else []}
    if role is not None:
        return _page(request, role, "role_about.html", "about", context, status=422 if problems else 200)
    whole = {"role": None, "tab": "", "holders": 0, **context}
    return settings_page(request, "role_about.html", whole, title=_("New role"), status=422 if problems else 200)


def _copy(actor: Actor, values: Mapping[str, str], like: int) -> int:
    """A role with the grants and field rights of another one, as one operation."""
    act = Act(actor, kind="role.copy")
    role = write(actor, Command("create", "role", values=values), act=act).id
    commands = [
        Command("create", "grant", values={"role": role, "object": key, **_reaches(grant)})
        for key, grant in (_grants(actor, like).items() if like else ())
    ]
    commands += [
        Command(
            "create", "field_right", values={"role": role, **{key: one[key] for key in ("object", "field", "right")}}
        )
        for one in (_field_rights(actor, like) if like else ())
    ]
    if commands:
        write_many(actor, commands, act=act)
    return role


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
