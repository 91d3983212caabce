"""People: who works here, inviting somebody, what one person may do, letting them go, a new way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.signin import Access, access_of
from zhike.access.signin.sessions import sessions_of
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import run_action
from zhike.records.company.invitations import WayIn, invite_by_mail, invite_person, mail_ready, mail_way_in, new_way_in
from zhike.records.read import Query, count, read, read_one
from zhike.records.record import Record
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Ref
from zhike.web.generic.form_state import Seen, changed_values, seal, typed_by_field, unseal, values_of
from zhike.web.kinds.widgets import Control, Typed, control, typed_of_value
from zhike.web.links import local, number_in, with_query
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.pages.settings.tree import department_refs
from zhike.web.reading import reading
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

PEOPLE = "/settings/people"
FIELDS = ("name", "login", "email", "job", "department", "manager", "roles", "language")
ASKED = ("name", "login", "email", "department", "job")
PAGE = 100
TABS: tuple[tuple[str, Words, str], ...] = (
    ("active", _("Active"), "active = yes"),
    ("gone", _("Let go"), "active = no"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One person in the list and how they stand."""

    record: Record
    access: Access

    @property
    def state(self) -> tuple[Words, str]:
        """In a word, with its hue."""
        if self.record["active"] is False:
            return _("Let go"), "grey"
        if self.access.password:
            return _("Active"), "green"
        if self.access.invited_until:
            return _("Invited"), "blue"
        return _("No way in"), "gold"


@settings_place(PEOPLE)
def show(request: HttpRequest) -> HttpResponse:
    """Everybody, active or let go, found by name."""
    return _listed(request)


def _listed(request: HttpRequest, panel: Mapping[str, Any] | None = None, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    tab = request.GET.get("tab", "active")
    tab = tab if tab in {name for name, _label, _where in TABS} else "active"
    find = request.GET.get("find", "").strip()[:60]
    state = next(where for name, _label, where in TABS if name == tab)
    quoted = find.replace("\\", " ").replace('"', " ").strip()
    where = f'{state} and (name ~ "{quoted}" or login ~ "{quoted}")' if quoted else state
    after = request.GET.get("after", "")
    page = read(actor, Query("user", where=where, columns=(*FIELDS, "active"), size=PAGE, after=after, archived="all"))
    stands = access_of([one.id for one in page.rows])
    context = {
        "lines": [Line(one, stands[one.id]) for one in page.rows],
        "tabs": [(name, label, count(actor, "user", state, archived="all")[0]) for name, label, state in TABS],
        "tab": tab,
        "find": find,
        "next": page.next,
        "panel": panel,
    }
    return settings_page(request, "people.html", context, part="side" if panel else "", status=status)


# -- one person --------------------------------------------------------------------------------------------------------
@settings_place(PEOPLE)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """One person beside the list; a POST saves."""
    actor = actor_of(request)
    record = read_one(actor, "user", id)
    fields = [registry.object("user")[key] for key in FIELDS]
    if request.method != "POST":
        return _listed(request, _panel(actor, record, _typed(record, fields)))
    typed = typed_by_field(request, fields)
    values = values_of(fields, typed, {})
    values["roles"] = [role for one in request.POST.getlist("roles") if (role := number_in(one))]
    seen = unseal(request.POST.get("_seen", ""), registry.object("user"))
    try:
        _save(actor, record, values, seen)
        return say(request, see_other(request, PEOPLE), _("Saved"))
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        typed["roles"] = {"": request.POST.getlist("roles")}
        return _listed(request, _panel(actor, record, typed, refused), refused.status)


def _save(actor: Actor, record: Record, values: dict[str, Any], seen: Seen | None) -> None:
    changed = changed_values(registry.object("user"), values, seen) if seen else values
    if "roles" in changed and [one.id for one in record["roles"] or ()] == changed["roles"]:
        del changed["roles"]
    if changed:
        based = (seen.version, seen.values) if seen else None
        write(actor, Command("update", "user", record.id, changed, based_on=based))


def _typed(record: Record, fields: list[FieldSpec]) -> dict[str, Typed]:
    setting = reading()
    return {field.key: typed_of_value(record.values.get(field.key), field, setting) for field in fields}


def _panel(
    actor: Actor, record: Record, typed: Mapping[str, Typed], refused: Refused | None = None, way: WayIn | None = None
) -> dict[str, Any]:
    spec = registry.object("user")
    problems, misplaced = by_field(refused, frozenset(FIELDS))
    stands = access_of([record.id])[record.id]
    return {
        "record": record,
        "controls": _controls(actor, typed, problems, FIELDS),
        "roles": role_choices(actor, typed.get("roles", {}).get("", [])),
        "roles_problem": problems.get("roles", ""),
        "misplaced": misplaced,
        "seen": seal(record, [spec[key] for key in FIELDS]),
        "access": stands,
        "sessions": sessions_of(record.id),
        "state": Line(record, stands).state,
        "way": way,
        "me": record.id == actor.id,
        "owned": _owned(actor, record),
        "mails": mail_ready() and bool(record["email"]),
    }


def _owned(actor: Actor, record: Record) -> list[tuple[str, int, bool, str]]:
    """What this person owns, by object: label, count, whether there are more, the list."""
    found = []
    for spec in registry:
        if spec.group in ("sales", "day") and spec.extra.get("nav", True):
            try:
                number, more = count(actor, spec.key, f"owner = {record.id}")
            except Refused:
                continue
            if number:
                found.append((str(spec.plural_label), number, more, f"/{spec.plural}?where=owner+%3D+{record.id}"))
    return found


def _controls(
    actor: Actor, typed: Mapping[str, Typed], problems: Mapping[str, object], keys: tuple[str, ...]
) -> dict[str, Control]:
    spec, setting = registry.object("user"), reading()
    found = {}
    for key in keys:
        among = department_refs(actor) if key == "department" else ()
        found[key] = control(
            spec[key], typed.get(key, {}), setting, problem=problems.get(key, ""), id_prefix="p-", among=among
        )
    return found


def role_choices(actor: Actor, chosen: list[str]) -> list[tuple[Ref, str, bool]]:
    """Every role with what it is for and whether it is chosen."""
    page = read(actor, Query("role", columns=("name", "about"), size=200, count=False))
    return [(Ref("role", one.id, one.title), str(one["about"] or ""), str(one.id) in chosen) for one in page.rows]


# -- letting go, coming back, a new way in -----------------------------------------------------------------------------
@settings_place(PEOPLE)
def let_go(request: HttpRequest, id: int) -> HttpResponse:
    """Asks, then ends a person's access at once."""
    return _asked(request, id, "deactivate")


@settings_place(PEOPLE)
def take_back(request: HttpRequest, id: int) -> HttpResponse:
    """Asks, then gives a person their access back."""
    return _asked(request, id, "reactivate")


def _asked(request: HttpRequest, id: int, act: str) -> HttpResponse:
    actor = actor_of(request)
    record = read_one(actor, "user", id)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            done = run_action(actor, "user", act, [id])
            return say(request, see_other(request, PEOPLE), done.message or _("Done"), done.operation)
        except Invalid as refused:
            problems = refused.problems
    context = {
        "record": record,
        "act": act,
        "problems": problems,
        "access": access_of([id])[id],
        "owned": _owned(actor, record) if act == "deactivate" else [],
        "post_to": request.path,
        "ask_back": PEOPLE,
    }
    return settings_page(
        request, "person_ask.html", context, title=record.title, part="dialog", status=422 if problems else 200
    )


@settings_place(PEOPLE)
def way_in(request: HttpRequest, id: int) -> HttpResponse:
    """A POST makes a fresh link and shows it, once; by a link nothing is made."""
    actor = actor_of(request)
    record = read_one(actor, "user", id)
    if request.method != "POST":
        return see_other(request, f"{PEOPLE}/{id}")
    if request.POST.get("by") == "mail":
        mail_way_in(actor, id)
        return say(request, see_other(request, PEOPLE), _("The link is on its way by mail"))
    way = new_way_in(actor, id)
    return _shown(request, record, way)


def _shown(request: HttpRequest, record: Record, way: WayIn, back: str = PEOPLE, again: str = "") -> HttpResponse:
    context = {
        "again": again,
        "record": record,
        "way": way,
        "link": request.build_absolute_uri(way.path),
        "post_to": "",
        "ask_back": back,
        "problems": (),
    }
    return settings_page(request, "person_link.html", context, title=record.title, part="dialog")


@settings_place(PEOPLE)
def invite(request: HttpRequest) -> HttpResponse:
    """Name, login, department, roles; a POST makes the person and shows the link to hand over."""
    actor = actor_of(request)
    spec = registry.object("user")
    fields = [spec[key] for key in ASKED]
    typed: dict[str, Typed] = {}
    chosen: list[str] = []
    refused: Invalid | None = None
    back = local(request.POST.get("next") or request.GET.get("next", ""), PEOPLE)
    if request.method == "POST":
        typed = typed_by_field(request, fields)
        chosen = request.POST.getlist("roles")
        values = {key: one for key, one in values_of(fields, typed, {}).items() if one is not None}
        values["roles"] = [role for one in chosen if (role := number_in(one))] or None
        if not values.get("login") and "@" in str(values.get("email", "")):
            values["login"] = str(values["email"]).partition("@")[0]
        try:
            if request.POST.get("by") == "mail":
                with_mail = invite_by_mail(actor, values)
                text = _("{name} gets the link by mail").with_(name=with_mail.title)
                return say(request, see_other(request, back), text)
            way = invite_person(actor, values)
            again = with_query(f"{PEOPLE}/invite", {"next": back})
            return _shown(request, read_one(actor, "user", way.user), way, back, again)
        except Invalid as error:
            refused = error
    problems, misplaced = by_field(refused, frozenset((*ASKED, "roles")))
    context = {
        "controls": _controls(actor, typed, problems, ASKED),
        "roles": role_choices(actor, chosen),
        "roles_problem": problems.get("roles", ""),
        "refused": refused,
        "misplaced": misplaced,
        "mails": mail_ready(),
        "by": request.POST.get("by", "link"),
        "next": back,
    }
    return settings_page(request, "invite.html", context, title=_("Invite somebody"), status=422 if refused else 200)
