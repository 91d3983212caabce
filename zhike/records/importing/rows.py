"""One row of a file on its way to a command: cells given their meaning by the map, faults named where they stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from zhike.kernel.changes import Command
from zhike.records.externals import EXTERNAL as IDS_ELSEWHERE
from zhike.records.importing.mapping import EXTERNAL, ColumnMap
from zhike.records.tabular.tables import Row
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.kinds.dates import parse_date
from zhike.schema.spec import FieldSpec, ObjectSpec

_HOLE = re.compile(r"\{([^{}]+)\}")
TEXTUAL = frozenset(
    {
        "text",
        "long_text",
        "rich_text",
        "secret_text",
        "phone",
        "email",
        "url",
        "address",
        "choice",
        "choices",
        "auto_number",
    }
)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was refused, or what to look at (``warning``): where it stands in the file and what is wrong."""

    sheet: str
    row: int
    column: str
    value: str
    text: str
    warning: bool = False


@dataclass
class Line:
    """One row on its way: its place in the file, its cells, and the command it became."""

    row: Row
    cells: dict[str, Any]
    command: Command | None = None
    later: dict[str, Any] = field(default_factory=dict)
    identity: str = ""
    problems: list[RowProblem] = field(default_factory=list)  # found before the doors see it
    warnings: list[RowProblem] = field(default_factory=list)
    fixed: frozenset[str] = frozenset()  # headings of the cells a person has mended


class RowReader:
    """Reads rows of one file by one map."""

    def __init__(self, spec: ObjectSpec, mapping: ColumnMap, setting: Setting) -> None:
        self.spec, self.map, self.setting = spec, mapping, setting
        self._to_own_kind = [one.key for one in spec.links if one.kind == "link" and one.to == spec.key]

    def skipped(self, cells: dict[str, Any]) -> bool:
        """Whether the map leaves rows like this out."""
        return any(str(cells.get(heading, "") or "") in values for heading, values in self.map.skip_if.items())

    def read(self, line: Line) -> list[RowProblem]:
        """Fill the line's command; the problems found before the doors see it."""
        values: dict[str, Any] = {}
        external: list[tuple[str, str]] = []
        problems: list[RowProblem] = []
        for heading, target in self.map.columns.items():
            cell = plain(line.cells.get(heading))
            if target.startswith(EXTERNAL):
                if cell not in (None, ""):
                    external.append((target[len(EXTERNAL) :], str(cell)))
                continue
            one = self.spec[target]
            meant = self.map.values.get(target, {})
            cell = meant.get(str(cell), cell) if cell is not None else meant.get("", None)
            if cell in (None, ""):
                if self.map.blank == "clear":
                    values[target] = None
                continue
            try:
                values[target] = self.cell(one, "" if heading in line.fixed else heading, cell)
            except ParseError as error:
                if target not in self.map.empty_if_wrong:
                    problems.append(self.problem(line, heading, cell, str(error.text)))
        values = {**self.map.constants, **values}
        for when, more in self.map.sets:
            if all(str(line.cells.get(heading) or "") == wanted for heading, wanted in when.items()):
                values.update(more)
        for target, text in self.map.compose.items():
            composed = self._composed(line, text)
            if composed:
                values[target] = composed
        for key in self._to_own_kind:
            if isinstance(values.get(key), str):
                line.later[key] = values.pop(key)
        line.identity = self._identity(values, external)
        line.command = Command(
            "create", self.spec.key, values=values, external=tuple(external), historic=self.map.historic
        )
        return problems

    def _composed(self, line: Line, text: str | dict[str, str]) -> Any:
        """What the map puts together from several cells: a text, or the parts of an address; nothing when all are empty."""
        if isinstance(text, dict):
            parts = {name: self._composed(line, one) for name, one in text.items()}
            return {name: one for name, one in parts.items() if one}
        return _HOLE.sub(lambda match: str(line.cells.get(match.group(1)) or "").strip(), text).strip()

    def cell(self, one: FieldSpec, heading: str, cell: Any) -> Any:
        """A cell as the doors should get it: numbers in the unit of their heading, dates in the map's order, money in the
        map's currency, numbers as text for text. Raises ParseError."""
        if heading in self.map.scale:
            cell = _times(cell, self.map.scale[heading])
        kind = kind_of(one)
        if isinstance(cell, str) and one.kind == "date":
            return parse_date(cell, self.map.dates).isoformat()
        if one.kind == "money" and self.map.currency and not isinstance(cell, dict):
            value = kind.parse(cell, one, Setting(currency=self.map.currency, language=self.setting.language))
            return {"amount": str(value.amount), "currency": value.currency} if value is not None else None
        if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) and one.kind in TEXTUAL:
            return str(cell)
        return cell

    def _identity(self, values: dict[str, Any], external: Sequence[tuple[str, str]]) -> str:
        if self.map.key == "external":
            return ":".join(external[0]) if external else ""
        value = values.get(self.map.key) if self.map.key else None
        return str(value) if value not in (None, "") else ""

    def problem(self, line: Line, column: str, value: Any, text: str) -> RowProblem:
        """A fault of the row, with its place in the file."""
        return RowProblem(
            line.row.sheet or "", line.row.number, column, "" if value is None else str(value)[:200], text
        )

    def heading_of(self, key: str) -> str:
        """The column that fills a field; "" when none does."""
        if key == IDS_ELSEWHERE:
            return next((heading for heading, target in self.map.columns.items() if target.startswith(EXTERNAL)), "")
        return next((heading for heading, target in self.map.columns.items() if target == key), "")


def _times(cell: Any, times: int) -> Any:
    """A plain number multiplied; whatever has words in it says its own unit."""
    try:
        return Decimal(str(cell).replace(",", "")) * times if not isinstance(cell, bool) else cell
    except InvalidOperation:
        return cell


def plain(cell: Any) -> Any:
    """A cell as the kinds parse it."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 2**53 else Decimal(repr(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return cell


def refused_text(problem: RowProblem) -> str:
    """One problem on one line: sheet, row, column, value, reason."""
    place = f"{problem.sheet}:{problem.row}" if problem.sheet else str(problem.row)
    return f"{place} {problem.column} “{problem.value}” {problem.text}".strip()
