"""Tables in and out of files: CSV, TSV and workbooks, told apart by content, with every fault named by its place."""

from __future__ import annotations

from pathlib import Path

from zhike.records.tabular.cells import guard_cell, restore_cell
from zhike.records.tabular.guard import Limits, kind_of_file
from zhike.records.tabular.shape import Cell, Row, Table, TableError
from zhike.records.tabular.text import open_text
from zhike.records.tabular.workbook import open_workbook
from zhike.records.tabular.writing import Written, write_table

__all__ = [
    "Cell",
    "Limits",
    "Row",
    "Table",
    "TableError",
    "Written",
    "guard_cell",
    "open_table",
    "restore_cell",
    "write_table",
]


def open_table(
    path: Path,
    sheet: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    limits: Limits | None = None,
) -> Table:
    """The table in a file, whatever its name: its columns at once, its rows as they are iterated, in little memory.

    ``sheet``: of a workbook; None for the first visible one with content. ``encoding`` (``gb18030``) and ``separator``
    (``;`` or ``tab``) of a text file; None to find out. Raises TableError, at once or from ``rows``, for a file that
    cannot be read to its end; a fault of a single row is in that row's ``problems``.
    """
    if kind_of_file(path) == "workbook":
        return open_workbook(path, sheet, limits)
    return open_text(path, encoding, separator)
