"""Departments: a tree that is moved by dragging, by the arrow keys and by a menu; each with its manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import _
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.values import Ref
from zhike.web.generic.form_state import changed_values, seal, typed_by_field, unseal, values_of
from zhike.web.kinds.widgets import Typed, control, typed_of_value
from zhike.web.links import number_in
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.pages.settings.tree import Branch, branches
from zhike.web.reading import reading
from zhike.web.respond import see_other, wants_part
from zhike.web.say import say
from zhike.web.visitor import actor_of

DEPARTMENTS = "/settings/departments"
FIELDS = ("name", "parent", "manager")


@settings_place(DEPARTMENTS)
def show(request: HttpRequest) -> HttpResponse:
    """The tree."""
    return _tree(request)


def _tree(
    request: HttpRequest, panel: Mapping[str, Any] | None = None, part: str = "", status: int = 200
) -> HttpResponse:
    context = {"branches": branches(actor_of(request)), "panel": panel}
    return settings_page(request, "departments.html", context, part=part, status=status)


@settings_place(DEPARTMENTS)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """One department beside the tree; a POST saves its name, place and manager."""
    actor = actor_of(request)
    return _form(request, actor, read_one(actor, "department", id))


@settings_place(DEPARTMENTS)
def new(request: HttpRequest) -> HttpResponse:
    """A new department, below ``parent`` if given."""
    return _form(request, actor_of(request), None)


def _form(request: HttpRequest, actor: Actor, record: Record | None) -> HttpResponse:
    spec = registry.object("department")
    fields = [spec[key] for key in FIELDS]
    setting = reading()
    refused: Refused | None = None
    if request.method == "POST":
        typed = typed_by_field(request, fields)
        values = values_of(fields, typed, {})
        try:
            if record is None:
                done = write(actor, Command("create", "department", values=values))
            else:
                seen = unseal(request.POST.get("_seen", ""), spec)
                changed = changed_values(spec, values, seen) if seen else values
                based = (seen.version, seen.values) if seen else None
                done = write(actor, Command("update", "department", record.id, changed, based_on=based))
            return say(request, see_other(request, DEPARTMENTS), _("Saved"), done.operation)
        except Refused as error:
            if error.status not in (409, 422):
                raise
            refused = error
    elif record is None:
        typed = {"parent": {"": [request.GET.get("parent", "")]}}
    else:
        typed = {field.key: typed_of_value(record.values.get(field.key), field, setting) for field in fields}
    return _tree(request, _panel(actor, record, typed, refused), part="side", status=refused.status if refused else 200)


def _panel(actor: Actor, record: Record | None, typed: Mapping[str, Typed], refused: Refused | None) -> dict[str, Any]:
    spec = registry.object("department")
    problems, misplaced = by_field(refused, frozenset(FIELDS))
    tree = branches(actor)
    below = _below(tree, record.id) if record else set()
    among = tuple(
        Ref("department", one.record.id, "\u2003" * one.depth + one.record.title)
        for one in tree
        if one.record.id not in below
    )
    setting = reading()
    controls = {
        key: control(
            spec[key], typed.get(key, {}), setting, problem=problems.get(key, ""), id_prefix="d-",
            among=among if key == "parent" else (),
        )
        for key in FIELDS
    }  # fmt: skip
    return {
        "record": record,
        "controls": controls,
        "misplaced": misplaced,
        "seen": seal(record, [spec[key] for key in FIELDS]) if record else "",
        "branch": next((one for one in tree if record and one.record.id == record.id), None),
    }


def _below(tree: list[Branch], top: int) -> set[int]:
    """The department and all below it."""
    found = {top}
    for one in tree:  # parents come before their parts
        if one.parent in found:
            found.add(one.record.id)
    return found


@settings_place(DEPARTMENTS)
def move(request: HttpRequest, id: int) -> HttpResponse:
    """A POST puts a department under another: ``to`` an id (0: to the top), or ``step`` in or out as the arrow keys do.
    The script gets the tree anew."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    actor = actor_of(request)
    target = _target(branches(actor), id, request.POST.get("step", ""), request.POST.get("to", ""))
    if target is None:
        return _tree(request, part="tree")
    try:
        done = write(actor, Command("update", "department", id, {"parent": target or None}))
    except Invalid as refused:
        answer = _tree(request, part="tree", status=422)
        return say(request, answer, refused.problems[0].text, bad=True)
    answer = _tree(request, part="tree") if wants_part(request) else see_other(request, DEPARTMENTS)
    return say(request, answer, _("Moved"), done.operation)


def _target(tree: list[Branch], id: int, step: str, to: str) -> int | None:
    """The id to stand under, 0 for the top; None when nothing moves."""
    here = next((one for one in tree if one.record.id == id), None)
    if here is None:
        return None
    if step == "in":
        return here.above or None
    if step == "out":
        above = next((one for one in tree if one.record.id == here.parent), None)
        return above.parent if above else None
    target = number_in(to)
    return None if target == here.parent else target


@settings_place(DEPARTMENTS)
def remove(request: HttpRequest, id: int) -> HttpResponse:
    """Asks, saying how many people are left without a department; a POST puts it into the trash."""
    actor = actor_of(request)
    record = read_one(actor, "department", id)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        try:
            done = write(actor, Command("trash", "department", id))
            return say(request, see_other(request, DEPARTMENTS), _("In the trash"), done.operation)
        except Invalid as refused:
            problems = refused.problems
    branch = next((one for one in branches(actor) if one.record.id == id), None)
    context = {
        "record": record, "branch": branch, "problems": problems, "post_to": request.path, "ask_back": DEPARTMENTS,
    }  # fmt: skip
    return settings_page(
        request, "department_remove.html", context, title=record.title, part="dialog", status=422 if problems else 200
    )
