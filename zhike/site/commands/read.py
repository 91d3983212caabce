"""``zhike read``: records that match, as a table, JSON or CSV."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.api.shape import record_json
from zhike.kernel.words import _
from zhike.records.as_of import instant_in, read_as_of
from zhike.records.company.settings import setting_for
from zhike.records.read import Query, read
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.cells import cell
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for, object_for


def run(given: Given, home: Path) -> int:
    """Print one page; how many there are and how to go on is said on the error stream."""
    actor = actor_for(given, home)
    spec = object_for(given)
    query = Query(
        spec.key,
        where=given.text("where"),
        sort=given.text("sort"),
        columns=given.list("columns"),
        size=given.number("size", 20),
        after=given.text("after"),
        archived=given.text("archived", "no"),
        trashed=given.has("trashed"),
    )
    if given.has("as-of"):
        if given.has("trashed"):
            raise WrongUsage(_("--as-of does not go together with --trashed."))
        page = read_as_of(actor, query, instant_in(given.text("as-of"), setting_for(actor).timezone))
    else:
        page = read(actor, query)
    form = given.text("format", "table")
    if form == "json":
        sys.stdout.write(as_json([record_json(row, spec) for row in page.rows]))
    else:
        setting = setting_for(actor)
        keys = list(page.columns) if query.columns else ["id", *(key for key in page.columns if key != "id")]
        fields = {key: spec[key] for key in keys}
        rows = [
            {key: str(row.id) if key == "id" else cell(row.values.get(key), fields[key], setting) for key in keys}
            for row in page.rows
        ]
        print_rows(sys.stdout, form, keys, rows, {key: str(field.label) for key, field in fields.items()})
    if page.count is not None and (form == "table" or page.next):
        number = f"{page.count:,}" + ("+" if page.capped else "")
        print(_("{shown} of {count}.").with_(shown=len(page.rows), count=number), file=sys.stderr)
    if page.next:
        print(_("Go on with: --after {mark}").with_(mark=page.next), file=sys.stderr)
    return 0
