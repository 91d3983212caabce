"""Values worked out from others: formulas and roll-ups. They behave as the kind of their result, but nobody types them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from zhike.kernel.words import _
from zhike.schema.kinds.base import KINDS, Kind, Sealer, Setting, kind
from zhike.schema.kinds.numbers import Number
from zhike.schema.spec import FieldSpec

USUAL_RESULT = Number.name
_TAKEN_OVER = ("parts", "main", "operators", "measures", "width", "sortable", "indexable", "groupable")


class Derived(Kind):
    """Does everything as the kind ``field.result`` (a number when none is named)."""

    parts = Number.parts
    operators = Number.operators
    measures = Number.measures
    widget: ClassVar[str] = "shown"
    width = Number.width
    writable: ClassVar[bool] = False

    def inner(self, field: FieldSpec) -> Kind:
        """The kind of the field's values. Raises ValueError for a result that cannot be derived."""
        return result_kind(field.result)

    def parse(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        return self.inner(field).parse(raw, field, setting)

    def show(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return self.inner(field).show(value, field, setting)

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        return self.inner(field).to_json(value, field)

    def to_parts(self, value: Any, field: FieldSpec, sealer: Sealer | None = None) -> tuple[Any, ...]:
        return self.inner(field).to_parts(value, field, sealer)

    def from_parts(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None = None) -> Any:
        return self.inner(field).from_parts(parts, field, sealer)

    def operand(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        return self.inner(field).operand(raw, field, setting)

    def scalar(self, value: Any, field: FieldSpec) -> Any:
        return self.inner(field).scalar(value, field)

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return self.inner(field).tokens(value, field)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return self.inner(field).schema(field)


def result_kind(result: str) -> Kind:
    """The kind a derived value may be of. Raises ValueError for unknown, secret and derived kinds."""
    found = KINDS.get(result or USUAL_RESULT)
    if found is None or found.secret or isinstance(found, Derived):
        raise ValueError(f"a formula or roll-up cannot yield {result!r}")
    return found


@kind
class Formula(Derived):
    """A value computed from own fields at each save."""

    name = "formula"
    label = _("Formula")


@kind
class RollUpKind(Derived):
    """A value derived from the records that link here."""

    name = "roll_up"
    label = _("Roll-up")


@lru_cache(maxsize=64)
def derived_kind(name: str, result: str) -> Kind:
    """The kind of formulas or roll-ups with this result: parts, operators and the rest are those of the result's kind."""
    outer, inner = type(KINDS[name]), result_kind(result)
    facts = {fact: getattr(inner, fact) for fact in _TAKEN_OVER}
    made: Kind = type(f"{outer.__name__}Of{type(inner).__name__}", (outer,), facts)()
    return made
