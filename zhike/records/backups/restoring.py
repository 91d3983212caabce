"""Putting a backup back: checked whole and laid ready beside the home first, then exchanged at one instant; what was
replaced stays aside, and comes back when anything fails, also after a crash."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader

import zhike
from zhike.kernel.actor import SYSTEM, Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import NoRoom
from zhike.kernel.words import _
from zhike.records.audit_proof import after_restore
from zhike.records.backups.archive import TWO_VERSIONS, Archive, BadBackup
from zhike.records.backups.making import FOLDERS, Step, quiet
from zhike.records.backups.shelf import STAMP
from zhike.records.backups.trial import NotTried, load_schema, write_database
from zhike.records.company.settings import forget_settings
from zhike.records.log_archive.parts import FOLDER
from zhike.records.notices.mail_hold import hold_mail
from zhike.records.privacy.stones import tombstones
from zhike.records.privacy.tombstones import reapply
from zhike.records.stored import in_home, storage
from zhike.store.database import is_postgres, run, write_transaction
from zhike.store.disk import sync_folder
from zhike.store.home_vault import drop_vaults
from zhike.store.ids import forget_blocks, never_again
from zhike.store.keyfile import VaultError, take_in_keys
from zhike.store.snapshots import postgres
from zhike.store.vault import Vault

KEY, JOURNAL, STAGE, ASIDE = "zhike.key", ".restoring.json", ".restoring-", "replaced-"
SCHEMA, SCHEMA_ASIDE = "zhike_new_", "zhike_replaced_"
DATABASE_FILES = ("zhike.db", "zhike.db-wal", "zhike.db-shm")
ERASED = "erased.log"
SPARE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where the replaced home is now ("" when there was none)."""

    made: str
    rows: int
    files: int
    aside: str


def restore(
    path: Path,
    *,
    then: Callable[[], None],
    actor: Actor = SYSTEM,
    key_file: Path | None = None,
    other_home: bool = False,
    step: Step = quiet,
) -> Restored:
    """Put a backup in the place of this home's data. Nobody else may be at work in the home.

    ``then`` brings the database up to date and is part of it: when it fails, the replaced home comes back. Raises
    BadBackup for one that is damaged, of another installation, newer than this program, or whose key is not here."""
    home = Path(settings.ZHIKE_HOME)
    home.mkdir(mode=0o700, exist_ok=True)
    mend(home)
    with Archive(path) as archive:
        _fits(archive)
        keys, key_path = _keys(archive, home, key_file, other_home)
        archive.check_seal(keys)
        _have_room(archive, home)
        total = max(1, sum(one["size"] for one in archive.parts.values()))
        done = 0

        def on(more: int) -> None:
            nonlocal done
            done += more
            step(min(done, total), total)

        stamp = now().astimezone(UTC).strftime(STAMP)
        stage = home / f"{STAGE}{secrets.token_hex(6)}"
        stage.mkdir(mode=0o700)
        schema = SCHEMA + secrets.token_hex(6) if is_postgres() else ""
        try:
            files = _lay_ready(archive, keys, stage, schema, on)
            with _exchanged(home, stage, schema, stamp, key_path) as aside:
                _look_anew()
                then()
                _begin_anew(actor, archive)
        finally:
            if schema:
                postgres.drop(schema)
            shutil.rmtree(stage, ignore_errors=True)
        made = str(archive.manifest["made"])
        lines = sum(one["rows"] for one in archive.manifest["database"]["tables"].values())
        return Restored(made, lines, files, aside)


def mend(home: Path) -> bool:
    """Finish off a restore whose process died in the middle: the replaced home comes back. True when there was one."""
    journal = home / JOURNAL
    if not journal.exists():
        return False
    connections.close_all()
    _put_back(home, Exchange(**json.loads(journal.read_text("utf-8"))))
    journal.unlink()
    sync_folder(home)
    for left in home.glob(f"{STAGE}*"):
        shutil.rmtree(left, ignore_errors=True)
    return True


def replaced(home: Path) -> list[str]:
    """Folders and schemas in which replaced homes still lie."""
    found = sorted(path.name for path in home.glob(f"{ASIDE}*") if path.is_dir())
    return found + (postgres.leftovers(SCHEMA_ASIDE) if is_postgres() else [])


# -- before anything is touched ------------------------------------------------------------------------------------------
def _fits(archive: Archive) -> None:
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    newer = [one for one in archive.manifest["migrations"] if one not in known]
    if newer:
        made = f"{archive.manifest['zhike']} ({newer[-1]})"
        raise BadBackup(TWO_VERSIONS.with_(made=made, here=zhike.__version__))
    kind = archive.manifest["database"]["kind"]
    if kind != connection.vendor:
        texts = {
            "postgresql": _("This backup is of a home on PostgreSQL. Name an empty database in ZHIKE_DATABASE first."),
            "sqlite": _("This backup is of a home on SQLite, and this home’s data is in PostgreSQL. Use another home."),
        }
        raise BadBackup(texts.get(kind, _("This backup is of an unknown kind of database.")))
    if is_postgres() and not postgres.may_make_schemas():
        raise NotTried(_("The database’s user may not make schemas. Allow it: GRANT CREATE ON DATABASE … TO …."))


def _keys(archive: Archive, home: Path, given: Path | None, other_home: bool) -> tuple[Vault, Path | None]:
    """The keys that open the archive, and the file whose keys this home takes in (None: it has them)."""
    wanted = archive.manifest["installation"]
    own = home / KEY
    try:
        here = Vault(own, make=False) if own.exists() else None
        if here is not None and here.home_id != wanted and not other_home:
            text = _(
                "This backup is of another installation ({other}) than this home ({own}). If you mean it, say --other-home."
            )
            raise BadBackup(text.with_(other=wanted, own=here.home_id))
        source = given or own
        if not source.exists():
            text = _(
                "The key file of this backup is not here: give it with --key, or write it anew with “zhike key restore”. Its id is {id}."
            )
            raise BadBackup(text.with_(id=wanted))
        keys = Vault(source, make=False)
    except VaultError as error:
        raise BadBackup(error.text) from error
    if keys.home_id != wanted:
        text = _("{file} is not the key of this backup: that one has the id {id}.")
        raise BadBackup(text.with_(file=source, id=wanted))
    held = set(keys.master_ids) | set(here.master_ids if here is not None and here.home_id == wanted else ())
    missing = [one for one in archive.manifest["keys"] if one not in held]
    if missing:
        text = _("This backup needs the older master key {id}. Give the key file of that time with --key.")
        raise BadBackup(text.with_(id=", ".join(missing)))
    return keys, given


def _have_room(archive: Archive, home: Path) -> None:
    size = archive.manifest["database"]["size"] if not is_postgres() else 0
    needed = size + sum(one["size"] for name, one in archive.parts.items() if name.startswith(FOLDERS)) + SPARE
    free = shutil.disk_usage(home).free
    if free < needed:
        text = _("Restoring needs {needed} MB on this disk, and {free} MB are free.")
        raise NoRoom(text.with_(needed=f"{needed // 2**20:,}", free=f"{free // 2**20:,}"))


def _lay_ready(archive: Archive, keys: Vault, stage: Path, schema: str, on: Callable[[int], None]) -> int:
    """Everything of the archive beside the home, checked and on disk; answers how many uploads there are."""
    if schema:
        load_schema(archive, keys, schema, on)
    else:
        write_database(archive, keys, stage / "zhike.db", on)
    number = 0
    for folder in FOLDERS:
        (stage / folder).mkdir(mode=0o700)
    for name in archive.parts:
        if (
            name.startswith("files/") and not in_home()
        ):  # sealed, under its name for good: it harms nobody before the exchange
            _put(_within(stage, name).name, archive.plain(name, on))
            number += 1
        elif name.startswith(tuple(f"{one}/" for one in FOLDERS)):
            _write(_within(stage, name), archive.plain(name, on))
            number += 1
        elif name.startswith("home/"):
            _write(_within(stage, name.removesuffix(".sealed")), archive.sealed(name, keys.backup_key(), on))
    os.sync()
    return number


def _put(place: str, chunks: Iterator[bytes]) -> None:
    def fill(out: BinaryIO) -> None:
        out.writelines(chunks)

    storage().put(place, fill)


def _within(stage: Path, name: str) -> Path:
    """Where a part belongs; a name that leads elsewhere is refused."""
    path = (stage / name).resolve()
    if not path.is_relative_to(stage.resolve()):
        raise BadBackup(_("The part {part} is missing.").with_(part=name))
    return path


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for chunk in chunks:
            out.write(chunk)


# -- the exchange --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Exchange:
    """What is exchanged: ``moved`` of ``names`` lay in the home before and goes to the folder ``aside``; on PostgreSQL the
    tables go to ``schema``."""

    aside: str
    names: list[str]
    moved: list[str]
    schema: str


@contextmanager
def _exchanged(home: Path, stage: Path, schema: str, stamp: str, key_path: Path | None) -> Iterator[str]:
    """Within the block what was laid ready is the home; when the block fails, the replaced one comes back."""
    connections.close_all()
    names = [*(() if schema else DATABASE_FILES), *FOLDERS, *([KEY] if key_path is not None else [])]
    moved = [name for name in names if (home / name).exists()]
    plan = Exchange(f"{ASIDE}{stamp}", names, moved, f"{SCHEMA_ASIDE}{stamp.lower()}" if schema else "")
    _write(home / f"{JOURNAL}.new", iter([json.dumps(asdict(plan)).encode()]))
    (home / f"{JOURNAL}.new").replace(home / JOURNAL)
    sync_folder(home)
    try:
        _put_in(home, stage, schema, plan, key_path)
        places = [str(home / plan.aside)] if moved else []
        if schema and not postgres.is_empty(plan.schema):
            places.append(str(_("the schema {name}").with_(name=plan.schema)))
        yield ", ".join(places)
    except BaseException:
        connections.close_all()
        _put_back(home, plan)
        (home / JOURNAL).unlink()
        _look_anew()
        raise
    (home / JOURNAL).unlink()
    sync_folder(home)
    if schema and postgres.is_empty(plan.schema):
        postgres.drop(plan.schema)


def _put_in(home: Path, stage: Path, schema: str, plan: Exchange, key_path: Path | None) -> None:
    aside = home / plan.aside
    if plan.moved:
        aside.mkdir(mode=0o700)
    for name in plan.moved:
        if name == KEY:
            shutil.copy2(home / KEY, aside / KEY)
        else:
            (home / name).rename(aside / name)
    for name in plan.names:
        if (stage / name).exists():
            (stage / name).rename(home / name)
    _take_in_key(home, key_path)
    _take_in_loose(home, stage)
    if schema:
        postgres.swap(schema, plan.schema)
    sync_folder(home)


def _put_back(home: Path, plan: Exchange) -> None:
    aside = home / plan.aside
    for name in plan.names:
        old, present = aside / name, home / name
        if not old.exists() and name in plan.moved:
            continue  # it was never moved, or is back already
        if present.exists():
            discard = home / f"{STAGE}{secrets.token_hex(6)}"
            present.rename(discard)
            shutil.rmtree(discard) if discard.is_dir() else discard.unlink()
        if old.exists():
            old.rename(present)
    with suppress(OSError):
        aside.rmdir()
    if plan.schema and plan.schema in postgres.leftovers(plan.schema):
        spoilt = SCHEMA + secrets.token_hex(6)
        postgres.swap(plan.schema, spoilt)
        postgres.drop(spoilt)


def _take_in_key(home: Path, key_path: Path | None) -> None:
    if key_path is None:
        return
    try:
        take_in_keys(home / KEY, key_path)
    except VaultError:  # of another installation, as was asked for
        shutil.copyfile(key_path, home / KEY)
        (home / KEY).chmod(0o600)


def _take_in_loose(home: Path, stage: Path) -> None:
    """Who was erased stays erased: the home's list keeps every line it has. Settings of the machine are only laid beside."""
    erased = stage / "home" / ERASED
    if erased.exists():
        here = (home / ERASED).read_bytes() if (home / ERASED).exists() else b""
        known = set(here.splitlines())
        more = [line for line in erased.read_bytes().splitlines() if line not in known]
        if more:
            with open(home / ERASED, "ab") as out:
                out.write(b"".join(line + b"\n" for line in more))
                out.flush()
                os.fsync(out.fileno())
    for part in sorted((stage / "home" / FOLDER).glob("*")):
        (home / FOLDER).mkdir(mode=0o700, exist_ok=True)
        part.replace(home / FOLDER / part.name)  # the name holds a digest of the content
    toml = stage / "home" / "zhike.toml"
    if toml.exists() and not (home / "zhike.toml").exists():
        toml.rename(home / "zhike.toml.from-backup")


def _look_anew() -> None:
    """This process forgets the home it knew."""
    connections.close_all()
    for forget in (forget_blocks, forget_settings, drop_vaults):
        forget()


def _begin_anew(actor: Actor, archive: Archive) -> None:
    """Everybody signs in anew: sign-ins that had been ended since would be valid again. Mail waits: what the backup had
    in its queue was perhaps sent since."""
    with write_transaction():
        run('DELETE FROM "store_signin"')
    _never_again()
    hold_mail(archive.path.name)
    after_restore(actor, archive.path.name)


def _never_again() -> None:
    """Who was erased since the backup is erased again, and no new record gets an id that a tombstone names."""
    reapply()
    never_again(max((one.id for one in tombstones()), default=0))
