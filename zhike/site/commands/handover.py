"""``zhike handover``: what somebody leaves behind, told, handed over, listed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from zhike.api.handovers import preview_json
from zhike.kernel.actor import Actor
from zhike.kernel.changes import Command
from zhike.kernel.words import _
from zhike.records.actions import run_action
from zhike.records.handing.doing import HANDOVER, preview
from zhike.records.handing.rules import target_in
from zhike.records.handing.splitting import lines_of
from zhike.records.read import Query, read
from zhike.records.write import write
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for, record_id

LISTED = ("leaver", "state", "last_day", "handed_on", "operation")


def run(given: Given, home: Path) -> int:
    """Make a draft, look at it, do it, or list them all."""
    actor = actor_for(given, home)
    act = given.shape.name.partition(" ")[2]
    if act == "list":
        _list(given, actor)
        return 0
    if act == "new":
        made = write(actor, Command("create", HANDOVER, values=_facts(given))).id
        print(_("Handover {id}; nothing has changed hands yet.").with_(id=made), file=sys.stderr)
        _show(given, actor, made)
        return 0
    handover = record_id(given.word("ID"))
    if act == "preview":
        _show(given, actor, handover)
    else:
        done = run_action(actor, HANDOVER, "plan" if given.has("after-last-day") else "hand_over", [handover])
        print(done.message)
        if done.operation:
            print(_("Operation {operation}.").with_(operation=done.operation), file=sys.stderr)
    return 0


def _facts(given: Given) -> dict[str, Any]:
    facts: dict[str, Any] = {"leaver": target_in(given.word("LEAVER")).person}
    if given.has("rest"):
        facts["rest"] = target_in(given.text("rest")).person
    if given.has("rules"):
        facts["rules"] = "\n".join(one.strip() for one in given.text("rules").split(";"))
    if given.has("last-day"):
        facts["last_day"] = given.text("last-day")
    if not facts["leaver"] or facts.get("rest") == 0:
        raise WrongUsage(_("Name one person by their login."))
    return facts


def _show(given: Given, actor: Actor, handover: int) -> None:
    found = preview(actor, handover)
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json(preview_json(found)))
        return
    columns = ("to", "name", "object", "field", "count", "amount", "load_before", "load_after")
    print_rows(sys.stdout, given.text("format", "table"), columns, [dict(one) for one in lines_of(found)])
    for one in found.hitches:
        print(one.text, file=sys.stderr)


def _list(given: Given, actor: Actor) -> None:
    page = read(actor, Query(HANDOVER, sort="-created", columns=LISTED, size=200, count=False))
    lines = [
        {
            "id": one.id, "leaver": one["leaver"].title if one["leaver"] else "", "state": one["state"],
            "last_day": str(one["last_day"] or ""), "handed_on": str(one["handed_on"] or ""),
            "operation": int(one["operation"]) if one["operation"] else "",
        }
        for one in page.rows
    ]  # fmt: skip
    print_rows(sys.stdout, given.text("format", "table"), ("id", *LISTED), lines)
