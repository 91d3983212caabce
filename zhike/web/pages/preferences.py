"""What a person sets for themselves: language, appearance, density, keys, notices."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import _
from zhike.records.feeds import end_feed, feed_since, new_feed
from zhike.records.notices.choices import WAYS, Choices, choices, choose
from zhike.records.notices.notices import KINDS
from zhike.records.write import write
from zhike.web.kinds.figures import weekday_text
from zhike.web.links import local
from zhike.web.middleware import public
from zhike.web.reading import reading
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import LANGUAGE_COOKIE, LANGUAGES, actor_of

YEAR = 365 * 24 * 3600
MONDAY = date(2024, 1, 1)
WEEK = "0123456"
CHOICES = {
    "theme": ("zhike-theme", ("system", "light", "dark")),
    "density": ("zhike-density", ("normal", "compact", "roomy")),
    "keys": ("zhike-keys", ("on", "off")),
    "rail": ("zhike-rail", ("open", "folded")),
}


def show(request: HttpRequest) -> HttpResponse:
    """The preferences; a POST of ``theme``, ``density``, ``keys`` or ``rail`` keeps it on this device."""
    if request.method != "POST":
        return _page(request)
    if "digest_at" in request.POST:
        return _choose_notices(request)
    if "feed" in request.POST:
        return _change_feed(request)
    response = see_other(request, local(request.POST.get("next", ""), "/preferences"))
    for name, (cookie, values) in CHOICES.items():
        chosen = request.POST.get(name, "")
        if chosen == values[0]:
            response.delete_cookie(cookie, samesite="Lax")
        elif chosen in values:
            _keep(request, response, cookie, chosen)
    return response


@public
def language(request: HttpRequest) -> HttpResponse:
    """Changes the language: on the person when they may edit themselves, else on this device."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    response = see_other(request, local(request.POST.get("next", "")))
    chosen = request.POST.get("language", "")
    if chosen not in LANGUAGES:
        return response
    actor: Actor | None = getattr(request, "actor", None)
    if actor is not None and _written(actor, chosen):
        response.delete_cookie(LANGUAGE_COOKIE, samesite="Lax")
    else:
        _keep(request, response, LANGUAGE_COOKIE, chosen)
    return response


def _written(actor: Actor, chosen: str) -> bool:
    try:
        write(actor, Command("update", "user", actor.id, {"language": chosen}))
    except Refused:
        return False
    return True


def _keep(request: HttpRequest, response: HttpResponse, cookie: str, value: str) -> None:
    response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())


def _choose_notices(request: HttpRequest) -> HttpResponse:
    given = request.POST
    ways = {kind: given.get(f"way_{kind}", "") for kind in KINDS}
    quiet = (given.get("quiet_from", ""), given.get("quiet_to", "")) if "quiet" in given else ("", "")
    try:
        choose(actor_of(request), ways, quiet, given.get("digest_at", ""), given.getlist("days"))
    except Invalid as error:
        typed = Choices(
            ways, *quiet, given.get("digest_at", ""), tuple(int(one) for one in given.getlist("days") if one in WEEK)
        )
        return _page(request, list(error.problems), typed)
    return say(request, see_other(request, "/preferences#notices"), _("Saved"))


def _change_feed(request: HttpRequest) -> HttpResponse:
    """A fresh address is shown at once and never again; ending it says so."""
    if request.POST["feed"] == "end":
        end_feed(actor_of(request))
        return say(request, see_other(request, "/preferences#calendar"), _("The address no longer works."))
    token = new_feed(actor_of(request))
    return _page(request, feed=f"{request.scheme}://{request.get_host()}/calendar/{token}.ics")


def _page(
    request: HttpRequest, problems: list[Problem] | None = None, typed: Choices | None = None, feed: str = ""
) -> HttpResponse:
    found: dict[str, Any] = {one.field: one.text for one in problems or ()}
    actor = actor_of(request)
    setting = reading()
    context = {
        "problems": found,
        "chosen": typed or choices(actor.id),
        "kinds": list(KINDS.items()),
        "ways": list(WAYS.items()),
        "weekdays": [(number, weekday_text(MONDAY + timedelta(days=number), setting)) for number in range(7)],
        "feed": feed,
        "feed_since": feed_since(actor),
    }
    return respond(request, "preferences.html", context, status=422 if problems else 200)
