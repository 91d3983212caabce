"""What a person sets for themselves: language, appearance, density, keys, password."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from zhike.access.signin import set_password, sign_in, sign_out
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.errors import Invalid, Problem, Refused
from zhike.kernel.words import _
from zhike.records.read import read_one
from zhike.records.write import write
from zhike.web.links import local
from zhike.web.middleware import LANGUAGE_COOKIE, LANGUAGES, SESSION_COOKIE, public
from zhike.web.respond import respond, see_other
from zhike.web.say import say

YEAR = 365 * 24 * 3600
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
    if "password" in request.POST:
        return _change_password(request)
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


def _change_password(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    address = str(request.META.get("REMOTE_ADDR", ""))
    login = str(read_one(actor, "user", actor.id)["login"] or "")
    fresh = request.POST["password"]
    try:
        opened = sign_in(login, request.POST.get("current", ""), address)
    except Invalid as error:
        return _page(request, [Problem(one.text, "current") for one in error.problems])
    try:
        set_password(actor.id, fresh)
    except Invalid as error:
        sign_out(opened)
        return _page(request, list(error.problems))
    response = see_other(request, "/preferences")
    token = sign_in(login, fresh, address)
    response.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure())
    return say(request, response, _("Password changed. Other devices were signed out."))


def _page(request: HttpRequest, problems: list[Problem] | None = None) -> HttpResponse:
    found: dict[str, Any] = {one.field: one.text for one in problems or ()}
    return respond(request, "preferences.html", {"problems": found}, status=422 if problems else 200)
