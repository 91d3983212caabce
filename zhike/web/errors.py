"""What a refusal looks like: one page for each kind, and a short toast when only a part was asked for."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from markupsafe import escape

from zhike.kernel.errors import Refused
from zhike.kernel.words import _
from zhike.web.respond import respond, wants_part

PAGES = {
    400: "errors/question.html",
    403: "errors/closed.html",
    404: "errors/missing.html",
    409: "errors/conflict.html",
}


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """The page of a refusal. Hidden and missing records give the very same answer."""
    if wants_part(request):
        return toasted(str(error.problems[0].text) if error.problems else str(error.title), error.status)
    known: Any = getattr(request, "actor", None)
    context = {"error": error, "problems": error.problems, "status": error.status}
    page = PAGES.get(error.status, "errors/refused.html")
    return respond(request, page if known else "errors/outside.html", context, status=error.status)


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
    """A request that cannot be read at all."""
    return _simple(request, "errors/refused.html", 400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token is missing or old: the page was open too long, or the form came from elsewhere."""
    if wants_part(request):
        return toasted(str(_("This page was open for too long. Reload it and try again.")), 403)
    return _simple(request, "errors/stale.html", 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault: a number the administrator finds in the log. Must not fail itself, so it asks for little."""
    number = getattr(request, "failure", "") or f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
    if wants_part(request):
        return toasted(str(_("This part did not load. Number {number}.").with_(number=number)), 500)
    try:
        return _simple(request, "errors/failure.html", 500, number=number)
    except Exception:  # noqa: BLE001 - the page that says so must come, whatever is broken
        return HttpResponse(f"500 · {number}", status=500, content_type="text/plain; charset=utf-8")


def _simple(request: HttpRequest, page: str, status: int, **context: Any) -> HttpResponse:
    known = getattr(request, "actor", None)
    whole = {"error": None, "problems": (), "status": status, "number": "", **context}
    return respond(request, page if known else "errors/outside.html", whole, status=status)
