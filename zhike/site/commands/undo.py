"""``zhike undo``: takes an operation back; what was changed since is named first with ``--dry-run``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from zhike.api.undoing import undo_json
from zhike.kernel.words import _
from zhike.records.company.settings import setting_for
from zhike.records.operations import with_names
from zhike.records.undo import EVERYTHING, UndoDone, rehearse, undoable
from zhike.records.undo_job import in_portions
from zhike.schema.registry import registry
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.cells import cell
from zhike.site.commands.output import as_json
from zhike.site.commands.session import actor_for, record_id


def run(given: Given, home: Path) -> int:
    """Take it back in portions, or only say what would happen; conflicts go to the error stream."""
    operation = record_id(given.word("OPERATION"))
    override = _override(given)
    actor = actor_for(given, home)
    undoable(actor, operation)
    if given.has("dry-run"):
        done = rehearse(actor, operation, override)
    else:
        done = UndoDone()
        place: dict[str, Any] = {}

        def keep(now: Any, _operation: int | None, some: UndoDone) -> None:
            place.update(now)
            done.conflicts += some.conflicts

        last = in_portions(actor, operation, override, {}, keep, lambda _done, _total: None)
        done.operation, done.changes, done.looked_at = last.operation, last.changes, place.get("seen", 0)
        done.reverted = place.get("reverted", 0)
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json(undo_json(actor, done)))
        return 0
    setting = setting_for(actor)
    for one in with_names(actor, done.conflicts):
        line = f"{one.object} {one.id}: {one.text}"
        if one.changed_since:
            field = registry.object(one.object)[one.field]
            shown = {name: cell(getattr(one, name), field, setting) or "–" for name in ("set", "now", "back")}
            line += " " + str(_("(then {set}, now {now}, before {back})").with_(**shown))
        print(line, file=sys.stderr)
    text = _("{n} records would go back.") if given.has("dry-run") else _("{n} records went back.")
    print(text.with_(n=f"{done.reverted:,}"))
    if done.changes > done.looked_at:
        text = _("Tried on the newest {n} of {m} changes.")
        print(text.with_(n=f"{done.looked_at:,}", m=f"{done.changes:,}"), file=sys.stderr)
    if done.operation:
        print(_("Operation {operation}.").with_(operation=done.operation), file=sys.stderr)
    return 0


def _override(given: Given) -> set[tuple[int, str]] | str:
    if given.text("override") == EVERYTHING:
        return EVERYTHING
    pairs = set()
    for one in given.list("override"):
        record, colon, field = one.partition(":")
        if not colon or not field:
            raise WrongUsage(_("--override takes all, or such as 12:name,13:owner."))
        pairs.add((record_id(record), field))
    return pairs
