"""Which rows of a file are records there already: by a field, or by their id in another system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zhike.records.secrets import blind
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.spec import ObjectSpec
from zhike.store.database import marks, rows
from zhike.store.plan import operand, own_rows, part_sql


def known_records(spec: ObjectSpec, key: str, identities: Sequence[str], setting: Setting) -> dict[str, int]:
    """Record ids by identity. A trashed record with this key counts as absent; merged ids lead to the winner."""
    if not identities:
        return {}
    if key == "external":
        found: dict[str, int] = {}
        source = identities[0].partition(":")[0]
        values = [one.partition(":")[2] for one in identities]
        sql = (
            'SELECT e."value", COALESCE(r."to", e."record") FROM "store_externalid" e'
            ' LEFT JOIN "store_redirect" r ON r."id" = e."record"'
            f' WHERE e."object" = %s AND e."source" = %s AND e."value" IN ({marks(values)})'
        )
        for value, record in rows(sql, [spec.key, source, *values]):
            found[f"{source}:{value}"] = record
        return found
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
    return {by_scalar[scalar]: record for scalar, record in lines if scalar in by_scalar}
