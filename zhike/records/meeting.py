"""Writing, other people: whose changes meet, whose conflict, and what an answer may tell of values that were there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.changes import Change
from zhike.kernel.errors import Conflict, Problem, Stale
from zhike.kernel.words import _
from zhike.records.acts import Act
from zhike.records.draft import Draft, same
from zhike.records.log_archive.parts import archived
from zhike.records.parsing import parse_one
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.spec import FieldSpec
from zhike.schema.values import DAMAGED, Address, Masked
from zhike.store.database import rows


def meet_others(draft: Draft, setting: Setting) -> None:
    """Version checks: an expected version must be the newest; an editor's old values tell whose changes meet."""
    if draft.error is not None:
        return
    command = draft.command
    if command.expect is not None and command.expect != draft.version:
        text = _("Version {expected} is not the newest; the record is at version {version} now.")
        draft.error = Stale(text.with_(expected=command.expect, version=draft.version))
        return
    if command.based_on is None or command.based_on[0] == draft.version:
        return
    problems, theirs, yours = [], {}, {}
    since: set[str] | None = None
    for key in list(draft.given):
        field, old = draft.spec[key], draft.old.get(key)
        if key not in command.based_on[1]:
            since = _changed_since(draft, command.based_on[0]) if since is None else since
            if (field.slot or key) in since and not same(old, draft.given[key]):
                problems.append(
                    Problem(_("“{field}” was changed meanwhile.").with_(field=field.label), key, "conflict")
                )
                theirs[key], yours[key] = veiled(field, old), draft.given[key]
            continue
        try:
            seen = _seen(field, command.based_on[1][key], old, setting)
        except ParseError:
            if not kind_of(field).secret:
                continue
            seen = _UNKNOWN
        if same(draft.given[key], seen):
            del draft.given[key]
        elif not same(old, seen) and not same(old, draft.given[key]):
            problems.append(Problem(_("“{field}” was changed meanwhile.").with_(field=field.label), key, "conflict"))
            theirs[key], yours[key] = veiled(field, old), draft.given[key]
    if problems:
        draft.error = Conflict(problems, theirs, yours, draft.version)


_UNKNOWN = object()


def _changed_since(draft: Draft, version: int) -> set[str]:
    """The fields (custom ones by slot) that were written after a version."""
    found = rows(
        'SELECT "body" FROM "store_changerow" WHERE "record" = %s AND "version" > %s LIMIT 1000', (draft.id, version)
    )
    found += [(one[8],) for one in archived(records=[draft.id]) if one[4] > version]
    return {key for line in found for key in json.loads(line[0])}


def _seen(field: FieldSpec, raw: Any, old: Any, setting: Setting) -> Any:
    """The old value an editor saw; of a secret they saw the mask. Raises ParseError."""
    kind = kind_of(field)
    mask = raw.get("masked") if isinstance(raw, dict) else raw.mask if isinstance(raw, Masked) else raw
    if kind.secret and isinstance(old, str) and mask == kind.mask(old):
        return old
    return parse_one(field, raw, setting)


def veiled(field: FieldSpec, value: Any) -> Any:
    """A value as somebody may be told it who has not asked for it in full."""
    kind = kind_of(field)
    if not kind.secret or value is None or value is DAMAGED:
        return value
    if isinstance(value, Address):
        return replace(value, street="•••" if value.street else "")
    return Masked(kind.mask(value))


def told_changes(act: Act, draft: Draft) -> Iterator[Change]:
    """What changed, as far as the actor may know: secrets masked but for what they gave themselves."""
    for key in draft.changes():
        field = draft.spec[key]
        right = field_right(act.actor, draft.spec, field)
        if key in ("changed", "changed_by") or right == "hidden":
            continue
        before, after = draft.old.get(key), draft.values.get(key)
        if right == "masked":
            before, after = (None if value is None else Masked("•••") for value in (before, after))
        elif not act.actor.is_system:
            before, after = veiled(field, before), after if key in draft.given else veiled(field, after)
        yield Change(key, before, after)
