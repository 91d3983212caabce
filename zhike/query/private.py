"""Does a filter name somebody's number or address? Such a filter may be asked, but not be kept in clear."""

from __future__ import annotations

from collections.abc import Iterator

from zhike.query.grammar import parse
from zhike.query.syntax import Both, Condition, Either, Negation, Syntax
from zhike.schema.kinds import kind_of
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec

TELLING = ("=", "!=", "in", "ends")


def secrets_named(text: str, spec: ObjectSpec) -> list[FieldSpec]:
    """The secret fields a filter compares with a value of one person: whole or its end; a mail's domain tells nobody
    apart. Raises BadQuery when the text is no filter."""
    found = (_field(condition, spec) for condition in _conditions(parse(text)) if condition.op in TELLING)
    return [field for field in found if field is not None and kind_of(field).secret]


def _conditions(syntax: Syntax) -> Iterator[Condition]:
    if isinstance(syntax, Condition):
        yield syntax
    elif isinstance(syntax, Both | Either):
        for part in syntax.parts:
            yield from _conditions(part)
    elif isinstance(syntax, Negation):
        yield from _conditions(syntax.part)


def _field(condition: Condition, spec: ObjectSpec) -> FieldSpec | None:
    field: FieldSpec | None = None
    at: ObjectSpec | None = spec
    for name in condition.names:
        field = at.field(name.text) if at is not None else None
        at = registry.find(field.to) if field is not None and field.to else None
    return field
