"""``zhike action``: what is more than a save, on one record, several, or the object itself."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.api.actions import action_json
from zhike.kernel.words import _
from zhike.records.actions import run_action
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import as_json
from zhike.site.commands.session import actor_for, json_values, object_for, record_id


def run(given: Given, home: Path) -> int:
    """Run it and say what it did, with the operation's number for undoing it."""
    values = json_values(given, required=False)
    ids = [record_id(word) for word in given.many("ID")]
    actor = actor_for(given, home)
    spec = object_for(given)
    done = run_action(actor, spec.key, given.word("NAME"), ids, values, why=given.text("why"))
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json(action_json(done)))
        return 0
    print(done.message or _("Done."))
    for key, record in done.records:
        print(f"  {key} {record}")
    if done.operation:
        print(_("Operation {operation}.").with_(operation=done.operation), file=sys.stderr)
    return 0
