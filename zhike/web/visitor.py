"""Who stands before the door: from which address, with which device, on which site; and the cookie they carry."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from zhike.access.signin.sessions import SESSION_DAYS, UNKEPT_HOURS, session_of
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.networks import address_in
from zhike.records.signin.passkeys import Site

SESSION_COOKIE = "zhike"
LANGUAGE_COOKIE = "zhike-language"  # what somebody chose on this device
LANGUAGES = ("zh-hans", "en")
DAY = 24 * 3600
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Lark", "Lark"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def actor_of(request: HttpRequest) -> Actor:
    """Who asks: the person signed in. Pages open to everybody have nobody; they ask for :func:`somebody`."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def somebody(request: HttpRequest) -> Actor | None:
    """Who asks on a page that is open to everybody; None: nobody has signed in."""
    actor: Actor | None = getattr(request, "actor", None)
    return actor


def address_of(request: HttpRequest) -> str:
    """The network address a request came from."""
    return address_in(request.META, settings.BEHIND_PROXY)


def device_of(request: HttpRequest) -> str:
    """Browser and system in two words, such as “Firefox · Windows”; "" when it does not say."""
    said = request.headers.get("User-Agent", "")
    found = (next((name for mark, name in table if mark in said), "") for table in (BROWSERS, SYSTEMS))
    return " · ".join(one for one in found if one)


def site_of(request: HttpRequest) -> Site:
    """Where the browser stands, as passkeys are bound to it. The host is one of ours: others are refused before."""
    host = request.get_host()
    return Site(
        host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host, f"{request.scheme}://{host}"
    )


def session_token(request: HttpRequest) -> str:
    """The token the browser brings along."""
    return request.COOKIES.get(SESSION_COOKIE, "")


def carry(request: HttpRequest, response: HttpResponse, token: str) -> None:
    """Hand a session to the browser: for some days if the person wanted that, else until it is closed."""
    session = session_of(token)
    kept = session is not None and session.ends - now() > timedelta(hours=UNKEPT_HOURS)
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=SESSION_DAYS * DAY if kept else None,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure() or settings.SESSION_COOKIE_SECURE,
    )
