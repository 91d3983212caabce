"""``/``: where the day starts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect


def show(request: HttpRequest) -> HttpResponse:
    """The dashboard is the first page."""
    return HttpResponseRedirect("/dashboard")
