"""Some fifty kinds of bad files: each is refused in words with its place, or read with its faults marked, at once."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tabular.made_files import (
    old_workbook,
    ole,
    open_document,
    saved,
    sheet_xml,
    text_row,
    workbook,
    workbook_parts,
    zipped,
)
from zhike.kernel.errors import Problem
from zhike.records.tabular import guard as tabular_guard
from zhike.records.tabular.guard import guard_workbook
from zhike.records.tabular.tables import Limits, TableError, open_table

MEGABYTE = 1024 * 1024
GOOD = workbook(("姓名", "电话"), ("张三", "1"), ("李四", "2"))
IN_SHEET = GOOD.index(b"xl/worksheets/sheet1.xml") + 40  # within the compressed sheet
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)


def with_sheet(cells: str, before: str = "") -> bytes:
    return zipped(workbook_parts(sheet_xml(cells, before)))


def bomb(size: int) -> bytes:
    return with_sheet(text_row(1, "a") + text_row(2, "x" * size))


def lying(data: bytes) -> bytes:
    """A ZIP whose directory claims that the sheet ends after ten bytes, with the checksum of those ten."""
    out = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        starts = {entry.filename: zlib.crc32(archive.open(entry).read(10)) for entry in archive.infolist()}
    at = out.find(b"PK\x01\x02")
    while at >= 0:
        name = out[at + 46 : at + 46 + struct.unpack_from("<H", out, at + 28)[0]].decode()
        if "sheet1" in name:
            struct.pack_into("<I", out, at + 16, starts[name])
            struct.pack_into("<I", out, at + 24, 10)
        at = out.find(b"PK\x01\x02", at + 4)
    return bytes(out)


def stored(parts: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def encrypted_flag(data: bytes) -> bytes:
    out = bytearray(data)
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = out.find(mark)
        while at >= 0:
            out[at + offset] |= 1
            at = out.find(mark, at + 4)
    return bytes(out)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "blanks only": (lambda: b" \r\n\t\r\n", "empty"),
    "separators only": (lambda: b",,,\n,,,\n", "empty"),
    "a mark and nothing else": (lambda: b"\xef\xbb\xbf", "empty"),
    "a UTF-16 mark and nothing else": (lambda: b"\xff\xfe", "empty"),
    "NUL bytes only": (lambda: b"\0" * 5000, "empty"),
    "a NUL byte in text": (lambda: b"a,b\n1,2\n3,\0004\n", "Row 3: .*NUL"),
    "binary": (lambda: random.Random(5).randbytes(100_000), "NUL|encoding"),
    "mixed encodings": (lambda: "姓名,市\n张三,北京\n".encode() + "李四,上海\n".encode("gb18030"), "Row 3: .*UTF-8"),
    "invalid GB18030": (lambda: "姓名,市\n".encode("gb18030") + b"\xff\xff\xff,1\n", "Row 2: "),
    "odd UTF-16": (lambda: "姓名,市\n张三,北京\n".encode("utf-16")[:-1], "Row 2|Row 3"),
    "an open quotation mark": (lambda: b'a,b\n1,2\n3,"4\n5,6\n', "Row 3: .*never closed"),
    "text after a quotation": (lambda: b'a,b\n1,"2"3\n', "Row 2: .*quotation mark"),
    "an endless cell": (lambda: b'a,b\n1,"' + b"x" * 3 * MEGABYTE, "Row 2: .*million"),
    "an endless quotation": (lambda: b'a,b\n1,"' + b"x,\n" * MEGABYTE, "Row 2: .*million"),
    "an endless line": (lambda: b"a,b\n" + b"1," * 9 * MEGABYTE, "Row 2: .*4194304 characters"),
    "a row over countless lines": (lambda: b"a,b\n" + b'"x\n",' * 4 * MEGABYTE, "Row 2: .*million"),
    "a million columns": (lambda: b",".join(b"c%d" % n for n in range(400_000)) + b"\n1\n", "163,840 cells"),
    "a web page": (lambda: b"\n<html><table><tr><td>1</td></tr></table></html>", "web page"),
    "a table of a web page": (lambda: b"\xef\xbb\xbf<TABLE><tr><td>1</td></tr></TABLE>", "web page"),
    "XML of Excel 2003": (lambda: b'<?xml version="1.0"?><Workbook/>', "XML"),
    "PDF": (lambda: b"%PDF-1.7\n...", "PDF"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n...", "picture"),
    "gzip": (lambda: gzip.compress(b"a,b\n1,2\n"), "gzip"),
    "a plain ZIP": (lambda: zipped({"a.csv": "a,b\n1,2\n"}), "ZIP archive"),
    "a text document": (lambda: zipped({"[Content_Types].xml": "", "word/document.xml": ""}), "another program"),
    "an open text document": (lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "damaged"),
    "a cut workbook": (lambda: GOOD[:-200], "damaged"),
    "half a workbook": (lambda: GOOD[: len(GOOD) // 2], "damaged"),
    "only the beginning of a ZIP": (lambda: b"PK\x03\x04", "damaged"),
    "a workbook with a changed byte": (
        lambda: GOOD[:IN_SHEET] + bytes([GOOD[IN_SHEET] ^ 255]) + GOOD[IN_SHEET + 1 :],
        "damaged",
    ),
    "a changed letter in a part that is not compressed": (
        lambda: stored(workbook_parts(sheet_xml(text_row(1, "aaa", "b")))).replace(b"aaa", b"aba"),
        "damaged",
    ),
    "a part that is not where it should be": (
        lambda: GOOD.replace(b"PK\x03\x04", b"PK\x03\x05").replace(b"PK\x03\x05", b"PK\x03\x04", 1),
        "damaged",
    ),
    "a workbook without sheets": (lambda: zipped({"[Content_Types].xml": "", "xl/workbook.xml": ""}), "damaged"),
    "broken XML": (lambda: with_sheet("<row><c"), "damaged"),
    "an empty workbook": (lambda: with_sheet(""), "客户: .*empty"),
    "a password of today": (lambda: ole("EncryptedPackage", b"x" * 5000), "password"),
    "a password of old": (lambda: old_workbook([["a"]], password=True), "password"),
    "a password of LibreOffice": (lambda: open_document([["a"]], encrypted=True), "password"),
    "a ZIP password": (lambda: encrypted_flag(GOOD), "password"),
    "a cut old workbook": (lambda: old_workbook([["a", "b"]])[:1500], "damaged"),
    "an old document of another program": (lambda: ole("WordDocument", b"x"), "damaged"),
    "OLE and rubbish": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000, "damaged"),
    "a ZIP bomb": (lambda: bomb(100 * MEGABYTE), "ZIP bomb"),
    "a ZIP bomb that lies": (lambda: lying(bomb(100 * MEGABYTE)), "damaged"),
    "an entity bomb": (
        lambda: with_sheet(text_row(1, "&j;"), ENTITIES + "]>"),
        "declares entities",
    ),
    "an external entity": (
        lambda: with_sheet(text_row(1, "&x;"), '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "declares entities",
    ),
    "a UTF-16 entity bomb": (
        lambda: zipped(
            {
                **workbook_parts(""),
                "xl/worksheets/sheet1.xml": sheet_xml(text_row(1, "&j;"), ENTITIES + "]>").encode("utf-16"),
            }
        ),
        "declares entities",
    ),
    "thousands of parts": (
        lambda: zipped({**workbook_parts(sheet_xml("")), **{f"xl/x{n}.xml": "" for n in range(10_001)}}),
        "parts",
    ),
    "a sheet of seventeen billion cells": (
        lambda: with_sheet(text_row(1, "a") + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "memory",
    ),
    "a name out of the archive": (lambda: zipped({"../../[Content_Types].xml": "", "xl/../../x": ""}), "ZIP archive"),
}

MARKED: dict[str, tuple[Callable[[], bytes], str]] = {
    "too many cells": (lambda: b"a,b\n1,2\n1,2,3\n", "ragged"),
    "too many cells in a workbook": (lambda: workbook(("a", "b"), ("1", "2", "3")), "ragged"),
    "headings twice": (lambda: "电话,电话\n1,2\n".encode(), "heading"),
    "a heading missing": (lambda: b"a,,c\n1,2,3\n", "heading"),
    "a title above": (lambda: workbook(("客户表",), ("a", "b", "c"), ("1", "2", "3")), "above"),
    "a rounded id number": (
        lambda: with_sheet(text_row(1, "id") + '<row r="2"><c r="A2"><v>110101199003071234</v></c></row>'),
        "rounded",
    ),
}


def memory(line: str) -> int:
    """Megabytes of this process, ``VmRSS`` now or ``VmHWM`` at most."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{line}:")[1].split()[0]) // 1024


@contextmanager
def at_once_and_in_little_memory():
    """Within ten seconds of processor, children included, and 300 MB more than before: limits, not measurements."""
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    started = sum(os.times()[:4])
    yield
    assert sum(os.times()[:4]) - started < 10
    assert memory("VmHWM") - before < 300


@pytest.mark.parametrize("kind", REFUSED)
def test_a_bad_file_is_refused_in_words_with_its_place(tmp_path, kind):
    make, said = REFUSED[kind]
    content = make()
    path = saved(tmp_path, "f.csv" if content.startswith((b"PK", b"\xd0\xcf")) else "f.xlsx", content)
    with (
        at_once_and_in_little_memory(),
        pytest.raises(TableError, match=f"(?s){said}") as caught,
        open_table(path) as table,
    ):
        list(table.rows)
    assert caught.value.status == 422
    problem = caught.value.problems[0]
    assert isinstance(problem, Problem)
    assert "{" not in str(problem.text).replace("{reason}", "{")
    assert len(str(problem.text)) < 500


@pytest.mark.parametrize("kind", MARKED)
def test_a_doubtful_file_is_read_with_its_faults_marked(tmp_path, kind):
    content, code = MARKED[kind]
    path = saved(tmp_path, "f", content())
    with at_once_and_in_little_memory(), open_table(path) as table:
        problems = [*table.notes, *(problem for row in table.rows for problem in row.problems)]
    assert [problem.code for problem in problems] == [code]
    assert "ow " in str(problems[0].text)


def test_a_bomb_is_stopped_long_before_it_is_unpacked(tmp_path, monkeypatch):
    path = saved(tmp_path, "f.xlsx", bomb(150 * MEGABYTE))
    seen = 0
    real = zlib.crc32

    def counted(piece: bytes, start: int = 0) -> int:
        nonlocal seen
        seen += len(piece)
        return real(piece, start)

    monkeypatch.setattr(tabular_guard.zlib, "crc32", counted)
    with pytest.raises(TableError, match="ZIP bomb"):
        guard_workbook(path)
    assert seen < 50 * MEGABYTE


def test_a_part_that_goes_on_behind_its_declared_end_is_noticed_at_once(tmp_path, monkeypatch):
    data = lying(bomb(50 * MEGABYTE))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.read("xl/worksheets/sheet1.xml")) == 10
    pieces = 0
    real = tabular_guard._pieces

    def counted(*given):
        nonlocal pieces
        for piece in real(*given):
            pieces += 1
            yield piece

    monkeypatch.setattr(tabular_guard, "_pieces", counted)
    with pytest.raises(TableError, match="damaged"):
        guard_workbook(saved(tmp_path, "f.xlsx", data))
    assert pieces < 20


def test_a_changed_letter_is_noticed_before_any_parser_reads_it(tmp_path):
    make, said = REFUSED["a changed letter in a part that is not compressed"]
    with pytest.raises(TableError, match=said):
        guard_workbook(saved(tmp_path, "f.xlsx", make()))


def test_a_workbook_larger_than_allowed_is_refused_by_what_it_really_holds(tmp_path):
    noise = random.Random(1).randbytes(2 * MEGABYTE).hex()
    path = saved(tmp_path, "f.xlsx", workbook(("a",), (noise,)))
    guard_workbook(path, Limits(total=8 * MEGABYTE))
    with pytest.raises(TableError, match="more than 1 MB"):
        guard_workbook(path, Limits(total=MEGABYTE))
    with pytest.raises(TableError, match="more than 3 MB"):
        guard_workbook(path, Limits(total=8 * MEGABYTE, part=3 * MEGABYTE))
    with pytest.raises(TableError):
        guard_workbook(saved(tmp_path, "g.xlsx", lying(path.read_bytes())), Limits(total=MEGABYTE))
    with pytest.raises(TableError, match="more than 0 MB"):
        guard_workbook(saved(tmp_path, "h.xls", old_workbook([["a"]])), Limits(old_workbook=1000))


def test_a_legitimate_repetitive_workbook_is_not_taken_for_a_bomb(tmp_path):
    rows = "".join(text_row(number, "制造业", "北京", "2026-01-01", str(number)) for number in range(1, 150_000))
    guard_workbook(saved(tmp_path, "f.xlsx", with_sheet(rows)))


def test_any_cut_and_any_changed_byte_of_a_workbook_is_survived(tmp_path):
    chance = random.Random(7)
    for number in range(25):
        data = bytearray(GOOD)
        if number % 2:
            data = data[: chance.randrange(4, len(data))]
        else:
            for _ in range(3):
                data[chance.randrange(4, len(data))] = chance.randrange(256)
        try:
            with open_table(saved(tmp_path, f"{number}.xlsx", bytes(data))) as table:
                list(table.rows)
        except TableError as error:
            assert str(error)


def test_random_text_files_end_in_rows_or_words(tmp_path):
    chance = random.Random(11)
    alphabet = [
        b'"',
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r",
        b"a",
        "华".encode(),
        "华".encode("gb18030"),
        b"\xff",
        b"\0",
        b"'",
        b"=",
    ]
    for number in range(400):
        content = b"".join(chance.choices(alphabet, weights=[4, 6, 1, 1, 5, 1, 9, 3, 1, 0.1, 0.05, 1, 1], k=60))
        try:
            with open_table(saved(tmp_path, f"{number % 7}.csv", content)) as table:
                width = len(table.columns)
                assert all(len(row.values) == width for row in table.rows)
        except TableError as error:
            assert str(error)


def test_a_missing_file_is_the_callers_fault_and_stays_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_table(Path(tmp_path / "none.csv"))
