"""Reading workbooks (.xlsx, .xlsm, .xls, .ods): the parent's side of the child process that parses them."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from zhike.kernel.errors import Problem
from zhike.kernel.words import _
from zhike.records.tabular.cells import restore_cell
from zhike.records.tabular.guard import MEGABYTE, Limits, damaged, guard_workbook, password_needed
from zhike.records.tabular.shape import Cell, Row, Table, TableError, begin, fitted, row_problem

CHILD = Path(__file__).with_name("child.py")
EXACT = 10**15  # from here on Excel has rounded


def open_workbook(path: Path, sheet: str | None = None, limits: Limits | None = None) -> Table:
    """The first visible filled sheet, or the one named ``sheet``. Raises TableError; also while rows are read.

    Formulas give the values Excel last computed, or a problem of their row when it never did; numbers that are whole are
    int, others Decimal; cells with a date format are date or datetime (without a zone); what merged cells hide is None.
    """
    limits = limits or Limits()
    guard_workbook(path, limits)
    process = subprocess.Popen(  # noqa: S603 - our own program and no shell
        [sys.executable, "-I", "-B", str(CHILD), str(path), sheet or "", str(limits.memory), str(limits.seconds)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LANG": "C.UTF-8"},
    )
    assert process.stdout is not None
    lines = _lines(process, process.stdout, limits)
    try:
        head = next(lines)
        empty: dict[int, list[int]] = {}
        for at, column in head["formulas"]:
            empty.setdefault(at, []).append(column - 1)
        columns, notes, number, rows = begin(_numbered(lines, empty), head["sheet"])
    except BaseException:
        _end(process)
        raise
    return Table(
        columns=columns,
        rows=_rows(rows, columns, head["sheet"], process, empty),
        sheet=head["sheet"],
        sheets=tuple(head["sheets"]),
        count_hint=max(head["rows"] - number, 0),
        notes=notes,
        closing=lambda: _end(process),
    )


def _lines(process: subprocess.Popen[bytes], stream: IO[bytes], limits: Limits) -> Iterator[Any]:
    """What the child says, up to its end; TableError when it refuses or dies."""
    for line in stream:
        try:
            said = json.loads(line, parse_float=Decimal, object_hook=_untagged)
        except ValueError:
            break
        if isinstance(said, dict):
            if "error" in said:
                raise _refusal(said["error"], said["detail"])
            if "end" in said:
                return
        yield said
    code = process.wait()
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        raise TableError(
            _("The workbook takes too long to read (over {seconds} s). Save it as .csv.").with_(seconds=limits.seconds)
        )
    if code == -signal.SIGABRT:
        raise _refusal("memory", "", limits)
    raise _refusal("damaged", f"{code}")


def _refusal(code: str, detail: str, limits: Limits | None = None) -> TableError:
    if code == "password":
        return password_needed()
    if code == "no-sheet":
        return TableError(_("There is no such sheet. The workbook has: {sheets}").with_(sheets=detail))
    if code == "memory":
        return TableError(
            _(
                "The workbook needs more than {size} MB of memory. Delete empty columns and rows at its ends, or save it "
                "as .csv."
            ).with_(size=(limits or Limits()).memory // MEGABYTE)
        )
    return damaged()


def _untagged(said: dict[str, Any]) -> Any:
    if "d" in said:
        return date.fromisoformat(said["d"])
    if "t" in said:
        return datetime.fromisoformat(said["t"])
    return said


def _numbered(lines: Iterator[Any], empty: dict[int, list[int]]) -> Iterator[tuple[int, list[Cell]]]:
    """Filled rows with their numbers; those that hold only formulas without a value count as filled."""
    number = 0
    for batch in lines:
        for cells in batch:
            number += 1
            if number in empty or any(not isinstance(one, str) or one.strip() for one in cells if one is not None):
                yield number, [restore_cell(one) if isinstance(one, str) else one for one in cells]
    for number in sorted(one for one in empty if one > number):
        yield number, []


def _rows(
    rows: Iterator[tuple[int, list[Cell]]],
    columns: list[str],
    sheet: str,
    process: subprocess.Popen[bytes],
    empty: dict[int, list[int]],
) -> Iterator[Row]:
    width = len(columns)
    try:
        for number, cells in rows:
            row = fitted(cells, width, sheet, number)
            rounded = [at for at, one in enumerate(row.values) if type(one) is int and not -EXACT < one < EXACT]
            if rounded:
                row = row._replace(problems=row.problems + tuple(_rounded(row, columns[at], at) for at in rounded))
            missing = [at for at in empty.get(number, ()) if at < width]
            if missing:
                row = row._replace(problems=row.problems + tuple(_uncomputed(row, columns[at]) for at in missing))
            yield row
    finally:
        _end(process)


def _rounded(row: Row, column: str, at: int) -> Problem:
    text = _("Excel keeps 15 digits of a number; the last digits of this one are lost. Format the column as text.")
    return row_problem(text, row.sheet, row.number, column, "rounded", row.values[at])


def _uncomputed(row: Row, column: str) -> Problem:
    text = _(
        "This cell holds a formula that was never computed. Open the file in Excel or WPS, save it, and try again."
    )
    return row_problem(text, row.sheet, row.number, column, "formula", None)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdout is not None:
        process.stdout.close()
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    process.wait()
