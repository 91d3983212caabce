"""Previous and next: the neighbours of a record in the list the reader came from."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Refused
from zhike.records.company.layouts import laid_out
from zhike.records.neighbours import neighbours
from zhike.records.read import Query, read_one
from zhike.schema.registry import registry
from zhike.web.generic.list_state import State
from zhike.web.links import record_url
from zhike.web.respond import respond, see_other
from zhike.web.visitor import actor_of


def show(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """The two buttons. The query is that of the list; a question the list would refuse has no neighbours."""
    actor = actor_of(request)
    spec = laid_out(actor, registry.by_plural(plural))
    record = read_one(actor, spec.key, id)
    if not request.headers.get("HX-Request"):
        return see_other(request, record_url(record))
    state = State.of(request, spec, actor)
    trash = state.archived == "trash"
    archived = "all" if trash else state.archived
    asked = Query(spec.key, where=state.whole, sort=state.sort, archived=archived, trashed=trash)
    try:
        before, after = neighbours(actor, asked, record.id)
    except Refused:
        before = after = None
    context = {"spec": spec, "record": record, "before": before, "after": after, "list_address": state.url()}
    return respond(request, "record/beside.html", context, part="beside")
