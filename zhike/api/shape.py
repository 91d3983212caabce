"""Records as JSON: what the API, exports and the command line show of a frozen record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from zhike.kernel.errors import Problem
from zhike.records.record import Record
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Masked, Ref


def value_json(value: Any, field: FieldSpec) -> Any:
    """One canonical value as JSON: links as id and title (any-links with their object), masked secrets as a mask."""
    if value is None or value.__class__ is str:  # a text is itself, of whatever kind
        return value
    if isinstance(value, Masked):
        return {"masked": value.mask}
    if isinstance(value, Ref):
        return ref_json(value, with_object=field.kind == "any_link")
    if isinstance(value, tuple) and value and isinstance(value[0], Ref):
        return [ref_json(one) for one in value]
    return kind_of(field).to_json(value, field)


def logged_json(value: Any, field: FieldSpec) -> Any:
    """A value of the history: as :func:`value_json`, or its text when the field has since become of another kind."""
    try:
        return value_json(value, field)
    except (AttributeError, TypeError, ValueError):
        return str(value)


def ref_json(ref: Ref, *, with_object: bool = False) -> dict[str, Any]:
    """A link: ``{"id": 7, "title": "…"}``, with its object's key where the field does not fix it."""
    shape = {"id": ref.id, "title": ref.title}
    return {"object": ref.object, **shape} if with_object else shape


def record_json(record: Record, spec: ObjectSpec) -> dict[str, Any]:
    """A record: id, version, object, title, then its loaded fields in the order they were asked for."""
    fields = spec.by_key
    head = {"id": record.id, "version": record.version, "object": record.object, "title": record.title}
    own = {
        key: value_json(value, fields[key])
        for key, value in record.values.items()
        if key in fields and key not in ("id", "version")
    }
    return head | own


def instant_json(value: datetime | None) -> str | None:
    """An instant in UTC to the second, ``2026-03-18T09:30:00Z``."""
    return value.isoformat(timespec="seconds").replace("+00:00", "Z") if value else None


def warnings_json(warnings: Iterable[Problem]) -> list[dict[str, str]]:
    """Warnings of a save, in the shape of errors."""
    return [{"field": one.field, "code": one.code, "message": str(one.text)} for one in warnings]


def without_masks(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a change without ``{"masked": …}``: sending back what one may not read leaves it as it is."""
    return {key: value for key, value in values.items() if not (isinstance(value, dict) and set(value) == {"masked"})}
