"""What kind of file this is, by its content, and whether a workbook's ZIP is safe to unpack.

A ZIP tells lies: sizes are declared by its maker. Every entry is unpacked once, in small pieces that are counted and
thrown away, before any parser sees it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from zhike.kernel.words import Words, _
from zhike.records.tabular.shape import TableError

MEGABYTE = 1024 * 1024
PIECE = 64 * 1024
LOCAL_MAGIC = b"PK\x03\x04"
LOCAL_HEAD = 30  # bytes before the name of a ZIP entry
DECLARATION = 4096  # bytes of an XML part in which a document type may be declared
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MANIFEST = "META-INF/manifest.xml"

# A workbook of today inside an encrypted container, or an old one whose first records say FILEPASS.
_PASSWORD = re.compile(
    re.escape("EncryptedPackage".encode("utf-16-le"))
    + rb"|\x09\x08\x10\x00\x00\x06\x05\x00.{12}(?:\x86\x00\x00\x00)?\x2f\x00",
    re.DOTALL,
)
_LONGEST_SIGN = 64

_FOREIGN: tuple[tuple[bytes, Words], ...] = (
    (b"%PDF", _("This is a PDF document.")),
    (b"\x89PNG", _("This is a picture.")),
    (b"\xff\xd8\xff", _("This is a picture.")),
    (b"GIF87a", _("This is a picture.")),
    (b"GIF89a", _("This is a picture.")),
    (b"Rar!\x1a", _("This is a RAR archive; unpack it first.")),
    (b"7z\xbc\xaf", _("This is a 7z archive; unpack it first.")),
    (b"\x1f\x8b", _("This is a gzip archive; unpack it first.")),
    (b"\xfd7zXZ", _("This is an xz archive; unpack it first.")),
    (b"SQLite format 3", _("This is a database, not a table.")),
    (b"{\\rtf", _("This is a text document.")),
    (b"\x7fELF", _("This is a program.")),
)
_WEB_PAGE = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<script")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a workbook may hold, in bytes unpacked: in all, in one part, how many parts, and how many times smaller
    than its content a part of some size (``ratio_from``) may be; the size of an old ``.xls``; and what its reader may
    take of memory and seconds of processor."""

    total: int = 512 * MEGABYTE
    part: int = 512 * MEGABYTE
    parts: int = 10_000
    ratio: int = 200
    ratio_from: int = 32 * MEGABYTE
    old_workbook: int = 128 * MEGABYTE
    memory: int = 1536 * MEGABYTE
    seconds: int = 60


def kind_of_file(path: Path) -> str:
    """``workbook`` or ``text``, whatever the name says. Raises TableError for what is neither, and for empty files."""
    with path.open("rb") as stream:
        head = stream.read(DECLARATION)
    if not head.strip(b"\0 \t\r\n"):
        raise TableError(_("The file is empty."))
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", OLE)):
        return "workbook"
    for magic, said in _FOREIGN:
        if head.startswith(magic):
            raise TableError(
                _("{kind} A table is needed: an Excel workbook (.xlsx, .xls) or a text file (.csv).").with_(kind=said)
            )
    opening = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if opening.startswith(_WEB_PAGE):
        raise TableError(_("This is a web page under another name. Open it in Excel and save it as .xlsx."))
    if opening.startswith(b"<?xml"):
        raise TableError(_("This is an XML file. Open it in Excel and save it as .xlsx."))
    return "text"


def guard_workbook(path: Path, limits: Limits | None = None) -> None:
    """Raises TableError when a workbook has a password, is no workbook, is damaged, or would unpack too large.

    Takes a few kilobytes of memory and time for at most ``limits.total`` bytes.
    """
    limits = limits or Limits()
    with path.open("rb") as stream:
        if stream.read(len(OLE)) == OLE:
            _guard_old(path, limits)
            return
        try:
            with zipfile.ZipFile(stream) as archive:
                _guard_zip(archive, stream, limits)
        except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, NotImplementedError) as error:
            raise damaged() from error


def _guard_old(path: Path, limits: Limits) -> None:
    if path.stat().st_size > limits.old_workbook:
        raise _too_large(limits.old_workbook)
    before = b""
    with path.open("rb") as stream:
        while piece := stream.read(MEGABYTE):
            if _PASSWORD.search(before + piece):
                raise password_needed()
            before = piece[-_LONGEST_SIGN:]


def _guard_zip(archive: zipfile.ZipFile, stream: BinaryIO, limits: Limits) -> None:
    entries = archive.infolist()
    if len(entries) > limits.parts:
        raise TableError(
            _("The workbook has {count} parts, at most {most} are read.").with_(count=len(entries), most=limits.parts)
        )
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names and "mimetype" not in names:
        raise TableError(_("This is a ZIP archive, not a workbook; unpack it first."))
    if "[Content_Types].xml" in names and not any(name.startswith("xl/") for name in names):
        raise TableError(_("This is a document of another program, not a workbook."))
    if any(entry.flag_bits & 1 for entry in entries):
        raise password_needed()
    if sum(entry.file_size for entry in entries) > limits.total:
        raise _too_large(limits.total)
    for entry in entries:
        if entry.file_size > limits.part:
            raise _too_large(limits.part)
        _count(stream, entry, limits)
    if MANIFEST in names and b"encryption-data" in archive.read(MANIFEST):
        raise password_needed()


def _count(stream: BinaryIO, entry: zipfile.ZipInfo, limits: Limits) -> None:
    """Unpack an entry to its real end, which the directory's sizes may hide, and throw it away."""
    size = checksum = 0
    for piece in _pieces(stream, entry):
        if size < DECLARATION and _declares_type(entry.filename, piece):
            raise TableError(
                _("The workbook declares entities in {part}; Excel never does. It is not read.").with_(
                    part=entry.filename
                )
            )
        size += len(piece)
        checksum = zlib.crc32(piece, checksum)
        if size > limits.ratio_from and size > limits.ratio * max(entry.compress_size, 1):
            raise TableError(
                _(
                    "The part {part} unpacks to more than {ratio} times its size, as a ZIP bomb does. It is not read."
                ).with_(part=entry.filename, ratio=limits.ratio)
            )
        if size > entry.file_size:
            break
    if size != entry.file_size or checksum != entry.CRC:
        raise damaged()


def _pieces(stream: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """What an entry's compressed bytes really hold, in small pieces; the standard library stops where it is told to."""
    stream.seek(entry.header_offset)
    head = stream.read(LOCAL_HEAD)
    signature, name, extra = struct.unpack("<4s22xHH", head)
    if signature != LOCAL_MAGIC:
        raise damaged()
    stream.seek(name + extra, io.SEEK_CUR)
    left = entry.compress_size
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged()
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0:
        data = stream.read(min(PIECE, left))
        left -= len(data)
        if not data:
            raise damaged()
        if unpacker is None:
            yield data
            continue
        while data and not unpacker.eof:
            yield unpacker.decompress(data, PIECE)
            data = unpacker.unconsumed_tail


def _declares_type(name: str, piece: bytes) -> bool:
    if "/media/" in name:  # pictures (SVG) may
        return False
    start = piece[:DECLARATION].replace(b"\0", b"").upper()
    return b"<!DOCTYPE" in start or b"<!ENTITY" in start


def _too_large(limit: int) -> TableError:
    return TableError(
        _("The workbook holds more than {size} MB unpacked. Split it, or save it as .csv.").with_(
            size=limit // MEGABYTE
        )
    )


def damaged() -> TableError:
    """The refusal of a workbook that is not whole; what a library says about it would be in its own language."""
    return TableError(_("The workbook is damaged or incomplete. Copy it again, or open and save it in Excel."))


def password_needed() -> TableError:
    """The refusal of a workbook with a password."""
    return TableError(
        _("This workbook has a password. Remove it in Excel (File, Info, Protect Workbook) and try again.")
    )
