"""Field values as cells: for people in tables, and for files that can be imported again in CSV and XLSX."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from zhike.schema.kinds import Setting, kind_of
from zhike.schema.spec import FieldSpec
from zhike.schema.values import Masked, Money, Ref


def cell(value: Any, field: FieldSpec, setting: Setting) -> str:
    """One value as text: links by title, choices by label, money as decimals with any currency but the company's."""
    if value is None:
        return ""
    if isinstance(value, Masked):
        return value.mask
    if isinstance(value, Ref):
        return value.title or f"#{value.id}"
    if isinstance(value, tuple) and value and isinstance(value[0], Ref):
        return ", ".join(cell(one, field, setting) for one in value)
    if isinstance(value, Money):
        shape = kind_of(field).to_json(value, field)
        amount = str(shape["amount"] if isinstance(shape, dict) else shape)
        return amount if value.currency == setting.currency else f"{amount} {value.currency}"
    if isinstance(value, bool):
        return kind_of(field).show(value, field, setting)
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(setting.timezone)).strftime("%Y-%m-%d %H:%M")
    if field.kind in ("date", "number", "percent", "duration", "text", "long_text", "rich_text"):
        return str(kind_of(field).to_json(value, field))
    return kind_of(field).show(value, field, setting)
