"""Reads one sheet of a workbook and prints it; run as a program, by file name, in a process of its own.

``python child.py FILE SHEET MEMORY SECONDS``: SHEET "" takes the first visible sheet that is not empty.
It imports nothing of Zhike, so it starts fast, and limits its own memory (bytes) and processor time first, so a hostile
workbook ends this process and nothing else.

Standard output, one JSON value a line: ``{"sheets": […], "sheet": name, "rows": n, "formulas": [[row, column], …]}`` (those
are cells of .xlsx whose formula was never computed, so that they have no value), then batches ``[row, …]`` from
row 1 on (a row is a list of cells without trailing empty ones; ``{"d": "2026-02-01"}`` is a date, ``{"t": …}`` an
instant), then ``{"end": n}``. A refusal is ``{"error": code, "detail": text}`` instead.
"""

from __future__ import annotations

import json
import math
import os
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import python_calamine as calamine

CELLS_A_BATCH = 2000
WHOLE = 1e30
HOUR = 3600
PIECE = 1 << 20
OVERLAP = 64 * 1024  # bytes; a formula has at most 8,192 characters
MOST_FORMULAS = 100_000
LETTERS = 26

_EMPTY_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b(?P<facts>[^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_TEXT = re.compile(rb'\bt="str"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def limit(memory: int, seconds: int) -> None:
    """Cap address space and processor time of this process; no files, no core dumps."""
    for what, cap in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (cap if hard == resource.RLIM_INFINITY else min(cap, hard), hard))


def cell(value: Any) -> Any:
    """A cell as JSON: whole numbers as integers, others as Excel shows them (15 digits), dates tagged, "" as null."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        if value.is_integer() and abs(value) < WHOLE:
            return int(value)
        return float(format(value, ".15g")) if math.isfinite(value) else None
    if isinstance(value, datetime):
        if value.time() == time.min:
            return {"d": value.date().isoformat()}
        return {"t": value.replace(microsecond=0).isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // HOUR}:{seconds % HOUR // 60:02}:{seconds % 60:02}"
    return value


def cells(row: list[Any]) -> list[Any]:
    """A row without its trailing empty cells."""
    made = [cell(value) for value in row]
    while made and made[-1] is None:
        made.pop()
    return made


def batches(rows: Iterator[list[Any]], width: int) -> Iterator[list[list[Any]]]:
    """Rows in batches of some thousand cells."""
    size = max(1, CELLS_A_BATCH // max(width, 1))
    batch: list[list[Any]] = []
    for row in rows:
        batch.append(cells(row))
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def formulas(path: str, sheet: str) -> list[list[int]]:
    """Row and column (both from 1) of cells with a formula and no value, as programs write that do not compute; [] for
    other formats. A formula whose text is computed to be empty has a value."""
    found: list[list[int]] = []
    try:
        with zipfile.ZipFile(path) as book, book.open(_part(book, sheet)) as part:
            held = b""
            while piece := part.read(PIECE):
                held += piece
                end = 0
                for match in _EMPTY_FORMULA.finditer(held):
                    end = match.end()
                    place = _PLACE.search(match["facts"])
                    if place and not _TEXT.search(match["facts"]):
                        found.append([int(place[2]), _column(place[1].decode())])
                if len(found) >= MOST_FORMULAS:
                    break
                held = held[max(end, len(held) - OVERLAP) :]
    except (zipfile.BadZipFile, KeyError, StopIteration, ET.ParseError):
        return []
    return sorted(found)


def _part(book: zipfile.ZipFile, sheet: str) -> str:
    """Where in the package a sheet lies. Raises KeyError or StopIteration for formats that are none of ours."""
    sheets = ET.fromstring(book.read("xl/workbook.xml"))  # noqa: S314 - declarations were refused before
    relation = next(
        one.get(_RELATION) for one in sheets.iter() if one.tag.endswith("}sheet") and one.get("name") == sheet
    )
    links = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    target = str(next(one.get("Target") for one in links.iter() if one.get("Id") == relation))
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * LETTERS + ord(letter) - ord("A") + 1
    return number


def say(value: Any) -> None:
    """One line of output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def read(path: str, wanted: str) -> None:
    """Print the sheet, or why not."""
    try:
        with open(path, "rb") as stream:
            book = calamine.CalamineWorkbook.from_filelike(stream)
        worksheets = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
        names = [one.name for one in worksheets]
        if wanted and wanted not in names:
            say({"error": "no-sheet", "detail": ", ".join(names)})
            return
        shown = [one.name for one in worksheets if one.visible == calamine.SheetVisibleEnum.Visible]
        chosen = None
        for name in [wanted] if wanted else shown or names:
            chosen = book.get_sheet_by_name(name)
            if chosen.end is not None:
                break
        if chosen is None:
            say({"error": "no-sheet", "detail": ""})
            return
        rows = chosen.end[0] + 1 if chosen.end else 0
        say({"sheets": names, "sheet": chosen.name, "rows": rows, "formulas": formulas(path, chosen.name)})
        count = 0
        for batch in batches(chosen.iter_rows(), chosen.width):
            say(batch)
            count += len(batch)
        say({"end": count})
    except calamine.PasswordError:
        say({"error": "password", "detail": ""})
    except MemoryError:
        say({"error": "memory", "detail": ""})
    except (calamine.CalamineError, OSError, ValueError) as error:
        say({"error": "damaged", "detail": str(error)[:200]})


if __name__ == "__main__":
    limit(int(sys.argv[3]), int(sys.argv[4]))
    try:
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        read(sys.argv[1], sys.argv[2])
    except BaseException as error:
        # The parser says in its own way that memory ran out while it made a value.
        if not isinstance(error, MemoryError) and "PyObject pointer is null" not in str(error):
            raise
        os.write(1, b'{"error":"memory","detail":""}\n')
