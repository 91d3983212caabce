"""Custom objects, custom fields and option rows: from rows to specs, reloaded when the stamp moved."""

from __future__ import annotations

import json
import threading
from typing import Any

from zhike.kernel.words import Plain, Words, _
from zhike.schema.registry import registry
from zhike.schema.spec import (
    Board,
    FieldSpec,
    NumberRule,
    ObjectSpec,
    OnCalendar,
    Option,
    RollUp,
    Same,
    Scope,
    ScopeKind,
    Tab,
)
from zhike.store.business import custom_spec
from zhike.store.database import row, rows
from zhike.store.ids import renew, stamp

STAMP = "stamp:schema"
NUMBERS = "numbers"
_lock = threading.Lock()


def schema_changed() -> None:
    """Called inside the transaction that changes a custom declaration or an option."""
    renew(STAMP)


def forget_schema() -> None:
    """Load again at the next refresh (after the database was replaced, as tests do)."""
    registry.forget()


def refresh() -> None:
    """Bring the registry's custom part up to date; one small query when nothing changed."""
    newest = stamp(STAMP)
    with _lock:
        if registry.stamp != newest:
            _load(newest)


def label_of(body: Any) -> Words:
    """A label as administrators type it: one text, or a text per language."""
    if isinstance(body, dict):
        first = body.get("zh-hans") or body.get("en") or next(iter(body.values()), "")
        return Plain(first, body)
    return Plain(str(body))


def field_of(key: str, slot: str, body: dict[str, Any]) -> FieldSpec:
    """The spec of a custom field's stored declaration."""
    facts = dict(body)
    facts["label"] = label_of(facts["label"])
    facts["hint"] = label_of(facts.get("hint", ""))
    facts["options"] = tuple(
        Option(one["key"], label_of(one["label"]), one.get("hue", "grey"), one.get("active", True))
        for one in facts.get("options", ())
    )
    if facts.get("number"):
        facts["number"] = NumberRule.of(facts["number"])
    if facts.get("rollup"):
        facts["rollup"] = RollUp(**facts["rollup"])
    return FieldSpec(key=key, slot=slot, **facts)


def object_of(key: str, body: dict[str, Any], fields: tuple[FieldSpec, ...]) -> ObjectSpec:
    """The spec of a custom object's stored declaration."""
    shown = [field.key for field in fields if not field.hidden]
    columns = tuple(one for one in body.get("columns", shown[:7]) if one in shown or one == "owner")
    parents = tuple(field.key for field in fields if field.key in body.get("parents", ()))
    kind = ScopeKind(body.get("scope", "owner"))
    title = body.get("title") or (fields[0].key if fields else "id")
    board = body.get("board")
    return custom_spec(
        key,
        body["plural"],
        label_of(body["label"]),
        label_of(body.get("plural_label", body["label"])),
        fields,
        title=title,
        icon=body.get("icon", "box"),
        columns=(*columns, "owner") if "owner" not in columns else columns,
        highlights=tuple(shown[:5]),
        form=(Tab(_("Details"), (*shown, "owner")),),
        related=tuple(body.get("related", ("follow_ups", "tasks", "notes", "files"))),
        scope=Scope(kind, parents),
        group=body.get("group", "more"),
        board=Board(board["by"], board.get("total", ""), tuple(board.get("card", shown[:3]))) if board else None,
        phone=tuple(shown[:4]),
        same=Same.of(body["same"], " ".join(body.get("same_others", ()))) if body.get("same") else None,
        calendar=_calendar_of(body, fields),
        help=str(body.get("help", "")),
    )


def _calendar_of(body: dict[str, Any], fields: tuple[FieldSpec, ...]) -> tuple[OnCalendar, ...]:
    """What of a custom object stands on the calendar: ``[{"field": …, "label": …, "hue": …, "icon": …, "ends": …}]``."""
    known = {field.key: field for field in fields if field.kind in ("date", "instant")}
    return tuple(
        OnCalendar(
            one["field"],
            label_of(one["label"]) if one.get("label") else known[one["field"]].label,
            hue=one.get("hue", "grey"),
            icon=one.get("icon", ""),
            ends=one.get("ends", "") if one.get("ends") in known else "",
            remind=bool(one.get("remind", False)),
        )
        for one in body.get("calendar", ())
        if one["field"] in known
    )


def _load(newest: int) -> None:
    fields: dict[str, list[FieldSpec]] = {}
    found = rows(
        'SELECT "object", "key", "slot", "body" FROM "store_customfield" WHERE "removed" IS NULL ORDER BY "position", "id"'
    )
    for object_key, key, slot, body in found:
        fields.setdefault(object_key, []).append(field_of(key, slot, json.loads(body)))
    objects = []
    for key, body in rows('SELECT "key", "body" FROM "store_customobject" ORDER BY "created", "key"'):
        objects.append(object_of(key, json.loads(body), tuple(fields.pop(key, ()))))
    registry.load_custom(fields, objects, _options(), newest, _numbers())


def _numbers() -> dict[tuple[str, str], NumberRule]:
    """Rules of automatic numbers that came with the system and were changed: ``{"account.number": {"prefix": …}}``."""
    found = row('SELECT "value" FROM "store_setting" WHERE "key" = %s', (NUMBERS,))
    kept: dict[str, dict[str, Any]] = json.loads(found[0]) if found else {}
    return {(where.partition(".")[0], where.partition(".")[2]): NumberRule.of(rule) for where, rule in kept.items()}


def _options() -> dict[tuple[str, str], tuple[Option, ...]]:
    """Option rows by (object, field); the declared label is kept (so that it stays translated) unless it was edited."""
    declared = {
        (spec.key, field.key): {o.key: o for o in field.options}
        for spec in registry.shipped()
        for field in spec.fields
        if field.options
    }
    options: dict[tuple[str, str], list[Option]] = {}
    found = rows(
        'SELECT "object", "field", "key", "label", "hue", "active" FROM "store_optionrow" ORDER BY "position", "id"'
    )
    for object_key, field_key, key, label, hue, active in found:
        own = declared.get((object_key, field_key), {}).get(key)
        shown = own.label if own is not None and not label else label_of(json.loads(label) if label else key)
        options.setdefault((object_key, field_key), []).append(Option(key, shown, hue, bool(active)))
    return {where: tuple(some) for where, some in options.items()}


def seed_options() -> None:
    """Give every declared choice its option rows; existing rows stay as the administrator left them."""
    for spec in registry.shipped():
        for field in spec.fields:
            for position, option in enumerate(field.options):
                where = (spec.key, field.key, option.key)
                if (
                    row('SELECT 1 FROM "store_optionrow" WHERE "object" = %s AND "field" = %s AND "key" = %s', where)
                    is None
                ):
                    from_declaration = (*where, "", option.hue, position, option.active)
                    _insert_option(from_declaration)


def _insert_option(line: tuple[Any, ...]) -> None:
    rows_sql = (
        'INSERT INTO "store_optionrow" ("object", "field", "key", "label", "hue", "position", "active")'
        " VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING 1"
    )
    rows(rows_sql, line)
