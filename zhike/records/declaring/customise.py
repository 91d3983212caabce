"""Custom fields and custom objects: made, changed and removed while everything runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden, Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.company.company import is_administrator
from zhike.records.company.settings_log import note_setting
from zhike.records.declaring.declaring import (
    KEY,
    NO_TITLE,
    NOT_UNIQUE,
    OF_KINDS,
    check_derived,
    settle_decimals,
    wrong_default,
    wrong_in_field,
    wrong_in_object,
    wrong_together,
)
from zhike.records.declaring.reshaping import (
    LINKS,
    SAMPLES,
    Preview,
    Sample,
    convert,
    lossy,
    refuse_twins,
    reshaped,
    rewrite_documents,
    store_values,
)
from zhike.records.derived import recompute
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.customs import field_of, schema_changed
from zhike.store.database import row, rows, run, to_db, write_transaction
from zhike.store.ids import advance
from zhike.store.plan import own_rows
from zhike.store.reconcile import reconcile

RESERVED = frozenset(
    "id version new owner created created_by changed changed_by archived trashed title object custom vault and or not in is me".split()
)
ADDRESSES = frozenset(
    "aggregate api batch company calendar custom dashboard docs fields health help_page home inbox jobs language objects openapi operations"
    " pick numbers options preferences rates reveal schema search setting_changes settings sign_in sign_out static token tokens".split()
)  # words the pages and the API use themselves


@contextmanager
def _declaring() -> Iterator[None]:
    """A transaction that changes declarations. Others see them once it is committed, and never those of a rehearsal."""
    with registry.apart(), write_transaction():
        yield
    registry.refresh()


def create_field(actor: Actor, object_key: str, payload: Mapping[str, Any]) -> FieldSpec:
    """Add a custom field; usable at once in every list, filter, form, import and API call. Raises Invalid, Forbidden."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(object_key)
    body = dict(payload)
    key = _key(body.pop("key", None), "key")
    with _declaring():
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
        _insert(spec.key, key, slot, body)
        note_setting(actor, f"field.{spec.key}.{key}", None, body)
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
    with _declaring():
        run(
            'INSERT INTO "store_customobject" ("key", "body", "created") VALUES (%s, %s, %s)',
            (key, _coded(body), to_db(now())),
        )
        note_setting(actor, f"object.{key}", None, {**body, "fields": fields})
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


def change_object(actor: Actor, key: str, payload: Mapping[str, Any]) -> ObjectSpec:
    """Change what a custom object is called, shows or belongs to; its key, address and fields stay. Raises Invalid,
    NotFound, Forbidden."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(key)
    fixed = [fact for fact in payload if fact in ("key", "plural", "fields")]
    if not spec.custom or fixed:
        text = _("“{name}” came with the system; only objects of your own can change.")
        wrong = _("The key, the address and the fields of an object are not changed here.")
        raise Invalid(Problem(wrong if spec.custom else text.with_(name=spec.label), (fixed or ["key"])[0]))
    with _declaring():
        old = object_declaration(key)
        body = {name: one for name, one in {**old, **payload}.items() if one not in (None, "", [], {})}
        problems = wrong_in_object({name: one for name, one in body.items() if name != "plural"})
        problems = problems or wrong_together(spec, {"title": spec.title, **body})
        if problems:
            raise Invalid(problems)
        run('UPDATE "store_customobject" SET "body" = %s WHERE "key" = %s', (_coded(body), key))
        note_setting(actor, f"object.{key}", old, body)
        schema_changed()
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
    _insert(object_key, key, slot, body)
    schema_changed()


def preview_kind_change(actor: Actor, object_key: str, key: str, payload: Mapping[str, Any]) -> Preview:
    """What changing the field to this declaration would do to the values there are; changes nothing."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(object_key)
    old = _custom(spec, key)
    new = _checked(actor, spec, key, old.slot, _merged(object_key, key, payload))
    if not reshaped(old, new):
        return Preview()
    preview, values = convert(spec, old, new)
    if values and new.kind in LINKS:
        preview = _rehearsed(actor, object_key, key, _merged(object_key, key, payload), preview, values)
    return preview


class _Rehearsal(Exception):
    """Rolls a rehearsed change back."""


def _rehearsed(
    actor: Actor, object_key: str, key: str, body: Mapping[str, Any], preview: Preview, values: Mapping[int, Any]
) -> Preview:
    """The preview after really looking for the records that words mean; nothing of it stays."""
    refused: list[Sample] = []
    try:
        with _declaring():
            _store_body(object_key, key, body, f"f{advance('custom_slot')}")
            registry.refresh()
            refused = store_values(actor, registry.object(object_key)[key], object_key, values)
            raise _Rehearsal
    except _Rehearsal:
        pass
    samples = [*preview.samples, *refused][:SAMPLES]
    return Preview(preview.converts - len(refused), preview.fails + len(refused), samples)


def change_field(actor: Actor, object_key: str, key: str, payload: Mapping[str, Any], drop: bool = False) -> FieldSpec:
    """Change a custom field's declaration. When values have to be converted (another kind, other decimals, options that
    go away, …) that is done in the log's sight; if some do not convert it is refused, unless ``drop`` says to empty
    those. Refused too when formulas, roll-ups or titles that use the field would no longer work.

    Raises Invalid, NotFound, Forbidden."""
    require_administrator(actor)
    registry.refresh()
    spec = registry.object(object_key)
    old = _custom(spec, key)
    body = _merged(object_key, key, payload)
    new = _checked(actor, spec, key, old.slot, body)
    refuse_twins(spec, old, new)
    with _declaring():
        preview, values = convert(spec, old, new) if reshaped(old, new) else (Preview(), {})
        if preview.fails and not drop:
            raise lossy(preview)
        slot = f"f{advance('custom_slot')}" if reshaped(old, new) else old.slot
        note_setting(actor, f"field.{object_key}.{key}", declaration_of(object_key, key), body)
        _store_body(object_key, key, body, slot)
        registry.refresh()
        _still_sound(object_key, key)
        refused = store_values(actor, registry.object(object_key)[key], object_key, values) if values else []
        if refused and not drop:
            raise lossy(Preview(len(values) - len(refused), len(refused), refused[:SAMPLES]))
    _settle(object_key)
    made = registry.object(object_key)[key]
    if (made.rollup or made.formula) and (made.rollup, made.formula, made.slot) != (old.rollup, old.formula, old.slot):
        _fill(registry.object(object_key), key)
    if bool(made.search) != bool(old.search):
        rewrite_documents(registry.object(object_key))
    return made


def remove_field(actor: Actor, object_key: str, key: str) -> None:
    """Take a custom field out of use; its values stay stored, its key and slot are never used again.

    Raises Invalid while it names the object's records or formulas and roll-ups use it; NotFound, Forbidden."""
    require_administrator(actor)
    registry.refresh()
    old = _custom(registry.object(object_key), key)
    with _declaring():
        run(
            'UPDATE "store_customfield" SET "removed" = %s WHERE "object" = %s AND "key" = %s',
            (to_db(now()), object_key, key),
        )
        note_setting(actor, f"field.{object_key}.{key}", declaration_of(object_key, key), None)
        schema_changed()
        registry.refresh()
        _still_sound(object_key, key)
    _settle(object_key)
    if old.search:
        rewrite_documents(registry.object(object_key))


def _still_sound(object_key: str, key: str) -> None:
    """After a change of declarations, still inside its transaction: whatever uses the field can still use it."""
    own = registry.object(object_key)
    title = own.field(own.title)
    if title is None or title.kind in NO_TITLE:
        raise Invalid(
            Problem(_("Records of “{object}” are named by this field.").with_(object=own.label), "key", "in-use")
        )
    if own.board is not None and own.field(own.board.by) is None:
        text = _("The board of “{object}” goes by this field.").with_(object=own.label)
        raise Invalid(Problem(text, "key", "in-use"))
    for spec in registry:
        for one in spec.fields:
            if not (one.formula or one.rollup):
                continue
            try:
                check_derived(spec, one)
            except Invalid as error:
                text = _("“{field}” of “{object}” uses this field and would no longer work: {reason}")
                raise Invalid(
                    Problem(
                        text.with_(field=one.label, object=spec.label, reason=error.problems[0].text), "key", "in-use"
                    )
                ) from None


def require_administrator(actor: Actor) -> None:
    """Raise Forbidden unless the actor may change roles: the administrator's mark."""
    if not is_administrator(actor):
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


def _coded(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, default=str)  # a default may be a Decimal


def declaration_of(object_key: str, key: str) -> dict[str, Any]:
    """A custom field's declaration as it is kept; empty for any other."""
    found = row('SELECT "body" FROM "store_customfield" WHERE "object" = %s AND "key" = %s', (object_key, key))
    return dict(json.loads(found[0])) if found else {}


def object_declaration(key: str) -> dict[str, Any]:
    """A custom object's declaration as it is kept, without its fields; empty for any other."""
    found = row('SELECT "body" FROM "store_customobject" WHERE "key" = %s', (key,))
    return dict(json.loads(found[0])) if found else {}


def _merged(object_key: str, key: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """The declaration there is with these facts in it; facts that mean nothing for a new kind are left behind."""
    old = declaration_of(object_key, key)
    if payload.get("formula", old.get("formula")) != old.get("formula"):
        old.pop("decimals", None)
    kind = payload.get("kind")
    if isinstance(kind, str) and kind != old.get("kind"):
        left = {"max", "default", *(fact for fact, kinds in OF_KINDS.items() if kind not in kinds)}
        left |= {"unique"} if kind in NOT_UNIQUE else set()
        left |= {"readonly"} if old.get("kind") == "auto_number" else set()
        old = {name: one for name, one in old.items() if name not in left}
    return {**old, **{name: value for name, value in payload.items() if name != "key"}}


def _insert(object_key: str, key: str, slot: str, body: Mapping[str, Any]) -> None:
    """A field of one's own, after those the object has."""
    last = row('SELECT max("position") FROM "store_customfield" WHERE "object" = %s', (object_key,))
    position = last[0] + 1 if last and last[0] is not None else 0
    run(
        'INSERT INTO "store_customfield" ("object", "key", "slot", "body", "position") VALUES (%s, %s, %s, %s, %s)',
        (object_key, key, slot, _coded(body), position),
    )


def _store_body(object_key: str, key: str, body: Mapping[str, Any], slot: str) -> None:
    with write_transaction():
        coded = _coded(body)
        run(
            'UPDATE "store_customfield" SET "body" = %s, "slot" = %s WHERE "object" = %s AND "key" = %s',
            (coded, slot, object_key, key),
        )
        schema_changed()


def _checked(actor: Actor, spec: ObjectSpec, key: str, slot: str, body: dict[str, Any]) -> FieldSpec:
    """The spec a declaration makes. Raises Invalid naming every fact that cannot be."""
    for name in [name for name, one in body.items() if one in (None, "", [], {})]:
        del body[name]
    problems = wrong_in_field(body)
    if problems:
        raise Invalid(problems)
    if body["kind"] == "auto_number":
        body.setdefault("number", {"prefix": "", "digits": 5})
        body["readonly"] = True
    settle_decimals(spec, body)
    try:
        made = field_of(key, slot, body)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Invalid(Problem(_("This declaration cannot be read. Check the shapes of its facts."), "kind")) from None
    problems = wrong_default(made)
    if problems:
        raise Invalid(problems)
    check_derived(spec, made)
    return made


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
