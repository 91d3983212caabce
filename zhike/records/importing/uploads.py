"""Tables on their way in: the file sealed in the home, what its owner decided so far, and the rows that need a look."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from zhike.access.rights import require
from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.acts import storable
from zhike.records.secrets import vault
from zhike.schema.registry import registry
from zhike.schema.spec import ObjectSpec
from zhike.store.database import from_db, hold, insert_many, row, rows, run, to_db, write_transaction
from zhike.store.disk import sync_way

LARGEST = 100 * 1024 * 1024
KEEP = timedelta(days=30)
MEGABYTE = 1024 * 1024


@dataclass
class Upload:
    """One table and what was decided about it. ``body`` is JSON; :func:`save` keeps it."""

    id: int
    object: str
    actor: int
    name: str
    size: int
    place: str
    key: str
    body: dict[str, Any]
    job: int | None
    created: datetime
    changed: datetime


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that was refused (``kind`` refused) or warned of (warned): its number, its cells by heading, and the reasons
    as ``(column, value, text)``."""

    row: int
    kind: str
    sheet: str
    cells: dict[str, Any]
    reasons: tuple[tuple[str, str, str], ...]
    codes: tuple[tuple[str, str, Any, str], ...] = field(default=())  # faults the file's reading found


_COLUMNS = '"id", "object", "actor", "name", "size", "place", "vault", "body", "job", "created", "changed"'


def keep_upload(actor: Actor, object_key: str, name: str, chunks: Iterable[bytes]) -> Upload:
    """Take a file in, sealed. Raises Forbidden without the import right, Invalid when it is empty, nameless or too large."""
    require(actor, "import", registry.object(object_key))
    clean = storable(Path(name.replace("\\", "/").replace("\x00", "")).name.strip())[:255]
    if not clean:
        raise Invalid(Problem(_("Choose a file first."), "file", "required"))
    key, place = vault().new_data_key(), secrets.token_hex(16)
    path = _path(place)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(path, "xb") as out:
            size = vault().encrypt_file(key, _bounded(chunks), out)
            out.flush()
            os.fsync(out.fileno())
        sync_way(path, Path(settings.ZHIKE_HOME))
        if not size:
            raise Invalid(Problem(_("The file is empty."), "file", "empty"))
        at = to_db(now())
        with write_transaction():
            key = vault().rewrap(key)  # the master key may have been turned while a large file came in
            found = row(
                'INSERT INTO "store_upload" ("object", "actor", "name", "size", "place", "vault", "body", "created", "changed")'
                ' VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING "id"',
                (object_key, actor.id, "", size, place, key, "", at, at),
            )
            assert found is not None
            made = Upload(found[0], object_key, actor.id, clean, size, place, key, {}, None, now(), now())
            save(made)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return made


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST:
            text = _("A table may have at most {n} MB. Split it, or save it as .csv.")
            raise Invalid(Problem(text.with_(n=LARGEST // MEGABYTE), "file", "too-large"))
        yield chunk


def upload(actor: Actor, spec: ObjectSpec, upload_id: int) -> Upload:
    """An upload of the actor's own for this object. Raises NotFound, and Forbidden once they may no longer import."""
    require(actor, "import", spec)
    asked = f'SELECT {_COLUMNS} FROM "store_upload" WHERE "id" = %s AND "actor" = %s AND "object" = %s'
    found = row(asked, (upload_id, actor.id, spec.key)) if 0 < upload_id < 2**53 else None
    if found is None:
        raise NotFound(_("This import is no longer there. Begin anew with the file."))
    return _upload(found)


@contextmanager
def deciding(actor: Actor, spec: ObjectSpec, upload_id: int) -> Iterator[Upload]:
    """An upload to be changed within the block, so that two decisions made at once do not undo each other."""
    with write_transaction():
        hold(f"upload:{upload_id}")
        yield upload(actor, spec, upload_id)


def uploads(actor: Actor, spec: ObjectSpec, size: int = 5) -> list[Upload]:
    """The actor's newest uploads for an object."""
    asked = f'SELECT {_COLUMNS} FROM "store_upload" WHERE "actor" = %s AND "object" = %s ORDER BY "id" DESC LIMIT %s'
    return [_upload(one) for one in rows(asked, (actor.id, spec.key, size))]


def _upload(line: tuple[Any, ...]) -> Upload:
    id_, object_key, actor, name, size, place, key, body, job, created, changed = line
    held = json.loads(vault().sealer(id_, key).open("upload", body))
    name = held.pop("file name", name)  # sealed: people name files after whom they are about
    return Upload(
        id_,
        object_key,
        actor,
        name,
        size,
        place,
        key,
        held,
        job,
        from_db(created, "instant"),
        from_db(changed, "instant"),
    )


def save(held: Upload) -> None:
    """Keep what was decided."""
    body = (
        vault()
        .sealer(held.id, held.key)
        .seal("upload", json.dumps({**held.body, "file name": held.name}, ensure_ascii=False))
    )
    with write_transaction():
        run(
            'UPDATE "store_upload" SET "body" = %s, "job" = %s, "changed" = %s WHERE "id" = %s',
            (body, held.job, to_db(now()), held.id),
        )


def drop(held: Upload) -> None:
    """Throw a file and everything decided about it away."""
    with write_transaction():
        run('DELETE FROM "store_importrow" WHERE "upload" = %s', (held.id,))
        run('DELETE FROM "store_upload" WHERE "id" = %s', (held.id,))
    _path(held.place).unlink(missing_ok=True)


def tidy_uploads() -> None:
    """Throw away uploads nobody has touched for a month."""
    old = rows(f'SELECT {_COLUMNS} FROM "store_upload" WHERE "changed" < %s LIMIT 100', (to_db(now() - KEEP),))
    for line in old:
        with write_transaction():
            run('DELETE FROM "store_importrow" WHERE "upload" = %s', (line[0],))
            run('DELETE FROM "store_upload" WHERE "id" = %s', (line[0],))
        _path(line[5]).unlink(missing_ok=True)


@contextmanager
def opened_file(held: Upload) -> Iterator[Path]:
    """The file in the clear, under a path that only lives within the block: in memory, not on disk, where that exists."""
    path = _path(held.place)
    if not path.is_file():
        raise NotFound(_("This import is no longer there. Begin anew with the file."))
    with open(path, "rb") as source:
        chunks = vault().decrypt_file(held.key, source)
        if hasattr(os, "memfd_create"):
            handle = os.memfd_create("zhike-upload", os.MFD_CLOEXEC)
            try:
                for chunk in chunks:
                    _write_all(handle, chunk)
                yield Path(f"/proc/{os.getpid()}/fd/{handle}")
            finally:
                os.close(handle)
        else:
            with tempfile.NamedTemporaryFile(dir=path.parent) as out:
                out.writelines(chunks)
                out.flush()
                yield Path(out.name)


def _write_all(handle: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]


def _path(place: str) -> Path:
    return Path(settings.ZHIKE_HOME) / "uploads" / place


# -- rows that need a look ---------------------------------------------------------------------------------------------
def hold_rows(held: Upload, some: Sequence[HeldRow]) -> None:
    """Keep rows; one kept before under the same number and kind is replaced. Joins a running transaction."""
    sealer = vault().sealer(held.id, held.key)
    lines = [
        (held.id, one.row, one.kind, sealer.seal(f"row:{one.row}", json.dumps(_row_json(one), ensure_ascii=False)))
        for one in some
    ]
    with write_transaction():
        for upload_id, number, kind, _body in lines:
            run(
                'DELETE FROM "store_importrow" WHERE "upload" = %s AND "kind" = %s AND "row" = %s',
                (upload_id, kind, number),
            )
        insert_many("store_importrow", ("upload", "row", "kind", "body"), lines)


def drop_rows(held: Upload, numbers: Sequence[int] | None = None) -> None:
    """Drop the rows with these numbers; all of them without."""
    with write_transaction():
        if numbers is None:
            run('DELETE FROM "store_importrow" WHERE "upload" = %s', (held.id,))
        for number in numbers or ():
            run('DELETE FROM "store_importrow" WHERE "upload" = %s AND "row" = %s', (held.id, number))


def held_rows(held: Upload, kind: str, after: int = 0, size: int = 50) -> list[HeldRow]:
    """Rows of a kind in the order of the file, from the one behind ``after`` on."""
    found = rows(
        'SELECT "row", "kind", "body" FROM "store_importrow" WHERE "upload" = %s AND "kind" = %s AND "row" > %s'
        ' ORDER BY "row" LIMIT %s',
        (held.id, kind, after, size),
    )
    sealer = vault().sealer(held.id, held.key)
    return [_held(number, kind, json.loads(sealer.open(f"row:{number}", body))) for number, kind, body in found]


def held_row(held: Upload, number: int) -> HeldRow | None:
    """One refused row."""
    found = held_rows(held, "refused", number - 1, 1)
    return found[0] if found and found[0].row == number else None


def count_rows(held: Upload, kind: str) -> int:
    """How many rows of a kind are kept."""
    found = row('SELECT count(*) FROM "store_importrow" WHERE "upload" = %s AND "kind" = %s', (held.id, kind))
    return int(found[0]) if found else 0


def _row_json(one: HeldRow) -> dict[str, Any]:
    cells = {heading: cell_json(cell) for heading, cell in one.cells.items()}
    codes = [[*code[:2], cell_json(code[2]), code[3]] for code in one.codes]
    return {"sheet": one.sheet, "cells": cells, "reasons": one.reasons, "codes": codes}


def _held(number: int, kind: str, body: Mapping[str, Any]) -> HeldRow:
    cells = {heading: json_cell(cell) for heading, cell in body["cells"].items()}
    reasons = tuple((column, value, text) for column, value, text in body["reasons"])
    return HeldRow(number, kind, body["sheet"], cells, reasons, tuple(tuple(one) for one in body["codes"]))


def cell_json(cell: Any) -> Any:
    """A cell as JSON; decimals keep their digits, days and instants become text."""
    if isinstance(cell, Decimal | float):
        return {"n": str(cell)}
    return cell.isoformat() if isinstance(cell, date) else cell


def json_cell(cell: Any) -> Any:
    """Back from :func:`cell_json`."""
    return Decimal(cell["n"]) if isinstance(cell, dict) else cell


# -- what was decided the last time ------------------------------------------------------------------------------------
def remember(object_key: str, headings: Sequence[str], body: Mapping[str, Any]) -> None:
    """Keep what was decided for a file with these headings, for everybody who may import such files."""
    where, coded = (object_key, _heading_set(headings)), json.dumps(body, ensure_ascii=False)
    with write_transaction():
        if not run(
            'UPDATE "store_importmemory" SET "body" = %s, "used" = %s WHERE "object" = %s AND "headings" = %s',
            (coded, to_db(now()), *where),
        ):
            run(
                'INSERT INTO "store_importmemory" ("object", "headings", "body", "used") VALUES (%s, %s, %s, %s)',
                (*where, coded, to_db(now())),
            )


def remembered(object_key: str, headings: Sequence[str]) -> dict[str, Any] | None:
    """What was decided for such a file the last time."""
    found = row(
        'SELECT "body" FROM "store_importmemory" WHERE "object" = %s AND "headings" = %s',
        (object_key, _heading_set(headings)),
    )
    return dict(json.loads(found[0])) if found else None


def _heading_set(headings: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(headings)).encode("utf-8", "replace")).hexdigest()
