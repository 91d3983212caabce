"""Retention rules: which records are taken away after a while; what each would take is seen before it is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.query.sentence import sentence
from zhike.records.actions import run_action
from zhike.records.company.settings import setting_for
from zhike.records.privacy.retention import agreed, preview
from zhike.records.privacy.retention_looking import Looked
from zhike.records.privacy.retention_terms import RULE, THEN, retainable, retention_tree
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.web.generic.rule_conditions import conditions_of
from zhike.web.pages.settings.frame import by_field, settings_page, settings_place
from zhike.web.respond import see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

RETENTION = "/settings/retention"
COLUMNS = ("name", "object", "where", "then", "ground", "state", "at_most", "last_run", "taken")
KNOWN = frozenset({"name", "object", "where", "then", "ground", "seen"})


@settings_place(RETENTION)
def show(request: HttpRequest) -> HttpResponse:
    """Every rule: what it finds, in words, what then happens, and whether it is on."""
    actor = actor_of(request)
    registry.refresh()
    rules = read(actor, Query(RULE, columns=COLUMNS, size=200, count=False)).rows
    lines = [
        (one, registry.find(str(one["object"])), _says(one, actor), THEN.get(str(one["then"]), "")) for one in rules
    ]
    return settings_page(request, "retention.html", {"lines": lines})


def _says(rule: Record, actor: Any) -> str:
    spec = registry.find(str(rule["object"] or ""))
    try:
        return sentence(retention_tree(spec, str(rule["where"])), setting_for(actor)) if spec else ""
    except Refused as refused:
        return str(refused.problems[0].text)


@settings_place(RETENTION)
def one(request: HttpRequest, id: int) -> HttpResponse:
    """One rule (0: a new one) with what it would take. A POST keeps it; ``act`` try looks, on and off switch."""
    actor = actor_of(request)
    registry.refresh()
    rule = read_one(actor, RULE, id) if id else None
    act = request.POST.get("act", "")
    posted = request.method == "POST" and act not in ("on", "off")
    typed = _typed(request) if posted else _held(rule)
    spec = registry.find(typed["object"])
    if spec is None or not retainable(spec):
        spec = registry.object("lead")
    conditions = conditions_of(actor, spec, request.POST, typed["where"])
    typed["where"] = " ".join(conditions.where.split())
    problems: dict[str, Words] = {}
    others: list[Problem] = []
    looked: Looked | None = None
    try:
        if act in ("on", "off") and rule is not None:
            values = {"seen": request.POST.get("seen", "")} if act == "on" else {}
            done = run_action(actor, RULE, f"switch_{act}", [id], values)
            return say(request, see_other(request, f"{RETENTION}/{id}"), done.message or _("Done"), done.operation)
        if posted and act == "" and "do" not in request.POST:
            verb: Any = "update" if rule is not None else "create"
            kept = write(actor, Command(verb, RULE, id or None, typed))
            return say(request, see_other(request, f"{RETENTION}/{kept.id}"), _("Saved"), kept.operation)
    except Invalid as refused:
        problems, others = by_field(refused, KNOWN)
    try:
        if act == "try" or rule is not None:
            looked = preview(actor, typed["object"], typed["where"], typed["then"])
    except Refused as refused:
        problems = {"where": refused.problems[0].text, **problems}
    context = {
        "rule": rule, "typed": typed, "problems": problems, "others": others, "then": THEN,
        "objects": [one for one in registry if retainable(one)],
        "looked": _shown(looked, actor) if looked else None,
        "unsaved": posted, **conditions.around,
    }  # fmt: skip
    title = rule.title if rule else _("New retention rule")
    status = 422 if problems or others else 200
    return settings_page(request, "retention_rule.html", context, title=title, status=status)


def _shown(looked: Looked, actor: Any) -> Mapping[str, Any]:
    free, held = looked.samples(actor)
    return {
        "spec": looked.spec, "number": len(looked.free), "more": looked.more, "free": free, "held": held,
        "kept": len(looked.held), "reasons": looked.reasons, "at_most": agreed(len(looked.free)),
    }  # fmt: skip


def _typed(request: HttpRequest) -> dict[str, Any]:
    return {key: request.POST.get(key, "") for key in ("name", "object", "where", "then", "ground")}


def _held(rule: Record | None) -> dict[str, Any]:
    if rule is None:
        return {"name": "", "object": "lead", "where": "", "then": "trash", "ground": ""}
    return {key: str(rule[key] or "") for key in ("name", "object", "where", "then", "ground")}


@settings_place(RETENTION)
def remove(request: HttpRequest, id: int) -> HttpResponse:
    """Asks; a POST puts the rule into the trash."""
    actor = actor_of(request)
    rule = read_one(actor, RULE, id)
    if request.method == "POST":
        done = write(actor, Command("trash", RULE, id))
        return say(request, see_other(request, RETENTION), _("In the trash"), done.operation)
    context = {"rule": rule, "problems": (), "post_to": request.path, "ask_back": f"{RETENTION}/{id}"}
    return settings_page(request, "retention_remove.html", context, title=rule.title, part="dialog")
