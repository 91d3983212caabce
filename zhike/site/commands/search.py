"""``zhike search``: records of every object, best first."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.kernel.words import _
from zhike.records.search import search
from zhike.schema.registry import registry
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import print_rows
from zhike.site.commands.session import actor_for, object_named

KEYS = ("object", "id", "title", "line")


def run(given: Given, home: Path) -> int:
    """Print the hits."""
    actor = actor_for(given, home)
    text = " ".join(given.many("TEXT"))
    objects = [object_named(name).key for name in given.list("objects")]
    hits = search(actor, text, objects=objects, size=given.number("size", 20))
    form = given.text("format", "table")
    rows = [
        {
            "object": hit.object if form != "table" else str(registry.object(hit.object).label),
            "id": hit.id,
            "title": str(hit.title),
            "line": str(hit.line),
        }
        for hit in hits
    ]
    heads = {"object": str(_("Object")), "id": "id", "title": str(_("Title")), "line": ""}
    print_rows(sys.stdout, form, KEYS, rows, heads)
    return 0
