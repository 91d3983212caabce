"""Writing, step one: rights on the fields asked for, and raw values parsed by kind; every problem is collected."""

from __future__ import annotations

import difflib
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Problem
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.draft import Draft
from zhike.records.shapes import shape_of
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec

HISTORIC = frozenset({"created", "created_by", "changed", "changed_by"})
NEVER = frozenset({"id", "version", "archived", "trashed"})
SHOWN_OF_VALUE = 80
MOST_GUESSED, MOST_UNKNOWN = 3, 50
"""For how many unknown fields of one record the nearest name is looked for, and how many are named at all."""


def parse_values(act: Act, draft: Draft, setting: Setting) -> None:
    """Fill ``draft.given`` with canonical values; problems go to the draft."""
    spec, command = draft.spec, draft.command
    unknown = 0
    for key, raw in command.values.items():
        field = spec.field(key)
        if field is None or field_right(act.actor, spec, field) == "hidden":
            unknown += 1
            if unknown <= MOST_UNKNOWN:
                draft.problems.append(unknown_field(act.actor, spec, key, guess=unknown <= MOST_GUESSED))
            continue
        if not _may_set(act, field, command.historic) and not _unchanged_number(field, raw):
            draft.refuse(
                _("“{field}” is filled in by the system and cannot be set.").with_(field=field.label), key, "readonly"
            )
            continue
        if field_right(act.actor, spec, field) != "write":
            draft.refuse(_("You cannot change “{field}”.").with_(field=field.label), key, "forbidden")
            continue
        try:
            draft.given[key] = kind_of(field).parse(raw, field, setting)
        except ParseError as error:
            draft.problems.append(Problem(error.text, key, "invalid", _short(raw)))


def parse_one(field: FieldSpec, raw: Any, setting: Setting) -> Any:
    """One value by kind. Raises ParseError."""
    return kind_of(field).parse(raw, field, setting)


def unknown_field(actor: Actor, spec: ObjectSpec, key: str, *, guess: bool = True) -> Problem:
    """The answer to a field that does not exist for this actor, with the nearest name if there is one."""
    known = [field.key for field in spec.fields if guess and field_right(actor, spec, field) != "hidden"]
    near = difflib.get_close_matches(key[:60], known, 1)
    if near:
        text = _("{object} has no field “{name}”. Did you mean “{near}”?").with_(near=near[0])
    else:
        text = _("{object} has no field “{name}”.")
    return Problem(
        text.with_(object=spec.label, name=key[:60], **({"near": near[0]} if near else {})), key[:60], "unknown"
    )


def defaults(draft: Draft, setting: Setting) -> None:
    """Fill empty fields of a new record with their defaults; the words today, now and me mean what they say."""
    for field in shape_of(draft.spec).defaults:
        if draft.given.get(field.key) is not None or field.key in draft.command.values:
            continue
        word: Any = {"today": draft.today.isoformat(), "now": draft.now, "me": draft.actor_id or None}.get(
            field.default if isinstance(field.default, str) else "", field.default
        )
        draft.given[field.key] = kind_of(field).parse(word, field, setting)


def _may_set(act: Act, field: FieldSpec, historic: bool) -> bool:
    if field.key in NEVER:
        return False
    if field.key in HISTORIC:
        return act.trusted or historic
    if field.kind in ("formula", "roll_up"):
        return False
    return not field.readonly or act.trusted or historic


def _unchanged_number(field: FieldSpec, raw: Any) -> bool:
    return field.kind == "auto_number" and not field.readonly and bool(raw)


def _short(raw: Any) -> Any:
    text = raw if isinstance(raw, str) else repr(raw)
    return text if len(text) <= SHOWN_OF_VALUE else text[:SHOWN_OF_VALUE] + "…"
