"""Who can see a record, and why; why somebody may, or may not, do something with it. With whom it is shared."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.access.people import people
from zhike.access.rights import RIGHT_NAMES, field_right
from zhike.kernel.words import _
from zhike.records.read import read_one
from zhike.records.roles.explaining import RIGHTS, department_names, explain, may_ask, seers
from zhike.records.sharing import end_share, shares_of
from zhike.schema.registry import registry
from zhike.schema.spec import ScopeKind
from zhike.web.links import number_in, record_url
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of


def show(request: HttpRequest, plural: str, id: int) -> HttpResponse:
    """``/{plural}/{id}/access``: everybody who sees the record; ``person``, ``right`` and ``field`` ask about one."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    record = read_one(actor, spec.key, id)
    everybody = may_ask(actor, record)
    person = number_in(request.GET.get("person", "")) if everybody else actor.id
    right = request.GET.get("right", "")
    right = right if right in RIGHTS else "read"
    fields = [one for one in spec.fields if not one.system and field_right(actor, spec, one) != "hidden"]
    field = request.GET.get("field", "")
    field = field if field in {one.key for one in fields} else ""
    known = people().persons
    verdict = explain(actor, spec.key, record.id, person, right, field) if person in known else None
    found, more = seers(actor, spec.key, record.id) if everybody else ([], False)
    context = {
        "spec": spec, "record": record, "verdict": verdict, "person": person, "right": right, "field": field,
        "fields": fields, "rights": [(key, RIGHT_NAMES[key]) for key in RIGHTS], "right_names": RIGHT_NAMES,
        "everybody": everybody, "seers": found, "more": more, "known": known, "departments": department_names(),
        "persons": sorted((one for one in known.values() if one.active), key=lambda one: one.name),
        "shares": shares_of(record.id), "may_end": everybody and "edit" in record.rights,
        "may_share": "edit" in record.rights and spec.scope.kind is not ScopeKind.OPEN and not record.trashed,
    }  # fmt: skip
    return respond(request, "record/access.html", context, part="answer")


def stop(request: HttpRequest, plural: str, id: int, share: int) -> HttpResponse:
    """Take one share back."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    record = read_one(actor, spec.key, id)
    answer = see_other(request, record_url(record) + "/access")
    if request.method != "POST":
        return answer
    end_share(actor, spec.key, record.id, share)
    return say(request, answer, _("No longer shared"))
