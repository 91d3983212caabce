"""Records of an object that are perhaps the same: clusters with their scores and reasons, and what people said of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from zhike.access.people import people
from zhike.access.rights import can, field_right
from zhike.insight.duplicates import reasons, shown_score, threshold_of
from zhike.insight.duplicates_kept import CLUSTERS_A_PAGE, Group, groups, may_scan, start_scan
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, NotFound
from zhike.kernel.words import _
from zhike.query.tree import Compare, Path
from zhike.records.likeness.pairs import not_same, said, scanned, take_back
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.web.links import local, number_in, page_url
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

LEVELS = (90, 75, 50)
MOST_COLUMNS = 7
MOST_SAID = 50


def show(request: HttpRequest, plural: str) -> HttpResponse:
    """The clusters from a score on, one page of them; POST starts a scan of all records."""
    actor = actor_of(request)
    registry.refresh()
    spec = registry.by_plural(plural)
    if not spec.compared:
        raise NotFound
    if request.method == "POST":
        started = start_scan(actor, spec.key)
        return see_other(request, f"/jobs/{started}")
    least = _least(request, spec)
    skip = number_in(request.GET.get("after", ""))
    found = groups(actor, spec.key, least, skip)
    fields = _fields(actor, spec)
    records = _records(actor, spec, fields, found.shown)
    context = {
        "spec": spec,
        "found": found,
        "clusters": [_cluster(spec, one, records, fields) for one in found.shown],
        "fields": fields,
        "least": least,
        "levels": [(level, page_url(spec, "duplicates", least=level)) for level in LEVELS],
        "scanned": scanned(spec),
        "may_scan": may_scan(actor, spec),
        "may_merge": can(actor, "delete", spec),
        "may_say": can(actor, "edit", spec),
        "following": page_url(spec, "duplicates", least=least, after=skip + CLUSTERS_A_PAGE)
        if skip + CLUSTERS_A_PAGE < found.count
        else "",
        "first": page_url(spec, "duplicates", least=least) if skip else "",
        "apart": _said(actor, spec),
    }
    return respond(request, "duplicates.html", context, part="clusters")


def not_the_same(request: HttpRequest, plural: str) -> HttpResponse:
    """Remember that some records are not the same; only by POST."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    answer = see_other(request, local(request.POST.get("next", ""), page_url(spec, "duplicates")))
    try:
        operation = not_same(actor, spec.key, _ids(request))
    except Invalid as error:
        return say(request, answer, error.problems[0].text, bad=True)
    return say(request, answer, _("Kept apart: they will not be offered again"), undo=operation)


def take_it_back(request: HttpRequest, plural: str) -> HttpResponse:
    """Forget that two records were said to be different; only by POST."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    answer = see_other(request, page_url(spec, "duplicates"))
    ids = _ids(request)
    try:
        take_back(actor, spec.key, ids)
    except Invalid as error:
        return say(request, answer, error.problems[0].text, bad=True)
    return say(request, answer, _("They may be offered again"))


def _least(request: HttpRequest, spec: ObjectSpec) -> int:
    asked = request.GET.get("least", "")
    return min(number_in(asked), 100) if number_in(asked) else threshold_of(spec)


def _ids(request: HttpRequest) -> list[int]:
    return [int(one) for text in request.POST.getlist("ids") for one in text.split(",") if number_in(one)][:20]


def _fields(actor: Actor, spec: ObjectSpec) -> list[FieldSpec]:
    """What stands side by side: the compared fields the actor may see, then whose they are and how old."""
    keys = [key for one in spec.compared for key in one.fields if key != spec.title]
    keys = [*dict.fromkeys(keys)][:MOST_COLUMNS] + [key for key in ("owner", "created") if key in spec.by_key]
    return [spec[key] for key in keys if field_right(actor, spec, spec[key]) != "hidden"]


def _records(actor: Actor, spec: ObjectSpec, fields: list[FieldSpec], shown: tuple[Group, ...]) -> dict[int, Record]:
    ids = tuple(sorted({one for group in shown for one in group.cluster.ids}))
    if not ids:
        return {}
    node = Compare(Path((spec,), (), spec["id"]), "in", ids)
    columns = tuple(one.key for one in fields)
    page = read(actor, Query(spec.key, columns=columns, size=len(ids), count=False, sort="id", node=node))
    return {one.id: one for one in page.rows}


def _cluster(spec: ObjectSpec, group: Group, records: dict[int, Record], fields: list[FieldSpec]) -> dict[str, Any]:
    """A cluster ready to be drawn: its records, fields that say something, and why the surest two are taken for one."""
    listed = [records[one] for one in group.cluster.ids if one in records]
    filled = [field for field in fields if any(one.values.get(field.key) not in (None, ()) for one in listed)]
    agreeing = {
        key: found.level
        for compared, found in group.cluster.pairs[0].found
        for key in compared.fields
        if found.bits > 0 and found.level in ("same", "close")
    }
    return {
        "score": shown_score(group.cluster.score),
        "records": listed,
        "fields": filled,
        "agreeing": agreeing,
        "reasons": reasons(spec, group.cluster.pairs[0]),
        "ids": ",".join(map(str, group.cluster.ids)),
    }


def _said(actor: Actor, spec: ObjectSpec) -> list[dict[str, Any]]:
    """What was said to be different, as far as the actor sees both records."""
    listed = said(spec, MOST_SAID)
    if not listed:
        return []
    node = Compare(Path((spec,), (), spec["id"]), "in", tuple({one for line in listed for one in line[:2]}))
    page = read(actor, Query(spec.key, columns=(), size=2 * MOST_SAID, count=False, archived="all", node=node))
    titles = {one.id: one.title for one in page.rows}
    persons = people().persons
    return [
        {
            "ids": f"{one},{two}",
            "one": titles[one],
            "two": titles[two],
            "who": persons[by].name if by in persons else "",
            "at": at,
        }
        for one, two, _operation, by, at in listed
        if one in titles and two in titles
    ]
