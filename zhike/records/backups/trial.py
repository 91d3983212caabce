"""Trying a backup: it is restored into a scratch place, every checksum and number compared, and keys and files opened."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps

from zhike.kernel.errors import Refused
from zhike.kernel.words import _
from zhike.records.backups.archive import DATABASE, Archive, BadBackup, lines
from zhike.records.secrets import vault
from zhike.records.stored import storage
from zhike.store.database import row
from zhike.store.keyfile import VaultError
from zhike.store.snapshots import postgres, sqlite
from zhike.store.snapshots.facts import SnapshotError, Table, Tables
from zhike.store.vault import Vault

SCRATCH = "zhike_try_"
SAMPLE = 20  # data keys opened in each table


class NotTried(Refused):
    """A backup could not be tried here, which says nothing about it."""

    code = "not-tried"
    title = _("The backup could not be tried")


def try_out(path: Path, scratch: Path, on: Callable[[int], None]) -> dict[str, Any]:
    """Restore a backup into ``scratch``, or a schema of its own. Answers how many rows and files it holds; raises
    BadBackup saying what is wrong with it."""
    with Archive(path) as archive:
        if archive.manifest["installation"] != vault().home_id:
            raise BadBackup(_("This backup is of another installation: it needs the key file {id}.").with_(
                id=archive.manifest["installation"]))  # fmt: skip
        archive.check_seal(vault())
        with restored(archive, vault(), scratch, on) as ask:
            _keys_open(archive, ask)
            files, lost = _files_open(archive, ask, on)
        for name in archive.parts:
            if name.startswith("home/"):
                for _chunk in archive.sealed(name, vault().backup_key()):
                    pass
        tables = archive.manifest["database"]["tables"]
        return {"rows": sum(one["rows"] for one in tables.values()), "files": files, "lost": lost[:SAMPLE]}


@contextmanager
def restored(
    archive: Archive, keys: Vault, scratch: Path, on: Callable[[int], None]
) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """The database of an archive, restored and compared; gives a function that asks it."""
    if archive.manifest["database"]["kind"] == "postgresql":
        if not postgres.may_make_schemas():
            raise NotTried(_("The database’s user may not make schemas. Allow it: GRANT CREATE ON DATABASE … TO …."))
        for left in postgres.leftovers(SCRATCH):
            postgres.drop(left)
        schema = SCRATCH + secrets.token_hex(6)
        try:
            load_schema(archive, keys, schema, on)
            with postgres.linked(schema) as link:
                yield lambda sql: link.execute(sql).fetchall()
        finally:
            postgres.drop(schema)
        return
    copy = scratch / "tried.db"
    try:
        write_database(archive, keys, copy, on)
        with sqlite.opened(copy) as held:
            yield lambda sql: held.execute(sql).fetchall()
    finally:
        copy.unlink(missing_ok=True)


def load_schema(archive: Archive, keys: Vault, schema: str, on: Callable[[int], None]) -> None:
    """The database of an archive in a new schema, row by row the same. Raises BadBackup."""
    try:
        postgres.load(lines(archive.sealed(DATABASE, keys.backup_key(), on)), schema)
        compare(archive, postgres.prove(schema))
    except SnapshotError as error:
        raise BadBackup(_("The database in it cannot be restored: {reason}").with_(reason=error)) from error


def write_database(archive: Archive, keys: Vault, target: Path, on: Callable[[int], None]) -> None:
    """The database of an archive as a file, byte for byte the same and sound. Raises BadBackup."""
    digest = hashlib.sha256()
    with open(target, "xb") as out:
        for chunk in archive.sealed(DATABASE, keys.backup_key(), on):
            digest.update(chunk)
            out.write(chunk)
    if digest.hexdigest() != archive.manifest["database"]["sha256"]:
        raise BadBackup(_("The database in it is not the one that was written."))
    try:
        compare(archive, sqlite.prove(target))
    except SnapshotError as error:
        raise BadBackup(_("The database in it cannot be restored: {reason}").with_(reason=error)) from error


def compare(archive: Archive, found: Tables) -> None:
    """Raise BadBackup unless every table has the rows that the manifest tells."""
    wanted = {name: Table(**one) for name, one in archive.manifest["database"]["tables"].items()}
    for name in sorted(wanted.keys() | found.keys()):
        told, there = wanted.get(name, Table(0)), found.get(name, Table(0))
        if told != there:
            text = _("The table {table} came back with {there} rows that differ from the {told} that were written.")
            raise BadBackup(text.with_(table=name, there=there.rows, told=told.rows))


def _keys_open(archive: Archive, ask: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """The key file of this home opens what is in it: the newest data keys of each table are unwrapped."""
    sealed = _sealed_tables()
    for table in archive.manifest["database"]["tables"]:
        if table not in sealed:
            continue
        for id_, wrapped in ask(
            f'SELECT "id", "vault" FROM "{table}" WHERE "vault" LIKE \'w_.%\' ORDER BY "id" DESC LIMIT {SAMPLE}'
        ):
            try:
                vault().sealer(id_, wrapped)
            except VaultError as error:
                raise BadBackup(error.text) from error


def _sealed_tables() -> set[str]:
    return {
        model._meta.db_table
        for model in apps.get_models()
        if {"id", "vault"} <= {field.column for field in model._meta.concrete_fields}
    }


def _files_open(
    archive: Archive, ask: Callable[[str], list[tuple[Any, ...]]], on: Callable[[int], None]
) -> tuple[int, list[str]]:
    """How many of the uploads the database speaks of open and are what was once uploaded, and which are not: those were
    lost or spoilt in the home before, and the backup is as good as the home was. Raises BadBackup when one that lies in
    the home is missing in it."""
    opened, lost = 0, []
    for place, wrapped, wanted in ask('SELECT "place", "vault", "sha256" FROM "store_blob" ORDER BY "id"'):
        name = f"files/{place[:2]}/{place}"
        if not wrapped.startswith("w"):
            continue
        if name not in archive.parts:
            if row('SELECT 1 FROM "store_blob" WHERE "place" = %s', (place,)) is None:
                continue  # thrown away while the backup was made
            if storage().has(place):
                raise BadBackup(_("The upload {file} is missing in it.").with_(file=name))
            lost.append(name)
        elif _opens(archive, name, wrapped, wanted, on):
            opened += 1
        else:
            lost.append(name)
    for name in archive.parts:
        if name.startswith("uploads/"):
            for _chunk in archive.plain(name, on):
                pass
    return opened, lost


def _opens(archive: Archive, name: str, wrapped: str, wanted: str, on: Callable[[int], None]) -> bool:
    digest = hashlib.sha256()
    try:
        for chunk in vault().decrypt_file(wrapped, archive.reader(name, on)):
            digest.update(chunk)
    except VaultError:
        for _chunk in archive.plain(name):  # raises when the archive is what is damaged
            pass
        return False
    return digest.hexdigest() == wanted
