"""Writing, the judge: what must hold of the after-image. Collects problems, changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import _
from zhike.query.parse import parse_filter
from zhike.query.predicate import compile_predicate, paths
from zhike.query.tree import Node, Path
from zhike.records.acts import Act
from zhike.records.asking import ActorResolver
from zhike.records.draft import Draft
from zhike.records.linking import load_linked
from zhike.records.secrets import blind
from zhike.records.titles import refs_of
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.database import marks, rows
from zhike.store.plan import operand, own_rows, part_sql


def judge(act: Act, spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    """Required fields, options still offered, unique values, and the object's own rules."""
    for draft in drafts:
        _required(draft)
        _options(draft)
    for field in spec.fields:
        if field.unique and field.key != "id":
            _unique(spec, field, drafts)
    _rules(spec, drafts, setting)


def _required(draft: Draft) -> None:
    for field in draft.spec.fields:
        if field.required and draft.values.get(field.key) in (None, ()) and (draft.created or draft.changed(field.key)):
            if not any(problem.field == field.key for problem in draft.problems):
                draft.refuse(_("“{field}” is needed.").with_(field=field.label), field.key, "required")


def _options(draft: Draft) -> None:
    for field in draft.spec.fields:
        if field.kind not in ("choice", "choices") or not draft.changed(field.key):
            continue
        value, before = draft.values.get(field.key), draft.old.get(field.key)
        kept = set(before if isinstance(before, tuple) else (before,))
        for key in value if isinstance(value, tuple) else (value,):
            option = field.option(key) if key is not None else None
            if option is not None and not option.active and key not in kept:
                text = _("“{option}” is no longer offered for “{field}”. Choose another one.")
                draft.refuse(text.with_(option=option.label, field=field.label), field.key, "inactive", key)


def _unique(spec: ObjectSpec, field: FieldSpec, drafts: Sequence[Draft]) -> None:
    """Unique counts archived records, not those in the trash; values inside one batch count too."""
    kind = kind_of(field)
    mine: dict[Any, Draft] = {}
    for draft in drafts:
        value = draft.values.get(field.key)
        if value is None or not (draft.created or draft.changed(field.key)):
            continue
        scalar = blind(field, "whole", value) if kind.secret else kind.scalar(value, field)
        if scalar in mine:
            draft.refuse(_taken(field, value, kind.secret), field.key, "unique")
        else:
            mine[scalar] = draft
    if not mine:
        return
    column = part_sql("t", field, "_whole" if kind.secret else None)
    only = own_rows(spec)
    scalars = list(mine)
    for start in range(0, len(scalars), 500):
        some = scalars[start : start + 500]
        sql = f'SELECT {column}, t."id" FROM "{spec.table}" t WHERE {column} IN ({marks(some)}) AND t."trashed" IS NULL'  # noqa: S608
        found = rows(sql + (f" AND {only}" if only else ""), [operand(one, field) for one in some])
        for scalar, record_id in found:
            draft = mine.get(scalar)
            if draft is not None and draft.id != record_id:
                draft.refuse(_taken(field, draft.values[field.key], kind.secret), field.key, "unique")


def _taken(field: FieldSpec, value: Any, secret: bool) -> Any:
    if secret:
        return _("Another record already has this “{field}”.").with_(field=field.label)
    return _("Another record already has “{value}” as its “{field}”.").with_(value=str(value)[:80], field=field.label)


_parsed: dict[tuple[int, str, str], Node] = {}


def rule_tree(spec: ObjectSpec, text: str, setting: Setting) -> Node:
    """The tree of a rule's filter text, read with the system's eyes."""
    where = (registry.generation, spec.key, text)
    if where not in _parsed:
        if len(_parsed) > 1000:
            _parsed.clear()
        _parsed[where] = parse_filter(text, spec, setting, 0, ActorResolver(SYSTEM))
    return _parsed[where]


def scalar_of(draft: Draft, path: Path) -> Any:
    """What a predicate compares: the main scalar of a path in the after-image."""
    value = draft[path.text] if path.links else draft.values.get(path.field.key)
    return comparable(value, path.field)


def comparable(value: Any, field: FieldSpec) -> Any:
    """A canonical value as predicates see it: main scalar, tuple of keys or ids, plain text of secrets."""
    if value is None:
        return None
    if field.kind == "links":
        return tuple(ref.id for ref in refs_of(value))
    if field.kind == "choices":
        return tuple(value)
    kind = kind_of(field)
    if kind.secret and isinstance(value, str):
        return value
    return kind.scalar(value, field)


def _rules(spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    for rule in registry.rules(spec.key):
        tree = rule_tree(spec, rule.forbids, setting)
        load_linked(drafts, [path.text for path in paths(tree) if path.links])
        violated = compile_predicate(tree)
        for draft in drafts:
            if violated(lambda path, draft=draft: scalar_of(draft, path)):
                draft.refuse(rule.text, rule.field, rule.name or "rule")
