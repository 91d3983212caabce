"""Signing in, with a second step where there is one, and out; asking for a link after forgetting the password."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.middleware.csrf import rotate_token

from zhike.access.signin import session_of, sign_out
from zhike.access.signin.sessions import HALF
from zhike.kernel.errors import Invalid
from zhike.kernel.words import Words, _
from zhike.records.company.invitations import mail_ready
from zhike.records.signin.entry import enter
from zhike.records.signin.forgotten import ask_for_link
from zhike.records.signin.passkeys import ask_to_use, enter_by_passkey
from zhike.records.signin.provider import single_sign_on
from zhike.records.signin.second_step import factors_of, take_second_step
from zhike.web.links import local, with_query
from zhike.web.middleware import public
from zhike.web.respond import respond, see_other
from zhike.web.visitor import SESSION_COOKIE, address_of, carry, device_of, session_token, site_of

SECOND = "/sign-in/second"
TIMED_OUT = _("That took too long. Begin again.")


@public
def show(request: HttpRequest) -> HttpResponse:
    """The sign-in page; a POST opens a session and goes on to ``next``, a path on this site."""
    context = _context(request)
    if getattr(request, "actor", None) is not None and request.method == "GET":
        return HttpResponseRedirect(context["next"])
    if request.method != "POST":
        return respond(request, "sign_in.html", context)
    answer, password = request.POST.get("passkey", ""), request.POST.get("password", "")
    if not answer and (not context["login"] or not password):
        problem = _("Fill in both fields.")
        return respond(request, "sign_in.html", {**context, "problem": problem}, status=422)
    address, device, keep = address_of(request), device_of(request), "keep" in request.POST
    try:
        if answer:
            return _inside(request, context, enter_by_passkey(site_of(request), answer, address, device, keep=keep))
        entered = enter(context["login"], password, address, device, keep=keep)
    except Invalid as error:
        return respond(request, "sign_in.html", {**context, "problem": error.problems[0].text}, status=422)
    if entered.half:
        rotate_token(request)  # before the form is drawn: it must carry the new one
        response = _second(request, context, entered.token)
        carry(request, response, entered.token)
        return response
    return _inside(request, context, entered.token)


@public
def second(request: HttpRequest) -> HttpResponse:
    """The second step of whoever gave the right password: a code, a recovery code or a passkey."""
    context, half = _context(request), session_token(request)
    session = session_of(half)
    if session is None or session.stage != HALF:
        return HttpResponseRedirect(with_query("/sign-in", {"next": context["next"] if context["next"] != "/" else ""}))
    if request.method != "POST":
        return _second(request, context, half)
    try:
        if request.POST.get("passkey"):
            token = enter_by_passkey(site_of(request), request.POST["passkey"], address_of(request), half=half)
        else:
            token = take_second_step(half, request.POST.get("code", ""))
    except Invalid as error:
        return _second(request, context, half, error.problems[0].text)
    if not token:
        return respond(request, "sign_in.html", {**context, "problem": TIMED_OUT}, status=422)
    return _inside(request, context, token)


@public
def ask_passkey(request: HttpRequest) -> HttpResponse:
    """What a device is to sign, for the script of the page: any passkey, or one of whoever is half inside."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    half = session_token(request)
    session = session_of(half)
    half = half if session is not None and session.stage == HALF else ""
    return HttpResponse(ask_to_use(site_of(request), half), content_type="application/json")


@public
def forgotten(request: HttpRequest) -> HttpResponse:
    """Asks for a link by mail; the answer is the same for everybody."""
    login = request.POST.get("login", "").strip()
    sent = request.method == "POST" and bool(login) and mail_ready()
    if sent:
        ask_for_link(login, address_of(request))
    return respond(request, "forgotten.html", {"login": login, "sent": sent, "mails": mail_ready()})


@public
def leave(request: HttpRequest) -> HttpResponse:
    """Ends the session; only by POST, so that no link can do it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    token = session_token(request)
    if token:
        sign_out(token)
    response = see_other(request, "/sign-in")
    response.delete_cookie(SESSION_COOKIE, samesite="Lax")
    response["Clear-Site-Data"] = '"cache"'
    return response


def _context(request: HttpRequest) -> dict[str, Any]:
    return {
        "next": local(request.POST.get("next") or request.GET.get("next") or "/"),
        "login": request.POST.get("login", "").strip(),
        "keep": request.method == "GET" or "keep" in request.POST,
        "problem": "",
        "kept": request.POST.get("kept", ""),
        "sso": single_sign_on(),
        "kept_to": local(request.POST.get("kept_to", ""), ""),
    }


def _second(request: HttpRequest, context: dict[str, Any], half: str, problem: Words | None = None) -> HttpResponse:
    session = session_of(half)
    factors = factors_of(session.user if session else 0)
    whole = {**context, "factors": factors, "problem": problem or ""}
    return respond(request, "second_step.html", whole, status=422 if problem else 200)


def _inside(request: HttpRequest, context: dict[str, Any], token: str) -> HttpResponse:
    """The session is open: on to where they wanted to be, or the form that met an ended session is sent again."""
    rotate_token(request)
    kept = _kept(context["kept"])
    if kept and context["kept_to"]:
        response = respond(request, "send_again.html", {"kept": kept, "kept_to": context["kept_to"]})
    else:
        response = see_other(request, context["next"])
    carry(request, response, token)
    return response


def _kept(text: str) -> list[tuple[str, str]]:
    """Names and values of the form that met an ended session; nothing when there was none."""
    try:
        pairs = json.loads(text) if text else []
        return [(str(name), str(value)) for name, value in pairs]
    except (ValueError, TypeError):
        return []
