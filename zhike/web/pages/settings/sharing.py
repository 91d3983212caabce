"""Sharing rules: who else sees or edits the records a filter finds; what one would do is shown before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.people import Rule, people
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, NotFound, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.query.sentence import sentence
from zhike.records.asking import question
from zhike.records.company.settings import setting_for
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.roles.checks import shareable
from zhike.records.roles.explaining import department_names
from zhike.records.roles.simulating import simulate_rule
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.web.generic.rule_conditions import conditions_of
from zhike.web.links import number_in
from zhike.web.pages.settings.effects import effects_shown
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

SHARING = "/settings/sharing"
KNOWN = frozenset({"name", "object", "where", "persons", "departments", "roles", "right", "active"})
COLUMNS = ("name", "object", "where", "persons", "departments", "roles", "right", "active")


@settings_place(SHARING)
def show(request: HttpRequest) -> HttpResponse:
    """Every rule: what it finds, in words, and for whom."""
    actor = actor_of(request)
    rules = read(actor, Query("sharing_rule", columns=COLUMNS, size=200, count=False)).rows
    lines = [(one, registry.find(str(one["object"] or "")), _says(actor, one), _with(one)) for one in rules]
    return settings_page(request, "sharing.html", {"lines": lines})


def _says(actor: Actor, rule: Record) -> str:
    spec = registry.find(str(rule["object"] or ""))
    try:
        return sentence(question(SYSTEM, spec, str(rule["where"])), setting_for(actor)) if spec else ""
    except Refused:
        return str(_("This condition cannot be read any more: the rule opens nothing."))


def _with(rule: Record) -> str:
    named = [ref.title for key in ("departments", "roles", "persons") for ref in rule[key] or ()]
    return ", ".join(named[:4]) + (" …" if len(named) > 4 else "")


@settings_place(SHARING)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """One rule (0: a new one). A POST keeps it, or with ``act=try`` says what it would open and close."""
    actor = actor_of(request)
    rule = read_one(actor, "sharing_rule", id) if id else None
    typed = _typed(request) if request.method == "POST" else _held(rule)
    spec = registry.find(typed["object"])
    if spec is None or not shareable(spec):
        spec = registry.object("account")
    conditions = conditions_of(actor, spec, request.POST, typed["where"])
    typed["where"] = " ".join(conditions.where.split())
    problems: dict[str, Words] = {}
    others: list[Problem] = []
    effects: Mapping[str, Any] | None = None
    if request.method == "POST" and "do" not in request.POST:
        try:
            if request.POST.get("act") == "try":
                effects = effects_shown(simulate_rule(actor, _rule(id, typed)))
            else:
                verb: Any = "update" if rule is not None else "create"
                done = write(actor, Command(verb, "sharing_rule", id or None, typed))
                return say(request, see_other(request, SHARING), _("Saved"), done.operation)
        except Invalid as refused:
            problems, others = by_field(refused, KNOWN)
        except NotFound:
            problems = {"object": _("Records of this object cannot be shared by a rule.")}
        except Refused as refused:
            problems = {"where": refused.problems[0].text}
    active = sorted((each for each in people().persons.values() if each.active), key=lambda each: each.name)
    context = {
        "rule": rule, "typed": typed, "problems": problems, "others": others, "effects": effects,
        "objects": [spec for spec in registry if shareable(spec)],
        "persons": [(each.id, each.name) for each in active],
        "departments": department_names().items(),
        "roles": [(each.id, each.title) for each in read(actor, Query("role", columns=("name",), size=200, count=False)).rows],
        **conditions.around,
    }  # fmt: skip
    title = rule.title if rule else _("New sharing rule")
    return settings_page(request, "sharing_rule.html", context, title=title, status=422 if problems or others else 200)


def _typed(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    lists = {key: [number_in(one) for one in sent.getlist(key)] for key in ("persons", "departments", "roles")}
    texts = {key: sent.get(key, "") for key in ("name", "object", "where", "right")}
    return {**texts, **{key: some or None for key, some in lists.items()}, "active": sent.get("active") == "yes"}


def _held(rule: Record | None) -> dict[str, Any]:
    if rule is None:
        nobody: dict[str, Any] = {"persons": None, "departments": None, "roles": None}
        return {"name": "", "object": "account", "where": "", "right": "read", "active": True, **nobody}
    ids = {key: [ref.id for ref in rule[key] or ()] for key in ("persons", "departments", "roles")}
    facts = {key: str(rule[key] or "") for key in ("name", "object", "where", "right")}
    return {**facts, **ids, "active": rule["active"] is not False}


def _rule(id: int, typed: Mapping[str, Any]) -> Rule:
    ids = [frozenset(typed.get(key) or ()) for key in ("persons", "departments", "roles")]
    return Rule(id, typed["name"], typed["object"], typed["where"], typed["right"] or "read", *ids)


@settings_place(SHARING)
def remove(request: HttpRequest, id: int) -> HttpResponse:
    """Asks; a POST puts the rule into the trash."""
    actor = actor_of(request)
    rule = read_one(actor, "sharing_rule", id)
    if request.method == "POST":
        done = write(actor, Command("trash", "sharing_rule", id))
        return say(request, see_other(request, SHARING), _("In the trash"), done.operation)
    context = {"rule": rule, "problems": (), "post_to": request.path, "ask_back": f"{SHARING}/{id}"}
    return settings_page(request, "sharing_remove.html", context, title=rule.title, part="dialog")
