"""What a successor received: by object, filterable, with the last contact and the next step of each customer; the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from zhike.kernel.actor import Actor
from zhike.kernel.errors import BadQuery, Refused, TooWide
from zhike.records.actions import offered
from zhike.records.handing.customers import CUSTOMER
from zhike.records.handing.finding import ACCOUNT
from zhike.records.handing.received import Received, next_steps, page_of, received
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.web.links import with_query
from zhike.web.respond import respond

PAGE = 50
MOST_PRINTED = 1000
MOST_COLUMNS = 5


def show(request: HttpRequest, id: int) -> HttpResponse:
    """One part; ``object`` chooses a list, ``where`` filters it, ``after`` goes on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    got = received(actor, id)
    lists = _lists(got)
    asked = request.GET.get("object", "")
    chosen = next((spec for spec, _n in lists if spec.key == asked), lists[0][0] if lists else None)
    where, here = request.GET.get("where", "").strip(), f"/handover_parts/{id}"
    context: dict[str, Any] = {
        "got": got,
        "lists": lists,
        "chosen": chosen,
        "where": where,
        "problem": "",
        "lines": [],
        "fields": [],
        "next": "",
        "acts": [one for one in offered(actor, got.part) if one.name == "receive"] if got.part["recipient"].id == actor.id
        else [],
        "here": here,
    }  # fmt: skip
    status = 200
    if chosen is not None:
        try:
            context |= _list(actor, got, chosen, where, request.GET.get("after", ""))
        except (BadQuery, TooWide) as error:
            context["problem"], status = str(error.problems[0].text), error.status
        after = context["next"]
        context["next"] = with_query(here, {"object": chosen.key, "where": where, "after": after}) if after else ""
    return respond(request, "handover/part.html", context, status=status)


def receipt(request: HttpRequest, id: int) -> HttpResponse:
    """The receipt of one part on paper: every record by name, and room for both signatures."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    got = received(actor, id)
    lists = [(spec, page_of(actor, got, spec, size=MOST_PRINTED).rows) for spec, _n in _lists(got)]
    context = {"handover": got.handover, "part": got.part, "parts": [got.part], "lists": lists}
    return respond(request, "handover/receipt.html", context)


def _lists(got: Received) -> list[tuple[ObjectSpec, int]]:
    lists = [(registry.object(key), len(ids)) for key, ids in got.records.items()]
    return sorted(lists, key=lambda one: one[0].key != ACCOUNT)


def _list(actor: Actor, got: Received, spec: ObjectSpec, where: str, after: str) -> Mapping[str, Any]:
    page = page_of(actor, got, spec, where, after, PAGE)
    ids = [one.id for one in page.rows]
    accounts = spec.key == ACCOUNT
    steps = next_steps(actor, ids) if accounts else {}
    messages = _messages(actor, got, ids) if accounts else {}
    fields = [spec[key] for key in page.columns if key != spec.title and key != "owner"][:MOST_COLUMNS]
    if accounts:
        fields = [spec[key] for key in ("status", "last_follow_up") if key in page.columns]
    return {
        "lines": [(one, steps.get(one.id), messages.get(one.id)) for one in page.rows],
        "fields": fields,
        "next": page.next,
        "count": page.count,
    }


def _messages(actor: Actor, got: Received, accounts: list[int]) -> dict[int, Record]:
    if not accounts:
        return {}
    where = f"handover = {got.handover.id} and account in ({', '.join(map(str, accounts))})"
    asked = Query(CUSTOMER, where, "id", ("account", "notice", "withheld"), len(accounts), count=False)
    try:
        return {one["account"].id: one for one in read(actor, asked).rows}
    except Refused:
        return {}
