"""Files for tests, made byte by byte: workbooks new and old, good and hostile."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet_xml(cells: str, before: str = "") -> str:
    """A worksheet part of ``<row>`` elements; ``before`` stands between declaration and root."""
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'


def text_row(number: int, *texts: str) -> str:
    """A row of inline texts."""
    cells = "".join(
        f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{text}</t></is></c>' for at, text in enumerate(texts)
    )
    return f'<row r="{number}">{cells}</row>'


def workbook_parts(sheet: str, date1904: bool = False) -> dict[str, bytes | str]:
    """The parts of a workbook with one sheet, by name."""
    return {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
        f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
        f'Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{DOCUMENT}/styles" '
        'Target="styles.xml"/></Relationships>',
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}">'
        f'<workbookPr date1904="{int(date1904)}"/><sheets><sheet name="客户" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/styles.xml": f'<?xml version="1.0"?><styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": sheet,
    }


def zipped(parts: dict[str, bytes | str]) -> bytes:
    """A deflated ZIP of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(*rows: tuple[str, ...]) -> bytes:
    """An .xlsx of inline texts."""
    return zipped(workbook_parts(sheet_xml("".join(text_row(at, *row) for at, row in enumerate(rows, start=1)))))


def ole(stream_name: str, content: bytes) -> bytes:
    """An OLE compound file with one stream."""
    content = content.ljust(4096, b"\0")
    content += b"\0" * (-len(content) % 512)
    count = len(content) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    table += [0xFFFFFFFF] * (128 - len(table))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0" if name else b""
        return struct.pack(
            "<64sHBBIII16sIQQIQ", raw, len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, b"", 0, 0, 0, start, size
        )

    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry(stream_name, 2, 0xFFFFFFFF, 2, len(content))
    folder += entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        b"",
        0,
        1,
        1,
        0,
        4096,
        0xFFFFFFFE,
        0,
        0xFFFFFFFE,
        0,
    )
    head += struct.pack("<I", 0) + b"\xff" * (512 - len(head) - 4)
    return head + struct.pack("<128I", *table) + folder + content


def old_workbook(rows: list[list[str | float]], password: bool = False) -> bytes:
    """An .xls (BIFF8) of texts and numbers."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    begin = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    width = max(map(len, rows))
    sheet += record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for down, row in enumerate(rows):
        for along, value in enumerate(row):
            place = struct.pack("<HHH", down, along, 0)
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += record(0x0204, place + text)
            else:
                sheet += record(0x0203, place + struct.pack("<d", value))
    sheet += record(0x000A, b"")
    secret = record(0x002F, struct.pack("<HHH", 1, 1, 1) + b"\0" * 48) if password else b""
    name = struct.pack("<BB", 2, 1) + "旧表".encode("utf-16-le")
    before = len(record(0x0809, begin)) + len(secret) + 4 + 6 + len(name) + 4
    first = (
        record(0x0809, begin) + secret + record(0x0085, struct.pack("<IBB", before, 0, 0) + name) + record(0x000A, b"")
    )
    return ole("Workbook", first + sheet)


def open_document(rows: list[list[str]], encrypted: bool = False) -> bytes:
    """An .ods of texts."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{names}:office:1.0" '
        f'xmlns:table="{names}:table:1.0" xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="表">{cells}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    secret = "<manifest:encryption-data/>" if encrypted else ""
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{names}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{secret}'
        "</manifest:file-entry></manifest:manifest>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})


def saved(folder: Path, name: str, content: bytes | str) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
