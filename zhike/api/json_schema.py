"""Small JSON Schemas (2020-12) and what they are put together with. Shapes with a name stand in the OpenAPI document once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]
Shape = Schema | Callable[[Any, Any], Schema]
"""What is sent or answered; made of the ObjectSpec and the ActionSpec in the address where it depends on them."""
COMPONENTS: dict[str, Schema] = {}  # filled by named()

ANY: Schema = {"type": "object"}
BYTES: Schema = {"type": "string", "format": "binary"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
INSTANT: Schema = {"type": "string", "format": "date-time"}
NAME: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,39}$"}
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}


def ref(name: str) -> Schema:
    """A reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def named(name: str, schema: Schema) -> Schema:
    """A reference to ``schema``, which the document shows under ``api.`` and the name: no object can be called so."""
    if f"api.{name}" in COMPONENTS:
        raise ValueError(f"two shapes are called {name}")
    COMPONENTS[f"api.{name}"] = schema
    return ref(f"api.{name}")


def shaped(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """A closed object; every property is required unless ``required`` says which."""
    names = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def listed(items: Schema, most: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": items} | ({"maxItems": most} if most else {})


def nullable(schema: Schema) -> Schema:
    """The schema or null."""
    return {"anyOf": [schema, {"type": "null"}]}


LINK = named("Link", shaped({"id": ID, "title": TEXT}))
PROBLEM_FIELD = named("ProblemField", shaped({"field": TEXT, "code": TEXT, "message": TEXT}))
PROBLEM = named(
    "Problem",
    {
        "type": "object",
        "description": "RFC 9457 problem details.",
        "properties": {
            "type": TEXT,
            "title": TEXT,
            "status": WHOLE,
            "detail": TEXT,
            "code": TEXT,
            "errors": listed(PROBLEM_FIELD),
            "position": {"type": "integer", "description": "Character (from 0) in the filter."},
            "version": WHOLE,
            "results": listed(ref("api.BatchResult")),
        },
        "required": ["type", "title", "status", "detail", "code", "errors"],
    },
)
