"""Which rows of a file are records there already: by a field, or by their id in another system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhike.kernel.actor import Actor
from zhike.records.read import sees
from zhike.records.secrets import blind
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.spec import ObjectSpec
from zhike.store.database import marks, rows
from zhike.store.plan import operand, own_rows, part_sql


def known_records(
    actor: Actor, spec: ObjectSpec, key: str, identities: Sequence[str], setting: Setting
) -> dict[str, tuple[int, ...]]:
    """Records by identity, among those the actor can see: one that is hidden from them answers like a missing one, and
    so does one in the trash. Merged ids lead to the winner. More than one: the key is not clear."""
    found = _external(spec, identities) if key == "external" else _by_field(spec, key, identities, setting)
    if actor.is_system or not found:
        return found
    inside = sees(actor, spec, sorted({one for ids in found.values() for one in ids}))
    return {identity: kept for identity, ids in found.items() if (kept := tuple(one for one in ids if one in inside))}


def _external(spec: ObjectSpec, identities: Sequence[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    by_source: dict[str, list[str]] = {}
    for identity in identities:
        source, _colon, value = identity.partition(":")
        by_source.setdefault(source, []).append(value)
    for source, values in by_source.items():
        sql = (
            'SELECT e."value", COALESCE(r."to", e."record") FROM "store_externalid" e'
            ' LEFT JOIN "store_redirect" r ON r."id" = e."record"'
            f' WHERE e."object" = %s AND e."source" = %s AND e."value" IN ({marks(values)})'
        )
        for value, record in rows(sql, [spec.key, source, *values]):
            found[f"{source}:{value}"] = (record,)
    return found


def _by_field(spec: ObjectSpec, key: str, identities: Sequence[str], setting: Setting) -> dict[str, tuple[int, ...]]:
    one = spec[key]
    kind = kind_of(one)
    by_scalar: dict[Any, str] = {}
    for identity in identities:
        try:
            value = kind.parse(identity, one, setting)
        except ParseError:
            continue
        if one.kind == "link" or value is None:
            continue
        by_scalar[blind(one, "whole", value) if kind.secret else kind.scalar(value, one)] = identity
    column = part_sql("t", one, "_whole" if kind.secret else None)
    only = own_rows(spec)
    sql = f'SELECT {column}, t."id" FROM "{spec.table}" t WHERE {column} IN ({marks(list(by_scalar))}) AND t."trashed" IS NULL'
    lines = (
        rows(sql + (f" AND {only}" if only else ""), [operand(scalar, one) for scalar in by_scalar])
        if by_scalar
        else []
    )
    found: dict[str, tuple[int, ...]] = {}
    for scalar, record in lines:
        if scalar in by_scalar:
            found[by_scalar[scalar]] = (*found.get(by_scalar[scalar], ()), record)
    return found
