"""Assignment rules: who gets what comes in; a rule is tried on the last 90 days before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.query.sentence import sentence
from zhike.records.asking import question
from zhike.records.assigning.assigning import given_by
from zhike.records.assigning.rules import ALWAYS, ARRIVALS, COLUMNS, RULE, WAYS, Rule, assignable, hours_in
from zhike.records.assigning.trying import Tried, trial
from zhike.records.company.settings import setting_for
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.roles.explaining import department_names
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.web.generic.rule_conditions import conditions_of
from zhike.web.links import number_in
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

ASSIGNMENT = "/settings/assignment"
TICKS = ("by_region", "at_work", "active")
TEXTS = ("name", "object", "where", "way", "skill", "hours", "most", "position")
KNOWN = frozenset((*TICKS, *TEXTS, "arrivals", "persons", "departments"))


@settings_place(ASSIGNMENT)
def show(request: HttpRequest) -> HttpResponse:
    """Every rule in its order: what it takes, for whom, and what it gave so far."""
    actor = actor_of(request)
    rules = read(actor, Query(RULE, sort="position", columns=("name", *COLUMNS), size=200, count=False)).rows
    lines = [
        (one, registry.find(str(one["object"] or "")), _says(actor, one), _with(one), _shares(one.id)) for one in rules
    ]
    return settings_page(request, "assignment.html", {"lines": lines, "ways": WAYS})


def _says(actor: Actor, rule: Record) -> str:
    spec, where = registry.find(str(rule["object"] or "")), str(rule["where"] or "")
    try:
        return sentence(question(SYSTEM, spec, where), setting_for(actor)) if spec and where else ""
    except Refused:
        return str(_("This condition cannot be read any more: the rule takes nothing."))


def _with(rule: Record) -> str:
    named = [ref.title for key in ("departments", "persons") for ref in rule[key] or ()]
    return ", ".join(named[:4]) + (" …" if len(named) > 4 else "")


def _shares(rule: int) -> str:
    known = people().persons
    told = [f"{known[person].name} {number:,}" for person, number in given_by(rule) if person in known]
    return ", ".join(told[:6]) + (" …" if len(told) > 6 else "")


@settings_place(ASSIGNMENT)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """One rule (0: a new one). A POST keeps it, or with ``act=try`` says what it would have done lately."""
    actor = actor_of(request)
    rule = read_one(actor, RULE, id) if id else None
    typed = _typed(request) if request.method == "POST" else _held(rule)
    spec = registry.find(typed["object"])
    if spec is None or not assignable(spec):
        spec = registry.object("lead")
    conditions = conditions_of(actor, spec, request.POST, typed["where"])
    typed["where"] = " ".join(conditions.where.split())
    problems: dict[str, Words] = {}
    others: list[Problem] = []
    tried: Tried | None = None
    if request.method == "POST" and "do" not in request.POST:
        try:
            verb: Any = "update" if rule is not None else "create"
            command = Command(verb, RULE, id or None, typed)
            if request.POST.get("act") == "try":
                write(actor, command, dry_run=True)
                tried = trial(_rule(id, typed))
            else:
                done = write(actor, command)
                return say(request, see_other(request, ASSIGNMENT), _("Saved"), done.operation)
        except Invalid as refused:
            problems, others = by_field(refused, KNOWN)
        except Refused as refused:
            problems = {"where": refused.problems[0].text}
    active = sorted((each for each in people().persons.values() if each.active), key=lambda each: each.name)
    context = {
        "rule": rule, "typed": typed, "problems": problems, "others": others, "tried": tried, "ways": WAYS,
        "objects": [spec for spec in registry if assignable(spec)], "arrivals": ARRIVALS.items(),
        "persons": [(each.id, each.name) for each in active], "departments": department_names().items(),
        "skills": registry.object(RULE)["skill"].options, **conditions.around,
    }  # fmt: skip
    title = rule.title if rule else _("New assignment rule")
    return settings_page(
        request, "assignment_rule.html", context, title=title, status=422 if problems or others else 200
    )


def _typed(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    lists = {key: [number_in(one) for one in sent.getlist(key)] or None for key in ("persons", "departments")}
    ticks = {key: sent.get(key) == "yes" for key in TICKS}
    return {**{key: sent.get(key, "") for key in TEXTS}, **lists, **ticks, "arrivals": sent.getlist("arrivals") or None}


def _held(rule: Record | None) -> dict[str, Any]:
    if rule is None:
        empty: dict[str, Any] = dict.fromkeys(TEXTS, "") | {"persons": None, "departments": None}
        given = {"object": "lead", "way": "turn", "hours": "09:00-18:00", "position": 10, "arrivals": tuple(ARRIVALS)}
        return {**empty, **given, "by_region": False, "at_work": False, "active": True}
    texts = {key: "" if rule[key] is None else str(rule[key]) for key in TEXTS}
    ids = {key: [ref.id for ref in rule[key] or ()] for key in ("persons", "departments")}
    return {**texts, **ids, **{key: bool(rule[key]) for key in TICKS}, "arrivals": rule["arrivals"]}


def _rule(id: int, typed: Mapping[str, Any]) -> Rule:
    persons, departments = (frozenset(typed[key] or ()) for key in ("persons", "departments"))
    return Rule(
        id, typed["name"], typed["object"], typed["where"], frozenset(typed["arrivals"] or ()), persons, departments,
        typed["way"] or "turn", typed["by_region"], typed["skill"], typed["at_work"], hours_in(typed["hours"]) or ALWAYS, 0,
    )  # fmt: skip


@settings_place(ASSIGNMENT)
def remove(request: HttpRequest, id: int) -> HttpResponse:
    """Asks; a POST puts the rule into the trash."""
    actor = actor_of(request)
    rule = read_one(actor, RULE, id)
    if request.method == "POST":
        done = write(actor, Command("trash", RULE, id))
        return say(request, see_other(request, ASSIGNMENT), _("In the trash"), done.operation)
    context = {"rule": rule, "problems": (), "post_to": request.path, "ask_back": f"{ASSIGNMENT}/{id}"}
    return settings_page(request, "assignment_remove.html", context, title=rule.title, part="dialog")
