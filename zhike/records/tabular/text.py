"""Reading text tables (.csv, .tsv): separator found by itself, quotation marks watched, faults told by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from zhike.kernel.words import Words, _
from zhike.records.tabular.cells import restore_cell
from zhike.records.tabular.encoding import LONGEST_LINE, Encoded, checked, detect
from zhike.records.tabular.shape import MOST_COLUMNS, WIDE, Cell, Row, Table, TableError, begin, fitted

SEPARATORS = (",", "\t", ";", "|")
SAMPLE = 128 * 1024
SAMPLE_ROWS = 50
ALIKE = 0.8  # share of rows as wide as a heading that has titles above it
LONGEST_CELL = 1024 * 1024
MOST_CELLS = 10 * MOST_COLUMNS  # of one line, before it is taken apart
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}

# One limit for the whole process: the library has no other.
csv.field_size_limit(LONGEST_CELL)


def open_text(path: Path, encoding: str | None = None, separator: str | None = None) -> Table:
    """A text table. Raises TableError for faults of the file; also while rows are read.

    Cells are text as it stands, or None; an apostrophe that guards a formula (see ``write_table``) is taken off.
    """
    found = checked(path, encoding) if encoding else detect(path)
    with path.open(encoding=found.encoding, newline="") as stream:
        sample = stream.read(SAMPLE).removeprefix("\ufeff")
    declared = _declared(sample)
    if declared:
        sample = sample[sample.find("\n") + 1 :]
    chosen = _given(separator) if separator else declared or guessed_separator(sample)
    return _opened(path, found, chosen, skip_first=bool(declared))


def guessed_separator(sample: str) -> str:
    """The separator by which most rows of a sample have as many cells as the heading; a comma when there is none.

    The heading is the first row with several cells: it may have titles above, if it and what follows are wide."""
    best, best_score = ",", (0.0, 0)
    whole = sample if len(sample) < SAMPLE else sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    for separator in SEPARATORS:
        rows = _sample_rows(whole, separator)
        start = next((at for at, row in enumerate(rows) if len(row) > 1), None)
        if start is None:
            continue
        width = len(rows[start])
        alike = sum(len(row) == width for row in rows[start:])
        share = alike / len(rows[start:])
        if start:
            if width < WIDE or alike == 1 or share < ALIKE:
                continue
            share /= 2
        if (share, width) > best_score:
            best, best_score = separator, (share, width)
    return best


def _sample_rows(sample: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(row):
                rows.append(row)
            if len(rows) >= SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _declared(sample: str) -> str:
    """The separator of a first line ``sep=;`` as Excel writes it; or ""."""
    first = sample.partition("\n")[0].rstrip("\r")
    return first[4] if len(first) == len("sep=;") and first.lower().startswith("sep=") else ""


def _given(separator: str) -> str:
    chosen = _NAMED.get(separator.lower(), separator)
    if len(chosen) != 1 or chosen in '"\r\n\0':
        raise TableError(_("The separator is one character, such as , or ; or tab."))
    return chosen


class _Lines:
    """Lines of a file, refusing a row that runs on for ever behind a quotation mark that is never closed."""

    def __init__(self, stream: IO[str], separator: str) -> None:
        self.stream, self.separator = stream, separator
        self.characters = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self.stream)
        self.characters += len(line)
        if self.characters > LONGEST_LINE:
            raise csv.Error("field larger than field limit")
        if len(line) > MOST_CELLS and line.count(self.separator) > MOST_CELLS:
            raise csv.Error("too many cells")
        return line


def _records(stream: IO[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers from 1. Raises TableError with the line on which a broken row begins."""
    lines = _Lines(stream, separator)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 0
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TableError(_broken(str(error)), row=begins) from None
        number += 1
        yield number, cells
        begins = reader.line_num + 1
        lines.characters = 0


def _broken(said: str) -> Words:
    if "too many" in said:
        return _("This line has more than {n} cells. Is the separator right?").with_(n=f"{MOST_CELLS:,}")
    if "unexpected end" in said:
        return _("A quotation mark that opens in this line is never closed.")
    if "larger than" in said:
        return _(
            "A cell that begins in this line has more than a million characters. Most often a quotation mark is never "
            "closed."
        )
    return _(
        "After a closing quotation mark there must be a separator or the end of the line. A quotation mark inside a cell "
        "is written twice. (The row begins in this line.)"
    )


def _opened(path: Path, found: Encoded, separator: str, *, skip_first: bool) -> Table:
    stream = path.open(encoding=found.encoding, newline="")
    try:
        if stream.read(1) != "\ufeff":
            stream.seek(0)
        columns, notes, number, rows = begin(_filled(stream, separator, skip_first), "")
    except BaseException:
        stream.close()
        raise
    return Table(
        columns=columns,
        rows=_rows(stream, rows, len(columns)),
        encoding=found.encoding,
        separator=separator,
        count_hint=max(found.lines - number + 1, 0),
        doubt=found.doubt,
        notes=notes,
        closing=stream.close,
    )


def _filled(stream: IO[str], separator: str, skip_first: bool) -> Iterator[tuple[int, list[Cell]]]:
    for number, cells in _records(stream, separator):
        if "".join(cells).strip() and not (skip_first and number == 1):
            yield number, [(restore_cell(one) if one[0] == "'" else one) if one else None for one in cells]


def _rows(stream: IO[str], rows: Iterator[tuple[int, list[Cell]]], width: int) -> Iterator[Row]:
    with stream:
        for number, cells in rows:
            yield fitted(cells, width, "", number)
