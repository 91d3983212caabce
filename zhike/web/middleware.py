"""What happens around every page: safe headers, who is signed in, in which language, and what a refusal looks like."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.gzip import GZipMiddleware

from zhike.access.networks import asking_from
from zhike.access.signin.sessions import Session, note_seen, visit_of
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Forbidden, NoRoom, Refused, out_of_room
from zhike.kernel.words import _, speaking
from zhike.records.company.settings import company, setting_for
from zhike.records.lagging import reading_or_writing
from zhike.schema.kinds.base import Setting
from zhike.web.errors import UNREADABLE, Unreadable, refused, sent_again
from zhike.web.links import local, with_query
from zhike.web.reading import reading_as
from zhike.web.respond import see_other, wants_part
from zhike.web.visitor import LANGUAGE_COOKIE, LANGUAGES, address_of, session_token

OWN_DOORS = ("/api/", "/static/", "/hooks/")  # they sign in, answer and refuse in their own way
YEAR = 365 * 24 * 3600
REPLACED = "\ufffd"  # what stands where bytes of a form with files were not UTF-8

log = logging.getLogger("zhike.web")
Answer = Callable[[HttpRequest], HttpResponse]


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that may be opened without signing in."""
    view.public = True  # type: ignore[attr-defined]
    return view


def open_to_confined(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that somebody may open who still has to set up the second step their role asks for."""
    view.open_to_confined = True  # type: ignore[attr-defined]
    return view


class Compressed(GZipMiddleware):
    """Pages travel compressed; answers of the API, files and streams go as they are, static files bring their own. The length of a
    compressed page says nothing of what is on it: Django puts random bytes into its header, and tokens are masked anew."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress what is a page."""
        if response.streaming or response.get("Content-Type", "").partition(";")[0] != "text/html":
            return response
        return super().process_response(request, response)


class Headers:
    """The content policy with a fresh nonce, and the other headers that keep a page to itself."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = secrets.token_urlsafe(16)
        request.nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        defaults = {
            "Content-Security-Policy": policy(nonce),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(self), geolocation=(), payment=(), usb=()",
        }
        if request.is_secure():
            defaults["Strict-Transport-Security"] = f"max-age={YEAR}"
        for name, value in defaults.items():
            response.headers.setdefault(name, value)
        return response


def policy(nonce: str) -> str:
    """Nothing inline, nothing from elsewhere; scripts only with this page's nonce and what those load."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}' 'strict-dynamic'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "frame-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


class SignedIn:
    """Gives every request its ``actor`` and ``language``, sends strangers to the sign-in page, and draws refusals."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = address_of(request)
        asked = asking_from.set(address)
        try:
            return self._answered(request, address)
        finally:
            asking_from.reset(asked)

    def _answered(self, request: HttpRequest, address: str) -> HttpResponse:
        if request.path.startswith(OWN_DOORS):
            return self.get_response(request)
        token = session_token(request)
        visit = visit_of(token, address)
        actor = visit.actor if visit is not None and not visit.outside else None
        language = language_of(request, actor)
        if actor is not None:
            actor = replace(actor, language=language)
        request.actor = actor  # type: ignore[attr-defined]
        request.visit = visit  # type: ignore[attr-defined]
        request.language = language  # type: ignore[attr-defined]
        person = actor.id if actor is not None else 0
        with speaking(language), reading_as(_setting(actor, language)), reading_or_writing(request.method, person):
            response = self.get_response(request)
        if visit is not None and not visit.outside:
            _note_seen(token, visit.session, address)
        response.headers.setdefault("Content-Language", "zh-CN" if language == "zh-hans" else language)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Everything is closed unless a view says it is public."""
        if request.path.startswith(OWN_DOORS):
            return None
        visit = request.visit  # type: ignore[attr-defined]
        if getattr(view, "public", False):
            return self._readable(request)
        if visit is not None and visit.outside:
            text = _("Your role lets you work only from some networks, and this is none of them.")
            return refused(request, Forbidden(text))
        if visit is not None and visit.confined and not getattr(view, "open_to_confined", False):
            return see_other(request, "/security/begin")
        if visit is not None:
            return self._readable(request)
        if request.method == "POST" and not wants_part(request):
            return sent_again(request)
        return ask_to_sign_in(request)

    def _readable(self, request: HttpRequest) -> HttpResponse | None:
        """A form that is not UTF-8 is refused: what it says could only be stored as question marks."""
        if request.method != "POST":
            return None
        if request.content_type == "multipart/form-data":
            broken = any(REPLACED in one for some in request.POST.lists() for one in (some[0], *some[1]))
            return refused(request, Unreadable(UNREADABLE)) if broken else None
        if request.content_type == "application/x-www-form-urlencoded":
            try:
                unquote_to_bytes(request.body).decode()
            except UnicodeDecodeError:
                return refused(request, Unreadable(UNREADABLE))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal becomes its page; anything else gets a number that is in the log and on the page."""
        if request.path.startswith(OWN_DOORS):
            return None
        if isinstance(error, Refused):
            return refused(request, error)
        number = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
        request.failure = number  # type: ignore[attr-defined]
        log.error("failure %s at %s %s", number, request.method, request.path, exc_info=error)
        return refused(request, NoRoom()) if out_of_room(error) else None


def _note_seen(token: str, session: Session, address: str) -> None:
    """Pages are read while the disk is full: that this was seen is then not kept."""
    try:
        note_seen(token, session, address)
    except Exception as error:
        if not out_of_room(error):
            raise


def language_of(request: HttpRequest, actor: Actor | None) -> str:
    """What was chosen on this device, else the person's own language, else the company's."""
    chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    said = actor.language if actor else company().language
    return said if said in LANGUAGES else "zh-hans"


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page with the way back; a script gets 401 and the address, and keeps what was typed."""
    back = request.headers.get("HX-Current-URL", "") if wants_part(request) else request.get_full_path()
    if back.startswith(("http://", "https://")):
        back = "/" + back.split("/", 3)[3] if back.count("/") > 2 else "/"
    address = with_query("/sign-in", {"next": local(back) if request.method == "GET" or wants_part(request) else ""})
    address = "/sign-in" if address == "/sign-in?next=%2F" else address
    if wants_part(request):
        response = HttpResponse(status=401)
        response["X-Zhike-Sign-In"] = address
        response["HX-Trigger"] = json.dumps({"zhike:signed-out": {"url": address}})
        response["HX-Reswap"] = "none"
        return response
    return HttpResponseRedirect(address)


def _setting(actor: Actor | None, language: str) -> Setting:
    if actor is not None:
        held = setting_for(actor)
        return Setting(held.currency, held.timezone, language, held.country, held.today)
    firm = company()
    return Setting(firm.currency, firm.timezone, language, firm.country)
