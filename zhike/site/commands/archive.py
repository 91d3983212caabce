"""``zhike archive``: old changes out of the database into files of the home, and which there are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from zhike.kernel.words import _
from zhike.records.company.company import require_settings
from zhike.records.log_archive.making import archive_log
from zhike.records.log_archive.parts import Part, parts
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import print_rows
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for

COLUMNS = ("file", "rows", "since", "until", "size")


def run(given: Given, home: Path) -> int:
    """Archive, or list what is archived."""
    actor = actor_for(given, home)
    require_settings(actor)
    if given.shape.name == "archive list":
        _listed(given, parts())
        return 0
    try:
        before = date.fromisoformat(given.text("before"))
    except ValueError:
        raise WrongUsage(_("Give the day as --before 2024-01-01.")) from None
    with Bar(str(_("Archive"))) as bar:
        made = archive_log(actor, before, bar)
    if not made and given.text("format", "table") == "table":
        print(_("No change in the database is from before {day}.").with_(day=before))
        return 0
    _listed(given, made)
    return 0


def _listed(given: Given, some: Sequence[Part]) -> None:
    lines = [
        {
            "file": one.file,
            "rows": one.rows,
            "since": one.since[:16],
            "until": one.until[:16],
            "size": one.path.stat().st_size if one.path.is_file() else None,
        }
        for one in some
    ]
    form = given.text("format", "table")
    print_rows(sys.stdout, form, COLUMNS, lines, *([dict.fromkeys(COLUMNS, "")] if form == "table" else []))
