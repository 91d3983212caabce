"""What every table read from a file looks like, and how its faults are told: sheet, row, column, value, reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from types import TracebackType
from typing import Any, NamedTuple, Self

from zhike.kernel.errors import Problem, Refused
from zhike.kernel.words import Words, _

Cell = str | int | float | Decimal | date | datetime | bool | None

MOST_COLUMNS = 16_384  # as many as Excel has
LONGEST_SHOWN = 80  # characters of a refused value that are shown
LETTERS = 26
LOOKED_AT = 30  # filled rows among which the heading is sought
WIDE = 3  # filled cells of a row that make a single cell above it a title, not a heading


class TableError(Refused):
    """A file that cannot be read as a table, with the place as far as it is known; nothing after it was read."""

    code = "bad-table"
    title = _("This file cannot be read")

    def __init__(
        self, text: Words, sheet: str = "", row: int | None = None, column: str = "", value: object = None
    ) -> None:
        self.sheet, self.row, self.column, self.value = sheet, row, column, value
        self.reason = text
        super().__init__(
            Problem(placed(text, sheet, row, column), field=column, code=self.code, value=shortened(value))
        )


class Row(NamedTuple):
    """One filled row. ``number`` counts as a spreadsheet does (the heading is usually row 1, blank rows count).

    ``values`` has one cell per column, None where there is nothing. ``problems`` are faults of this row alone, each with
    its column in ``field``: the row is not to be trusted where they point, the rest of the file can still be read.
    """

    number: int
    sheet: str
    values: list[Cell]
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Table:
    """An open table. Iterate ``rows`` once; close it, or use it as a context manager, when stopping early.

    ``columns`` are the headings, each once: a second ``Phone`` is ``Phone (2)``, one without a text ``(C)`` by its
    letter; ``notes`` tell where that was done. ``encoding`` and ``separator`` are "" for workbooks, ``sheet`` and
    ``sheets`` empty for text. ``count_hint``: about how many rows, for a progress bar. ``doubt``: why the encoding that
    was found may be the wrong one.
    """

    columns: list[str]
    rows: Iterator[Row]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    count_hint: int = 0
    doubt: Words | None = None
    notes: tuple[Problem, ...] = ()
    closing: Callable[[], None] | None = field(default=None, repr=False)

    def close(self) -> None:
        """Let go of the file and end a child process still reading; may be called twice."""
        if self.closing is not None:
            self.closing()
            self.closing = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def placed(text: Words, sheet: str, row: int | None, column: str) -> Words:
    """The reason with its place in front."""
    if sheet and row and column:
        frame = _("Sheet {sheet}, row {row}, column {column}: {reason}")
    elif sheet and row:
        frame = _("Sheet {sheet}, row {row}: {reason}")
    elif row and column:
        frame = _("Row {row}, column {column}: {reason}")
    elif row:
        frame = _("Row {row}: {reason}")
    elif sheet:
        frame = _("Sheet {sheet}: {reason}")
    else:
        return text
    return frame.with_(sheet=sheet, row=row, column=column, reason=text)


def row_problem(text: Words, sheet: str, row: int, column: str, code: str, value: object) -> Problem:
    """A fault of one row that does not keep the others from being read."""
    return Problem(placed(text, sheet, row, column), field=column, code=code, value=shortened(value))


def shortened(value: object) -> Any:
    """A refused value short enough to show."""
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return value[:LONGEST_SHOWN] + "…"
    return value


def column_letter(position: int) -> str:
    """Spreadsheet letter of a column counted from 0: A, Z, AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters


def begin(
    rows: Iterable[tuple[int, Sequence[Cell]]], sheet: str
) -> tuple[list[str], tuple[Problem, ...], int, Iterator[tuple[int, list[Cell]]]]:
    """Column names, notes, number of the heading row, and the rows below it, of numbered filled rows.

    The heading is the first row; but rows of a single cell above a wider one are a title or an account's facts, as
    workbooks and bank statements begin, and are passed over. Raises TableError when there is no row.
    """
    ahead = iter(rows)
    looked_at = [(number, list(cells)) for number, cells in islice(ahead, LOOKED_AT)]
    counts = [sum(cell is not None and str(cell).strip() != "" for cell in cells) for _number, cells in looked_at]
    if not any(counts):
        raise TableError(_("The sheet is empty.") if sheet else _("The file is empty."), sheet)
    at = next(i for i, count in enumerate(counts) if count > 1 or (count and max(counts) < WIDE))
    number, cells = looked_at[at]
    columns, notes = headings(cells, sheet, number)
    if any(counts[:at]):
        said = _("The heading was taken from here; the rows above it have one cell each and were passed over.")
        notes = (row_problem(said, sheet, number, "", "above", None), *notes)
    rest = ((below, list(given)) for below, given in ahead)
    return columns, notes, number, chain(looked_at[at + 1 :], rest)


def headings(cells: Sequence[Cell], sheet: str, row: int) -> tuple[list[str], tuple[Problem, ...]]:
    """Column names of a heading row, and notes on those that had to be renamed. Raises TableError when too many."""
    texts = ["" if cell is None else " ".join(str(cell).replace("\ufeff", "").split()) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    if len(texts) > MOST_COLUMNS:
        raise TableError(
            _("The heading has {count} columns; at most {most} can be read. Is the separator right?").with_(
                count=len(texts), most=MOST_COLUMNS
            ),
            sheet,
            row,
        )
    names: list[str] = []
    taken = {text for text in texts if text}
    used: set[str] = set()
    notes: list[Problem] = []
    for position, text in enumerate(texts):
        letter = column_letter(position)
        name = text or f"({letter})"
        number = 2
        while name in used or (name != text and name in taken):
            name, number = f"{text or letter} ({number})", number + 1
        used.add(name)
        names.append(name)
        if name != text:
            said = (
                _("Two columns are called {text}; the one in {letter} is called {name} here.")
                if text
                else _("Column {letter} has no heading; it is called {name} here.")
            )
            notes.append(
                row_problem(said.with_(text=text, letter=letter, name=name), sheet, row, name, "heading", text)
            )
    return names, tuple(notes)


def fitted(cells: list[Cell], width: int, sheet: str, number: int) -> Row:
    """A row with as many cells as there are columns: short ones padded; filled cells too many are a problem."""
    if len(cells) == width:
        return Row(number, sheet, cells)
    if len(cells) < width:
        return Row(number, sheet, cells + [None] * (width - len(cells)))
    extra = [cell for cell in cells[width:] if cell is not None]
    if not extra:
        return Row(number, sheet, cells[:width])
    text = _(
        "This row has {count} cells, the heading {columns}. A separator inside a cell may lack its quotation marks."
    )
    problem = row_problem(
        text.with_(count=len(cells), columns=width), sheet, number, "", "ragged", ", ".join(map(str, extra))
    )
    return Row(number, sheet, cells[:width], (problem,))
