"""What all settings pages share: who may open one, and the frame around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from zhike.kernel.errors import Forbidden, Problem, Refused
from zhike.kernel.words import Words, _
from zhike.web.pages.settings.places import open_places, place_at
from zhike.web.respond import respond
from zhike.web.visitor import actor_of

View = Callable[..., HttpResponseBase]
Crumb = tuple[object, str]


def settings_place(address: str) -> Callable[[View], View]:
    """Decorator: the view belongs to the place at ``address`` and is open to whom the place is open."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
            place = place_at(address)
            if not place.may(actor_of(request)):
                raise Forbidden(_("Your roles do not open this page. Ask an administrator."))
            request.settings_place = place  # type: ignore[attr-defined]
            return view(request, *args, **more)

        return guarded

    return guard


def settings_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    title: object = "",
    above: tuple[Crumb, ...] = (),
    part: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page inside the settings frame. ``title`` names it when it is deeper than its place; ``above`` are the pages
    between the place and this one."""
    place = request.settings_place  # type: ignore[attr-defined]
    crumbs: list[Crumb] = [(place.label, place.address), *above] if title else []
    whole = {
        "groups": open_places(actor_of(request)),
        "place": place,
        "page_title": title or place.label,
        "crumbs": crumbs,
        "back": crumbs[-1][1] if crumbs else "/settings",
        **context,
    }
    return respond(request, f"settings/{template}", whole, part=part, status=status)


def by_field(refused: Refused | None, known: frozenset[str] = frozenset()) -> tuple[dict[str, Words], list[Problem]]:
    """The problems of a refusal by the input they belong to, and those that belong to none of the ``known`` inputs."""
    if refused is None:
        return {}, []
    placed = {one.field: one.text for one in reversed(refused.problems) if one.field in known or not known}
    return placed, [one for one in refused.problems if known and one.field not in known]
