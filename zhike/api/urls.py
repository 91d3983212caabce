"""Which address answers what under ``/api/v1/``. The operations come from their own files; this puts them in order."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from zhike.api import (
    access,
    actions,
    batch,
    company,
    customise,
    describe,
    docs,
    exports,
    files,
    handovers,
    imports,
    inbox,
    jobs,
    options,
    privacy,
    questions,
    records,
    roles,
    undoing,
)
from zhike.api.answer import language_of, problem_response, view_of
from zhike.api.openapi import document
from zhike.api.operation import Call, Operation, Reply
from zhike.kernel.errors import NotFound
from zhike.kernel.words import _, current_language, speaking


def _show_document(call: Call) -> Reply:
    """The OpenAPI 3.1 document."""
    return Reply(document(call.actor, OPERATIONS))


OPERATIONS: tuple[Operation, ...] = (
    *records.OPERATIONS,
    *batch.OPERATIONS,
    *questions.OPERATIONS,
    *actions.OPERATIONS,
    *undoing.OPERATIONS,
    *files.OPERATIONS,
    *describe.OPERATIONS,
    Operation("openapi", "GET", "openapi.json", _("This document"), _show_document, refusals=(400, 401), browser=True),
    *customise.OPERATIONS,
    *imports.OPERATIONS,
    *exports.OPERATIONS,
    *jobs.OPERATIONS,
    *inbox.OPERATIONS,
    *company.OPERATIONS,
    *options.OPERATIONS,
    *privacy.OPERATIONS,
    *handovers.OPERATIONS,
    *roles.OPERATIONS,
    *access.OPERATIONS,
)
PAGES: tuple[Operation, ...] = (
    Operation(
        "docs", "GET", "docs", _("The readable page"), partial(docs.show_docs, operations=OPERATIONS),
        params=(docs.OBJECT,), browser=True, page=True,
    ),
    Operation("style", "GET", "docs.css", _("Its styles"), docs.show_style, browser=True),
)  # fmt: skip
RESERVED = frozenset(one.path.split("/")[0] for one in (*OPERATIONS, *PAGES)) - {"{plural}"}


@csrf_exempt
def _nothing_here(request: HttpRequest) -> HttpResponse:
    with speaking(language_of(request) or current_language()):
        return problem_response(NotFound(_("There is nothing at this address; see /api/v1/docs.")))


def _patterns() -> list[URLPattern]:
    by_path: dict[str, list[Operation]] = {}
    for one in (*OPERATIONS, *PAGES):
        by_path.setdefault(one.path, []).append(one)
    fixed_first = sorted(by_path, key=lambda route: [part.startswith("{") for part in route.split("/")])
    routes = {route: route.replace("{", "<str:").replace("}", ">") for route in fixed_first}
    return [path(routes[route], view_of(by_path[route]), name=f"api:{route}") for route in fixed_first]


urlpatterns = [*_patterns(), re_path(r"^.*$", _nothing_here)]
