"""Taking everything in: an open export becomes the data of an empty home, all of it in one transaction or none."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.migrations.loader import MigrationLoader

from zhike.kernel.actor import Actor
from zhike.kernel.errors import NoRoom
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.company.settings import forget_settings, setting_for
from zhike.records.notices.mail_hold import hold_mail
from zhike.records.open_format.giving import CASES, Step, keys_of_records, opener, quiet
from zhike.records.open_format.lines import Changes, Lines, removed_fields
from zhike.records.open_format.package import BadPackage, Package, portions, wrong_line
from zhike.records.open_format.tables import DECLARATIONS, FILES, Table, tables
from zhike.records.persist import bring_in
from zhike.records.privacy.stones import Tombstone, put_up
from zhike.records.secrets import prepare_vault, sealed_name, vault
from zhike.records.stored import storage, take_away
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec
from zhike.store.chain import CHANGE_COLUMNS, Said, append, begin
from zhike.store.customs import forget_schema, schema_changed
from zhike.store.database import insert_many, is_postgres, row, rows, run, to_db, write_transaction
from zhike.store.ids import forget_blocks, never_again, renew

SPARE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came in, and of what day it is."""

    made: str
    company: str
    records: int
    changes: int
    files: int


def take_everything(path: Path, actor: Actor, *, ready: Callable[[], object], step: Step = quiet) -> TakenIn:
    """Take an export into this home, which holds no data yet. ``ready`` makes its empty database.

    The whole export is compared with its manifest first; then everything is written in one transaction. Raises BadPackage
    for one that is damaged, incomplete, foreign or newer, and for a home that has data; nothing is changed then."""
    package = Package(path)
    try:
        _fits(package)
        _have_room(package)
        total = max(1, sum(one["size"] for one in package.parts.values()))
        done = 0

        def on(more: int) -> None:
            nonlocal done
            done += more
            step(min(done, total), 2 * total)

        package.prove(on)
        ready()
        if not _is_empty():
            raise BadPackage(_("This home holds data already. Name a new folder with --home, or an empty database."))
        return _Taking(package, actor, lambda read: step(total + min(read, total), 2 * total)).run()
    finally:
        package.close()


def _fits(package: Package) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    newer = [one for one in package.manifest.get("migrations", []) if one not in known]
    if newer:
        text = _("This export was made by Zhike {made}, which is newer than this one. Install that version first.")
        raise BadPackage(text.with_(made=f"{package.manifest.get('zhike', '?')} ({newer[-1]})"))
    for wanted in ("schema.json", "objects/user.jsonl", "objects/role.jsonl", *(one.part for one in tables()),
                   FILES.part,
                   "history/changes.jsonl", "history/audit.jsonl", "history/erased.jsonl"):  # fmt: skip
        if wanted not in package.parts:
            raise BadPackage(_("The part {part} is missing.").with_(part=wanted))


def _have_room(package: Package) -> None:
    needed = 4 * sum(one["size"] for one in package.parts.values()) + SPARE
    free = shutil.disk_usage(settings.ZHIKE_HOME).free
    if free < needed:
        text = _("Taking this in needs {needed} MB on this disk, and {free} MB are free.")
        raise NoRoom(text.with_(needed=f"{needed // 2**20:,}", free=f"{free // 2**20:,}"))


def _is_empty() -> bool:
    asked = ("store_operation", "store_auditrow", "store_changerow", "store_customobject")
    return not any(row(f'SELECT 1 FROM "{one}" LIMIT 1') for one in asked)


class _Taking:
    def __init__(self, package: Package, actor: Actor, on: Callable[[int], None]) -> None:
        self._package, self._actor, self._on = package, actor, on
        self._read = 0
        self._made: list[str] = []
        self._lost = set(package.manifest.get("damaged_files", ()))

    def run(self) -> TakenIn:
        try:
            with write_transaction():
                return self._everything()
        except BaseException as error:
            take_away(self._made)
            if isinstance(error, (DatabaseError, OverflowError)):
                text = _("The database refused it: {reason}")
                raise BadPackage(text.with_(reason=str(error).strip().splitlines()[0][:300])) from error
            raise
        finally:
            for forget in (forget_blocks, forget_settings, forget_schema):
                forget()

    def _everything(self) -> TakenIn:
        prepare_vault()
        for table in DECLARATIONS:
            self._table(table)
        schema_changed()
        for name in ("stamp:settings", "stamp:people"):
            renew(name)
        forget_settings()
        registry.refresh()
        removed = removed_fields(
            rows('SELECT "object", "key", "slot", "body" FROM "store_customfield" WHERE "removed" IS NOT NULL')
        )
        records = self._records(removed)
        for table in tables():
            if table not in DECLARATIONS:
                self._table(table)
        files = self._files()
        changes = self._changes(removed)
        begin()
        self._audit()
        self._cases()
        hold_mail(self._package.path.name)
        never_again(int(self._package.manifest.get("last_id", 0)))
        about = {"made": self._package.manifest["made"], "records": records, "changes": changes, "files": files}
        note("import", self._actor, text=str(self._package.path.name), detail=about)
        put_up(
            Tombstone(one["at"], one["mode"], one["object"], one["id"])
            for _n, one in self._lines("history/erased.jsonl")
        )
        return TakenIn(
            str(self._package.manifest["made"]), str(self._package.manifest.get("company", "")), records, changes, files
        )

    def _lines(self, part: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The lines of a part; how much of the whole was read is told after each portion."""
        size = self._package.parts.get(part, {}).get("size", 0)
        lines = max(1, int(self._package.parts.get(part, {}).get("lines", 1)))
        before = self._read
        for number, line in self._package.lines(part):
            yield number, line
            if number % 100 == 0:
                self._on(before + size * number // lines)
        self._read = before + size
        self._on(self._read)

    def _table(self, table: Table) -> None:
        names = [one.column for one in table.columns]
        for some in portions(self._lines(table.part)):
            insert_many(table.table, names, [table.taken(line, number) for number, line in some])
        _go_on_counting(table.table)

    def _records(self, removed: dict[str, list[FieldSpec]]) -> int:
        setting, number = setting_for(self._actor), 0
        parts = {name for name in self._package.parts if name.startswith("objects/")}
        objects = [Lines(spec, removed.get(spec.key, ())) for spec in registry]
        strange = parts - {one.part for one in objects}
        if strange:
            text = _("The part {part} is unknown: this export was made by another program or a newer Zhike.")
            raise BadPackage(text.with_(part=min(strange)))
        for one in objects:
            for some in portions(self._lines(one.part)):
                drafts = [one.draft(line, at, setting) for at, line in some]
                bring_in(one.spec, drafts, setting)
                number += len(drafts)
        return number

    def _files(self) -> int:
        names = [*(one.column for one in FILES.columns), "name", "place", "vault"]
        number = 0
        for at, line in self._lines(FILES.part):
            name = str(line.pop("name", ""))
            facts = FILES.taken(line, at)
            key, place = vault().new_data_key(), secrets.token_hex(16)
            part = f"files/{line['id']}"
            if part in self._package.parts and line["id"] not in self._lost:
                self._file(part, key, place, str(line["sha256"]))
                number += 1
            insert_many(FILES.table, names, [[*facts, sealed_name(line["id"], key, name), place, key]])
        return number

    def _file(self, part: str, key: str, place: str, wanted: str) -> None:
        digest = hashlib.sha256()

        def watched() -> Iterator[bytes]:
            for chunk in self._package.content(part):
                digest.update(chunk)
                yield chunk

        self._made.append(place)
        storage().put(place, lambda out: vault().encrypt_file(key, watched(), out))
        if digest.hexdigest() != wanted:
            raise BadPackage(_("The part {part} is not the file that was uploaded.").with_(part=part))

    def _changes(self, removed: dict[str, list[FieldSpec]]) -> int:
        known: dict[str, Changes] = {}
        count, part = 0, "history/changes.jsonl"
        for some in portions(self._lines(part)):
            keys = keys_of_records({(str(one["object"]), int(one["record"])) for _n, one in some}, _ask)
            lines = []
            for number, one in some:
                key = str(one["object"])
                if key not in known:
                    known[key] = Changes(registry.find(key), removed.get(key, ()))
                try:
                    body = known[key].taken(one["fields"], opener(keys, key, one["record"]))
                    lines.append([one["id"], *(_value(name, one) for name in CHANGE_COLUMNS[:-1]), body])
                except (KeyError, ValueError, TypeError, AttributeError) as error:
                    raise wrong_line(part, number, repr(error)) from error
            insert_many("store_changerow", ("id", *CHANGE_COLUMNS), lines)
            count += len(lines)
        _go_on_counting("store_changerow")
        return count

    def _audit(self) -> None:
        part = "history/audit.jsonl"
        for some in portions(self._lines(part)):
            said = []
            for number, one in some:
                try:
                    at = datetime.fromisoformat(one["at"]).astimezone(UTC)
                    said.append(Said(one["kind"], int(one["actor"]), one["via"], one["object"], int(one["record"]),
                                     one["text"], json.dumps(one["detail"], ensure_ascii=False, sort_keys=True), at))  # fmt: skip
                except (KeyError, ValueError, TypeError) as error:
                    raise wrong_line(part, number, repr(error)) from error
            append(said)

    def _cases(self) -> None:
        names = [*(one.column for one in CASES.columns), "vault", "body"]
        for number, line in self._lines(CASES.part):
            body = line.pop("body", None)
            key = vault().new_data_key()
            sealed = (
                vault().sealer(int(line["id"]), key).seal("case", body if isinstance(body, str) else json.dumps({}))
            )
            insert_many(CASES.table, names, [[*CASES.taken(line, number), key, sealed]])
        _go_on_counting(CASES.table)


def _value(name: str, line: dict[str, Any]) -> Any:
    return to_db(datetime.fromisoformat(line["at"]).astimezone(UTC)) if name == "at" else line[name]


def _ask(sql: str, params: Any = ()) -> Iterator[tuple[Any, ...]]:
    return iter(rows(sql, params))


def _go_on_counting(table: str) -> None:
    """New rows of a table with numbers of its own are numbered behind those that came in."""
    if is_postgres():
        named = row("SELECT pg_get_serial_sequence(%s, 'id')", (f'"{table}"',)) if _has_id(table) else None
        if named and named[0]:
            run(f'SELECT setval(%s, GREATEST(1, (SELECT max("id") FROM "{table}")))', (named[0],))


def _has_id(table: str) -> bool:
    sql = "SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'id' AND NOT attisdropped"
    return row(sql, (f'"{table}"',)) is not None
