"""What a command prints: tables that line up in Chinese too, JSON, and CSV."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from zhike.records.tabular.cells import guard_cell

UNCUT = 10_000
_NUMBER = re.compile(r"^[+-]?\d[\d,.]*(%| [A-Z]{3})?$")


def width(text: str) -> int:
    """Columns a text takes in a terminal: wide East Asian characters two, combining marks none."""
    return sum(
        0 if unicodedata.combining(one) or unicodedata.category(one) in ("Cf", "Mn", "Me") else
        2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )  # fmt: skip


def clipped(text: str, most: int) -> str:
    """The text on one line, cut to ``most`` columns with an ellipsis; control characters become blanks."""
    text = "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in text)
    if width(text) <= most:
        return text
    kept, used = [], 0
    for one in text:
        used += width(one)
        if used > most - 1:
            break
        kept.append(one)
    return "".join(kept) + "…"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool] = (), most: int = 60) -> str:
    """Rows under their heads, columns aligned; ``right`` says which columns are flush right."""
    cells = [[clipped(text, most) for text in row] for row in (heads, *rows)]
    widths = [max(width(row[i]) for row in cells) for i in range(len(heads))]
    flush = list(right) or [False] * len(heads)

    def line(row: Sequence[str]) -> str:
        padded = [
            " " * (widths[i] - width(text)) + text if flush[i] else text + " " * (widths[i] - width(text))
            for i, text in enumerate(row)
        ]
        return "  ".join(padded).rstrip()

    rule = "  ".join("-" * one for one in widths)
    return "\n".join([line(cells[0]), rule, *(line(row) for row in cells[1:])]) + "\n"


def as_json(data: Any) -> str:
    """Indented JSON with characters as they are."""
    return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_csv(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Comma-separated rows with a head line and ``\\n`` line ends; cells are safe to open in a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([guard_cell(head) for head in heads])
    writer.writerows([guard_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def print_rows(
    out: TextIO,
    form: str,
    keys: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    labels: Mapping[str, str] | None = None,
) -> None:
    """Print mappings as ``table``, ``json`` or ``csv``; ``labels`` are table heads by key. None is an empty cell."""
    if form == "json":
        out.write(as_json([dict(row) for row in rows]))
        return
    cells = [["" if row.get(key) is None else _cell(row[key]) for key in keys] for row in rows]
    if form == "csv":
        out.write(as_csv(keys, cells))
        return
    most = 60 if out.isatty() else UNCUT
    right = [bool(cells) and all(not row[i] or _NUMBER.match(row[i]) for row in cells) for i in range(len(keys))]
    out.write(table([(labels or {}).get(key, key) for key in keys], cells, right, most))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ", ".join(_cell(one) for one in value)
    return str(value)
