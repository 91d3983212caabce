"""Is this one here already? The object's ``same_if`` condition, asked with the values at hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zhike.access.rights import can
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.query.tree import And, Compare, Node, Not, Path
from zhike.records.asking import question
from zhike.records.hits import Hit
from zhike.records.read import Query, read
from zhike.records.settings import setting_for
from zhike.records.titles import refs_of
from zhike.schema.kinds import ParseError, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.schema.values import Lookup, Masked

_HOLE = re.compile(r"\{(\w+)\}")


def find_same(
    actor: Actor, object_key: str, values: Mapping[str, Any], exclude_id: int | None = None, size: int = 5
) -> list[Hit]:
    """Records the actor can see that look like the same as ``values``; [] when the condition cannot be filled in."""
    spec = registry.object(object_key)
    if not spec.same_if or not can(actor, "read", spec):
        return []
    nodes: list[Node] = []
    for clause in spec.same_if.split(" or "):
        text = _filled(actor, spec, clause.strip(), values)
        if text:
            try:
                nodes.append(question(actor, spec, text))
            except Refused:
                continue
    found: list[Hit] = []
    for node in nodes:
        parts: tuple[Node, ...] = (node,)
        if exclude_id is not None:
            parts += (Not(Compare(Path((spec,), (), spec["id"]), "=", exclude_id)),)
        page = read(actor, Query(object_key, size=size, count=False, archived="all", node=And(parts)))
        setting = setting_for(actor)
        for record in page.rows:
            if all(hit.id != record.id for hit in found):
                told = [
                    value.mask if isinstance(value, Masked) else kind_of(spec[key]).show(value, spec[key], setting)
                    for key in page.columns
                    if key != spec.title and (value := record.values.get(key)) is not None
                ]
                found.append(Hit(spec.key, record.id, record.title, " · ".join(told[:3]), spec.icon, spec.label))
    return found[:size]


def _filled(actor: Actor, spec: ObjectSpec, clause: str, values: Mapping[str, Any]) -> str:
    """The clause with ``{field}`` replaced by quoted canonical values; "" when one is missing."""
    setting = setting_for(actor)
    missing = False

    def fill(match: re.Match[str]) -> str:
        nonlocal missing
        field = spec.field(match.group(1))
        raw = values.get(match.group(1))
        if field is None or raw in (None, ""):
            missing = True
            return '""'
        try:
            value = kind_of(field).parse(raw, field, setting)
        except ParseError:
            missing = True
            return '""'
        if value is None or isinstance(value, Lookup):
            missing = True
            return '""'
        if refs_of(value):
            return str(refs_of(value)[0].id)
        text = value if isinstance(value, str) else kind_of(field).show(value, field, setting)
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    filled = _HOLE.sub(fill, clause)
    return "" if missing else filled
