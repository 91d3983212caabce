"""``zhike write``: create one record, or change one."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.api.shape import value_json, warnings_json, without_masks
from zhike.kernel.changes import Command
from zhike.kernel.words import _
from zhike.records.write import write
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import as_json
from zhike.site.commands.session import actor_for, json_values, object_for, record_id


def run(given: Given, home: Path) -> int:
    """Write and say what changed."""
    values = json_values(given)
    record = record_id(given.word("ID")) if given.word("ID") else None
    actor = actor_for(given, home)
    spec = object_for(given)
    expect = given.number("expect", 0) or None
    if record is None:
        command = Command("create", spec.key, values=values)
    else:
        command = Command("update", spec.key, record, without_masks(values), expect=expect)
    done = write(actor, command, why=given.text("why"), dry_run=given.has("dry-run"))
    if given.text("format", "table") == "json":
        changes = {change.field: value_json(change.after, spec[change.field]) for change in done.changes}
        shape = {"object": spec.key, "id": done.id, "version": done.version, "operation": done.operation}
        sys.stdout.write(as_json({**shape, "changes": changes, "warnings": warnings_json(done.warnings)}))
        return 0
    for warning in done.warnings:
        print(f"  {warning}", file=sys.stderr)
    if given.has("dry-run"):
        text = _("This could be written; nothing was.")
    elif record is None:
        text = _("Created {object} {id}.")
    else:
        text = _("Changed {object} {id}: now version {version}.") if done.changes else _("{object} {id} is already so.")
    print(text.with_(object=spec.label, id=done.id, version=done.version))
    if done.operation and done.changes:
        print(_("Operation {operation}.").with_(operation=done.operation), file=sys.stderr)
    return 0
