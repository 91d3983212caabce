"""Signing in and out."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.middleware.csrf import rotate_token

from zhike.access.signin import SESSION_DAYS, sign_in, sign_out
from zhike.kernel.errors import Invalid
from zhike.web.links import local
from zhike.web.middleware import SESSION_COOKIE, public
from zhike.web.respond import respond, see_other

DAY = 24 * 3600


@public
def show(request: HttpRequest) -> HttpResponse:
    """The sign-in page; a POST opens a session and goes on to ``next``, a path on this site."""
    following = local(request.POST.get("next") or request.GET.get("next") or "/")
    if getattr(request, "actor", None) is not None and request.method == "GET":
        return HttpResponseRedirect(following)
    login = request.POST.get("login", "").strip()
    context = {
        "next": following,
        "login": login,
        "keep": request.method == "GET" or "keep" in request.POST,
        "problem": "",
        "kept": request.POST.get("kept", ""),
        "kept_to": local(request.POST.get("kept_to", ""), ""),
    }
    if request.method != "POST":
        return respond(request, "sign_in.html", context)
    if not login or not request.POST.get("password"):
        return respond(request, "sign_in.html", {**context, "problem": "empty"}, status=422)
    try:
        token = sign_in(login, request.POST["password"], _address(request))
    except Invalid as error:
        return respond(request, "sign_in.html", {**context, "problem": str(error.problems[0].text)}, status=422)
    rotate_token(request)
    kept = _kept(request.POST.get("kept", ""))
    if kept and context["kept_to"]:
        response = respond(request, "send_again.html", {"kept": kept, "kept_to": context["kept_to"]})
    else:
        response = see_other(request, following)
    age = SESSION_DAYS * DAY if "keep" in request.POST else None
    response.set_cookie(SESSION_COOKIE, token, max_age=age, httponly=True, samesite="Lax", secure=request.is_secure())
    return response


@public
def leave(request: HttpRequest) -> HttpResponse:
    """Ends the session; only by POST, so that no link can do it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    token = request.COOKIES.get(SESSION_COOKIE, "")
    if token:
        sign_out(token)
    response = see_other(request, "/sign-in")
    response.delete_cookie(SESSION_COOKIE, samesite="Lax")
    response["Clear-Site-Data"] = '"cache"'
    return response


def _kept(text: str) -> list[tuple[str, str]]:
    """Names and values of the form that met an ended session; nothing when there was none."""
    try:
        pairs = json.loads(text) if text else []
        return [(str(name), str(value)) for name, value in pairs]
    except (ValueError, TypeError):
        return []


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
