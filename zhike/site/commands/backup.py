"""``zhike backup``: make a backup while the server runs, try it, and show which there are."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from zhike.kernel.words import _
from zhike.records.backups.making import make, note_backup, try_again
from zhike.records.backups.shelf import Backup, backups
from zhike.records.company.company import require_settings
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import print_rows
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for

COLUMNS = ("name", "state", "made", "size", "why", "trouble")


def run(given: Given, home: Path) -> int:
    """Make one, or list or try those that lie in the home."""
    actor = actor_for(given, home)
    require_settings(actor)
    if given.shape.name == "backup list":
        return _listed(given)
    with Bar(str(_("Backup"))) as bar:
        if given.shape.name == "backup try":
            made = try_again(given.word("NAME"), step=bar)
        else:
            out = _target(given)
            made = make(step=bar, trial=not given.has("no-trial"))
            note_backup(actor, made)
            if out is not None:
                shutil.copyfile(made.path, out)
    print(_("{file} ({size} MB): {state}.").with_(
        file=made.path, size=f"{made.size / 2**20:,.1f}", state=made.state_label))  # fmt: skip
    print(_("The key file is not in it. Keep the recovery sheet apart: zhike key sheet"), file=sys.stderr)
    return 0


def _target(given: Given) -> Path | None:
    if not given.has("out"):
        return None
    out = Path(given.text("out"))
    if out.exists() or not out.parent.is_dir():
        raise WrongUsage(_("{file} is there already, or its folder is not.").with_(file=out))
    return out


def _listed(given: Given) -> int:
    form = given.text("format", "table")
    lines = [_line(one, form) for one in backups()]
    heads = {"name": "", "state": "", "made": "", "size": "", "why": "", "trouble": ""}
    if form == "table":
        print_rows(sys.stdout, form, COLUMNS, lines, heads)
    else:
        print_rows(sys.stdout, form, COLUMNS, lines)
    return 0


def _line(one: Backup, form: str) -> dict[str, object]:
    plain = form != "table"
    return {
        "name": one.name,
        "state": one.state if plain else one.state_label,
        "made": one.made.isoformat() if plain else one.made.astimezone().strftime("%Y-%m-%d %H:%M"),
        "size": one.size if plain else f"{one.size / 2**20:,.1f} MB",
        "why": one.why if plain else one.why_label,
        "trouble": one.trouble or one.unsent,
    }
