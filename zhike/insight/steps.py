"""The steps of an object's path: stages of a pipeline, or the options of a choice, in their order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zhike.kernel.actor import Actor
from zhike.query.operands import literal
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Ref

MOST_STEPS = 200
OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its value in the path's field, how that is typed in a filter, its label, what it leads to (open, won, lost),
    the days a record may rest on it (0: any), its chance in percent, and the line (pipeline) it belongs to (0: none)."""

    value: str
    typed: str
    label: str
    outcome: str = "open"
    usual: int = 0
    chance: Decimal | None = None
    line: int = 0


def steps_of(actor: Actor, spec: ObjectSpec, line: int = 0) -> list[Step]:
    """The steps of one line, or of all lines together; empty for an object without a path."""
    field = spec.field(spec.path) if spec.path else None
    if field is None:
        return []
    if field.kind == "choice":
        return [Step(one.key, one.key, str(one.label)) for one in field.options]
    target = registry.object(field.to)
    parent = line_field(target)
    where = f"{parent.key} = {line}" if parent is not None and line else ""
    keys = [one.key for one in target.fields if not one.system and one.kind in ("choice", "percent", "number", "link")]
    named = (target.code,) if target.code else ()
    query = Query(
        target.key, where, columns=(target.title, *named, *keys), size=MOST_STEPS, count=False, archived="all"
    )
    rows = read(actor, query).rows
    codes = Counter(one.values.get(target.code) for one in rows)
    return [_step(one, target, parent, codes) for one in rows]


def first_line(actor: Actor, spec: ObjectSpec) -> int:
    """The line that counts when none is chosen: the first in the order of lines; 0 when there are no lines."""
    field = spec.field(spec.path) if spec.path else None
    parent = line_field(registry.object(field.to)) if field is not None and field.kind == "link" else None
    if parent is None:
        return 0
    found = read(actor, Query(parent.to, size=1, count=False)).rows
    return found[0].id if found else 0


def line_field(target: ObjectSpec) -> FieldSpec | None:
    """The required link that groups steps into lines."""
    return next((one for one in target.links if one.kind == "link" and one.required and not one.system), None)


def _step(record: Record, target: ObjectSpec, parent: FieldSpec | None, codes: Counter[Any]) -> Step:
    held: Any = record.values
    usual = next((held.get(one.key) for one in target.fields if one.kind == "number" and "days" in one.key), None)
    chance = next((held.get(one.key) for one in target.fields if one.kind == "percent"), None)
    line = held.get(parent.key) if parent else None
    code = held.get(target.code)
    is_word = isinstance(code, str) and code.isascii() and literal(code) == code and codes[code] == 1
    return Step(
        str(record.id),
        code if is_word else str(record.id),
        record.title,
        str(held.get(OUTCOME) or "open"),
        int(usual) if usual else 0,
        chance,
        line.id if isinstance(line, Ref) else 0,
    )
