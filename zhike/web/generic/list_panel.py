"""One record beside its list: what can be done with it, its facts, what belongs to it, what happened last."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.kernel.actor import Actor
from zhike.records.actions import offered
from zhike.records.history import timeline
from zhike.records.read import read_one
from zhike.schema.spec import ObjectSpec
from zhike.web.generic.list_state import State
from zhike.web.generic.record_related import related_lists
from zhike.web.links import LOG, number_in
from zhike.web.respond import respond

EVENTS = 5
MOST_FACTS = 16
RELATED = 3  # lines of each related list


def panel(request: HttpRequest, actor: Actor, spec: ObjectSpec, state: State) -> HttpResponse:
    """The panel of the record the address names with ``peek``."""
    record = read_one(actor, spec.key, number_in(request.GET["peek"]))
    keys = dict.fromkeys((*spec.highlights, *spec.columns, *(key for tab in spec.form for key in tab.fields)))
    fields = [
        spec[key]
        for key in keys
        if key != spec.title and key in record.values and record.values[key] not in (None, (), "")
    ]
    related = [one for one in related_lists(actor, spec, record) if one.count]
    context = {
        "spec": spec,
        "state": state,
        "record": record,
        "fields": fields[:MOST_FACTS],
        "actions": sorted(
            (one for one in offered(actor, record) if one.on == "record"), key=lambda one: (one.danger, one.name != LOG)
        ),
        "related": [(one, one.rows[:RELATED]) for one in related],
        "moments": timeline(actor, spec.key, record.id, size=EVENTS),
    }
    return respond(request, "peek.html", context, part="panel")
