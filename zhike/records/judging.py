"""Writing, the judge: what must hold of the after-image. Collects problems, changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import SYSTEM
from zhike.kernel.words import _
from zhike.query.moments import moves_with_time
from zhike.query.parse import parse_filter
from zhike.query.paths import listed
from zhike.query.predicate import REACHED, compile_predicate, paths, scalar_at
from zhike.query.tree import Node, Path
from zhike.records.acts import Act, storable
from zhike.records.asking import ActorResolver
from zhike.records.company.people_lives import refuse_networks, refuse_roles
from zhike.records.draft import Draft
from zhike.records.externals import EXTERNAL
from zhike.records.linking import load_linked
from zhike.records.privacy.retention_terms import refuse_retention
from zhike.records.roles.checks import refuse_reaching
from zhike.records.secrets import blind
from zhike.records.segments.checks import refuse_segments
from zhike.records.shapes import shape_of
from zhike.records.stays import steps_of
from zhike.records.trees import refuse_loops
from zhike.schema.kinds import Setting, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Masked, Ref
from zhike.store.database import hold, marks, rows
from zhike.store.plan import operand, own_rows, part_sql


def judge(act: Act, spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    """Required fields, options still offered, unique values, and the object's own rules."""
    judge_values(act, spec, drafts)
    refuse_loops(spec, drafts)
    refuse_roles(act.actor, spec, drafts)
    refuse_reaching(act.actor, spec, drafts)
    refuse_networks(spec, drafts)
    refuse_segments(act.actor, spec, drafts)
    refuse_retention(act.actor, spec, drafts)
    _rules(spec, drafts, setting)


def judge_values(act: Act, spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """What can be said of single values even while others are wrong, so that a person hears of everything at once."""
    for draft in drafts:
        _required(act, draft)
        if act.undoes is None:  # what stood before may stand again, offered or not
            _options(draft)
    for field in shape_of(spec).unique:
        _unique(spec, field, drafts)
    if spec.once:
        _once(spec, drafts)
    _external(spec, drafts)


def _required(act: Act, draft: Draft) -> None:
    for field in shape_of(draft.spec).required:
        if draft.values.get(field.key) not in (None, ()):
            continue
        if not (draft.created or draft.changed(field.key)) or any(
            problem.field == field.key for problem in draft.problems
        ):
            continue
        if field_right(act.actor, draft.spec, field) == "hidden":
            draft.refuse(_("This needs something you cannot fill in. Ask an administrator."), code="required")
        else:
            draft.refuse(_("“{field}” is needed.").with_(field=field.label), field.key, "required")


def _options(draft: Draft) -> None:
    for field in shape_of(draft.spec).offered:
        value, before = draft.values.get(field.key), draft.old.get(field.key)
        if value is None or not draft.changed(field.key):
            continue
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
        if value is None or not (draft.created or draft.changed(field.key) or draft.command.verb == "restore"):
            continue
        scalar = blind(field, "whole", value) if kind.secret else kind.scalar(value, field)
        if scalar in mine:
            draft.refuse(_taken(field, value, kind.secret), field.key, "unique")
        else:
            mine[scalar] = draft
    if not mine:
        return
    hold(f"unique:{spec.key}.{field.key}")
    column = part_sql("t", field, "_whole" if kind.secret else None)
    only = own_rows(spec)
    scalars = list(mine)
    leaving = {draft.id for draft in drafts if not draft.created and draft.changed(field.key)}
    for start in range(0, len(scalars), 500):
        some = scalars[start : start + 500]
        sql = f'SELECT {column}, t."id" FROM "{spec.table}" t WHERE {column} IN ({marks(some)}) AND t."trashed" IS NULL'
        found = rows(sql + (f" AND {only}" if only else ""), [operand(one, field) for one in some])
        for scalar, record_id in found:
            meets = mine.get(scalar)
            if meets is not None and meets.id != record_id and record_id not in leaving:
                meets.refuse(_taken(field, meets.values[field.key], kind.secret), field.key, "unique")


def _once(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """The values of the fields named by ``once`` stand together in one record only."""
    fields = [spec[key] for key in spec.once]
    mine: dict[tuple[Any, ...], Draft] = {}
    leaving = set()
    for draft in drafts:
        moved = any(draft.changed(field.key) for field in fields)
        if moved and not draft.created:
            leaving.add(draft.id)
        values = [draft.values.get(field.key) for field in fields]
        if None in values or not (draft.created or moved or draft.command.verb == "restore"):
            continue
        scalars = tuple(kind_of(field).scalar(value, field) for field, value in zip(fields, values, strict=True))
        if mine.setdefault(scalars, draft) is not draft:
            _refuse_once(draft, fields)
    if not mine:
        return
    hold(f"once:{spec.key}")
    columns = [part_sql("t", field) for field in fields]
    same = " AND ".join(f"{column} = %s" for column in columns)
    only = own_rows(spec)
    for start in range(0, len(mine), 100):
        some = list(mine)[start : start + 100]
        params = [operand(one, field) for scalars in some for one, field in zip(scalars, fields, strict=True)]
        either = " OR ".join([f"({same})"] * len(some))
        sql = f'SELECT t."id", {", ".join(columns)} FROM "{spec.table}" t WHERE t."trashed" IS NULL AND ({either})'
        for record_id, *held in rows(sql + (f" AND {only}" if only else ""), params):
            meets = mine.get(tuple(held))
            if meets is not None and meets.id != record_id and record_id not in leaving:
                _refuse_once(meets, fields)


def _refuse_once(draft: Draft, fields: Sequence[FieldSpec]) -> None:
    text = _("Another record has the same values in {fields}. Change that one instead.")
    draft.refuse(text.with_(fields=listed(str(field.label) for field in fields)), fields[-1].key, "once")


def _external(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """An id in another system belongs to one record of the object."""
    mine: dict[tuple[str, str], Draft] = {}
    for draft in drafts:
        for source, value in draft.command.external:
            if (
                not source
                or not value
                or len(source) > 60
                or len(value) > 200
                or storable(source + value) != source + value
            ):
                text = _("An external id has a source of at most {source} and a value of at most {value} characters.")
                draft.refuse(text.with_(source=60, value=200), EXTERNAL, "external", value[:80])
            elif mine.setdefault((source, value), draft) is not draft:
                draft.refuse(
                    _("Another record already has the external id “{id}”.").with_(id=f"{source}:{value}"),
                    EXTERNAL,
                    "unique",
                )
    for source in sorted({source for source, _value in mine}):
        values = [value for one, value in mine if one == source]
        for start in range(0, len(values), 500):
            some = values[start : start + 500]
            sql = f'SELECT "value", "record" FROM "store_externalid" WHERE "object" = %s AND "source" = %s AND "value" IN ({marks(some)})'
            for value, record_id in rows(sql, (spec.key, source, *some)):
                draft = mine[(source, value)]
                if record_id != draft.id:
                    text = _("Another record already has the external id “{id}”.")
                    draft.refuse(text.with_(id=f"{source}:{value}"), EXTERNAL, "unique")


def _taken(field: FieldSpec, value: Any, secret: bool) -> Any:
    if secret:
        return _("Another record already has this “{field}”.").with_(field=field.label)
    return _("Another record already has “{value}” as its “{field}”.").with_(value=str(value)[:80], field=field.label)


_parsed: dict[tuple[object, ...], Node] = {}


def rule_tree(spec: ObjectSpec, text: str, setting: Setting) -> Node:
    """The tree of a rule's filter text, read with the system's eyes."""
    where = (registry.generation, spec.key, text, setting.today, setting.timezone, setting.currency)
    held = _parsed.get(where)
    if held is not None:
        return held
    tree = parse_filter(text, spec, setting, 0, ActorResolver(SYSTEM, segments=False))
    if not moves_with_time(tree):
        if len(_parsed) > 1000:
            _parsed.clear()
        _parsed[where] = tree
    return tree


def scalar_of(draft: Draft, path: Path) -> Any:
    """What a predicate compares: the path's scalar in the after-image; secrets the actor sees masked count as empty."""
    if path.part == REACHED:
        return _steps_before(draft, path)
    value = draft[path.text] if path.links else draft.values.get(path.field.key)
    return None if isinstance(value, Masked) else scalar_at(path, value)


def _steps_before(draft: Draft, path: Path) -> Collection[int | str]:
    holder = draft[".".join(link.key for link in path.links)] if path.links else draft.id
    record = holder.id if isinstance(holder, Ref) else holder
    return steps_of(path.field, [record]).get(record, ()) if record else ()


def _rules(spec: ObjectSpec, drafts: Sequence[Draft], setting: Setting) -> None:
    for rule in registry.rules(spec.key):
        tree = rule_tree(spec, rule.forbids, setting)
        load_linked(drafts, [path.text for path in paths(tree) if path.links])
        violated = compile_predicate(tree)
        for draft in drafts:
            if violated(partial(scalar_of, draft)):
                draft.refuse(rule.text, rule.field, rule.name or "rule")
