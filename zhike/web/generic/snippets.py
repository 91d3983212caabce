"""Text snippets a person may insert into what they write: their own and those kept for everybody."""

from __future__ import annotations

from dataclasses import dataclass

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.records.read import Query, read
from zhike.schema.registry import registry
from zhike.web.links import list_url, new_url

MOST = 50


@dataclass(frozen=True, slots=True)
class Snippet:
    """A name and the text it stands for."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Snippets:
    """What can be inserted, and where to keep more."""

    found: tuple[Snippet, ...]
    list_url: str
    new_url: str


def snippets_for(actor: Actor) -> Snippets | None:
    """The snippets this actor sees, by name; None where there are none to have."""
    for spec in registry:
        if not spec.snippet or not can(actor, "read", spec):
            continue
        keys = (spec.title, spec.snippet)
        if any(field_right(actor, spec, spec[key]) not in ("read", "write") for key in keys):
            continue
        try:
            page = read(actor, Query(spec.key, columns=keys, size=MOST, count=False))
        except Refused:
            continue
        found = tuple(Snippet(one.title, str(one[spec.snippet] or "")) for one in page.rows)
        return Snippets(found, list_url(spec), new_url(spec) if can(actor, "create", spec) else "")
    return None
