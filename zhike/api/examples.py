"""Example values for the OpenAPI document: one per field, valid under the field's own schema."""

from __future__ import annotations

from typing import Any

from zhike.schema.spec import FieldSpec, ObjectSpec

_BY_KIND: dict[str, Any] = {
    "text": "示例",
    "long_text": "示例文字",
    "rich_text": "<p>示例文字</p>",
    "number": 3,
    "percent": 25,
    "money": {"amount": "12000.00", "currency": "CNY"},
    "date": "2026-03-31",
    "instant": "2026-03-31T02:30:00Z",
    "duration": 90,
    "yes_no": True,
    "link": {"id": 12, "title": "苏州精密机械有限公司"},
    "any_link": {"object": "account", "id": 12, "title": "苏州精密机械有限公司"},
    "phone": "+8613812341234",
    "email": "li.na@example.com",
    "url": "https://example.com/",
}


def example_of(field: FieldSpec) -> Any:
    """An example of the field's value, or None where there is none to give."""
    options = [one.key for one in field.options if one.active]
    if field.kind == "choice":
        return options[0] if options else None
    if field.kind == "choices":
        return options[:2] or None
    return "15:30" if field.format == "time" else _BY_KIND.get(field.kind)


def input_example(spec: ObjectSpec, fields: list[FieldSpec]) -> dict[str, Any]:
    """A body that could create a record: the title, what is required, and a few more fields."""
    wanted = [one for one in fields if one.key == spec.title or one.required or one.key in spec.columns]
    found = {one.key: example_of(one) for one in wanted}
    return {key: value for key, value in found.items() if value is not None}
