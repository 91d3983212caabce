"""``zhike export``: everything that matches, as CSV, XLSX or JSON, page by page."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from zhike.kernel.words import _
from zhike.records.exporting import export_rows
from zhike.records.read import count
from zhike.records.tabular.tables import write_table
from zhike.site.commands.arguments import Given, WrongUsage
from zhike.site.commands.output import as_csv, table
from zhike.site.commands.progress import Bar
from zhike.site.commands.session import actor_for, object_for

ENDINGS = {".csv": "csv", ".json": "json", ".xlsx": "xlsx"}


def run(given: Given, home: Path) -> int:
    """Write to ``--out`` (whole or not at all) or to standard output; say how many rows on the error stream."""
    out = Path(given.text("out")) if given.has("out") else None
    form = _form(given, out)
    actor = actor_for(given, home)
    spec = object_for(given)
    where = given.text("where")
    labels = form != "json" and not given.has("keys")
    heads, rows = export_rows(actor, spec.key, where, given.list("columns"), given.text("sort"), labels=labels)
    total, capped = count(actor, spec.key, where) if sys.stderr.isatty() else (0, True)
    with Bar(str(spec.plural_label)) as bar:
        watched = _watched(rows, bar, 0 if capped else total)
        if out is None:
            number = _to_stdout(form, heads, watched)
        else:
            number = _to_file(out, form, heads, watched, actor.name)
            print(_("{n} rows written to {file}.").with_(n=f"{number:,}", file=out), file=sys.stderr)
    return 0


def _form(given: Given, out: Path | None) -> str:
    if out is None:
        return given.text("format", "csv")
    ending = ENDINGS.get(out.suffix.lower())
    if given.has("format"):
        if given.text("format") == "table":
            raise WrongUsage(_("A file is .csv, .json or .xlsx."))
        return given.text("format")
    if ending is None:
        raise WrongUsage(_("A file is .csv, .json or .xlsx."))
    if not out.parent.is_dir():
        raise WrongUsage(_("There is no folder {folder}.").with_(folder=out.parent))
    return ending


def _to_file(out: Path, form: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], by: str) -> int:
    """Write beside the target first, so that nobody meets half a file; readable by its owner alone."""
    beside = out.with_name(f".{out.name}.part")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            if form == "json":
                number = -2  # the opening and the closing are no rows
                for line in _json_lines(heads, rows):
                    stream.write(line.encode())
                    number += 1
            else:
                number = write_table(heads, rows, stream, "xlsx" if form == "xlsx" else "csv", by).rows
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    return number


def _to_stdout(form: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    out: TextIO = sys.stdout
    number = 0
    if form == "json":
        out.writelines(_json_lines(heads, rows))
        return 0
    if form == "table":
        listed = [[_text(cell) for cell in row] for row in rows]
        out.write(table(heads, listed))
        return len(listed)
    out.write(as_csv(heads, []))
    for row in rows:
        out.write(as_csv([], [[_text(cell) for cell in row]]).removeprefix("\n"))
        number += 1
    return number


def _json_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A JSON list with one row a line: an opening, the rows, a closing."""
    yield "["
    before = "\n"
    for row in rows:
        yield before + json.dumps(dict(zip(heads, row, strict=True)), ensure_ascii=False, default=str)
        before = ",\n"
    yield "\n]\n"


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return ("true" if cell else "false") if isinstance(cell, bool) else str(cell)


def _watched(rows: Iterable[Sequence[Any]], bar: Bar, total: int) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(rows, start=1):
        yield row
        bar(number, total)
