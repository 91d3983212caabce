"""One request, one state: people, rights, declarations and settings are looked at once per request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from zhike.store.ids import steady


class Steady:
    """Middleware: everything a request asks of rights and declarations is decided from one state, read in one query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with steady():
            return self.get_response(request)
