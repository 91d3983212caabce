"""One sentence to the person after something happened, with an offer to take it back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse

from zhike.kernel.words import Words
from zhike.web.links import undo_url

COOKIE = "zhike-said"
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Said:
    """What the next page shows as a toast; ``undo`` is an operation id or 0."""

    text: str
    undo: int = 0
    bad: bool = False


def say(
    request: HttpRequest, response: HttpResponse, text: Words | str, undo: int | None = None, *, bad: bool = False
) -> HttpResponse:
    """Add a toast to an answer: at once for parts of a page, on the next page when the browser leaves this one."""
    said = {"text": str(text), "undo": undo or 0, "bad": bad}
    leaves = response.status_code in (301, 302, 303, 307, 308) or any(
        response.has_header(name) for name in ("HX-Redirect", "HX-Refresh", "HX-Location")
    )
    if leaves or request.headers.get("HX-Request") != "true":
        response.set_cookie(
            COOKIE,
            signing.dumps(said, salt=COOKIE),
            max_age=SECONDS,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
        )
        return response
    toast: dict[str, Any] = {"text": said["text"], "bad": bad}
    if undo:
        toast["undo"] = undo_url(undo)
    triggers = json.loads(response.get("HX-Trigger", "{}"))
    triggers["zhike:toast"] = toast
    response["HX-Trigger"] = json.dumps(triggers)
    return response


def said_before(request: HttpRequest) -> Said | None:
    """The toast left by the answer before, if any; the caller drops the cookie with :func:`forget`."""
    coded = request.COOKIES.get(COOKIE)
    if not coded:
        return None
    try:
        held = signing.loads(coded, salt=COOKIE, max_age=SECONDS)
    except signing.BadSignature:
        return None
    return Said(str(held["text"]), int(held["undo"]), bool(held["bad"]))


def forget(response: HttpResponse) -> None:
    """Let the toast be shown once."""
    response.delete_cookie(COOKIE, samesite="Lax")
