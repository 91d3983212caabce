"""What a refusal looks like: one page for each kind, and a short toast when only a part was asked for."""

from __future__ import annotations

import json
import secrets
import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import connection
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from markupsafe import escape

from zhike.kernel.errors import Away, Refused, out_of_reach
from zhike.kernel.words import _, current_language, speaking
from zhike.records.signin.provider import single_sign_on
from zhike.web.respond import respond, respond_alone, wants_part
from zhike.web.visitor import LANGUAGE_COOKIE, LANGUAGES

WAYS_IN = ("/sign-in", "/security", "/settings/single-sign-on")
SECRET_INPUTS = frozenset({"current", "secret", "code", "passkey"})
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a form field
UNREADABLE = _("The request is broken or not in UTF-8, so nothing of it was taken.")
TOO_MUCH = _("This form holds more than can be sent at once. Send less text, or attach it as a file.")
PAGES = {
    400: "errors/question.html",
    403: "errors/closed.html",
    404: "errors/missing.html",
    409: "errors/conflict.html",
}


class Unreadable(Refused):
    """A request that no page can make sense of."""

    status = 400
    code = "unreadable"
    title = _("This request cannot be read")


class TooMuch(Refused):
    """A form over the limits of size or number of fields."""

    status = 413
    code = "too-large"
    title = _("This is too large")


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """The page of a refusal. Hidden and missing records give the very same answer."""
    if wants_part(request):
        return toasted(str(error.problems[0].text) if error.problems else str(error.title), error.status)
    known: Any = getattr(request, "actor", None)
    context = {"error": error, "problems": error.problems, "status": error.status, "typed": ()}
    page = "errors/refused.html" if isinstance(error, Unreadable) else PAGES.get(error.status, "errors/refused.html")
    return respond(request, page if known else "errors/outside.html", context, status=error.status)


def sent_again(request: HttpRequest) -> HttpResponse:
    """For a form sent after the session ended: the sign-in page, which carries what was typed and then offers it again."""
    kept = [
        (name, one)
        for name in request.POST
        if name != TOKEN and not _is_secret(request, name)
        for one in request.POST.getlist(name)
    ]
    context = {
        "sso": single_sign_on(),
        "next": "/",
        "login": "",
        "keep": True,
        "problem": _("Your session has ended. What you typed is kept: sign in, then send it again."),
        "kept": json.dumps(kept, ensure_ascii=False),
        "kept_to": request.get_full_path(),
    }
    return respond(request, "sign_in.html", context, status=401)


def _is_secret(request: HttpRequest, name: str) -> bool:
    """Whether an input takes what only its person knows: it is never shown nor handed back, but typed again."""
    return "password" in name or (name in SECRET_INPUTS and request.path.startswith(WAYS_IN))


def typed_texts(request: HttpRequest) -> list[tuple[str, str]]:
    """What was typed into a form that was not taken, without passwords and what the page put in itself."""
    try:
        posted = request.POST
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return []
    return [
        (name, one)
        for name in posted
        if name != TOKEN and not name.startswith("_") and not _is_secret(request, name)
        for one in posted.getlist(name)
        if one.strip()
    ]


def toasted(text: str, status: int) -> HttpResponse:
    """A refusal for a script: the sentence as a toast and as plain text, nothing swapped."""
    response = HttpResponse(escape(text), status=status, content_type="text/plain; charset=utf-8")
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = json.dumps({"zhike:toast": {"text": text, "bad": True}})
    return response


def nothing_here(request: HttpRequest) -> HttpResponse:
    """An address below a door that is not for pages, such as a file of an older version that is gone."""
    return HttpResponse("404", status=404, content_type="text/plain; charset=utf-8")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that leads nowhere: the same page as a missing record."""
    return _simple(request, "errors/missing.html", 404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A refusal that came from the framework."""
    return _simple(request, "errors/closed.html", 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that cannot be read at all, or holds more than a form may."""
    large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return refused(request, TooMuch(TOO_MUCH) if large else Unreadable(UNREADABLE))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is missing or old: the page was open too long, or the form came from elsewhere."""
    if wants_part(request):
        response = toasted(str(_("This page is ready again after your new sign-in. Send it once more.")), 403)
        del response["HX-Trigger"]  # the script sends it again by itself
        response["X-Zhike-Token"] = get_token(request)  # only scripts of this site can read it
        return response
    return _simple(request, "errors/stale.html", 403, typed=typed_texts(request))


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault: a number the administrator finds in the log. Must not fail itself, so it asks for little. A database that
    is away is told as what it is."""
    if out_of_reach(sys.exc_info()[1]):
        connection.close()  # it may lead to a server that is gone, or takes no writes any more
        return _away(request)
    number = getattr(request, "failure", "") or f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
    if wants_part(request):
        return toasted(str(_("This part did not load. Number {number}.").with_(number=number)), 500)
    try:
        return _simple(request, "errors/failure.html", 500, number=number)
    except Exception:  # noqa: BLE001 - the page that says so must come, whatever is broken
        return HttpResponse(f"500 · {number}", status=500, content_type="text/plain; charset=utf-8")


def _away(request: HttpRequest) -> HttpResponse:
    """Said without asking the database for anything, with what was typed."""
    error = Away()
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    with speaking(chosen if chosen in LANGUAGES else current_language()):
        if wants_part(request):
            response = toasted(f"{error.title}. {error}", error.status)
        else:
            context = {
                "error": error,
                "problems": error.problems,
                "status": error.status,
                "typed": typed_texts(request),
            }
            response = respond_alone(request, "errors/outside.html", context, error.status)
    response["Retry-After"] = str(error.seconds)
    return response


def _simple(request: HttpRequest, page: str, status: int, **context: Any) -> HttpResponse:
    known = getattr(request, "actor", None)
    whole = {"error": None, "problems": (), "status": status, "number": "", "typed": (), **context}
    return respond(request, page if known else "errors/outside.html", whole, status=status)
