"""Giving out everything: one instant of the database, streamed into a package while everybody works on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from typing import Any

import zhike
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Forbidden
from zhike.kernel.words import _, speaking
from zhike.records.audit import note
from zhike.records.company.company import require_settings
from zhike.records.company.settings import company
from zhike.records.log_archive.parts import KEY as ARCHIVE
from zhike.records.log_archive.parts import lines_of, parts_in
from zhike.records.open_format.lines import Changes, Lines, removed_fields
from zhike.records.open_format.package import Packing, portions
from zhike.records.open_format.tables import FILES, LEFT_OUT, Table, tables
from zhike.records.privacy.mass_reading import locks
from zhike.records.privacy.stones import tombstones
from zhike.records.reveal import log_reading
from zhike.records.secrets import file_name, sealer_of, vault
from zhike.records.stored import storage
from zhike.schema.formats import iso_instant
from zhike.schema.kinds import Sealer, kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.chain import BEGIN
from zhike.store.customs import STAMP
from zhike.store.database import from_db, is_postgres, marks, row, write_transaction
from zhike.store.keyfile import VaultError
from zhike.store.plan import own_rows
from zhike.store.snapshots.reading import Ask, reading

Step = Callable[[int, int], None]
EVERYTHING = _("Everything, in open formats")
AUDIT = ("at", "kind", "actor", "via", "object", "record", "text", "detail")


def quiet(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


def note_giving(actor: Actor, where: str) -> None:
    """Put into the logs, before the first byte, that somebody takes everything out. Raises Forbidden for who is no
    administrator, or who is shut out because this is a great deal at once."""
    require_settings(actor)
    registry.refresh()
    great = False
    with write_transaction():
        for spec in registry:
            private = [one.key for one in spec.fields if one.personal or kind_of(one).secret]
            number = _count(spec) if private else 0
            if number:
                great |= log_reading(
                    actor, "export", spec.key, None, None, EVERYTHING.msgid, fields=private, count=number
                )
        note("export", actor, text=where, detail={"everything": True})
    if great and locks():
        raise Forbidden(_("That is a great deal of personal data at once. You were signed out; ask an administrator."))


def give_everything(packing: Packing, by: str, step: Step = quiet) -> dict[str, int]:
    """Write everything into a package; answers how many lines each part has. :func:`note_giving` comes first."""
    with ExitStack() as held:
        ask = _steady_reading(held)
        removed = removed_fields(
            list(
                ask(
                    'SELECT "object", "key", "slot", "body" FROM "store_customfield" WHERE "removed" IS NOT NULL ORDER BY "id"'
                )
            )
        )
        objects = [Lines(spec, removed.get(spec.key, ())) for spec in registry]
        steps = _Steps(step, _total(ask, objects))
        packing.content("schema.json", [_schema()])
        for one in objects:
            packing.lines(one.part, steps(map(one.told, ask(one.question))))
        for table in tables():
            packing.lines(table.part, steps(map(table.told, ask(table.question))))
        packing.lines(FILES.part, steps(map(_file_line, ask(FILES.asking("vault", "name")))))
        packing.lines("history/changes.jsonl", steps(_changes(ask, removed)))
        packing.lines("history/audit.jsonl", _audit(ask))
        packing.lines("history/privacy.jsonl", _cases(ask))
        packing.lines("history/erased.jsonl", _erased())
        damaged: list[int] = []
        for id_, place, wrapped in ask('SELECT "id", "place", "vault" FROM "store_blob" ORDER BY "id"'):
            _file(packing, id_, place, wrapped, damaged)
        packing.finish(
            {
                "zhike": zhike.__version__, "made": now().isoformat(), "by": by, "company": company().name,
                "last_id": _last_id(ask), "damaged_files": damaged, "left_out": {table: str(why) for table, why in LEFT_OUT.items()},
                "migrations": [f"{app}.{name}" for app, name in ask('SELECT "app", "name" FROM "django_migrations" ORDER BY "id"')],
            }
        )  # fmt: skip
    return {one["name"]: one["lines"] for one in packing.parts if "lines" in one}


def _steady_reading(held: ExitStack) -> Ask:
    """A reading whose instant knows the very declarations this process has loaded."""
    while True:
        registry.refresh()
        with ExitStack() as tried:
            ask = tried.enter_context(reading())
            there = next(ask('SELECT "value" FROM "store_counter" WHERE "name" = %s', (STAMP,)), (0,))[0]
            if there == registry.stamp:
                held.enter_context(tried.pop_all())
                return ask


class _Steps:
    """Counts lines of all parts together."""

    def __init__(self, step: Step, total: int) -> None:
        self._step, self._total, self._done = step, total, 0

    def __call__(self, lines: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for one in lines:
            self._done += 1
            if self._done % 100 == 0 or self._done == self._total:
                self._step(min(self._done, self._total), self._total)
            yield one


def _total(ask: Ask, objects: Sequence[Lines]) -> int:
    of_objects = sum(_counted(ask, one.spec) for one in objects)
    of_tables = sum(next(ask(f'SELECT count(*) FROM "{name}"'))[0] for name in _names())
    return int(of_objects + of_tables)


def _names() -> list[str]:
    return [*(one.table for one in tables() if one.table != "store_counter"), FILES.table, "store_changerow"]


def _counted(ask: Ask, spec: ObjectSpec) -> int:
    only = own_rows(spec)
    return int(next(ask(f'SELECT count(*) FROM "{spec.table}" t' + (f" WHERE {only}" if only else "")))[0])


def _count(spec: ObjectSpec) -> int:
    only = own_rows(spec)
    found = row(f'SELECT count(*) FROM "{spec.table}" t' + (f" WHERE {only}" if only else ""))
    return int(found[0]) if found else 0


def _changes(ask: Ask, removed: dict[str, list[FieldSpec]]) -> Iterator[dict[str, Any]]:
    known: dict[str, Changes] = {}
    columns = '"id", "operation", "object", "record", "version", "verb", "actor", "at", "body"'
    kept = next(ask('SELECT "value" FROM "store_setting" WHERE "key" = %s', (ARCHIVE,)), ("[]",))[0]
    older = chain.from_iterable(map(lines_of, parts_in(json.loads(kept))))
    for some in portions(chain(older, ask(f'SELECT {columns} FROM "store_changerow" ORDER BY "id"'))):
        keys = keys_of_records({(one[2], one[3]) for one in some if '"sealed"' in one[8]}, ask)
        for id_, operation, key, record, version, verb, actor, at, body in some:
            if key not in known:
                known[key] = Changes(registry.find(key), removed.get(key, ()))
            yield {
                "id": id_, "operation": operation, "object": key, "record": record, "version": version, "verb": verb,
                "actor": actor, "at": _instant(at), "fields": known[key].told(body, opener(keys, key, record)),
            }  # fmt: skip


def keys_of_records(wanted: set[tuple[str, int]], ask: Ask) -> dict[tuple[str, int], str | None]:
    """The wrapped data keys of records, by object and id; a record that is gone has none."""
    found: dict[tuple[str, int], str | None] = {}
    for key in {one for one, _id in wanted}:
        spec = registry.find(key)
        if spec is None:
            continue
        ids = sorted(id_ for one, id_ in wanted if one == key)
        only = " AND " + own_rows(spec) if own_rows(spec) else ""
        for id_, wrapped in ask(
            f'SELECT t."id", t."vault" FROM "{spec.table}" t WHERE t."id" IN ({marks(ids)}){only}', ids
        ):
            found[key, id_] = wrapped
    return found


def opener(keys: dict[tuple[str, int], str | None], key: str, record: int) -> Callable[[], Sealer | None]:
    """What opens and seals the values of a record: asked only where there is something to open."""
    return lambda: sealer_of(record, keys.get((key, record)))


def _audit(ask: Ask) -> Iterator[dict[str, Any]]:
    """What the chain says beside the changes of records; those are in the change log with all they changed."""
    names = ", ".join(f'"{one}"' for one in AUDIT)
    sql = f'SELECT {names} FROM "store_auditrow" WHERE "operation" IS NULL AND "kind" <> %s ORDER BY "id"'
    for line in ask(sql, (BEGIN,)):
        yield {**dict(zip(AUDIT, line, strict=True)), "at": _instant(line[0]), "detail": json.loads(line[7])}


CASES = Table("history/privacy.jsonl", "store_privacycase", "Cases of the privacy desk", without=("vault", "body"))


def _cases(ask: Ask) -> Iterator[dict[str, Any]]:
    for line in ask(CASES.asking("vault", "body")):
        told = CASES.told(line[:-2])
        try:
            told["body"] = vault().sealer(line[0], line[-2]).open("case", line[-1])
        except VaultError:
            told["body"] = None
        yield told


def _erased() -> Iterator[dict[str, Any]]:
    for one in tombstones():
        yield {"at": one.at, "mode": one.mode, "object": one.object, "id": one.id}


def _file_line(row: tuple[Any, ...]) -> dict[str, Any]:
    return {**FILES.told(row[:-2]), "name": file_name(row[0], row[-2], row[-1])}


def _file(packing: Packing, id_: int, place: str, wrapped: str, damaged: list[int]) -> None:
    """An upload in clear. One the home itself has lost has no part; one that is damaged stands there as far as it opens."""
    try:
        source = storage().open(place)
    except FileNotFoundError:
        return

    def opened() -> Iterator[bytes]:
        try:
            yield from vault().decrypt_file(wrapped, source)
        except VaultError:
            damaged.append(id_)

    with source:
        packing.content(f"files/{id_}", opened())


def _last_id(ask: Ask) -> int:
    sql = 'SELECT last_value FROM "record_id"' if is_postgres() else (
        "SELECT \"value\" FROM \"store_counter\" WHERE \"name\" = 'record_id'"
    )  # fmt: skip
    return int(next(ask(sql), (0,))[0])


def _instant(value: Any) -> str:
    return iso_instant(from_db(value, "instant"))


def _schema() -> bytes:
    """What the objects and their fields are called and hold, with a JSON Schema of each field's values."""
    told = []
    for spec in registry:
        fields = [
            {
                "key": one.key, "label": _labels(one.label), "kind": one.kind, "custom": one.custom,
                "personal": bool(one.personal or kind_of(one).secret), "values": dict(kind_of(one).schema(one)),
                **({"to": one.to} if one.to else {}), **({"result": one.result} if one.result else {}),
            }
            for one in spec.fields
        ]  # fmt: skip
        told.append(
            {
                "key": spec.key,
                "label": _labels(spec.label),
                "custom": spec.custom,
                "title": spec.title,
                "fields": fields,
            }
        )
    return json.dumps({"objects": told}, ensure_ascii=False, indent=1).encode() + b"\n"


def _labels(label: Any) -> dict[str, str]:
    found = {}
    for language in ("en", "zh-hans"):
        with speaking(language):
            found[language] = str(label)
    return found
