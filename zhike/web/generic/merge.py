"""Merging on a page: fields down, records across, what comes of it at the right, and what it means beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.access.rights import require
from zhike.insight.duplicates import Pair, reasons, shown_score
from zhike.insight.duplicates_kept import pairs_among
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import run_action
from zhike.records.likeness.duplicates import alike_to
from zhike.records.merging.merge import MOST
from zhike.records.merging.plan import Plan, plan_merge
from zhike.records.read import read_one
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref
from zhike.web.kinds.widgets import control
from zhike.web.links import number_in, page_url, record_url
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

PICK = "pick."
ALIKE = 6


def show(request: HttpRequest, plural: str) -> HttpResponse:
    """The records named by ``ids`` side by side; every choice draws the page anew, POST merges."""
    actor = actor_of(request)
    registry.refresh()
    spec = registry.by_plural(plural)
    require(actor, "delete", spec)
    given = request.POST if request.method == "POST" else request.GET
    ids = list(dict.fromkeys(int(one) for text in given.getlist("ids") for one in text.split(",") if number_in(one)))
    if len(ids) < 2:
        return _alone(request, actor, spec, ids)
    if len(ids) > MOST:
        text = _("At most {n} records can be merged at once. Choose fewer.").with_(n=MOST)
        return say(request, see_other(request, f"/{spec.plural}"), text, bad=True)
    keep = number_in(given.get("keep", ""))
    plan = plan_merge(actor, spec.key, ids, keep, _choices(given, spec) if given.get("chosen") else None)
    if request.method != "POST":
        return _page(request, actor, plan)
    try:
        done = run_action(
            actor, spec.key, "merge", [one.id for one in plan.records], {"keep": plan.keep, "choices": _free(plan)}
        )
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return _page(request, actor, plan, refused)
    answer = see_other(request, record_url(Ref(spec.key, plan.keep)))
    return say(request, answer, done.message or _("Merged"), undo=done.operation)


def _choices(given: Any, spec: ObjectSpec) -> dict[str, list[int]]:
    """What was chosen for each field the page offered; a field with nothing ticked keeps nothing."""
    offered = [one for one in given.get("chosen", "").split(",") if one in spec.by_key]
    return {key: [int(one) for one in given.getlist(PICK + key) if number_in(one)] for key in offered}


def _free(plan: Plan) -> dict[str, list[int]]:
    """The choices of a plan as the action takes them: of differing fields this actor decides."""
    return {row.field.key: list(row.chosen) for row in plan.rows if row.free}


def _page(request: HttpRequest, actor: Actor, plan: Plan, refused: Refused | None = None) -> HttpResponse:
    ids = [one.id for one in plan.records]
    pairs = pairs_among(actor, plan.spec.key, ids) if plan.spec.compared else []
    context = {
        "spec": plan.spec,
        "plan": plan,
        "ids": ",".join(map(str, sorted(ids))),
        "post_to": page_url(plan.spec, "merge"),
        "pick": PICK,
        "chosen": ",".join(row.field.key for row in plan.rows if row.free),
        "score": shown_score(pairs[0].score) if pairs else 0,
        "reasons": _reasons(plan.spec, pairs),
        "moving": sum(one.count for one in plan.moving),
        "refused": refused,
        "number": _number_field(plan.spec),
    }
    return respond(request, "merge.html", context, part="merge", status=refused.status if refused else 200)


def _reasons(spec: ObjectSpec, pairs: Sequence[Pair]) -> list[tuple[bool, Words]]:
    return reasons(spec, pairs[0]) if pairs else []


def _number_field(spec: ObjectSpec) -> str:
    """The field whose number tells records apart, if there is one."""
    return next((one.key for one in spec.fields if one.kind == "auto_number"), "")


def _alone(request: HttpRequest, actor: Actor, spec: ObjectSpec, ids: Sequence[int]) -> HttpResponse:
    """One record or none: which other one is meant?"""
    if request.method == "POST" or not ids:
        raise Invalid(Problem(_("Choose two to {n} records, one of them the one to keep.").with_(n=MOST), "ids"))
    record = read_one(actor, spec.key, ids[0], right="delete")
    alike = [one for one in alike_to(actor, spec.key, record.id) if one.object == spec.key]
    other = FieldSpec("ids", _("Which one is the same?"), "link", to=spec.key)
    context = {
        "spec": spec,
        "record": record,
        "alike": alike[:ALIKE],
        "post_to": page_url(spec, "merge"),
        "control": control(other, {}, reading()),
    }
    return respond(request, "merge_with.html", context, part="merge")
