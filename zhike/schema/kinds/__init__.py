"""Every field type. Importing this package fills :data:`KINDS`; :func:`kind_of` answers for one field."""

from __future__ import annotations

from zhike.schema.kinds import (
    addresses,
    choices,
    dates,
    derived,
    emails,
    links,
    money,
    numbers,
    phones,
    rich,
    secrets,
    texts,
)
from zhike.schema.kinds.base import KINDS, Kind, ParseError, Part, Sealer, Setting
from zhike.schema.kinds.choices import is_active
from zhike.schema.kinds.dates import parse_date
from zhike.schema.kinds.derived import Derived, derived_kind
from zhike.schema.spec import FieldSpec

MODULES = (addresses, choices, dates, derived, emails, links, money, numbers, phones, rich, secrets, texts)
DERIVED = frozenset(name for name, one in KINDS.items() if isinstance(one, Derived))


def kind_of(field: FieldSpec) -> Kind:
    """The kind of a field; for formulas and roll-ups one with the parts of what they yield. Raises ValueError."""
    if field.kind in DERIVED:
        return derived_kind(field.kind, field.result)
    found = KINDS.get(field.kind)
    if found is None:
        raise ValueError(f"{field.key}: there is no field kind {field.kind!r}")
    return found


__all__ = ["KINDS", "Kind", "ParseError", "Part", "Sealer", "Setting", "is_active", "kind_of", "parse_date"]
