"""Two addresses for whatever watches over the server, open to everybody and saying nothing but yes or no.

``/health``: this process answers. ``/health/ready``: it can answer pages too: the database answers and is up to date, and the
key file is there. They stand before everything else, since a probe comes by a number, under no name the server knows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from zhike.store.database import TookTooLong, within_seconds
from zhike.store.ids import counter
from zhike.store.keyfile import VaultError, read_key_file

ALIVE, READY = "/health", "/health/ready"
LONGEST = 2.0  # seconds the database may take for one small question

log = logging.getLogger("zhike.probes")


class Probes:
    """Middleware: answers the two addresses, 200 for yes and 503 for no; why not is in the log alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._up_to_date = False

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path not in (ALIVE, READY) or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        good = request.path == ALIVE or self._ready()
        answer = HttpResponse("yes\n" if good else "no\n", content_type="text/plain", status=200 if good else 503)
        answer["Cache-Control"] = "no-store"
        return answer

    def _ready(self) -> bool:
        try:
            with within_seconds(LONGEST):
                counter("record_id")
                self._up_to_date = self._up_to_date or not _waiting()
            read_key_file(Path(settings.ZHIKE_HOME) / "zhike.key")
        except (Error, TookTooLong, VaultError) as error:
            log.warning("not ready: %s", error)
            return False
        return self._up_to_date


def _waiting() -> bool:
    """Whether the database lacks migrations of this program: looked at until it does not."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
