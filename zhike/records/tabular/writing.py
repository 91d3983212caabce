"""Writing tables as files people open in a spreadsheet: streamed, and never a formula by accident."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from zhike.records.tabular.cells import guard_cell, restore_cell
from zhike.records.tabular.shape import Cell
from zhike.records.tabular.xlsx import LONGEST_CELL, write_sheet


class Written(NamedTuple):
    """How many rows went out, and how many texts were too long for a cell of Excel and were cut."""

    rows: int
    cut: int


def write_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    out: Path | BinaryIO,
    format: Literal["csv", "xlsx"] = "csv",
    by: str = "",
) -> Written:
    """Write a heading and rows to a file or binary stream, which stays open. Every row has a cell for each column.
    A workbook says in its properties who made it (``by``) and when.

    ``csv``: UTF-8 with its mark (Excel needs it), commas, CRLF; text a spreadsheet would compute gets an apostrophe
    that ``open_table`` takes off. ``xlsx``: typed cells, text always as text; whole numbers over 15 digits as text.
    Dates are ISO, numbers plain with a point, yes and no ``true`` and ``false``. Reading the file back gives the same
    texts, but for characters no spreadsheet can hold. Raises TableError when a workbook has no room for the rows.
    """
    with _opened(out) as stream:
        return _write_xlsx(columns, rows, stream, by) if format == "xlsx" else _write_csv(columns, rows, stream)


@contextmanager
def _opened(out: Path | BinaryIO) -> Iterator[BinaryIO]:
    if isinstance(out, Path):
        with out.open("wb") as stream:
            yield stream
    else:
        yield out


def _write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]], stream: BinaryIO) -> Written:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    try:
        heading = [_as_text(column) for column in columns]
        # Readers guess the separator from the heading: one with other separators in it, or none, is put in quotes.
        alone = len(heading) == 1
        ambiguous = alone or any(mark in column for column in heading for mark in ";|\t")
        csv.writer(text, quoting=csv.QUOTE_ALL if ambiguous else csv.QUOTE_MINIMAL).writerow(heading)
        writer = csv.writer(text, quoting=csv.QUOTE_ALL if alone else csv.QUOTE_MINIMAL)
        count = 0
        for row in rows:
            writer.writerow([_as_text(cell) for cell in row])
            count += 1
        return Written(count, 0)
    finally:
        text.flush()
        text.detach()


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return guard_cell(cell.replace("\0", "\ufffd"))
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _write_xlsx(columns: Sequence[str], rows: Iterable[Sequence[Cell]], stream: BinaryIO, by: str) -> Written:
    cut = 0

    def fitting() -> Iterator[list[Cell]]:
        nonlocal cut
        for row in rows:
            made: list[Cell] = []
            for cell in row:
                if isinstance(cell, str):
                    cut += len(cell) > LONGEST_CELL
                    made.append(_kept(cell))
                else:
                    made.append(cell)
            yield made

    return Written(write_sheet([_kept(column) for column in columns], fitting(), stream, by), cut)


def _kept(text: str) -> str:
    """A text that reading would take for a guarded one is guarded, or it would come back shorter."""
    return f"'{text}" if text[:1] == "'" and restore_cell(text) != text else text
