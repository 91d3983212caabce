"""One search over everything the person can see, pages and actions included: in the box over the page, or as a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from markupsafe import Markup, escape

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.records.hits import Hit
from zhike.records.marks import FAVOURITE, SEEN, marked
from zhike.records.search import place_of, search
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.web.markup import html
from zhike.web.nav import GROUPS, listed
from zhike.web.pages.search_offers import acts_here, acts_on, jumps, new_one, of_plural, verb_in
from zhike.web.respond import respond, wants_part
from zhike.web.visitor import actor_of

MOST_IN_BOX = 80
MOST_ON_PAGE = 100
MOST_PER_OBJECT = 5
MOST_ALONE = 30  # when one object is chosen
MOST_CHIPS = 8
MOST_FAVOURITES, MOST_SEEN = 5, 6


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one object, best first; groups come in the order of the rail."""

    spec: ObjectSpec
    label: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: the text looked for, the object it is looked for in (None: all), by a typed word or a chip."""

    text: str
    only: ObjectSpec | None
    by_word: bool = False


def show(request: HttpRequest) -> HttpResponse:
    """``/search?q=…``; ``only`` narrows it to one object, ``in`` names the list the person stands in, ``at`` the page."""
    actor = actor_of(request)
    part = wants_part(request)
    asked = asked_in(actor, request.GET.get("q", "").strip()[:200], request.GET.get("only", ""))
    most = MOST_IN_BOX if part else MOST_ON_PAGE
    found = _found(actor, asked, most)
    if asked.by_word and not found:  # a title may begin with the name of an object
        asked = Asked(request.GET.get("q", "").strip()[:200], None)
        found = _found(actor, asked, most)
    verb, rest, knowing = ("", "", ()) if found else verb_in(actor, asked.text)
    acted_on = _acted_on(actor, rest, [asked.only.key] if asked.only else knowing) if rest else []
    at = request.GET.get("at", "")
    groups = grouped(found, (MOST_ALONE if asked.only else MOST_PER_OBJECT) if part else MOST_ON_PAGE)
    context = {
        "q": asked.text,
        "only": asked.only,
        "chips": chips(actor),
        "groups": groups,
        "acts": [
            *acts_on(actor, acted_on, verb),
            *acts_on(actor, groups[0].hits[:1] if groups else (), ""),
            *acts_here(actor, at, asked.text),
        ],
        "jumps": [] if asked.only else jumps(actor, asked.text, request.GET.get("in", "")),
        "makes": new_one(actor, asked.only, asked.text) if asked.text and not found else None,
        "seen": marked(actor, SEEN, MOST_SEEN) if not asked.text and not asked.only and part else [],
        "favourites": marked(actor, FAVOURITE, MOST_FAVOURITES) if not asked.text and not asked.only and part else [],
        "marked": lambda shown: emphasised(shown, asked.text),
    }
    return respond(request, "search.html", context, part="hits")


def asked_in(actor: Actor, text: str, only: str) -> Asked:
    """The question as typed: ``客户 华信`` asks for 华信 among the accounts."""
    chosen = of_plural(only)
    if chosen is not None and can(actor, "read", chosen):
        return Asked(text, chosen)
    word, space, rest = text.partition(" ")
    if space and rest.strip():
        for spec in _offered(actor):
            if word.casefold() in names_of(spec):
                return Asked(rest.strip(), spec, by_word=True)
    return Asked(text, None)


def names_of(spec: ObjectSpec) -> set[str]:
    """The words that mean an object: its labels in the reader's language, its key, its place in addresses."""
    return {str(one).casefold() for one in (spec.label, spec.plural_label, spec.key, spec.plural)}


def chips(actor: Actor) -> list[tuple[ObjectSpec, str]]:
    """The objects one can narrow the search to, each with the words that mean it."""
    return [(spec, " ".join(sorted(names_of(spec)))) for spec in _offered(actor)][:MOST_CHIPS]


def emphasised(shown: str, text: str) -> Markup:
    """The text with what was looked for in ``<mark>``, also when it was found by first letters."""
    start, end = place_of(shown, text)
    if start == end:
        return escape(shown)
    return html("%s<mark>%s</mark>%s", shown[:start], shown[start:end], shown[end:])


def grouped(found: list[Hit], most: int) -> list[Group]:
    """Hits by object, at most so many of each."""
    by_object: dict[str, list[Hit]] = {}
    for hit in found:
        by_object.setdefault(hit.object, []).append(hit)
    specs = sorted((spec for spec in registry if spec.key in by_object), key=_place_in)
    return [Group(spec, str(spec.plural_label), tuple(by_object[spec.key][:most])) for spec in specs]


def _found(actor: Actor, asked: Asked, size: int) -> list[Hit]:
    if not asked.text:
        return []
    return search(actor, asked.text, objects=[asked.only.key] if asked.only else (), size=size)


def _acted_on(actor: Actor, text: str, objects: Sequence[str]) -> list[Hit]:
    """Records of these objects, customers before the notes about them."""
    found = search(actor, text, objects=objects, size=MOST_IN_BOX)
    return [hit for group in grouped(found, MOST_PER_OBJECT) for hit in group.hits]


def _offered(actor: Actor) -> list[ObjectSpec]:
    specs = [spec for spec in registry if listed(spec) and spec.group != "setup" and can(actor, "read", spec)]
    return sorted(specs, key=_place_in)


def _place_in(spec: ObjectSpec) -> int:
    """Customers before the notes about them, everything else as the rail has it."""
    order = [name for name, _label, _folded in GROUPS]
    return -1 if spec.group == "sales" else order.index(spec.group) if spec.group in order else len(order)
