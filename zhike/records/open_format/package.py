"""The folder or .zip that an open export is: parts that are written one after the other, and a manifest of their sizes,
checksums and lines at the end, so that one that was broken off has none."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar

from zhike.kernel.errors import Refused
from zhike.kernel.words import _

FORMAT, VERSION = "zhike-open", 1
MANIFEST = "manifest.json"
PIECE = 256 * 1024
PORTION = 500
LONGEST_LINE = 64 * 1024 * 1024
MOST_MANIFEST = 256 * 1024 * 1024
NAME = re.compile(r"(?:(?:objects|history|system)/[a-z0-9_]{1,80}\.jsonl|files/[0-9]{1,18}|schema\.json)")


T = TypeVar("T")


class BadPackage(Refused):
    """What was given cannot be taken in; the text says why. Nothing was changed."""

    code = "bad-export"
    title = _("This export cannot be taken in")


# -- writing -------------------------------------------------------------------------------------------------------------
class Target(ABC):
    """Where parts are written: each is opened once, one at a time."""

    @abstractmethod
    def part(self, name: str) -> Any:
        """A context in which the part's bytes are written."""


class _Folder(Target):
    def __init__(self, path: Path) -> None:
        self._path = path

    def part(self, name: str) -> Any:
        path = self._path / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open(path, "xb")


class _Zip(Target):
    def __init__(self, out: zipfile.ZipFile) -> None:
        self._out = out

    def part(self, name: str) -> Any:
        return self._out.open(name, "w", force_zip64=True)


@dataclass
class Packing:
    """Writes parts and remembers what they are."""

    target: Target
    parts: list[dict[str, Any]] = field(default_factory=list)

    def lines(self, name: str, found: Iterable[dict[str, Any]]) -> int:
        """A part of JSON objects, one a line; answers how many."""
        number = 0

        def coded() -> Iterator[bytes]:
            nonlocal number
            for one in found:
                number += 1
                yield json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

        self.content(name, coded())
        self.parts[-1]["lines"] = number
        return number

    def content(self, name: str, chunks: Iterable[bytes]) -> None:
        """A part of any bytes."""
        digest, size = hashlib.sha256(), 0
        with self.target.part(name) as out:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
        self.parts.append({"name": name, "size": size, "sha256": digest.hexdigest()})

    def finish(self, facts: dict[str, Any]) -> None:
        """The manifest: without it there is no export."""
        told = {"format": FORMAT, "version": VERSION, **facts, "parts": self.parts}
        with self.target.part(MANIFEST) as out:
            out.write(json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")


@contextmanager
def packing(out: Path) -> Iterator[Packing]:
    """Write a folder, or a .zip when the name ends so, that appears whole or not at all; readable by its owner alone."""
    beside = out.with_name(f".{out.name}.part")
    zipped = out.suffix.lower() == ".zip"
    try:
        if zipped:
            with open(beside, "xb") as stream, zipped_to(stream) as made:
                yield made
        else:
            beside.mkdir(mode=0o700)
            yield Packing(_Folder(beside))
        beside.rename(out)
    finally:
        if beside.is_dir():
            shutil.rmtree(beside)
        else:
            beside.unlink(missing_ok=True)


@contextmanager
def zipped_to(stream: IO[bytes]) -> Iterator[Packing]:
    """Write a .zip to a stream that need not go backwards."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=3) as held:
        yield Packing(_Zip(held))


# -- reading -------------------------------------------------------------------------------------------------------------
class Package:
    """An export opened for reading. Raises BadPackage where it is none, or not what its manifest says."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        try:
            if not path.is_dir():
                self._zip = zipfile.ZipFile(path)
            with self._open(MANIFEST) as source:
                text = source.read(MOST_MANIFEST + 1)
            self.manifest: dict[str, Any] = json.loads(text)
            if self.manifest["format"] != FORMAT:
                raise BadPackage(self._foreign())
            if int(self.manifest["version"]) > VERSION:
                raise BadPackage(_("This export was made by Zhike {made}, which is newer than this one. Install that version first.").with_(
                    made=self.manifest.get("zhike", "?")))  # fmt: skip
            self.parts: dict[str, dict[str, Any]] = {
                str(one["name"]): {**one, "size": int(one["size"]), "sha256": str(one["sha256"])}
                for one in self.manifest["parts"]
            }
        except FileNotFoundError:
            raise BadPackage(self._foreign() if path.exists() else _("There is no {file}.").with_(file=path)) from None
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, zlib.error, EOFError) as error:
            raise BadPackage(self._foreign()) from error
        for name in self.parts:
            if not NAME.fullmatch(name):
                raise BadPackage(_("The part {part} is unknown: this export was made by another program or a newer Zhike.").with_(
                    part=name[:100]))  # fmt: skip

    def close(self) -> None:
        """Let go of the file."""
        if self._zip is not None:
            self._zip.close()

    def prove(self, on: Callable[[int], None]) -> None:
        """Read every part and compare it with the manifest; ``on`` hears of bytes read. Raises BadPackage."""
        for name, part in self.parts.items():
            digest, size, ends = hashlib.sha256(), 0, 0
            for chunk in self.content(name):
                digest.update(chunk)
                size += len(chunk)
                ends += chunk.count(b"\n")
                on(len(chunk))
            if size != part["size"] or digest.hexdigest() != part["sha256"] or ends != part.get("lines", ends):
                raise self._damaged(name)

    def content(self, name: str) -> Iterator[bytes]:
        """The bytes of a part. Raises BadPackage when it is missing or cannot be read."""
        try:
            with self._open(name) as source:
                while chunk := source.read(PIECE):
                    yield chunk
        except (FileNotFoundError, KeyError):
            raise BadPackage(_("The part {part} is missing.").with_(part=name)) from None
        except (zipfile.BadZipFile, OSError, EOFError, zlib.error) as error:
            raise self._damaged(name) from error

    def lines(self, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """The JSON objects of a part with their line numbers; none when the export has no such part."""
        if name not in self.parts:
            return
        with self._open(name) as source:
            number = 0
            while text := source.readline(LONGEST_LINE):
                number += 1
                try:
                    found = json.loads(text)
                except ValueError as error:
                    raise wrong_line(name, number, _("This is not JSON.")) from error
                if not isinstance(found, dict):
                    raise wrong_line(name, number, _("This is not a JSON object."))
                yield number, found

    def _open(self, name: str) -> IO[bytes]:
        return self._zip.open(name) if self._zip is not None else open(self.path / name, "rb")

    def _foreign(self) -> Any:
        text = _(
            "{file} is no whole export of everything: it was broken off, or is something else. Backups go to “zhike restore”."
        )
        return text.with_(file=self.path.name)

    def _damaged(self, name: str) -> BadPackage:
        return BadPackage(_("The part {part} is damaged: it is not what the manifest says.").with_(part=name))


def portions(lines: Iterable[T]) -> Iterator[list[T]]:
    """Lines in lists of up to :data:`PORTION`, for one statement each."""
    source = iter(lines)
    while some := list(islice(source, PORTION)):
        yield some


def wrong_line(name: str, number: int, why: Any) -> BadPackage:
    """The refusal of one line."""
    return BadPackage(_("{part}, line {n}: {reason}").with_(part=name, n=number, reason=why))
