"""``zhike company``: the company's own facts."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.kernel.words import _
from zhike.records.company.company import FACTS, set_company
from zhike.records.company.settings import company
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for

OPTIONS = {"name": "name", "currency": "currency", "country": "country", "timezone": "timezone", "speaks": "language"}


def run(given: Given, home: Path) -> int:
    """Run one of show and set."""
    actor = actor_for(given, home)
    if given.shape.name == "company set":
        values = {fact: given.text(option) for option, fact in OPTIONS.items() if given.has(option)}
        if not values:
            raise WrongUsage(_("Say what to change, such as --name."))
        set_company(actor, values)
    facts = {key: getattr(company(), key) for key in FACTS}
    if given.text("format", "table") == "json":
        sys.stdout.write(as_json(facts))
    else:
        lines = [{"fact": key, "value": value} for key, value in facts.items()]
        print_rows(sys.stdout, given.text("format", "table"), ("fact", "value"), lines)
    return 0
