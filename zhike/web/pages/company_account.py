"""To the company's provider and back: the browser carries, signed and out of reach of scripts, what only it and we know."""

from __future__ import annotations

from secrets import compare_digest
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token

from zhike.channels.identity.providers import PROVIDERS
from zhike.channels.identity.shape import Account, NotSignedIn, Trip
from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _
from zhike.records.signin.identities import Vouched, enter_by_provider, link_account
from zhike.records.signin.provider import provider_secret, single_sign_on
from zhike.web.links import local
from zhike.web.middleware import public
from zhike.web.pages.security import HERE, confirm_first
from zhike.web.respond import respond, see_other
from zhike.web.say import say
from zhike.web.visitor import address_of, carry, device_of, somebody

COOKIE = "zhike-trip"
SECONDS = 600
PATH = "/sign-in"


@public
def begin(request: HttpRequest) -> HttpResponse:
    """Sends the browser to the provider; with ``link`` to link the account of whoever is signed in."""
    held = single_sign_on()
    if not held.kind:
        return HttpResponseRedirect("/sign-in")
    actor = somebody(request)
    linking = actor is not None and request.GET.get("link") == "1"
    if linking and (asked := confirm_first(request, "/sign-in/with?link=1")):
        return asked
    trip = Trip.new(f"{request.scheme}://{request.get_host()}/sign-in/back")
    try:
        address = PROVIDERS[held.kind].address(_account(), trip)
    except Refused as refused:
        return _not_inside(request, refused.problems[0].text, refused.status)
    carried = {
        "state": trip.state,
        "nonce": trip.nonce,
        "verifier": trip.verifier,
        "next": local(request.GET.get("next", "")),
        "link": actor.id if linking and actor is not None else 0,
    }
    response = HttpResponseRedirect(address)
    response.set_cookie(
        COOKIE,
        signing.dumps(carried, salt=COOKIE),
        max_age=SECONDS,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure() or settings.SESSION_COOKIE_SECURE,
    )
    return response


@public
def back(request: HttpRequest) -> HttpResponse:
    """Where the provider sends the browser: checked against what it carries, then the code is changed for a person."""
    held = single_sign_on()
    carried = _carried(request)
    state = request.GET.get("state", "")
    if not held.kind or carried is None or not compare_digest(state.encode(), carried["state"].encode()):
        return _not_inside(request, _("This way back is over. Sign in again."), 403)
    try:
        trip = Trip(
            f"{request.scheme}://{request.get_host()}/sign-in/back",
            carried["state"],
            carried["nonce"],
            carried["verifier"],
        )
        code = request.GET.get("code") or request.GET.get("authCode", "")
        said = request.GET.get("iss", "")
        if not code or len(code) > 4000 or (said and held.kind == "oidc" and said != held.issuer):
            raise NotSignedIn(_("The provider did not let you in."))
        who = PROVIDERS[held.kind].who(_account(), trip, code)
        return _arrived(request, held.kind, Vouched(who.subject, who.name, who.email, who.login), carried)
    except Refused as refused:
        return _not_inside(request, refused.problems[0].text, refused.status)


def _arrived(request: HttpRequest, kind: str, who: Vouched, carried: dict[str, Any]) -> HttpResponse:
    actor = somebody(request)
    if carried["link"]:
        if actor is None or actor.id != carried["link"]:
            raise NotSignedIn(_("You were signed out meanwhile. Sign in again."))
        link_account(actor, kind, who.subject)
        response = say(request, see_other(request, f"{HERE}#company-account"), _("The account is linked."))
    else:
        token = enter_by_provider(kind, who, address_of(request), device_of(request))
        rotate_token(request)
        response = see_other(request, carried["next"])
        carry(request, response, token)
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response


def _account() -> Account:
    held = single_sign_on()
    return Account(held.kind, held.client, provider_secret(), held.issuer, held.organisation, held.agent)


def _carried(request: HttpRequest) -> dict[str, Any] | None:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=SECONDS)
    except signing.BadSignature:
        return None
    return found if isinstance(found, dict) else None


def _not_inside(request: HttpRequest, problem: Words, status: int) -> HttpResponse:
    context = {"next": "/", "login": "", "keep": True, "problem": problem, "kept": "", "kept_to": ""}
    response = respond(request, "sign_in.html", {**context, "sso": single_sign_on()}, status=status)
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
    return response
