"""Sealing what lies there with the company's present cipher: secret values of records, and stored files.

The change log stays as it was sealed: it is never rewritten. What one cipher sealed still opens after the change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from zhike.records.secrets import NAME, sealer_of, vault
from zhike.records.stored import storage
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.ciphers import mark_of
from zhike.store.database import is_postgres, rows, run, write_transaction
from zhike.store.keyfile import VaultError
from zhike.store.plan import own_rows
from zhike.store.sealed_file import MAGIC

PORTION = 200


def sealed_objects() -> list[ObjectSpec]:
    """Objects with secret values, in a settled order."""
    registry.refresh()
    return sorted((spec for spec in registry if _secret(spec)), key=lambda spec: spec.key)


def _secret(spec: ObjectSpec) -> list[FieldSpec]:
    return [field for field in spec.fields if kind_of(field).secret]


def seal_portion(spec: ObjectSpec, after: int) -> int | None:
    """Seal the secret values of the next records anew, inside the running transaction; answers where to go on, None at
    the end. Versions stay: nothing a person wrote has changed."""
    fields = _secret(spec)
    columns = [(field, field.key + part.suffix) for field in fields if not field.slot for part in kind_of(field).parts]
    names = "".join(f', t."{name}"' for _field, name in columns)
    only = f" AND {own_rows(spec)}" if spec.custom else ""
    lock = " FOR UPDATE OF t" if is_postgres() else ""
    found = rows(
        f'SELECT t."id", t."vault", t."custom"{names} FROM "{spec.table}" t WHERE t."id" > %s AND t."vault" IS NOT NULL'
        f'{only} ORDER BY t."id" LIMIT {PORTION}{lock}',
        (after,),
    )
    for record, wrapped, custom, *values in found:
        try:
            sealer: Any = sealer_of(record, wrapped)
        except VaultError:
            continue
        sets: dict[str, Any] = {}
        for (field, name), value in zip(columns, values, strict=True):
            fresh = _anew(sealer, field, value)
            if fresh is not None:
                sets[name] = fresh
        bag = json.loads(custom) if isinstance(custom, str) else dict(custom or {})
        moved = {path: fresh for field, path in _paths(fields) if (fresh := _anew(sealer, field, bag.get(path)))}
        if moved:
            sets["custom"] = json.dumps({**bag, **moved}, ensure_ascii=False)
        if sets:
            given = ", ".join(f'"{name}" = %s' for name in sets)
            run(f'UPDATE "{spec.table}" SET {given} WHERE "id" = %s', (*sets.values(), record))
    return int(found[-1][0]) if len(found) == PORTION else None


def _paths(fields: list[FieldSpec]) -> Iterator[tuple[FieldSpec, str]]:
    for field in fields:
        if field.slot:
            yield from ((field, field.slot + part.suffix) for part in kind_of(field).parts)


def _anew(sealer: Any, field: FieldSpec, value: Any) -> str | None:
    """An envelope sealed anew; None for what is none, is up to date, or is damaged."""
    if not isinstance(value, str) or not value.startswith(("v1.", "v2.")) or sealer.is_current(value):
        return None
    try:
        return str(sealer.seal(field.key, sealer.open(field.key, value)))
    except VaultError:
        return None


def seal_file(blob: int) -> bool:
    """Seal one stored file and its name with the present cipher and put it in the old one's place at once; whether it was
    needed."""
    _seal_name(blob)
    found = rows('SELECT "place", "vault" FROM "store_blob" WHERE "id" = %s', (blob,))
    if not found:
        return False
    place, wrapped = found[0]
    wanted = MAGIC + mark_of(vault().ring.suite).encode()
    try:
        with storage().open(place) as source:
            if source.read(len(wanted)) == wanted:
                return False
            source.seek(0)
            content = vault().decrypt_file(wrapped, source)
            storage().put(place, lambda out: vault().encrypt_file(wrapped, content, out))
    except (OSError, VaultError):
        return False  # the file as it was stays readable, or was damaged before
    return True


def _seal_name(blob: int) -> None:
    with write_transaction():
        for name, wrapped in rows('SELECT "name", "vault" FROM "store_blob" WHERE "id" = %s', (blob,)):
            sealer = vault().sealer(blob, wrapped)
            if not sealer.is_current(name):
                with suppress(VaultError):
                    again = sealer.seal(NAME, sealer.open(NAME, name))
                    run('UPDATE "store_blob" SET "name" = %s WHERE "id" = %s', (again, blob))


def blobs_after(after: int) -> list[int]:
    """Ids of the next stored files."""
    return [
        int(line[0])
        for line in rows(f'SELECT "id" FROM "store_blob" WHERE "id" > %s ORDER BY "id" LIMIT {PORTION}', (after,))
    ]
