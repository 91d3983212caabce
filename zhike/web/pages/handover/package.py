"""A handover: who gets what by which rules, told before it is done; afterwards who got it and confirmed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Refused
from zhike.kernel.words import Words, _
from zhike.records.actions import offered
from zhike.records.company.settings import company
from zhike.records.handing.doing import PART, may_hand_over, preview
from zhike.records.handing.finding import ACCOUNT, Held
from zhike.records.handing.received import handed_by
from zhike.records.handing.rules import ALL, corrected
from zhike.records.handing.splitting import Split, loads
from zhike.records.read import Query, read, read_one
from zhike.records.record import Record
from zhike.records.undo import undoable
from zhike.records.write import write
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Money
from zhike.web.generic.list_state import Asked
from zhike.web.links import number_in, with_query
from zhike.web.pages.handover.rule_rows import (
    Row,
    changed_rows,
    open_conditions,
    places,
    recipients,
    rows_of,
    rows_sent,
    says,
    text_of_rows,
)
from zhike.web.respond import respond, see_other
from zhike.web.say import say

PAGE = 50
OPEN = ("draft", "planned")
DONE = ("handed_over", "received")


def show(request: HttpRequest, id: int) -> HttpResponse:
    """The package of a handover; ``find``, ``to`` and ``from`` page through its customers."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    handover = read_one(actor, "handover", id)
    return _page(request, actor, handover, (rows_of(handover["rules"] or "", registry.object(ACCOUNT)), -1))


def rules(request: HttpRequest, id: int) -> HttpResponse:
    """A POST changes the rows of the form (``rule``) or the conditions of the open one (``do``), or keeps them all with
    whom the rest goes to."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    handover = read_one(actor, "handover", id)
    here = f"/handovers/{id}"
    if request.method != "POST":
        return see_other(request, here)
    typed, opened = rows_sent(request.POST, actor)
    act = "" if "do" in request.POST else request.POST.get("rule", "save")
    if act != "save":
        form = changed_rows(typed, opened, act, request.POST.get("by", ""))
        return _page(request, actor, handover, form)
    facts: dict[str, Any] = {
        "rest": number_in(request.POST.get("rest", "")) or None,
        "settings_to": number_in(request.POST.get("settings_to", "")) or None,
        "together": request.POST.get("together") == "yes",
    }
    typed, text = text_of_rows(typed, actor)
    if any(one.problem for one in typed):
        return _page(request, actor, handover, (typed, opened), status=422)
    try:
        write(actor, Command("update", "handover", id, {**facts, "rules": text or None}))
    except Invalid as refused:
        return _page(request, actor, handover, (typed, opened), refused, 422)
    return say(request, see_other(request, f"{here}#preview"), _("Saved"))


def conditions(request: HttpRequest, id: int) -> HttpResponse:
    """The conditions of the open rule for what the form sent, for the script that asks for them. Nothing is written."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    read_one(actor, "handover", id)
    registry.refresh()
    row = Row(request.GET.get("object", ACCOUNT))
    return respond(request, "handover/conditions.html", _open(actor, id, request.GET, row))


def _open(actor: Actor, handover: int, asked: Asked, row: Row) -> Mapping[str, Any]:
    """What the templates know of the rule that is open."""
    return {"every": row.object == ALL, **open_conditions(actor, handover, asked, row).around}


def correct(request: HttpRequest, id: int) -> HttpResponse:
    """A POST gives the chosen customers to one person before all rules; nobody: back to the rules."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    handover = read_one(actor, "handover", id)
    back = see_other(request, f"/handovers/{id}#customers")
    chosen = [number_in(one) for one in request.POST.getlist("ids")]
    if request.method != "POST" or handover["state"] not in OPEN:
        return back
    if not any(chosen):
        return say(request, back, _("Choose at least one record first."), bad=True)
    text = handover["rules"] or ""
    for one in chosen:
        text = corrected(text, ACCOUNT, one, number_in(request.POST.get("to", "")))
    write(actor, Command("update", "handover", id, {"rules": text or None}))
    return say(request, back, _("Corrected"))


def receipt(request: HttpRequest, id: int) -> HttpResponse:
    """The whole handover on paper, with room for the signatures of both sides."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    handover = read_one(actor, "handover", id)
    context = {"handover": handover, "parts": _parts(actor, handover), "part": None, "lists": []}
    return respond(request, "handover/receipt.html", context)


def _page(
    request: HttpRequest,
    actor: Actor,
    handover: Record,
    form: tuple[Sequence[Row], int],
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    found, problem = _split(actor, handover)
    undo = _undo(actor, handover)
    names = {one.id: one.name for one in people().persons.values()}
    leaver = handover["leaver"].id
    rows, opened = form
    acts = [one for one in offered(actor, handover) if one.object == "handover" and one.name != "correct"]
    if not may_hand_over(actor, leaver):
        acts = [one for one in acts if one.name == "confirm"]
    context = {
        "handover": handover,
        "spec": registry.object("handover"),
        "editable": handover["state"] in OPEN and "edit" in handover.rights and may_hand_over(actor, leaver),
        "acts": acts,
        "split": found,
        "shares": _shares(found) if found else [],
        "customers": _customers(request, found, handover) if found and handover["state"] in OPEN else None,
        "stays": [(one.spec, one.stays) for one in found.held if one.stays] if found else [],
        "closed": [(one.label, one.closed) for one in found.held if one.closed] if found else [],
        "names": names,
        "rows": [(one, says(one, actor)) for one in rows],
        "opened": opened,
        "places": places(),
        "objects": _objects(found, rows),
        "recipients": recipients(leaver),
        "loads": loads(leaver),
        "problem": problem,
        "refused": refused,
        "parts": _parts(actor, handover),
        "undo": undo,
        "undone_by": "" if undo or handover["state"] not in DONE else _who_undoes(handover),
        "job": int(handover["job"]) if handover["job"] and handover["state"] == "running" else 0,
    }
    if 0 <= opened < len(rows):
        same = request.POST.get("open") == str(opened)
        context |= _open(actor, handover.id, request.POST if same else QueryDict(), rows[opened])
    return respond(request, "handover/package.html", context, status=status)


def _objects(found: Split | None, rows: Sequence[Row]) -> list[ObjectSpec]:
    """What a rule can be about: customers, whatever else the leaver has, and what the rules are about already."""
    held = [one.spec for one in found.held if one.owned and one.items and one.spec.group != "hidden"] if found else []
    named = [spec for one in rows if (spec := registry.find(one.object)) is not None]
    return list({spec.key: spec for spec in (registry.object(ACCOUNT), *held, *named)}.values())


def _undo(actor: Actor, handover: Record) -> int:
    """The operation that takes the package back, for those who may; else 0."""
    if not handover["operation"] or handover["state"] not in DONE:
        return 0
    try:
        return undoable(actor, int(handover["operation"])).id
    except Refused:
        return 0


def _who_undoes(handover: Record) -> Words:
    """Said to those who cannot take the package back themselves."""
    person = people().persons.get(handed_by(handover))
    if person is None or not person.active:
        return _("An administrator can undo it.")
    return _("{name} or an administrator can undo it.").with_(name=person.name)


def _split(actor: Actor, handover: Record) -> tuple[Split | None, str]:
    """The split as it would be now, where it has not been done yet and the actor may look at it."""
    if handover["state"] not in (*OPEN, "running"):
        return None, ""
    try:
        return preview(actor, handover.id), ""
    except Refused as error:
        return None, str(error.problems[0].text if error.problems else error.title)


def _shares(found: Split) -> list[Mapping[str, Any]]:
    persons = people().persons
    return [
        {
            "name": persons[one.person].name if one.person in persons else f"#{one.person}",
            "person": one.person,
            "parts": [(part, _money(part.held, part.amount)) for part in one.parts],
            "before": one.before,
            "after": one.after,
            "count": one.count,
        }
        for one in found.shares
    ]


def _money(held: Held, amount: Any) -> Money | None:
    return Money(amount, company().currency) if held.owned and amount else None


def _customers(request: HttpRequest, found: Split, handover: Record) -> Mapping[str, Any] | None:
    """A page of the package's customers with whom each goes to, found by name or by successor."""
    held = next((one for one in found.held if one.owned and one.spec.key == ACCOUNT), None)
    if held is None:
        return None
    to = found.to.get((ACCOUNT, "owner"), {})
    find, wanted = request.GET.get("find", "").strip()[:60], number_in(request.GET.get("to", ""))
    start = number_in(request.GET.get("from", ""))
    folded = find.casefold()
    items = [one for one in held.items if folded in one.title.casefold() and (not wanted or to.get(one.id) == wanted)]
    following = start + PAGE if len(items) > start + PAGE else 0
    here = f"/handovers/{handover.id}"
    return {
        "lines": [(one, to.get(one.id, 0), _money(held, one.amount)) for one in items[start : start + PAGE]],
        "total": len(items),
        "find": find,
        "to": wanted,
        "next": with_query(here, {"find": find, "to": wanted or "", "from": following}) if following else "",
    }


def _parts(actor: Actor, handover: Record) -> list[Record]:
    columns = ("recipient", "records", "customers", "received_on", "remark", "created")
    asked = Query(PART, f"handover = {handover.id}", "id", columns, 500, count=False)
    return list(read(actor, asked).rows)
