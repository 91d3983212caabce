"""Health: what the quick checks of this installation find, what is bad first, each with how to mend it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from zhike.records.health.look import BAD, OK, WARN, look
from zhike.web.pages.settings.frame import settings_page, settings_place

HERE = "/settings/health"
ORDER = (BAD, WARN, OK)


@settings_place(HERE)
def show(request: HttpRequest) -> HttpResponse:
    """Everything that is looked at without reading the whole database."""
    points = sorted(look(), key=lambda one: ORDER.index(one.state))
    numbers = {state: sum(one.state == state for one in points) for state in ORDER}
    return settings_page(request, "health.html", {"points": points, "numbers": numbers})
