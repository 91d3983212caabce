"""Whole page or part: decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from markupsafe import Markup

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.words import current_language
from zhike.records.company.settings import company
from zhike.records.jobs.views import open_jobs
from zhike.records.notices.notices import counted, unread_count
from zhike.schema.spec import ObjectSpec
from zhike.web.jinja import engine
from zhike.web.nav import bottom, go_keys, places
from zhike.web.pages.settings.places import has_settings
from zhike.web.say import forget, said_before

THEMES = ("light", "dark")
DENSITIES = ("compact", "roomy")
WHOLE = "X-Zhike-Whole"  # a form of the whole page, sent by the script: what is refused comes back whole


def wants_part(request: HttpRequest) -> bool:
    """True when the script asks for a piece of a page rather than a page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and "HX-Boosted" not in headers
        and "HX-History-Restore-Request" not in headers
    )


def respond(
    request: HttpRequest, template: str, context: Mapping[str, Any], part: str = "", status: int = 200
) -> HttpResponse:
    """The page ``template`` for a browser, or only its block ``part`` for a script that asked for a part.

    ``base.html`` prints the block alone when ``only_part`` names it, so that a template's imports hold in both cases."""
    chosen = engine().get_template(template)
    alone = bool(part) and wants_part(request) and WHOLE not in request.headers
    said = None if alone else said_before(request)
    whole = {**surroundings(request, alone=alone), "said": said, **context}
    response = HttpResponse(chosen.render({**whole, "only_part": part if alone else ""}), status=status)
    response["Vary"] = "HX-Request, Cookie"
    if said is not None:
        forget(response)
    return response


def respond_alone(request: HttpRequest, template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
    """A page that stands outside the others and is made without the database."""
    text = engine().get_template(template).render({**_frame(request), "only_part": "", "said": None, **context})
    return HttpResponse(text, status=status)


def see_other(request: HttpRequest, address: str) -> HttpResponse:
    """Send the browser to another page after a POST; a script is told to load it whole."""
    if wants_part(request):
        response = HttpResponse(status=200)
        response["HX-Redirect"] = address
        return response
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def surroundings(request: HttpRequest, *, alone: bool = False) -> dict[str, Any]:
    """What every template knows. Parts get the same names, without the navigation being worked out."""
    actor: Actor | None = getattr(request, "actor", None)
    groups = places(actor, request.path) if actor and not alone else []

    def may(right: str, spec: ObjectSpec) -> bool:
        return actor is not None and can(actor, right, spec)

    return {
        **_frame(request),
        "actor": actor,
        "company": company(),
        "can": may,
        "nav": groups,
        "bottom": bottom(actor, groups, request.path) if actor and not alone else [],
        "go_keys": go_keys(groups),
        "open_jobs": open_jobs(actor) if actor and not alone else [],
        "has_settings": actor is not None and not alone and has_settings(actor),
        "waiting_notices": counted(unread_count(actor)) if actor and not alone else "",
        "list_spec": None,
    }


def _frame(request: HttpRequest) -> dict[str, Any]:
    """What a template knows of the browser alone."""
    cookies, token = request.COOKIES, get_token(request)
    return {
        "request": request,
        "language": current_language(),
        "here": request.get_full_path(),
        "theme": cookies.get("zhike-theme") if cookies.get("zhike-theme") in THEMES else "",
        "density": cookies.get("zhike-density") if cookies.get("zhike-density") in DENSITIES else "",
        "folded": cookies.get("zhike-rail") == "folded",
        "keys_off": cookies.get("zhike-keys") == "off",
        "nonce": getattr(request, "nonce", ""),
        "csrf_token": token,
        "csrf_input": Markup('<input type="hidden" name="csrfmiddlewaretoken" value="{}">').format(token),
    }
