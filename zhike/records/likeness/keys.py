"""The keys by which alike records find one another: kept with every write, asked by index. Only keyed hashes are stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zhike.records.draft import Draft
from zhike.records.likeness.declared import forms_of, keys_of
from zhike.records.secrets import vault
from zhike.schema.spec import ObjectSpec
from zhike.store.database import insert_many, rows, run_many

MOST_PER_STATEMENT = 150
MOST_COUNTED = 10_000


def hashed(key: str) -> str:
    """A key as it is stored: who has the database alone learns nothing from it."""
    return vault().index("alike", key)


def keep_keys(spec: ObjectSpec, drafts: Sequence[Draft]) -> None:
    """Replace the keys of drafts whose compared fields changed; records in the trash have none."""
    if not spec.compared:
        return
    fields = {key for one in spec.compared for key in one.fields} | {"trashed"}
    gone: list[tuple[int]] = []  # ids are of one space: with the object asked too, SQLite would walk all of its keys
    lines: list[tuple[str, str, int]] = []
    known: dict[str, str] = {}
    for draft in drafts:
        if not draft.created:
            if fields.isdisjoint(draft.changes()):
                continue
            gone.append((draft.id,))
        if draft.values.get("trashed") is None:
            lines += _lines(spec, draft.id, keys_of(spec, forms_of(spec, draft.values)), known)
    run_many('DELETE FROM "store_alikekey" WHERE "record" = %s', gone)
    _insert(lines)


def replace_keys(spec: ObjectSpec, found: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Give these records these keys and no others, inside the running transaction."""
    given = list(found)
    run_many('DELETE FROM "store_alikekey" WHERE "record" = %s', [(one,) for one, _keys in given])
    known: dict[str, str] = {}
    lines = [line for record, keys in given for line in _lines(spec, record, keys, known)]
    _insert(lines)


def _insert(lines: Sequence[tuple[str, str, int]]) -> None:
    """In the order of the index: hashes lie anywhere in it, and neighbours share its pages."""
    insert_many("store_alikekey", ("object", "key", "record"), sorted(lines))


def _lines(spec: ObjectSpec, record: int, keys: Sequence[str], known: dict[str, str]) -> list[tuple[str, str, int]]:
    """``known``: keys hashed already. Many records of a batch share some, such as the beginning of a name."""
    for key in keys:
        if key not in known:
            known[key] = hashed(key)
    return [(spec.key, known[key], record) for key in keys]


def holders(objects: Sequence[str], keys: Sequence[str], limit: int) -> dict[tuple[str, str], list[int]]:
    """Which records of each object have each key: ids by (object, key), at most ``limit`` of each."""
    stored = {hashed(key): key for key in keys}
    asked = [(object_key, one) for object_key in objects for one in stored]
    found: dict[tuple[str, str], list[int]] = {}
    part = (
        'SELECT * FROM (SELECT "object", "key", "record" FROM "store_alikekey" WHERE "object" = %s AND "key" = %s'
        f" LIMIT {int(limit)}) x{{n}}"
    )
    for start in range(0, len(asked), MOST_PER_STATEMENT):
        some = asked[start : start + MOST_PER_STATEMENT]
        sql = " UNION ALL ".join(part.format(n=n) for n in range(len(some)))
        for object_key, key, record in rows(sql, [value for pair in some for value in pair]):
            found.setdefault((object_key, stored[key]), []).append(record)
    return found


def population(spec: ObjectSpec) -> int:
    """About how many records there are, counted no further than 10,000."""
    where = f"t.\"object\" = '{spec.key}' AND " if spec.custom else ""
    sql = (
        f'SELECT count(*) FROM (SELECT 1 FROM "{spec.table}" t WHERE {where}t."trashed" IS NULL LIMIT {MOST_COUNTED}) x'
    )
    return int(rows(sql)[0][0])
