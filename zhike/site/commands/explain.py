"""``zhike explain``: who can see a record, and why somebody may or may not do something with it."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.access.people import people
from zhike.access.signin import actor_of_login
from zhike.api.access import verdict_json
from zhike.records.roles.explaining import explain, seers
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for, object_for, record_id


def run(given: Given, home: Path) -> int:
    """Print the answer; exit code 0 whether or not it is allowed."""
    actor, spec = actor_for(given, home), object_for(given)
    record, form = record_id(given.word("ID")), given.text("format", "table")
    if not given.word("USER"):
        found, _more = seers(actor, spec.key, record)
        rows = [
            {"name": people().persons[one.person].name, "rights": " ".join(one.rights), "because": str(one.text)}
            for one in found
        ]
        print_rows(sys.stdout, form, ("name", "rights", "because"), rows)
        return 0
    person = actor_of_login(given.word("USER")).id
    verdict = explain(actor, spec.key, record, person, given.text("right", "read"), given.text("field", ""))
    if form == "json":
        sys.stdout.write(as_json(verdict_json(verdict)))
        return 0
    print(verdict.text)
    for step in verdict.steps:
        print(f"  {'+' if step.holds else '-'} {step.text}")
    return 0
