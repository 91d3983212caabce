"""Formulas, parsed once, and those that are worked out when they are shown because they use today's date."""

from __future__ import annotations

from collections.abc import Iterable

from zhike.query.formula import Formula, parse_formula
from zhike.query.paths import mentions_today
from zhike.schema.kinds import Setting
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec

_parsed: dict[tuple[object, ...], Formula] = {}


def formula_of(spec: ObjectSpec, field: FieldSpec, setting: Setting) -> Formula:
    """A field's parsed formula. Raises BadQuery when its text does not parse."""
    where = (registry.generation, spec.key, field.key, setting.currency, setting.timezone)
    if where not in _parsed:
        if len(_parsed) > 1000:
            _parsed.clear()
        _parsed[where] = parse_formula(field.formula, spec, setting, field)
    return _parsed[where]


def moves_by_itself(field: FieldSpec) -> bool:
    """Whether a formula's value changes from day to day without a save."""
    return field.kind == "formula" and mentions_today(field.formula)


def inputs_of(spec: ObjectSpec, fields: Iterable[FieldSpec], setting: Setting) -> list[FieldSpec]:
    """The fields that must be read beside these, so that formulas can be worked out (which read stored values only)."""
    listed = list(fields)
    wanted = {key for field in listed if moves_by_itself(field) for key in formula_of(spec, field, setting).inputs}
    return [spec[key] for key in sorted(wanted - {field.key for field in listed})]
