"""One search over everything the person can see, pages and actions included: in the box over the page, or as a page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup, escape

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.words import _
from zhike.records.hits import Hit
from zhike.records.search import search
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.web.links import list_url, new_url
from zhike.web.nav import GROUPS, Place, listed, places
from zhike.web.pages.settings.places import open_places
from zhike.web.respond import respond, wants_part
from zhike.web.wording import inside

MOST_IN_BOX = 80
MOST_ON_PAGE = 100
MOST_PER_OBJECT = 5
MOST_JUMPS = 7


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one object, best first; groups come in the order of the rail."""

    spec: ObjectSpec
    label: str
    hits: tuple[Hit, ...]


def show(request: HttpRequest) -> HttpResponse:
    """``/search?q=…``; ``in`` names the list the person stands in, to offer filtering it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip()[:200]
    part = wants_part(request)
    found = search(actor, text, size=MOST_IN_BOX if part else MOST_ON_PAGE) if text else []
    context = {
        "q": text,
        "groups": _grouped(found, MOST_PER_OBJECT if part else MOST_ON_PAGE),
        "jumps": _jumps(actor, request, text),
        "marked": lambda shown: marked(shown, text),
    }
    return respond(request, "search.html", context, part="hits")


def marked(shown: str, text: str) -> Markup:
    """The text with what was looked for in ``<mark>``; as it is when it was found another way, such as by initials."""
    at = shown.casefold().find(text.casefold()) if text else -1
    if at < 0 or len(shown.casefold()) != len(shown):
        return escape(shown)
    return Markup("{}<mark>{}</mark>{}").format(shown[:at], shown[at : at + len(text)], shown[at + len(text) :])


def _grouped(found: list[Hit], most: int) -> list[Group]:
    by_object: dict[str, list[Hit]] = {}
    for hit in found:
        by_object.setdefault(hit.object, []).append(hit)
    order = [name for name, _label, _folded in GROUPS]
    specs = sorted((spec for spec in registry if spec.key in by_object), key=lambda spec: _place_in(order, spec))
    return [Group(spec, str(spec.plural_label), tuple(by_object[spec.key][:most])) for spec in specs]


def _place_in(order: list[str], spec: ObjectSpec) -> int:
    """Customers before the notes about them, everything else as the rail has it."""
    return -1 if spec.group == "sales" else order.index(spec.group) if spec.group in order else len(order)


def _jumps(actor: Actor, request: HttpRequest, text: str) -> list[Place]:
    """Pages whose name holds the text, “new …” for objects, and the present list filtered by the text."""
    wanted = text.casefold()
    entries = [entry for group in places(actor, "") for entry in group.entries]
    if wanted:
        entries += [
            Place(str(_("Settings: {place}").with_(place=one.label)), one.address, icon=one.icon)
            for _label, inside_group in open_places(actor)
            for one in inside_group
        ]
    found = [
        entry for entry in entries if not wanted or wanted in entry.label.casefold() or entry.url[1:].startswith(wanted)
    ]
    if not wanted:
        return found[:MOST_JUMPS]
    here = _by_plural(request.GET.get("in", ""))
    if here is not None and can(actor, "read", here):
        filtering = _("Look for “{text}” in {objects}").with_(text=text, objects=inside(here.plural_label))
        found.append(Place(str(filtering), list_url(here, find=text), icon="list-filter"))
    for spec in registry:
        label = str(_("New {object}").with_(object=inside(spec.label)))
        if listed(spec) and wanted in label.casefold() and can(actor, "create", spec):
            found.append(Place(label, new_url(spec), icon="plus"))
    return found[:MOST_JUMPS]


def _by_plural(plural: str) -> ObjectSpec | None:
    return next((spec for spec in registry if spec.plural == plural), None)
