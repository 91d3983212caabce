"""What makes the site an app on a phone or desk: its name card, its service worker, and the page for when it is away."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import NotFound
from zhike.kernel.words import _
from zhike.records.company.settings import company
from zhike.web.built import STATIC, asset
from zhike.web.middleware import public
from zhike.web.respond import respond

ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-mask-512.png", "512x512", "maskable"),
    ("favicon.svg", "any", "any"),
)


@public
def card(request: HttpRequest) -> HttpResponse:
    """``/app.webmanifest``: what the app is called and looks like when it is installed."""
    shortcuts = (
        (_("Home"), "/"),
        (_("Accounts"), "/accounts"),
        (_("Log a follow-up"), "/follow_ups/new"),
        (_("Calendar"), "/calendar"),
    )
    product = str(_("Zhike"))
    body = {
        "name": f"{company().name} · {product}",
        "short_name": product,
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f7f9",
        "theme_color": "#ffffff",
        "lang": "zh-CN" if str(getattr(request, "language", "")).startswith("zh") else "en",
        "icons": [
            {"src": asset(name), "sizes": sizes, "purpose": purpose, "type": _type(name)}
            for name, sizes, purpose in ICONS
        ],
        "shortcuts": [{"name": str(label), "url": url} for label, url in shortcuts],
    }
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/manifest+json; charset=utf-8")


@public
def worker(request: HttpRequest) -> HttpResponse:
    """``/sw.js``: the service worker, at the root so that it may look after every page; always asked for anew."""
    try:
        script = (STATIC / PurePosixPath(asset("sw.js")).name).read_text("utf-8")
    except FileNotFoundError:
        raise NotFound from None
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@public
def offline(request: HttpRequest) -> HttpResponse:
    """``/offline``: the page the service worker keeps for when the server cannot be reached; it names nobody."""
    return respond(request, "offline.html", {})


def _type(name: str) -> str:
    return "image/svg+xml" if name.endswith(".svg") else "image/png"
