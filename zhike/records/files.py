"""Stored files: bytes encrypted under random names in a storage (``stored.py``), their facts in the database."""

from __future__ import annotations

import hashlib
import mimetypes
import secrets
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from django.db import transaction

from zhike.kernel.actor import Actor
from zhike.kernel.clock import now
from zhike.kernel.errors import Invalid, NotFound, Problem
from zhike.kernel.words import _
from zhike.records.read import read_one
from zhike.records.secrets import file_name, sealed_name, vault
from zhike.records.stored import storage, take_away, take_away_left
from zhike.schema.values import FileRef
from zhike.store.database import insert_many, marks, row, rows, run, to_db, write_transaction
from zhike.store.ids import take_ids

LARGEST = 100 * 1024 * 1024
KEEP_LOOSE = timedelta(days=1)
SAFE_TYPES = (
    "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "text/csv", "audio/mpeg", "audio/mp4",
    "audio/wav", "audio/ogg", "audio/webm", "video/mp4", "application/zip", "application/msword", "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
)  # fmt: skip
RECORDED = {".weba": "audio/webm", ".m4a": "audio/mp4", ".oga": "audio/ogg"}
"""What phones and browsers record, under the endings that tell sound from pictures."""


def store_file(actor: Actor, name: str, chunks: Iterable[bytes]) -> FileRef:
    """Keep a file; returns its reference for a field of kind file. Raises Invalid when it is too large or nameless.

    The bytes are in the store for good before the row is written; FilesAway when it does not take them, and no row then.
    Until a record holds it, it is loose."""
    clean = Path(name.replace("\\", "/").replace("\x00", "")).name.strip()[:255]
    if not clean:
        raise Invalid(Problem(_("The file needs a name."), "file", "required"))
    data_key = vault().new_data_key()
    place = secrets.token_hex(16)
    counted = _Counted(chunks)
    storage().put(place, lambda out: vault().encrypt_file(data_key, counted, out))
    guessed = RECORDED.get(Path(clean).suffix.lower()) or mimetypes.guess_type(clean)[0] or "application/octet-stream"
    ref = FileRef(take_ids(1)[0], clean, counted.size, guessed if guessed in SAFE_TYPES else "application/octet-stream")
    with write_transaction():
        data_key = vault().rewrap(data_key)  # the master key may have been turned while a large file came in
        insert_many(
            "store_blob",
            ("id", "name", "size", "type", "sha256", "place", "vault", "created", "created_by", "loose"),
            [
                (
                    ref.id,
                    sealed_name(ref.id, data_key, ref.name),
                    ref.size,
                    ref.type,
                    counted.digest.hexdigest(),
                    place,
                    data_key,
                    to_db(now()),
                    actor.id,
                    to_db(True),
                )
            ],
        )
    return ref


def hold_files(ids: Iterable[int]) -> None:
    """Records hold these files from now on: they are no longer loose. Within a write transaction."""
    some = sorted(set(ids))
    if some:
        facts = (to_db(False), *some, to_db(True))
        run(f'UPDATE "store_blob" SET "loose" = %s WHERE "id" IN ({marks(some)}) AND "loose" = %s', facts)


def drop_files(ids: Iterable[int], only_loose: bool = False) -> int:
    """Delete stored files, their bytes once the transaction is committed; returns how many there were."""
    dropped = 0
    for one in ids:
        with write_transaction():
            found = row('SELECT "place" FROM "store_blob" WHERE "id" = %s', (one,))
            loose = (' AND "loose" = %s', (to_db(True),)) if only_loose else ("", ())
            if found and run(f'DELETE FROM "store_blob" WHERE "id" = %s{loose[0]}', (one, *loose[1])):
                transaction.on_commit(lambda place=found[0]: take_away([place]))  # type: ignore[misc]
                dropped += 1
    return dropped


def tidy_files() -> None:
    """Delete files that were sent more than a day ago and never came to stand in a record, and what could not be removed."""
    if not take_away_left():
        return  # the store is away
    sql = 'SELECT "id" FROM "store_blob" WHERE "loose" = %s AND "created" < %s ORDER BY "created" LIMIT 500'
    drop_files([one for (one,) in rows(sql, (to_db(True), to_db(now() - KEEP_LOOSE)))], only_loose=True)


class Content:
    """What is in a stored file: its pieces, from the beginning or from somewhere in it. Fetched as it is read."""

    def __init__(self, place: str, data_key: str) -> None:
        self._source, self._data_key = storage().open(place), data_key
        self._pieces = vault().decrypt_file(data_key, self._source)

    def part(self, start: int, end: int) -> Content:
        """Only the bytes from ``start`` to before ``end``; what lies before is not read."""
        self._pieces = _part(vault().decrypt_file(self._data_key, self._source, start), end - start)
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Nobody reads on."""
        self._source.close()

    def __del__(self) -> None:
        if hasattr(self, "_source"):  # it was there
            self.close()


def open_file(actor: Actor, object_key: str, record_id: int, field_key: str) -> tuple[FileRef, Content]:
    """The file in a record's field, for whoever may read that field. Raises NotFound, and FilesAway before anything of it
    was given out."""
    value = read_one(actor, object_key, record_id).values.get(field_key)
    if not isinstance(value, FileRef):
        raise NotFound()
    found = row('SELECT "name", "size", "type", "place", "vault" FROM "store_blob" WHERE "id" = %s', (value.id,))
    if found is None:
        raise NotFound()
    name, size, type_, place, data_key = found
    ref = FileRef(value.id, file_name(value.id, data_key, name), size, type_)
    try:
        return ref, Content(place, data_key)
    except FileNotFoundError:
        raise NotFound(_("The content of this file is no longer in the store. Ask your administrator.")) from None


def _part(pieces: Iterator[bytes], length: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:length]
        length -= len(piece)
        if length <= 0:
            return


class _Counted:
    """Passes chunks on, counting and hashing them, and stops a file that is too large."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.size = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > LARGEST:
                raise Invalid(
                    Problem(_("Files may have at most {n} MB.").with_(n=LARGEST // 1024 // 1024), "file", "too-large")
                )
            self.digest.update(chunk)
            yield chunk
