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
    token = get_token(request)
    groups = places(actor, request.path) if actor and not alone else []
    cookies = request.COOKIES

    def may(right: str, spec: ObjectSpec) -> bool:
        return actor is not None and can(actor, right, spec)

    return {
        "request": request,
        "actor": actor,
        "language": current_language(),
        "company": company(),
        "can": may,
        "nav": groups,
        "bottom": bottom(actor, groups, request.path) if actor and not alone else [],
        "go_keys": go_keys(groups),
        "open_jobs": open_jobs(actor) if actor and not alone else [],
        "has_settings": actor is not None and not alone and has_settings(actor),
        "waiting_notices": counted(unread_count(actor)) if actor and not alone else "",
        "here": request.get_full_path(),
        "theme": cookies.get("zhike-theme") if cookies.get("zhike-theme") in THEMES else "",
        "density": cookies.get("zhike-density") if cookies.get("zhike-density") in DENSITIES else "",
        "folded": cookies.get("zhike-rail") == "folded",
        "keys_off": cookies.get("zhike-keys") == "off",
        "list_spec": None,
        "nonce": getattr(request, "nonce", ""),
        "csrf_token": token,
        "csrf_input": Markup('<input type="hidden" name="csrfmiddlewaretoken" value="{}">').format(token),
    }
