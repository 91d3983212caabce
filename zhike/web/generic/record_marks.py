"""The star and the follow button of a record, and the page of what a person marked and saw lately."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import NotFound
from zhike.kernel.words import Words, _
from zhike.records.marks import CHOSEN, FAVOURITE, FOLLOW, SEEN, mark, marked, unmark
from zhike.records.read import read_one
from zhike.schema.registry import registry
from zhike.web.links import record_url
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of

MOST_IN_RAIL = 12
MOST_ON_PAGE = 200
MOST_SEEN = 30
SAID: dict[tuple[str, bool], Words] = {
    (FOLLOW, True): _("You hear of what happens to “{title}”"),
    (FOLLOW, False): _("You no longer hear of “{title}”"),
    (FAVOURITE, True): _("“{title}” is among your favourites"),
    (FAVOURITE, False): _("“{title}” is no favourite any more"),
}


def change(request: HttpRequest, plural: str, id: int, kind: str) -> HttpResponse:
    """Set or take away the actor's own mark on a record (``on``: yes or no); answers with the button as it is then."""
    actor = actor_of(request)
    spec = registry.by_plural(plural)
    if kind not in CHOSEN:
        raise NotFound
    record = read_one(actor, spec.key, id)
    if request.method != "POST":
        return see_other(request, record_url(record))
    on = request.POST.get("on") == "yes"
    (mark if on else unmark)(actor, kind, spec.key, record.id)
    if request.headers.get("HX-Request"):
        context = {"spec": spec, "record": record, "kind": kind, "on": on}
        answer = respond(request, "record/mark.html", context, part="button")
    else:
        answer = see_other(request, record_url(record))
    return say(request, answer, SAID[kind, on].with_(title=record.title))


def show(request: HttpRequest) -> HttpResponse:
    """``/favourites``: favourites, followed records, seen lately; for the rail only the first favourites."""
    actor = actor_of(request)
    if request.headers.get("HX-Request"):
        return respond(request, "favourites.html", {"favourites": marked(actor, FAVOURITE, MOST_IN_RAIL)}, part="rail")
    context = {
        "favourites": marked(actor, FAVOURITE, MOST_ON_PAGE),
        "followed": marked(actor, FOLLOW, MOST_ON_PAGE),
        "seen": marked(actor, SEEN, MOST_SEEN),
    }
    return respond(request, "favourites.html", context)
