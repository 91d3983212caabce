"""The file a backup is: a ZIP of parts with a manifest of their checksums at its end.

``manifest.json`` says what made it, when, for which installation and key, and lists every part with size and SHA-256;
``manifest.seal`` is a keyed digest of it, so that only the key's owner can have written it. ``database`` and the files
named ``*.sealed`` are compressed and then sealed with the installation's backup key; uploads are in as they lie in the
home, each sealed with its own record's key. The key file itself is never inside."""

from __future__ import annotations

import hashlib
import json
import secrets
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Self, cast

from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _
from zhike.store.keyfile import VaultError
from zhike.store.sealed_file import open_stream, seal_stream
from zhike.store.vault import Vault

FORMAT, VERSION = "zhike-backup", 1
MANIFEST, SEAL = "manifest.json", "manifest.seal"
DATABASE = "database.gz.sealed"
PIECE = 256 * 1024
GZIP = 31  # zlib's word for a gzip frame
MOST_MANIFEST = 256 * 1024 * 1024
TWO_VERSIONS = _(
    "This backup was made by Zhike {made}, which is newer than this Zhike {here}. Install that version first."
)


class BadBackup(Refused):
    """A backup that cannot be used; the text says why. Nothing was changed."""

    code = "bad-backup"
    title = _("This backup cannot be used")


@dataclass
class Writer:
    """Writes the parts of an archive and remembers their sizes and checksums."""

    out: zipfile.ZipFile
    vault: Vault
    parts: list[dict[str, Any]] = field(default_factory=list)

    def plain(self, name: str, chunks: Iterable[bytes]) -> None:
        """A part as it is."""
        with self.out.open(name, "w", force_zip64=True) as into:
            hashed = _Hashed(into)
            for chunk in chunks:
                hashed.write(chunk)
        self.parts.append({"name": name, "size": hashed.size, "sha256": hashed.hexdigest()})

    def sealed(self, name: str, chunks: Iterable[bytes]) -> None:
        """A part that is compressed and sealed."""
        with self.out.open(name, "w", force_zip64=True) as into:
            hashed = _Hashed(into)
            seal_stream(self.vault.backup_key(), _compressed(chunks), cast(BinaryIO, hashed), self.vault.ring.suite)
        self.parts.append({"name": name, "size": hashed.size, "sha256": hashed.hexdigest()})

    def finish(self, facts: dict[str, Any]) -> None:
        """The manifest and its seal: an archive without them is none."""
        text = json.dumps({"format": FORMAT, "version": VERSION, **facts, "parts": self.parts}, ensure_ascii=False)
        self.out.writestr(MANIFEST, text, zipfile.ZIP_DEFLATED)
        self.out.writestr(SEAL, self.vault.index("backup manifest", text))


class Archive:
    """An archive opened for reading. Raises BadBackup where it is not what its manifest says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            if self._zip.getinfo(MANIFEST).file_size > MOST_MANIFEST:
                raise ValueError(MANIFEST)
            self._text = self._zip.read(MANIFEST).decode()
            self.manifest: dict[str, Any] = json.loads(self._text)
            self._seal = self._zip.read(SEAL).decode("ascii")
        except FileNotFoundError:
            raise BadBackup(_("There is no file {file}.").with_(file=path)) from None
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, zlib.error, EOFError) as error:
            text = _("{file} is not a whole Zhike backup: it was cut, damaged, or is something else.")
            raise BadBackup(text.with_(file=path.name)) from error
        if self.manifest.get("format") != FORMAT:
            raise BadBackup(_("{file} is not a Zhike backup.").with_(file=path.name))
        if int(self.manifest["version"]) > VERSION:
            raise BadBackup(TWO_VERSIONS.with_(made=self.manifest.get("zhike", "?"), here="?"))
        self.parts = {one["name"]: one for one in self.manifest["parts"]}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_about: object) -> None:
        self._zip.close()

    def check_seal(self, vault: Vault) -> None:
        """Raise BadBackup unless this installation's key made the manifest."""
        if not secrets.compare_digest(self._seal, vault.index("backup manifest", self._text)):
            raise BadBackup(_("The list of contents was changed after this backup was made."))

    def plain(self, name: str, step: Callable[[int], None] = lambda _bytes: None) -> Iterator[bytes]:
        """The bytes of a part as they lie in the archive, checked against the manifest at their end."""
        part, digest, size = self._part(name), hashlib.sha256(), 0
        try:
            with self._zip.open(name) as source:
                while chunk := source.read(PIECE):
                    digest.update(chunk)
                    size += len(chunk)
                    step(len(chunk))
                    yield chunk
        except (zipfile.BadZipFile, OSError, EOFError, zlib.error, KeyError) as error:
            raise self._damaged(name) from error
        if digest.hexdigest() != part["sha256"] or size != part["size"]:
            raise self._damaged(name)

    def sealed(self, name: str, key: bytes, step: Callable[[int], None] = lambda _bytes: None) -> Iterator[bytes]:
        """The content of a sealed part."""
        unpack = zlib.decompressobj(GZIP)
        try:
            for chunk in open_stream(key, self.reader(name, step)):
                yield unpack.decompress(chunk)
            yield unpack.flush()
        except (VaultError, zlib.error) as error:
            raise self._damaged(name) from error
        if not unpack.eof:
            raise self._damaged(name)

    def reader(self, name: str, step: Callable[[int], None] = lambda _bytes: None) -> BinaryIO:
        """A part as a file to read from."""
        return cast(BinaryIO, _Reader(self.plain(name, step)))

    def _part(self, name: str) -> dict[str, Any]:
        if name not in self.parts:
            raise BadBackup(_("The part {part} is missing.").with_(part=name))
        part: dict[str, Any] = self.parts[name]
        return part

    def _damaged(self, name: str) -> BadBackup:
        text = _("{file} is damaged: the part {part} is not what it was when it was written.")
        return BadBackup(text.with_(file=self.path.name, part=name))


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines, with their ends, of a stream of chunks."""
    waiting = b""
    for chunk in chunks:
        found = (waiting + chunk).split(b"\n")
        waiting = found.pop()
        for one in found:
            yield one + b"\n"
    if waiting:
        yield waiting


def said(error: Exception) -> Words:
    """What went wrong, in words that can be kept."""
    if isinstance(error, Refused) and error.problems:
        return error.problems[0].text
    if isinstance(error, VaultError):
        return error.text
    return _("Something went wrong: {reason}").with_(reason=str(error)[:300] or repr(error)[:300])


class _Hashed:
    def __init__(self, into: IO[bytes]) -> None:
        self._into, self._digest, self.size = into, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        self.size += len(data)
        return self._into.write(data)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


class _Reader:
    """Chunks read as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._held = chunks, b""

    def read(self, size: int) -> bytes:
        while len(self._held) < size and (chunk := next(self._chunks, b"")):
            self._held += chunk
        given, self._held = self._held[:size], self._held[size:]
        return given


def _compressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    pack = zlib.compressobj(1, zlib.DEFLATED, GZIP)
    for chunk in chunks:
        yield pack.compress(chunk)
    yield pack.flush()
