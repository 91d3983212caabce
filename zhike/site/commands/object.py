"""``zhike object``: objects of one's own, and which objects there are."""

from __future__ import annotations

import sys
from pathlib import Path

from zhike.api.describe import object_json, visible_objects
from zhike.kernel.words import _
from zhike.records.declaring.customise import create_object
from zhike.schema.registry import registry
from zhike.site.commands.arguments import Given
from zhike.site.commands.output import as_json, print_rows
from zhike.site.commands.session import actor_for, json_values


def run(given: Given, home: Path) -> int:
    """Run one of create and list."""
    actor = actor_for(given, home)
    form = given.text("format", "table")
    if given.shape.name == "object create":
        spec = create_object(actor, json_values(given))
        if form == "json":
            sys.stdout.write(as_json(object_json(actor, spec)))
        else:
            print(_("The new object “{object}” is at /{plural}.").with_(object=spec.label, plural=spec.plural))
        return 0
    registry.refresh()
    objects = visible_objects(actor)
    if form == "json":
        sys.stdout.write(as_json([object_json(actor, spec) for spec in objects]))
        return 0
    rows = [
        {
            "key": spec.key,
            "plural": spec.plural,
            "label": str(spec.label),
            "fields": len(spec.fields),
            "custom": spec.custom or None,
        }
        for spec in objects
    ]
    print_rows(sys.stdout, form, ("key", "plural", "label", "fields", "custom"), rows)
    return 0
