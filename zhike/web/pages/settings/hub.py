"""``/settings``: every place a person may set something at, by group. On a phone this list is the way in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _
from zhike.web.pages.settings.places import open_places
from zhike.web.respond import respond
from zhike.web.visitor import actor_of


def show(request: HttpRequest) -> HttpResponse:
    """The list of places; who may open none of them is told so."""
    groups = open_places(actor_of(request))
    if not groups:
        raise Forbidden(_("Your roles do not open the settings. Ask an administrator."))
    return respond(request, "settings/hub.html", {"groups": groups})
