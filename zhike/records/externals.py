"""Ids of records in other systems: found and told. Writing them is part of a command (``Command.external``)."""

from __future__ import annotations

from zhike.schema.spec import ObjectSpec
from zhike.store.database import rows


def external_ids(spec: ObjectSpec, record_id: int) -> dict[str, str]:
    """The record's ids by source; of several from one source the newest."""
    sql = 'SELECT "source", "value" FROM "store_externalid" WHERE "record" = %s AND "object" = %s ORDER BY "id"'
    return dict(rows(sql, (record_id, spec.key)))
