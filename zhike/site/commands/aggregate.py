"""``zhike aggregate``: counts and sums in groups."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.records.aggregate import aggregate
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import print_rows
from zhike.site.commands.session import actor_for, object_for, plain


def run(given: Given, home: Path) -> int:
    """Print one row per group, keyed by the entries of ``--by`` and ``--measures`` as typed."""
    actor = actor_for(given, home)
    spec = object_for(given)
    by = given.list("by")
    measures = given.list("measures") or ("count",)
    found = aggregate(
        actor, spec.key, by=by, measures=measures, where=given.text("where"), size=given.number("size", 1000)
    )
    keys = [*by, *measures]
    print_rows(
        sys.stdout, given.text("format", "table"), keys, [plain({key: row[key] for key in keys}) for row in found]
    )
    return 0
