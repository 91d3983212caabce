"""Linked titles: one query per target object, none for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from zhike.access.people import people
from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.records.record import Record
from zhike.records.secrets import file_name
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Ref
from zhike.store.database import marks, rows
from zhike.store.ids import notes
from zhike.store.plan import own_rows


def titles_of(actor: Actor, wanted: dict[str, set[int]]) -> dict[int, str]:
    """Titles by id for ids grouped by object. Records of objects closed to the actor stay untitled, and those whose naming
    field is hidden or masked; people's names are known to everybody."""
    titles: dict[int, str] = {}
    kept = notes()
    for key, ids in wanted.items():
        spec = registry.find(key)
        if spec is None or not ids:
            continue
        if key == "user":
            persons = people().persons
            titles |= {one: persons[one].name for one in ids if one in persons}
            ids = {one for one in ids if one and one not in persons}  # 0 is the system itself
        if ids and can(actor, "read", spec) and field_right(actor, spec, spec[spec.title]) in ("read", "write"):
            titles |= {one: kept["title", key, one] for one in ids if ("title", key, one) in kept}
            listed = sorted(ids - titles.keys())
            for start in range(0, len(listed), 500):
                some = listed[start : start + 500]
                only = own_rows(spec)
                where = f't."id" IN ({marks(some)})' + (f" AND {only}" if only else "")
                found = rows(f'SELECT t."id", t."title_shown" FROM "{spec.table}" t WHERE {where}', some)
                titles |= {id_: title or "" for id_, title in found}
            kept.update({("title", key, one): titles[one] for one in listed if one in titles})
    return titles


def with_titles(actor: Actor, spec: ObjectSpec, fields: Iterable[FieldSpec], records: Sequence[Record]) -> list[Record]:
    """The records, just made, with every Ref carrying its title and every FileRef its name, size and type."""
    fields = tuple(fields)
    records = _with_files([field.key for field in fields if field.kind == "file"], records)
    links = [field.key for field in fields if field.kind in ("link", "links", "any_link")]
    wanted: dict[str, set[int]] = {}
    for record in records:
        for key in links:
            for ref in refs_of(record.values.get(key)):
                wanted.setdefault(ref.object, set()).add(ref.id)
    if not wanted:
        return list(records)
    titles = titles_of(actor, wanted)
    # What a stored link names was never merged away: merging moves the links along.
    notes().update({("kept", one): one for listed in wanted.values() for one in listed})
    named = _Named(titles)
    for record in records:  # nobody else has them yet: filled in where they lie, for every row of a list
        cast(dict[str, Any], record.values).update(named.links(record, links))
    return list(records)


def _with_files(keys: Sequence[str], records: Sequence[Record]) -> Sequence[Record]:
    ids = sorted(
        {value.id for record in records for key in keys if isinstance(value := record.values.get(key), FileRef)}
    )
    if not ids:
        return records
    sql = f'SELECT "id", "name", "size", "type", "vault" FROM "store_blob" WHERE "id" IN ({marks(ids)})'
    known = {
        blob: FileRef(blob, file_name(blob, wrapped, name), size, type_)
        for blob, name, size, type_, wrapped in rows(sql, ids)
    }
    return [
        replace(
            record,
            values={
                key: known.get(value.id, value) if isinstance(value, FileRef) else value
                for key, value in record.values.items()
            },
        )
        for record in records
    ]


def refs_of(value: Any) -> tuple[Ref, ...]:
    """The links inside a canonical value."""
    if isinstance(value, Ref):
        return (value,)
    if isinstance(value, tuple) and value and isinstance(value[0], Ref):
        return value
    return ()


class _Named(dict[Ref, Ref]):
    """Links with their titles, by the link without; one object however many rows lead to the same record."""

    def __init__(self, titles: dict[int, str]) -> None:
        self.titles = titles

    def __missing__(self, ref: Ref) -> Ref:
        found = self[ref] = Ref(ref.object, ref.id, self.titles.get(ref.id, ""))
        return found

    def links(self, record: Record, keys: Sequence[str]) -> dict[str, Any]:
        """The links of a record that are set."""
        found: dict[str, Any] = {}
        for key in keys:
            value = record.values.get(key)
            if isinstance(value, Ref):
                found[key] = self[value]
            elif value:
                found[key] = tuple(self[ref] for ref in refs_of(value))
        return found
