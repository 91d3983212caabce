"""``zhike check``: is this installation as it should be? Every point with what was found; 1 when one is bad."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.cubes import check_cubes
from zhike.records.derived import check_derived
from zhike.records.health.look import OK, STATES, look
from zhike.schema.registry import registry
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import print_rows
from zhike.site.commands.session import actor_for

DEEPER = ("derived", "audit")
WIDE = 60


def run(given: Given, home: Path) -> int:
    """Look at everything and print it."""
    require_settings(actor_for(given, home))
    registry.refresh()
    if given.has("repair"):
        for line in check_derived(repair=True) + check_cubes(repair=True):
            print(_("Put right: {what}").with_(what=line), file=sys.stderr)
    points = list(look("whole", *(one for one in DEEPER if given.has(one))))
    lines = [
        {
            "check": str(one.name),
            "state": one.state,
            "good": one.good,
            "found": str(one.found),
            "mend": "" if one.state == OK else str(one.mend),
        }
        for one in points
    ]
    form = given.text("format", "table")
    if form == "table":
        shown = [
            {**line, "state": str(STATES[str(line["state"])]), "found": _short(str(line["found"]))} for line in lines
        ]
        columns = ("state", "check", "found", "mend")
        print_rows(sys.stdout, form, columns, shown, dict.fromkeys(columns, ""))
    else:
        print_rows(sys.stdout, form, ("check", "state", "good", "found", "mend"), lines)
    return 0 if all(one.good for one in points) else 1


def _short(text: str) -> str:
    return text if len(text) <= WIDE else text[: WIDE - 1] + "…"
