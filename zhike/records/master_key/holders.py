"""Where wrapped data keys lie: every table with a column ``vault``, and settings that hold a secret in their JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps

from zhike.records.company.settings import STAMP
from zhike.records.secrets import vault
from zhike.store.database import row, rows, run, run_many, write_transaction
from zhike.store.ids import renew
from zhike.store.keyfile import VaultError

COLUMN = "vault"
PORTION = 300
WRAPPED = re.compile(r"w[12]\.[0-9a-f]{8}\.[A-Za-z0-9_-]{40,}")
TEXTS = (("store_setting", "key", "value"), ("store_preference", "user", "body"))


@dataclass(frozen=True, slots=True)
class Holder:
    """A table whose rows have a data key of their own, and the column that names a row."""

    table: str
    key: str


@dataclass(frozen=True, slots=True)
class Portion:
    """What one portion did: where the next begins (None: the table is through), rows looked at, keys that are damaged."""

    after: int | None
    seen: int
    damaged: int


def holders() -> list[Holder]:
    """Every table that holds data keys, found by its column: a table added later is turned too."""
    found = []
    for model in apps.get_models():
        facts = model._meta
        if any(field.column == COLUMN for field in facts.concrete_fields) and facts.pk is not None:
            found.append(Holder(facts.db_table, str(facts.pk.column)))
    return sorted(found, key=lambda one: one.table)


def how_many() -> int:
    """How many rows are to be looked at: for the progress of a job."""
    total = 0
    for one in holders():
        counted = row(f'SELECT count(*) FROM "{one.table}" WHERE "{COLUMN}" IS NOT NULL')
        total += int(counted[0]) if counted else 0
    return total


def wrap_portion(one: Holder, after: int) -> Portion:
    """Wrap the next rows' data keys under the current master key, inside the running transaction. A row that changed
    its key since it was read is left alone: whoever wrote it used the current master key."""
    home = vault()
    found = rows(
        f'SELECT "{one.key}", "{COLUMN}" FROM "{one.table}" WHERE "{one.key}" > %s AND "{COLUMN}" IS NOT NULL'
        f' ORDER BY "{one.key}" LIMIT {PORTION}',
        (after,),
    )
    lines, damaged = [], 0
    for key, wrapped in found:
        try:
            if not home.is_current(wrapped):
                lines.append((home.rewrap(wrapped), key, wrapped))
        except VaultError:
            damaged += 1
    run_many(f'UPDATE "{one.table}" SET "{COLUMN}" = %s WHERE "{one.key}" = %s AND "{COLUMN}" = %s', lines)
    return Portion(found[-1][0] if len(found) == PORTION else None, len(found), damaged)


def wrap_texts() -> None:
    """Wrap the data keys that stand inside settings and preferences."""
    with write_transaction():
        changed = False
        for table, key, column in TEXTS:
            found = rows(f'SELECT "{key}", "{column}" FROM "{table}" WHERE "{column}" LIKE %s', ("%w_.%",))
            for name, text in found:
                fresh = WRAPPED.sub(lambda match: _anew(match.group()), text)
                if fresh != text:
                    sql = f'UPDATE "{table}" SET "{column}" = %s WHERE "{key}" = %s AND "{column}" = %s'
                    changed = bool(run(sql, (fresh, name, text))) or changed
        if changed:
            renew(STAMP)


def _anew(wrapped: str) -> str:
    try:
        return vault().rewrap(wrapped)
    except VaultError:
        return wrapped


def in_use(master: str) -> bool:
    """Whether any data key is still wrapped under this master key. Walks every table: for jobs and commands only."""
    asked: list[Callable[[], object]] = [
        lambda one=one: row(  # type: ignore[misc]
            f'SELECT 1 FROM "{one.table}" WHERE "{COLUMN}" LIKE %s LIMIT 1', (f"w_.{master}.%",)
        )
        for one in holders()
    ]
    asked += [
        lambda table=table, column=column: row(  # type: ignore[misc]
            f'SELECT 1 FROM "{table}" WHERE "{column}" LIKE %s LIMIT 1', (f"%w_.{master}.%",)
        )
        for table, _key, column in TEXTS
    ]
    return any(ask() is not None for ask in asked)
