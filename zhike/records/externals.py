"""Ids of records in other systems: found and told. Writing them is part of a command (``Command.external``)."""

from __future__ import annotations

from collections.abc import Sequence

from zhike.schema.spec import ObjectSpec
from zhike.store.database import marks, rows

EXTERNAL = "_external"
"""What they are called beside the fields of a record: where they are given, and in a refusal."""


def external_ids(spec: ObjectSpec, record_id: int) -> dict[str, str]:
    """The record's ids by source; of several from one source the newest."""
    sql = 'SELECT "source", "value" FROM "store_externalid" WHERE "record" = %s AND "object" = %s ORDER BY "id"'
    return dict(rows(sql, (record_id, spec.key)))


def external_ids_of(spec: ObjectSpec, ids: Sequence[int]) -> dict[int, str]:
    """One id in another system of each record that has any, without its source: the oldest."""
    listed = sorted(set(ids))
    found: dict[int, str] = {}
    for start in range(0, len(listed), 500):
        some = listed[start : start + 500]
        sql = f'SELECT "record", "value" FROM "store_externalid" WHERE "record" IN ({marks(some)}) AND "object" = %s ORDER BY "id"'
        for record, value in rows(sql, [*some, spec.key]):
            found.setdefault(record, value)
    return found
