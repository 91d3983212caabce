"""Where records name a field: saved lists, tiles of dashboards, what stages ask for. Told by number, since a saved list may
be somebody's own."""

from __future__ import annotations

import re

from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import Words, _
from zhike.records.declaring.field_use import Use
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec

MOST = 500
ASKING = "opportunity"  # stages ask for fields of it
LISTS: tuple[tuple[str, tuple[str, ...], str, Words], ...] = (
    ("saved_view", ("filter", "sort", "columns", "grouped", "figures"), "list", _("Saved lists: {n}")),
    ("tile", ("measure", "by", "by_too", "where", "part", "dated"), "board", _("Tiles of dashboards: {n}")),
)


def mentions(spec: ObjectSpec, field: FieldSpec) -> list[Use]:
    """What records say of the field, of the newest five hundred of each sort."""
    word = re.compile(rf"(?<![\w.]){re.escape(field.key)}\b")
    found = []
    for key, columns, sort, text in LISTS:
        if key in registry:
            asked = Query(key, where=f'object = "{spec.key}"', columns=columns, size=MOST, count=False)
            number = sum(_names(one, columns, word) for one in read(SYSTEM, asked).rows)
            if number:
                found.append(Use(sort, text.with_(n=number)))
    if spec.key == ASKING:
        stages = read(SYSTEM, Query("stage", columns=("name", "required_fields"), size=MOST, count=False)).rows
        asking = [one.title for one in stages if field.key in str(one["required_fields"] or "").split()]
        if asking:
            found.append(Use("rule", _("Asked for by: {stages}").with_(stages=", ".join(asking))))
    return found


def _names(record: Record, columns: tuple[str, ...], word: re.Pattern[str]) -> bool:
    return any(word.search(str(record[key] or "")) for key in columns)
