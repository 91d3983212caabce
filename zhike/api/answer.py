"""From request to response: method, token, language, parameters, then the operation; every refusal in one shape."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt

from zhike.access.networks import asking_from
from zhike.access.signin import actor_of_session, actor_of_token
from zhike.api.errors import BadRequest, MethodNotAllowed, Unauthorized
from zhike.api.operation import Call, Operation, Reply, read_params
from zhike.api.problems import TYPE, problem_json
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Away, NoRoom, NotFound, Refused, Stale, out_of_reach, out_of_room
from zhike.kernel.words import _, current_language, speaking
from zhike.records.lagging import reading_or_writing
from zhike.schema.registry import registry

log = logging.getLogger("zhike.api")
MOST_ID = 2**53
LANGUAGES = ("zh-hans", "en")
LANGUAGE_COOKIE = "zhike-language"  # what somebody chose on this device, in the application
_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

View = Callable[..., HttpResponse | StreamingHttpResponse]
Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)


def view_of(operations: Sequence[Operation]) -> View:
    """A Django view answering these operations, which share one address, each by its own method."""
    by_method = {one.method: one for one in operations}
    allowed = [*by_method, *(["HEAD"] if "GET" in by_method else []), "OPTIONS"]

    @csrf_exempt
    def view(request: HttpRequest, **path: str) -> HttpResponse | StreamingHttpResponse:
        method = request.method or "GET"
        if method == "OPTIONS":
            return _finished(HttpResponse(status=204, headers={"Allow": ", ".join(allowed)}))
        with speaking(language_of(request) or current_language()):
            operation = by_method.get("GET" if method == "HEAD" else method)
            if operation is None:
                return problem_response(MethodNotAllowed(allowed))
            response = _answered(request, operation, path)
        if method != "HEAD":
            return response
        if isinstance(response, StreamingHttpResponse):
            return HttpResponse(status=response.status_code, headers=dict(response.items()))
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
        return response

    return view


def language_of(request: HttpRequest) -> str:
    """The language the request asks for by ``Accept-Language``: ``zh-hans``, ``en`` or "" (none of ours)."""
    for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200].lower()):
        if code.split("-")[0] in ("zh", "en"):
            return "zh-hans" if code.startswith("zh") else "en"
    return ""


def problem_response(error: Refused) -> HttpResponse:
    """A refusal as ``application/problem+json`` with the headers that belong to its status."""
    headers = {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, Away):
        headers["Retry-After"] = str(error.seconds)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="zhike"'
    shape = problem_json(error)
    if isinstance(error, Stale) and "version" in shape:
        headers["ETag"] = f'"{shape["version"]}"'
    return _json_response(shape, error.status, headers, "application/problem+json")


def _answered(request: HttpRequest, operation: Operation, path: dict[str, str]) -> HttpResponse | StreamingHttpResponse:
    try:
        actor = _actor(request, operation)
        with speaking(actor.language), reading_or_writing(request.method, actor.id):
            try:
                return _reply_response(operation.run(_call(request, operation, actor, path)))
            except Refused as error:
                return problem_response(error)
    except Unauthorized as error:
        if operation.page and "text/html" in request.headers.get("Accept", ""):
            return _finished(HttpResponseRedirect("/sign-in?" + urlencode({"next": request.get_full_path()})))
        return problem_response(error)
    except Refused as error:
        return problem_response(error)
    except SuspiciousOperation:
        return problem_response(BadRequest(_("This request was refused as malformed.")))
    except IntegrityError:
        log.warning("two writes met", exc_info=True)
        text = str(_("Somebody wrote the same thing at the same moment; read again and repeat."))
        return _unexpected(409, "conflict", text, {})
    except Exception as error:
        log.exception("an API request failed")
        if out_of_room(error):
            return problem_response(NoRoom())
        if out_of_reach(error):
            connection.close()  # it may lead to a server that is gone, or takes no writes any more
            return problem_response(Away())
        if isinstance(error, OperationalError):
            return _unexpected(
                503, "busy", str(_("The database is busy; try again in a moment.")), {"Retry-After": "2"}
            )
        return _unexpected(500, "internal", str(_("Something went wrong on our side; nothing was saved.")), {})


def _actor(request: HttpRequest, operation: Operation) -> Actor:
    address = asking_from.get()
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        actor = actor_of_token(token.strip(), address)
        if actor is not None:
            return replace(actor, via="api", language=language_of(request) or actor.language)
    elif operation.browser:
        actor = actor_of_session(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), address)
        if actor is not None:
            chosen = request.COOKIES.get(LANGUAGE_COOKIE, "")
            return replace(actor, language=chosen if chosen in LANGUAGES else actor.language)
    raise Unauthorized(_("Send a token: Authorization: Bearer zk_… (made with “zhike token create USER”)."))


def _call(request: HttpRequest, operation: Operation, actor: Actor, path: dict[str, str]) -> Call:
    registry.refresh()
    spec = registry.by_plural(path["plural"]) if "plural" in path else None
    if "object" in path:
        spec = registry.object(path["object"])
    record = _id(path["id"]) if "id" in path else None
    params = read_params(request.GET, operation.params)
    return Call(request, actor, params, spec, record, path.get("name") or path.get("field", ""))


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 17 and 0 < int(text) < MOST_ID):
        raise NotFound()
    return int(text)


def _reply_response(reply: Reply) -> HttpResponse | StreamingHttpResponse:
    if reply.stream is not None:
        return _finished(StreamingHttpResponse(reply.stream, content_type=reply.media, headers=dict(reply.headers)))
    if reply.text:
        return _finished(
            HttpResponse(reply.text, status=reply.status, content_type=reply.media, headers=dict(reply.headers))
        )
    if reply.data is None:
        return _finished(HttpResponse(status=reply.status, headers=dict(reply.headers)))
    return _json_response(reply.data, reply.status, dict(reply.headers), reply.media)


def _json_response(data: Any, status: int, headers: dict[str, str], media: str) -> HttpResponse:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    headers = {"Content-Language": current_language(), **headers}
    return _finished(HttpResponse(text.encode("utf-8", "replace"), status=status, content_type=media, headers=headers))


def _unexpected(status: int, code: str, text: str, headers: dict[str, str]) -> HttpResponse:
    shape = {
        "type": TYPE.format(code=code),
        "title": text,
        "status": status,
        "detail": text,
        "code": code,
        "errors": [],
    }
    return _json_response(shape, status, headers, "application/problem+json")


def _finished(response: Answer) -> Answer:
    for name, value in _SAFE.items():
        response.headers.setdefault(name, value)
    if response.status_code == 204:
        del response.headers["Content-Type"]
    return response
