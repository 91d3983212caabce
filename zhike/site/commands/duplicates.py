"""``zhike duplicates``: pairs of records that are perhaps the same, with their scores."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.insight.duplicates import reasons, scan
from zhike.kernel.words import _
from zhike.records.externals import external_ids_of
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import print_rows
from zhike.site.commands.session import actor_for, object_for


def run(given: Given, home: Path) -> int:
    """Print one row per pair, the surest first: both records by external id (else by number), score, and why."""
    actor = actor_for(given, home)
    spec = object_for(given)
    least = given.number("least", 0) if given.has("least") else None
    found = scan(actor, spec.key, least)
    names = external_ids_of(spec, [one for pair in found.pairs for one in (pair.one, pair.two)])
    print_rows(
        sys.stdout,
        given.text("format", "table"),
        ["one", "two", "score", "why"],
        [
            {
                "one": names.get(pair.one, str(pair.one)),
                "two": names.get(pair.two, str(pair.two)),
                "score": f"{pair.score:.2f}",
                "why": str(_("; ")).join(str(text) for _for, text in reasons(spec, pair)),
            }
            for pair in found.pairs
        ],
    )
    return 0
