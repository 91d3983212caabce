"""The options of a choice as a list an administrator keeps: named, coloured, put in order, retired, merged into one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.bulk import AT_ONCE, MOST, BulkDone, change_later, change_many, changeable, matching
from zhike.records.company.company import require_settings
from zhike.records.company.settings_log import note_setting
from zhike.records.declaring.customise import change_field, declaration_of
from zhike.records.declaring.declaring import HUES, MOST_OPTIONS, is_label
from zhike.records.read import count
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.customs import schema_changed
from zhike.store.database import rows, run, to_db, write_transaction

CHOOSING = ("choice", "choices")


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging did: the counts (None while a job does it) and the job that does it (0: done)."""

    done: BulkDone | None
    job: int = 0


def choice_fields() -> list[tuple[ObjectSpec, list[FieldSpec]]]:
    """Every object with choices of which the options may be kept here."""
    found = []
    for spec in registry:
        fields = [one for one in spec.fields if one.kind in CHOOSING and one.options]
        if fields and spec.group != "hidden":
            found.append((spec, fields))
    return found


def choice(object_key: str, field_key: str) -> tuple[ObjectSpec, FieldSpec]:
    """One of :func:`choice_fields`. Raises NotFound."""
    registry.refresh()
    spec = registry.object(object_key)
    field = spec.field(field_key)
    if field is None or field.kind not in CHOOSING or spec.group == "hidden":
        raise NotFound()
    return spec, field


def fixed_options(spec: ObjectSpec, field: FieldSpec) -> frozenset[str]:
    """Options the system's own rules, actions and views ask for, and the default: they can be renamed, not retired."""
    own = re.compile(rf"(?<![\w.]){field.key}\s*(?:!=|=|in|has)\s*\(?([\w\s,]+)")
    through = re.compile(rf"\.{field.key}\s*(?:!=|=|in|has)\s*\(?([\w\s,]+)")
    said: set[str] = {field.default} if isinstance(field.default, str) else set()
    for one in registry:
        pattern = own if one.key == spec.key else through
        for text in _conditions(one):
            for found in pattern.findall(text):
                said.update(re.findall(r"\w+", found))
    if spec.doing is not None and spec.doing.key == field.key:
        said |= {"open", "done"}
    return frozenset(one.key for one in field.options if one.key in said)


def _conditions(spec: ObjectSpec) -> Iterable[str]:
    yield from (rule.forbids for rule in registry.rules(spec.key))
    yield from (action.when for action in registry.actions(spec.key))
    yield from (view.where for view in spec.views)
    for shown in spec.calendar:
        yield from (shown.where, shown.done)
    for field in spec.fields:
        if field.rollup:
            yield field.rollup.where


def set_options(actor: Actor, object_key: str, field_key: str, wanted: list[Mapping[str, Any]]) -> FieldSpec:
    """Keep these options in this order: ``key``, ``label`` (None: as it came), ``hue``, ``active``. Those that are there
    stay, at least retired. Raises Invalid, NotFound, Forbidden."""
    require_settings(actor)
    spec, field = choice(object_key, field_key)
    _judge(spec, field, wanted)
    if field.custom:
        kept = {one["key"]: one for one in declaration_of(object_key, field_key).get("options", ())}
        options = [{**one, "label": one["label"] or kept[one["key"]]["label"]} for one in wanted]
        return change_field(actor, object_key, field_key, {"options": options})
    with write_transaction():
        sql = 'SELECT "key", "label", "hue", "active" FROM "store_optionrow" WHERE "object" = %s AND "field" = %s ORDER BY "position", "id"'
        held = {key: (label, hue, bool(active)) for key, label, hue, active in rows(sql, (object_key, field_key))}
        before = [[key, *facts] for key, facts in held.items()]
        after = []
        for place, one in enumerate(wanted):
            label = json.dumps(one["label"], ensure_ascii=False) if one["label"] else ""
            line = (label, one["hue"], place, to_db(one["active"]), object_key, field_key, one["key"])
            after.append([one["key"], label, one["hue"], one["active"]])
            if not run(
                'UPDATE "store_optionrow" SET "label" = %s, "hue" = %s, "position" = %s, "active" = %s'
                ' WHERE "object" = %s AND "field" = %s AND "key" = %s',
                line,
            ):
                run(
                    'INSERT INTO "store_optionrow" ("label", "hue", "position", "active", "object", "field", "key")'
                    " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    line,
                )
        note_setting(actor, f"options.{object_key}.{field_key}", before, after)
        schema_changed()
    registry.refresh()
    return registry.object(object_key)[field_key]


def _judge(spec: ObjectSpec, field: FieldSpec, wanted: list[Mapping[str, Any]]) -> None:
    keys = [one["key"] for one in wanted]
    missing = [one for one in field.options if one.key not in keys]
    problems = []
    if missing:
        text = _("“{option}” is missing: an option that was used stays, retired if it is no longer offered.")
        problems.append(Problem(text.with_(option=missing[0].label), "options", "missing"))
    if len(set(keys)) < len(keys) or len(keys) > MOST_OPTIONS:
        problems.append(Problem(_("Give at least one option, each with a key and a label, no key twice."), "options"))
    new = {one["key"] for one in wanted if field.option(one["key"]) is None}
    if any(
        (one["label"] is None and one["key"] in new) or (one["label"] and not is_label(one["label"])) for one in wanted
    ):
        problems.append(Problem(_("Every option needs a name of one line."), "options", "label"))
    if any(one["hue"] not in HUES for one in wanted):
        problems.append(Problem(_("Possible here: {possible}.").with_(possible=", ".join(HUES)), "options", "hue"))
    if not any(one["active"] for one in wanted):
        problems.append(Problem(_("Leave at least one option in use."), "options", "empty"))
    fixed = fixed_options(spec, field)
    for one in wanted:
        option = field.option(one["key"])
        if one["key"] in fixed and not one["active"] and option is not None and option.active:
            text = _(
                "“{option}” cannot be retired: the system’s own rules use it, or it is what new records start with."
            )
            problems.append(Problem(text.with_(option=option.label), "options", "fixed"))
    if problems:
        raise Invalid(problems)


def used(actor: Actor, spec: ObjectSpec, field: FieldSpec, key: str) -> tuple[int, bool]:
    """How many records hold an option, the archived included, counted up to 10,000; whether there are more."""
    return count(actor, spec.key, _holding(field, key), archived="all")


def can_merge(spec: ObjectSpec, field: FieldSpec, key: str) -> bool:
    """Whether records with this option can be given another one together."""
    return changeable(field) and key not in fixed_options(spec, field) and len(field.options) > 1


def merge_option(actor: Actor, object_key: str, field_key: str, source: str, target: str) -> Merged:
    """Give every record with ``source`` the option ``target`` and retire ``source``. Many records are a job's work, at
    most ten thousand at once. One operation that can be undone. Raises Invalid, NotFound, Forbidden."""
    require_settings(actor)
    spec, field = choice(object_key, field_key)
    old, new = field.option(source), field.option(target)
    if old is None or new is None or old is new or not new.active:
        raise Invalid(Problem(_("Choose another option that is in use."), "into", "target"))
    if not can_merge(spec, field, source):
        text = _("“{option}” cannot be merged: the system’s own rules use it.")
        raise Invalid(Problem(text.with_(option=old.label), "into", "fixed"))
    ids = matching(actor, object_key, _holding(field, source), archived="all")[:MOST]
    steps = [("set", target)] if field.kind == "choice" else [("add", [target]), ("remove", [source])]
    merged = Merged(None)
    if len(ids) > AT_ONCE:
        label = _("“{old}” becomes “{new}”: {n} {objects}").with_(
            old=old.label, new=new.label, n=len(ids), objects=spec.plural_label
        )
        for mode, value in steps:
            merged = Merged(None, change_later(actor, object_key, ids, field_key, value, mode, label))
        _retire(actor, object_key, field_key, source)
        return merged
    act = Act(actor, kind="options.merge")
    for mode, value in steps:
        merged = Merged(change_many(actor, object_key, ids, field_key, value, mode, act=act))
    _retire(actor, object_key, field_key, source)
    return merged


def _retire(actor: Actor, object_key: str, field_key: str, key: str) -> None:
    """Take one option out of what is offered; everything else about the list stays."""
    field = registry.object(object_key)[field_key]
    if field.custom:
        options = [
            {**one, "active": one.get("active", True) and one["key"] != key}
            for one in declaration_of(object_key, field_key)["options"]
        ]
        change_field(actor, object_key, field_key, {"options": options})
        return
    with write_transaction():
        note_setting(actor, f"options.{object_key}.{field_key}.{key}", "active", "retired")
        run(
            'UPDATE "store_optionrow" SET "active" = %s WHERE "object" = %s AND "field" = %s AND "key" = %s',
            (to_db(False), object_key, field_key, key),
        )
        schema_changed()
    registry.refresh()


def _holding(field: FieldSpec, key: str) -> str:
    written = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{field.key} {'=' if field.kind == 'choice' else 'has'} {written}"
