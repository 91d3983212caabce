"""Every address there is, from the list of addresses itself: what walks over all pages asks here, so that none is forgotten."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve

# Patterns that are no plain address: doors of other kinds, and what answers when nothing else does.
KNOWN_EXPRESSIONS = {r"^(?:static|api|hooks)(?:/|$)", r"^.*$"}


def patterns() -> list[tuple[str, dict[str, Any]]]:
    """Every address pattern, such as ``<str:plural>/<int:id>``, with its converters; expressions must be known ones."""
    found: list[tuple[str, dict[str, Any]]] = []

    def walk(resolver: Any, before: str) -> None:
        for one in resolver.url_patterns:
            here = str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one, before + here)
            elif isinstance(one, URLPattern):
                if here.startswith("^"):
                    assert here in KNOWN_EXPRESSIONS, f"{before}{here} is no address that can be filled"
                    continue
                found.append((before + here, dict(one.pattern.converters)))

    walk(get_resolver(), "")
    return found


def page_patterns() -> list[str]:
    """The patterns a browser asks for: all but those of the API."""
    return [route for route, _names in patterns() if not route.startswith("api")]


def pattern_of(address: str) -> str:
    """The pattern that answers an address. Raises Resolver404."""
    return resolve(address.partition("?")[0]).route
