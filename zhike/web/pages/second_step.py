"""Setting up a second step: an app that shows codes, or a passkey. Also what somebody sees whose role asks for one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from zhike.kernel.errors import Invalid
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.records.signin.passkeys import ask_to_make, make_passkey
from zhike.records.signin.second_step import begin_authenticator, confirm_authenticator, factors_of
from zhike.web.middleware import open_to_confined
from zhike.web.pages.security import HERE, codes_page, confirm_first
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import actor_of, carry, device_of, session_token, site_of

_segno: Any = LazyModule("segno")


@open_to_confined
def begin(request: HttpRequest) -> HttpResponse:
    """Says that a role asks for a second step, and offers the ways."""
    visit = request.visit  # type: ignore[attr-defined]
    if not visit.confined:
        return see_other(request, HERE)
    return respond(request, "security/begin.html", {"factors": factors_of(actor_of(request).id)})


@open_to_confined
def app(request: HttpRequest) -> HttpResponse:
    """The picture to scan; a POST of the first code finishes it."""
    asked = confirm_first(request, "/security/app")
    if asked is not None:
        return asked
    actor = actor_of(request)
    if factors_of(actor.id).authenticator is not None:
        return see_other(request, f"{HERE}#second-step")
    problem = None
    if request.method == "POST" and "code" in request.POST:
        try:
            token, codes = confirm_authenticator(actor, session_token(request), request.POST["code"])
            return _done(request, token, codes)
        except Invalid as error:
            problem = error.problems[0].text
    if request.method != "POST":
        return respond(request, "security/app_ask.html", {})
    secret = begin_authenticator(actor)
    picture = _segno.make(secret.address, error="m").png_data_uri(scale=5, border=2)
    context = {"secret": secret.text, "picture": picture, "problem": problem or "", "login": actor.name}
    return respond(request, "security/app.html", context, status=422 if problem else 200)


@open_to_confined
def passkey(request: HttpRequest) -> HttpResponse:
    """A form that names the device; its POST carries what the device answered."""
    asked = confirm_first(request, "/security/passkey")
    if asked is not None:
        return asked
    problem = None
    if request.method == "POST":
        name, answer = request.POST.get("name", ""), request.POST.get("passkey", "")
        try:
            token, codes = make_passkey(actor_of(request), session_token(request), site_of(request), answer, name)
            return _done(request, token, codes)
        except Invalid as error:
            problem = error.problems[0].text
    context = {"name": request.POST.get("name", "") or device_of(request), "problem": problem or ""}
    return respond(request, "security/passkey.html", context, status=422 if problem else 200)


@open_to_confined
def ask_passkey(request: HttpRequest) -> HttpResponse:
    """What the device is to sign, for the script of the page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = confirm_first(request, "/security/passkey")
    return asked or HttpResponse(ask_to_make(actor_of(request), site_of(request)), content_type="application/json")


def _done(request: HttpRequest, token: str, codes: tuple[str, ...]) -> HttpResponse:
    """On with the new session; the recovery codes are shown once."""
    response = codes_page(request, codes, "/") if codes else see_other(request, f"{HERE}#second-step")
    carry(request, response, token)
    return response if codes else say(request, response, _("It is asked for from now on."))
