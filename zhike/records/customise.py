"""Custom fields and custom objects: made, changed and removed while everything runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhike.access.rights import can
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.changes import Command
from zhike.kernel.clock import now
from zhike.kernel.errors import BadQuery, Forbidden, Invalid, NotFound, Problem
from zhike.kernel.words import Words, _
from zhike.query.formula import parse_formula
from zhike.records.asking import question
from zhike.records.declaring import KEY, wrong_default, wrong_in_field, wrong_in_object, wrong_together
from zhike.records.derived import recompute
from zhike.records.secrets import sealer_of
from zhike.records.settings import setting_for
from zhike.records.write import write_many
from zhike.schema.kinds import ParseError, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.customs import field_of, schema_changed
from zhike.store.database import row, rows, run, to_db, write_transaction
from zhike.store.ids import advance
from zhike.store.plan import RowPlan, own_rows
from zhike.store.reconcile import reconcile

RESERVED = frozenset(
    "id version owner created created_by changed changed_by archived trashed title object custom vault and or not in is me".split()
)
ADDRESSES = frozenset(
    "aggregate api batch custom dashboard docs fields help_page home language objects openapi operations pick preferences"
    " reveal schema search settings sign_in sign_out static token tokens".split()
)  # words the pages and the API use themselves
SAMPLES = 10


@dataclass
class Preview:
    """What a change of kind would do: how many values convert, how many do not, and samples of those that do not."""

    converts: int = 0
    fails: int = 0
    samples: list[tuple[int, str, str]] = field(default_factory=list)  # record id, value as shown, reason


def create_field(actor: Actor, object_key: str, payload: Mapping[str, Any]) -> FieldSpec:
    """Add a custom field; usable at once in every list, filter, form, import and API call. Raises Invalid, Forbidden."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(object_key)
    body = dict(payload)
    key = _key(body.pop("key", None), "key")
    with write_transaction():
        if spec.field(key) is not None or row(
            'SELECT 1 FROM "store_customfield" WHERE "object" = %s AND "key" = %s', (spec.key, key)
        ):
            raise Invalid(
                Problem(
                    _("The key “{key}” is or was in use; keys are never used twice.").with_(key=key), "key", "unique"
                )
            )
        slot = f"f{advance('custom_slot')}"
        made = _checked(actor, spec, key, slot, body)
        position = row('SELECT count(*) FROM "store_customfield" WHERE "object" = %s', (spec.key,))
        run(
            'INSERT INTO "store_customfield" ("object", "key", "slot", "body", "position") VALUES (%s, %s, %s, %s, %s)',
            (spec.key, key, slot, json.dumps(body, ensure_ascii=False), position[0] if position else 0),
        )
        schema_changed()
    _settle(spec.key)
    if made.rollup or made.formula:
        _fill(registry.object(spec.key), key)
    return registry.object(spec.key)[key]


def create_object(actor: Actor, payload: Mapping[str, Any]) -> ObjectSpec:
    """Add a custom object with its fields. Raises Invalid, Forbidden."""
    require_administrator(actor)
    registry.refresh()
    body = dict(payload)
    problems = wrong_in_object(body)
    if problems:
        raise Invalid(problems)
    key = _key(body.pop("key", None), "key")
    body["plural"] = _key(body.get("plural") or key + "s", "plural")
    if key in registry or body["plural"] in ADDRESSES or any(spec.plural == body["plural"] for spec in registry):
        raise Invalid(Problem(_("There is an object with this key already."), "key", "unique"))
    fields = body.pop("fields", None) or [
        {"key": "name", "label": {"zh-hans": "名称", "en": "Name"}, "kind": "text", "required": True, "search": 10}
    ]
    body.setdefault("title", fields[0].get("key", "name"))
    with write_transaction():
        run(
            'INSERT INTO "store_customobject" ("key", "body", "created") VALUES (%s, %s, %s)',
            (key, json.dumps(body, ensure_ascii=False), to_db(now())),
        )
        schema_changed()
        registry.refresh()
        for one in fields:
            _add_within(actor, key, one)
        registry.refresh()
        problems = wrong_together(registry.object(key), body)
        if problems:
            raise Invalid(problems)
    _settle(key)
    return registry.object(key)


def _add_within(actor: Actor, object_key: str, payload: Mapping[str, Any]) -> None:
    body = dict(payload)
    key = _key(body.pop("key", None), "fields")
    registry.refresh()
    spec = registry.object(object_key)
    if spec.field(key) is not None:
        raise Invalid(
            Problem(
                _("The key “{key}” is or was in use; keys are never used twice.").with_(key=key), "fields", "unique"
            )
        )
    slot = f"f{advance('custom_slot')}"
    _checked(actor, spec, key, slot, body)
    run(
        'INSERT INTO "store_customfield" ("object", "key", "slot", "body", "position") VALUES (%s, %s, %s, %s, %s)',
        (object_key, key, slot, json.dumps(body, ensure_ascii=False), len(spec.fields)),
    )
    schema_changed()


def preview_kind_change(actor: Actor, object_key: str, key: str, payload: Mapping[str, Any]) -> Preview:
    """What changing the field to this declaration would do to the values there are; changes nothing."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(object_key)
    old = _custom(spec, key)
    new = _checked(actor, spec, key, old.slot, _merged(object_key, key, payload))
    return _convert(spec, old, new)[0]


def change_field(actor: Actor, object_key: str, key: str, payload: Mapping[str, Any], drop: bool = False) -> FieldSpec:
    """Change a custom field's declaration. When the kind changes, values are converted in the log's sight; if some do not
    convert it is refused, unless ``drop`` says to empty those. Raises Invalid, NotFound, Forbidden."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(object_key)
    old = _custom(spec, key)
    body = _merged(object_key, key, payload)
    new = _checked(actor, spec, key, old.slot, body)
    if new.kind == old.kind:
        _store_body(object_key, key, body, old.slot)
        _settle(object_key)
        return registry.object(object_key)[key]
    preview, values = _convert(spec, old, new)
    if preview.fails and not drop:
        sample = preview.samples[0]
        text = _(
            "{n} values do not convert, for example “{value}”: {reason} Preview the change, then say whether to empty them."
        )
        raise Invalid(Problem(text.with_(n=preview.fails, value=sample[1][:60], reason=sample[2]), "kind", "lossy"))
    with write_transaction():
        slot = f"f{advance('custom_slot')}"
        _store_body(object_key, key, body, slot)
        registry.refresh()
        commands = [
            Command("update", object_key, record_id, values={key: value}) for record_id, value in values.items()
        ]
        if commands:
            write_many(
                actor, commands, why=str(_("The kind of “{field}” changed").with_(field=new.label)), on_error="skip"
            )
    _settle(object_key)
    return registry.object(object_key)[key]


def remove_field(actor: Actor, object_key: str, key: str) -> None:
    """Take a custom field out of use; its values stay stored, its key and slot are never used again."""
    require_administrator(actor)
    spec = registry.object(object_key)
    _custom(spec, key)
    with write_transaction():
        run(
            'UPDATE "store_customfield" SET "removed" = %s WHERE "object" = %s AND "key" = %s',
            (to_db(now()), object_key, key),
        )
        schema_changed()
    _settle(object_key)


def require_administrator(actor: Actor) -> None:
    """Raise Forbidden unless the actor may change roles: the administrator's mark."""
    role = registry.find("role")
    if not actor.is_system and (role is None or not can(actor, "edit", role)):
        raise Forbidden(_("Only an administrator can change how objects are made."))


def _key(raw: Any, where: str) -> str:
    if not isinstance(raw, str) or not KEY.fullmatch(raw) or raw in RESERVED:
        text = _("A key is made of small letters, digits and _, begins with a letter, and is not a word of the system.")
        raise Invalid(Problem(text, where, "key", raw if isinstance(raw, str) else None))
    return raw


def _custom(spec: ObjectSpec, key: str) -> FieldSpec:
    one = spec.field(key)
    if one is None:
        raise NotFound(_("There is no field called “{name}”.").with_(name=key[:60]))
    if not one.custom:
        raise Invalid(
            Problem(
                _("“{field}” came with the system; only fields of your own can change.").with_(field=one.label), "key"
            )
        )
    return one


def _merged(object_key: str, key: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    found = row('SELECT "body" FROM "store_customfield" WHERE "object" = %s AND "key" = %s', (object_key, key))
    return {
        **json.loads(found[0] if found else "{}"),
        **{name: value for name, value in payload.items() if name != "key"},
    }


def _store_body(object_key: str, key: str, body: Mapping[str, Any], slot: str) -> None:
    with write_transaction():
        coded = json.dumps(body, ensure_ascii=False)
        run(
            'UPDATE "store_customfield" SET "body" = %s, "slot" = %s WHERE "object" = %s AND "key" = %s',
            (coded, slot, object_key, key),
        )
        schema_changed()


def _checked(actor: Actor, spec: ObjectSpec, key: str, slot: str, body: dict[str, Any]) -> FieldSpec:
    """The spec a declaration makes. Raises Invalid naming every fact that cannot be."""
    body = {name: one for name, one in body.items() if one is not None}
    problems = wrong_in_field(body)
    if problems:
        raise Invalid(problems)
    if body["kind"] == "auto_number":
        body.setdefault("number", {"prefix": "", "digits": 5})
        body["readonly"] = True
    try:
        made = field_of(key, slot, body)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Invalid(Problem(_("This declaration cannot be read. Check the shapes of its facts."), "kind")) from None
    _check_derived(actor, spec, made)
    return made


def _check_derived(actor: Actor, spec: ObjectSpec, made: FieldSpec) -> None:
    if made.kind in ("formula", "roll_up") and made.result not in KINDS:
        raise Invalid(Problem(_("Say which kind the result is."), "result", "required"))
    try:
        if made.kind == "formula":
            parse_formula(made.formula, spec, setting_for(actor), made)
        if made.kind == "roll_up":
            if made.rollup is None:
                raise Invalid(Problem(_("Say what is counted: object, via, measure."), "rollup", "required"))
            source = registry.object(made.rollup.object)
            if source.field(made.rollup.via) is None:
                raise Invalid(
                    Problem(
                        _("“{name}” is not a link of {object}.").with_(name=made.rollup.via, object=source.label),
                        "rollup",
                    )
                )
            question(SYSTEM, source, made.rollup.where)
    except BadQuery as error:
        where = "formula" if made.kind == "formula" else "rollup"
        raise Invalid(Problem(error.problems[0].text, where, "bad-query")) from None


def _convert(spec: ObjectSpec, old: FieldSpec, new: FieldSpec) -> tuple[Preview, dict[int, Any]]:
    """Every value carried from the old kind to the new one, by its JSON form first, else by its shown text."""
    preview, values = Preview(), {}
    plan = RowPlan(spec, [old])
    setting = setting_for(SYSTEM)
    only = own_rows(spec) or "(1 = 1)"
    for line in rows(f'SELECT {plan.columns} FROM "{spec.table}" t WHERE {only}'):
        value = plan.decode(line, sealer_of)[4][old.key]
        if value is None:
            continue
        shown = kind_of(old).show(value, old, setting)
        reason: Words | None = None
        for raw in (kind_of(old).to_json(value, old), shown):
            try:
                values[line[0]] = kind_of(new).to_json(kind_of(new).parse(raw, new, setting), new)
                reason = None
                break
            except (ParseError, AttributeError) as error:
                reason = error.text if isinstance(error, ParseError) else _("This value does not fit.")
        if reason is None:
            preview.converts += 1
        else:
            preview.fails += 1
            if len(preview.samples) < SAMPLES:
                preview.samples.append((line[0], shown, str(reason)))
    return preview, values


def _fill(spec: ObjectSpec, key: str) -> None:
    """Give a new roll-up or formula its values on the records there are."""
    one = spec[key]
    only = own_rows(spec) or "(1 = 1)"
    ids = [line[0] for line in rows(f'SELECT t."id" FROM "{spec.table}" t WHERE t."trashed" IS NULL AND {only}')]
    recompute(spec, one, ids)


def _settle(object_key: str) -> None:
    """Reload declarations and bring indexes in line."""
    registry.refresh()
    with write_transaction():
        reconcile()
