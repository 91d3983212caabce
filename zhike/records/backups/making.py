"""Making a backup while others work: the database at one instant, the uploads, one file that appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection

import zhike
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NoRoom, Refused
from zhike.kernel.words import _
from zhike.records.audit import note
from zhike.records.backups.archive import DATABASE, PIECE, BadBackup, Writer, said
from zhike.records.backups.shelf import Backup, at_work, backup_named, fresh_name, shelf, write_down
from zhike.records.backups.trial import try_out
from zhike.records.log_archive.parts import FOLDER, parts
from zhike.records.master_key.rotation import keys_needed
from zhike.records.secrets import vault
from zhike.records.stored import storage
from zhike.store.database import is_postgres, row, rows, write_transaction
from zhike.store.disk import sync_folder
from zhike.store.snapshots import postgres, sqlite
from zhike.store.snapshots.facts import SnapshotError, Tables

Step = Callable[[int, int], None]
FOLDERS = ("files", "uploads")
LOOSE = ("zhike.toml", "erased.log")
SPARE = 64 * 1024 * 1024


def quiet(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


def make(why: str = "asked", *, step: Step = quiet, trial: bool = True) -> Backup:
    """Make a backup, try it by restoring it into a scratch place, and answer it. Raises Busy, NoRoom, and BadBackup when
    what was written could not be restored; it stays on the shelf then, marked as not usable."""
    with at_work() as scratch:
        sizes = _sizes()
        _have_room(sizes)
        total = 2 * sum(sizes)
        done = 0

        def on(more: int) -> None:
            nonlocal done
            done += more
            step(min(done, total), total)

        path = shelf() / fresh_name()
        beside = path.with_name(f".{path.name}")
        try:
            with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as stream:
                with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as out:
                    keys = _write(Writer(out, vault()), why, scratch, on)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(beside, path)
            sync_folder(path.parent)
        except SnapshotError as error:
            raise BadBackup(said(error)) from error
        finally:
            beside.unlink(missing_ok=True)
        write_down(path, state="untried", why=why, keys=keys)
        if trial:
            try_and_tell(path, scratch, on)
    return backup_named(path.name)


def note_backup(actor: Actor, made: Backup) -> None:
    """Put into the audit that somebody had a backup made."""
    with write_transaction():
        note("backup", actor, text=made.name, detail={"state": made.state, "why": made.why, "size": made.size})


def note_download(actor: Actor, taken: Backup) -> None:
    """Put into the audit that somebody fetched a backup, before they get it."""
    with write_transaction():
        note("backup", actor, text=taken.name, detail={"downloaded": True, "size": taken.size})


def try_again(name: str, *, step: Step = quiet) -> Backup:
    """Try a backup that lies on the shelf once more. Raises NotFound, Busy, BadBackup."""
    backup = backup_named(name)
    with at_work() as scratch:
        done = 0

        def on(more: int) -> None:
            nonlocal done
            done += more
            step(min(done, backup.size), backup.size)

        try_and_tell(backup.path, scratch, on)
    return backup_named(name)


def try_and_tell(path: Path, scratch: Path, on: Callable[[int], None]) -> None:
    """Try a backup and keep beside it what came out. Raises BadBackup when it is not usable."""
    try:
        found = try_out(path, scratch, on)
    except Refused as error:
        write_down(path, state="bad", tried=now(), trouble=said(error))
        raise
    write_down(path, state="good", tried=now(), trouble=None, **found)


def _write(writer: Writer, why: str, scratch: Path, on: Callable[[int], None]) -> list[str]:
    """Write all parts; answers the master keys that what is in it is wrapped under."""
    made = now()
    keys = keys_needed()  # asked first: what is wrapped later is wrapped under the current one
    tables: Tables = {}
    digest, size = hashlib.sha256(), 0
    migrations = [f"{app}.{name}" for app, name in rows('SELECT "app", "name" FROM "django_migrations" ORDER BY "id"')]

    def watched(chunks: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            on(len(chunk))
            yield chunk

    if is_postgres():
        writer.sealed(DATABASE, watched(postgres.dump(tables)))
    else:
        copy = scratch / "copy.db"
        tables.update(sqlite.take(copy))
        writer.sealed(DATABASE, watched(pieces(copy)))
        copy.unlink()
    home = Path(settings.ZHIKE_HOME)
    for name in LOOSE:
        if (home / name).is_file():
            writer.sealed(f"home/{name}.sealed", pieces(home / name))
    for one in parts():
        if one.path.is_file():  # whether it ought to is asked by the page of health
            writer.sealed(f"home/{FOLDER}/{one.file}.sealed", pieces(one.path))
    for path in _uploads(home):
        try:
            source = open(path, "rb")  # noqa: SIM115 - closed where it is read
        except FileNotFoundError:  # thrown away in the meantime; the trial looks whether it is still wanted
            continue
        writer.plain(str(path.relative_to(home)), _counted(source, on))
    store = storage()
    for place, _size in store.listed():
        try:
            held = store.open(place)
        except FileNotFoundError:
            continue
        writer.plain(f"files/{place[:2]}/{place}", _counted(held, on))
    writer.finish(
        {
            "made": made.isoformat(), "why": why, "zhike": zhike.__version__, "migrations": migrations,
            "installation": vault().home_id, "keys": keys,
            "database": {
                "kind": connection.vendor, "server": _server(), "size": size, "sha256": digest.hexdigest(),
                "tables": {name: asdict(one) for name, one in _sorted(tables)},
            },
        }
    )  # fmt: skip
    return keys


def pieces(path: Path) -> Iterator[bytes]:
    """A file's bytes."""
    with open(path, "rb") as source:
        while chunk := source.read(PIECE):
            yield chunk


def _counted(source: BinaryIO, on: Callable[[int], None]) -> Iterator[bytes]:
    with source:
        while chunk := source.read(PIECE):
            on(len(chunk))
            yield chunk


def _uploads(home: Path) -> Iterator[Path]:
    for path in sorted((home / "uploads").rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def _sorted(tables: Tables) -> list[tuple[str, Any]]:
    return sorted(tables.items())


def _server() -> str:
    found = row("SHOW server_version" if is_postgres() else "SELECT sqlite_version()")
    return str(found[0]) if found else ""


def _sizes() -> tuple[int, int]:
    """How large the database and the uploads are."""
    if is_postgres():
        found = row("SELECT pg_database_size(current_database())")
        size = int(found[0]) if found else 0
    else:
        path = Path(str(connection.settings_dict["NAME"]))
        size = sum(one.stat().st_size for one in (path, Path(f"{path}-wal")) if one.exists())
    uploads = sum(path.stat().st_size for path in _uploads(Path(settings.ZHIKE_HOME)))
    return size, uploads + sum(length for _place, length in storage().listed())


def _have_room(sizes: tuple[int, int]) -> None:
    database, uploads = sizes
    # The archive, and on SQLite the copy it is made from and the one it is tried with, which are never there together.
    needed = database // 2 + uploads + (0 if is_postgres() else database) + SPARE
    free = shutil.disk_usage(shelf()).free
    if free < needed:
        text = _("A backup needs {needed} MB on this disk, and {free} MB are free.")
        raise NoRoom(text.with_(needed=f"{needed // 2**20:,}", free=f"{free // 2**20:,}"))
