"""Does the audit chain hold for the operations themselves? Who, when, of what kind, and the reason given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from zhike.kernel.words import Words, _
from zhike.records.log_archive.parts import archived
from zhike.store.chain import head_of, why_of
from zhike.store.database import from_db, instant_text, marks, row, rows
from zhike.store.home_vault import vault

PORTION = 5000


def changed_operations(last: int) -> Iterator[tuple[int, Words]]:
    """Entries up to ``last`` whose operation no longer says what it said, each with what is wrong. An erasure of a person
    takes the reason out of the operations it concerned: that is no break."""
    key = vault().chain_key()
    for entry, operation, detail, *facts in _begun(last):
        held: dict[str, Any] = json.loads(detail)
        if "head" not in held:
            continue  # a later part of an operation, or one from before operations were bound
        kind, actor, via, at, undoes, why = facts
        if kind is None:
            yield entry, _("Operation {operation} was removed (entry {n}).").with_(operation=operation, n=entry)
        elif head_of(operation, kind, actor, via, instant_text(from_db(at, "instant")), undoes) != held["head"]:
            yield entry, _("Operation {operation} was changed (entry {n}).").with_(operation=operation, n=entry)
        elif why_of(key, operation, why or "") != held["why"] and not (why is None and _erased(operation)):
            text = _("The reason of operation {operation} was changed (entry {n}).")
            yield entry, text.with_(operation=operation, n=entry)


def _begun(last: int) -> Iterator[tuple[Any, ...]]:
    at = (0, 0)
    while True:
        found = rows(
            'SELECT a."id", a."operation", a."detail", o."kind", o."actor", o."via", o."at", o."undoes", o."why"'
            ' FROM "store_auditrow" a LEFT JOIN "store_operation" o ON o."id" = a."operation"'
            ' WHERE a."operation" IS NOT NULL AND a."id" <= %s AND a."operation" >= %s'
            ' AND (a."operation" > %s OR a."id" > %s)'
            f' ORDER BY a."operation", a."id" LIMIT {PORTION}',
            (last, at[0], *at),
        )
        yield from found
        if len(found) < PORTION:
            return
        at = (found[-1][1], found[-1][0])


def _erased(operation: int) -> bool:
    sql = (
        'SELECT 1 FROM "store_changerow" c JOIN "store_auditrow" a ON a."record" = c."record" AND a."kind" = \'erase\''
        ' AND a."operation" IS NULL WHERE c."operation" = %s LIMIT 1'
    )
    if row(sql, (operation,)) is not None:
        return True
    records = sorted({one[3] for one in archived(operations=[operation])})
    asked = f'SELECT 1 FROM "store_auditrow" WHERE "kind" = \'erase\' AND "operation" IS NULL AND "record" IN ({marks(records)})'
    return bool(records) and row(asked + " LIMIT 1", records) is not None
