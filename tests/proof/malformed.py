"""Files that went wrong: good ones of every kind, cut, flipped, doubled, mixed and filled with what does not belong there."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.tabular.made_files import old_workbook, open_document, workbook, zipped

NAMES = ("name", "employees", "website")
TABLE = 'name,employees,website\n苏州远航,12,https://example.cn\n𠮷田机械😀,40,\n"引,号",7,https://example.com/a\n'
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:张三\r\nTEL:13800138000\r\nEND:VCARD\r\n"
DAY = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:拜访\r\nDTSTART:20260309T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
SETTINGS = 'hosts = ["crm.example.com"]\nhttps = true\nname = "远航"\n[mail]\ninside = false\n'


@dataclass(frozen=True)
class Made:
    """One file: what it was, what was done to it, and its bytes."""

    kind: str
    fault: str
    name: str
    content: bytes


def picture() -> bytes:
    """A PNG of one pixel."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\0\xff")) + part(b"IEND", b"")


KINDS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "CSV": ("rows.csv", TABLE.encode),
    "CSV of Windows": ("rows.csv", lambda: TABLE.replace("😀", "").replace("𠮷", "吉").encode("gb18030")),
    "CSV in UTF-16": ("rows.csv", lambda: TABLE.encode("utf-16")),
    "TSV": ("rows.tsv", lambda: TABLE.replace(",", "\t").encode()),
    "workbook": ("rows.xlsx", lambda: workbook(NAMES, ("远航", "12", "https://example.cn"), ("青禾", "7", ""))),
    "old workbook": ("rows.xls", lambda: old_workbook([["name", "employees"], ["远航", 12.0], ["青禾", 7.0]])),
    "open document": ("rows.ods", lambda: open_document([["name", "short_name"], ["远航", "远"], ["青禾", "青"]])),
    "archive": ("rows.zip", lambda: zipped({"a.csv": TABLE, "b/c.txt": "x" * 3000})),
    "PDF": ("offer.pdf", lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
    "picture": ("photo.png", picture),
    "card": ("card.vcf", CARD.encode),
    "calendar": ("day.ics", DAY.encode),
}


def _cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(1, len(body))]


def _flipped(body: bytes, chance: random.Random) -> bytes:
    out = bytearray(body)
    for _time in range(chance.randint(1, 6)):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _filled(piece: bytes) -> Callable[[bytes, random.Random], bytes]:
    def put(body: bytes, chance: random.Random) -> bytes:
        at = chance.randrange(len(body))
        return body[:at] + piece + body[at:]

    return put


FAULTS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut": _cut,
    "bits turned": _flipped,
    "zeros inside": _filled(bytes(400)),
    "noise inside": lambda body, chance: _filled(chance.randbytes(300))(body, chance),
    "an open quotation": _filled(b'"'),
    "a long line": _filled(b"x" * 300_000),
    "many separators": _filled(b"," * 30_000),
    "half a character": _filled("华".encode()[:2]),
    "another encoding": _filled("客户资料有限公司".encode("gb18030")),
    "the end again": lambda body, chance: body + body[chance.randrange(len(body)) :],
    "the beginning gone": lambda body, chance: body[chance.randrange(1, len(body)) :],
    "blocks changed over": lambda body, _chance: body[len(body) // 2 :] + body[: len(body) // 2],
    "formulas": _filled(b"\n=cmd|' /C calc'!A0,=1+1,@x\n"),
    "wild values": _filled(b"\n" + "甲".encode() * 3000 + b",99999999999999999999999,javascript:alert(1)\n"),
    "odd marks": _filled("\ufeff\u202e\u2028\x85\x0c\x1b[31m".encode()),
    "an entity": _filled(b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>&a;'),
    "under another name": lambda body, _chance: body,
}


def files(count: int, seed: int = 5) -> Iterator[Made]:
    """So many files, every kind and every fault in turn; the same for the same seed."""
    chance = random.Random(seed)
    kinds, faults = list(KINDS), list(FAULTS)
    for number in range(count):
        kind, fault = kinds[number % len(kinds)], faults[(number + number // len(kinds)) % len(faults)]
        name, make = KINDS[kind]
        content = FAULTS[fault](make(), chance)
        if fault == "under another name":
            name = KINDS[kinds[chance.randrange(len(kinds))]][0]
        yield Made(kind, fault, name, content or b"\0")


def settings_texts(count: int, seed: int = 6) -> Iterator[bytes]:
    """Settings files with the same faults."""
    chance = random.Random(seed)
    for number in range(count):
        yield list(FAULTS.values())[number % len(FAULTS)](SETTINGS.encode(), chance)


def archives(good: bytes, count: int, seed: int = 8) -> Iterator[bytes]:
    """A backup with the same faults."""
    chance = random.Random(seed)
    for number in range(count):
        yield list(FAULTS.values())[number % (len(FAULTS) - 1)](good, chance)
