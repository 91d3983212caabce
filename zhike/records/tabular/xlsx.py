"""Writing one sheet as .xlsx, row by row, with nothing kept in memory and no file of its own on disk.

Of the format (ECMA-376) this uses the least that Excel, WPS and LibreOffice open without complaint: inline texts,
numbers, yes and no, dates with two formats, a bold heading that stays in view.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, BinaryIO
from xml.sax.saxutils import escape

from zhike.kernel.clock import now
from zhike.kernel.words import _
from zhike.records.tabular.shape import Cell, TableError, column_letter

MOST_ROWS = 1_048_575  # of a sheet, below the heading
LONGEST_CELL = 32_767
MOST_BYTES = 2_000_000_000  # of a part; beyond, the ZIP needs an extension that not every program knows
EXACT = 10**15
FIRST_DAY = date(1900, 3, 1)  # before it Excel counts a day that never was
DAY_ZERO = date(1899, 12, 30).toordinal()
SECONDS_A_DAY = 86_400
BATCH = 500
DATE, INSTANT, BOLD = 1, 2, 3  # positions in cellXfs below

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_CONTENT}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_CONTENT}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_CONTENT}.styles+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><bookViews><workbookView/></bookViews>'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET_BEGINS = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15"/><sheetData>'
)
_SHEET_ENDS = "</sheetData></worksheet>"
_NOT_IN_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def write_sheet(columns: Sequence[str], rows: Iterable[Sequence[Cell]], stream: BinaryIO, by: str = "") -> int:
    """Write a workbook of one sheet and return its number of rows. Its properties say who made it (``by``) and when.

    Texts are texts whatever they look like, at most :data:`LONGEST_CELL` characters are kept; instants lose their zone
    and keep their hour. Raises TableError when the rows do not fit in a sheet.
    """
    count = 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _PARTS.items():
            archive.writestr(name, _XML + content)
        archive.writestr("docProps/core.xml", _XML + _properties(by))
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            letters = [column_letter(position) for position in range(len(columns))]
            heading = "".join(
                _text(f"{letter}1", column, BOLD) for letter, column in zip(letters, columns, strict=True)
            )
            batch = [f'{_XML}{_SHEET_BEGINS}<row r="1">{heading}</row>']
            size = 0
            for row in rows:
                count += 1
                if count > MOST_ROWS:
                    raise _no_room()
                number = count + 1
                cells = [
                    _cell(f"{letter}{number}", cell)
                    for letter, cell in zip(letters, row, strict=True)
                    if cell is not None
                ]
                batch.append(f'<row r="{number}">{"".join(cells)}</row>')
                if len(batch) >= BATCH:
                    size += _flush(part, batch)
                    if size > MOST_BYTES:
                        raise _no_room()
            batch.append(_SHEET_ENDS)
            _flush(part, batch)
    return count


def _properties(by: str) -> str:
    """Author and moment, as the open packaging conventions (ECMA-376, part 2) keep them."""
    who = escape(_NOT_IN_XML.sub("", by))
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:creator>{who}</dc:creator><cp:lastModifiedBy>{who}</cp:lastModifiedBy>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{now():%Y-%m-%dT%H:%M:%SZ}</dcterms:created></cp:coreProperties>'
    )


def _flush(part: IO[bytes], batch: list[str]) -> int:
    data = "".join(batch).encode()
    batch.clear()
    part.write(data)
    return len(data)


def _cell(place: str, cell: Cell) -> str:
    if isinstance(cell, str):
        return _text(place, cell)
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{cell:d}</v></c>'
    if isinstance(cell, int):
        return f'<c r="{place}"><v>{cell}</v></c>' if -EXACT < cell < EXACT else _text(place, str(cell))
    if isinstance(cell, Decimal):
        return f'<c r="{place}"><v>{cell}</v></c>' if cell.is_finite() else _text(place, str(cell))
    if isinstance(cell, float):
        return f'<c r="{place}"><v>{cell!r}</v></c>' if math.isfinite(cell) else _text(place, str(cell))
    if isinstance(cell, date):
        return _date(place, cell)
    return _text(place, str(cell))


def _date(place: str, cell: date) -> str:
    if isinstance(cell, datetime):
        if cell.date() < FIRST_DAY:
            return _text(place, cell.isoformat(sep=" ", timespec="seconds"))
        of_day = cell.time()
        seconds = of_day.hour * 3600 + of_day.minute * 60 + of_day.second
        style = INSTANT if of_day != time.min else DATE
        return f'<c r="{place}" s="{style}"><v>{cell.toordinal() - DAY_ZERO + seconds / SECONDS_A_DAY!r}</v></c>'
    if cell < FIRST_DAY:
        return _text(place, cell.isoformat())
    return f'<c r="{place}" s="{DATE}"><v>{cell.toordinal() - DAY_ZERO}</v></c>'


def _text(place: str, text: str, style: int = 0) -> str:
    clean = _LOOKS_ESCAPED.sub("_x005F_", _NOT_IN_XML.sub("\ufffd", text[:LONGEST_CELL])).replace("\r", "_x000D_")
    shown = f' s="{style}"' if style else ""
    return f'<c r="{place}"{shown} t="inlineStr"><is><t xml:space="preserve">{escape(clean)}</t></is></c>'


def _no_room() -> TableError:
    return TableError(_("A sheet holds {most} rows. Write this table as .csv.").with_(most=MOST_ROWS))
