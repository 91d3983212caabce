"""A new option of a choice, declared or custom, added by an administrator and usable at once."""

from __future__ import annotations

import json

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, Problem
from zhike.kernel.words import _
from zhike.records.company.settings_log import note_setting
from zhike.records.declaring.customise import change_field, require_administrator
from zhike.schema.kinds import ParseError
from zhike.schema.kinds.choices import option_key
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, Option
from zhike.store.customs import schema_changed
from zhike.store.database import row, run, to_db, write_transaction

MOST_LABEL = 60
MOST_OPTIONS = 500


def add_option(actor: Actor, object_key: str, field_key: str, label: str) -> Option:
    """Add an option with this label. One that is called so already is answered as it is.

    Raises Forbidden, Invalid (no label, too long, too many, not a choice)."""
    require_administrator(actor)
    registry.refresh()
    field = registry.object(object_key).field(field_key)
    clean = " ".join(label.split())
    if field is None or field.kind not in ("choice", "choices") or not clean or len(clean) > MOST_LABEL:
        text = _("An option needs a name of at most {n} characters.").with_(n=MOST_LABEL)
        raise Invalid(Problem(text, field_key, "option"))
    if len(field.options) >= MOST_OPTIONS:
        raise Invalid(Problem(_("A choice has at most {n} options.").with_(n=MOST_OPTIONS), field_key, "option"))
    held = _held(field, clean)
    if held is not None:
        return held
    key = _free_key(field)
    if field.custom:
        options = [
            {"key": one.key, "label": _label(one), "hue": one.hue, "active": one.active} for one in field.options
        ]
        change_field(actor, object_key, field_key, {"options": [*options, {"key": key, "label": clean}]})
    else:
        with write_transaction():
            place = row(
                'SELECT COALESCE(max("position"), 0) + 1 FROM "store_optionrow" WHERE "object" = %s AND "field" = %s',
                (object_key, field_key),
            )
            run(
                'INSERT INTO "store_optionrow" ("object", "field", "key", "label", "hue", "position", "active")'
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    object_key,
                    field_key,
                    key,
                    json.dumps(clean, ensure_ascii=False),
                    "grey",
                    place[0] if place else 0,
                    to_db(True),
                ),
            )
            note_setting(actor, f"option.{object_key}.{field_key}.{key}", None, clean)
            schema_changed()
        registry.refresh()
    made = registry.object(object_key)[field_key].option(key)
    assert made is not None
    return made


def _held(field: FieldSpec, label: str) -> Option | None:
    try:
        key = option_key(label, field)
    except ParseError:
        return None
    return field.option(key) if key else None


def _label(option: Option) -> object:
    by_language = getattr(option.label, "by_language", None)
    return dict(by_language) if by_language else option.label.msgid


def _free_key(field: FieldSpec) -> str:
    taken = {one.key for one in field.options}
    number = len(taken) + 1
    while f"option_{number}" in taken:
        number += 1
    return f"option_{number}"
