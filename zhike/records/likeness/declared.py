"""What is compared in the records of an object, as its declaration says: forms and keys of a record's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.records.likeness.comparisons import LIKENESSES, Found, Likeness, Rarity
from zhike.records.likeness.firms import Company
from zhike.records.likeness.people import Person
from zhike.records.likeness.values import Code, Day, Handle, Link, Mail, Phone, Place, Site, Text
from zhike.schema.registry import registry
from zhike.schema.spec import Compared, FieldSpec, ObjectSpec

__all__ = ["COMPARES", "EVERYWHERE", "LIKENESSES", "Forms", "compare", "forms_of", "keys_of", "scoped", "shared"]

_TEXTS = ("text", "long_text", "auto_number")
COMPARES: Mapping[str, tuple[str, ...]] = {
    Person.name: _TEXTS,
    Company.name: _TEXTS,
    Text.name: _TEXTS,
    Code.name: (*_TEXTS, "secret_text", "number"),
    Handle.name: _TEXTS,
    Day.name: ("date", "text"),
    Phone.name: ("phone",),
    Mail.name: ("email",),
    Site.name: ("url", "text"),
    Link.name: ("link",),
    Place.name: ("address", "text"),
}
"""Which kinds of fields each comparison takes."""
EVERYWHERE = frozenset({Person.name, Company.name, Phone.name, Mail.name, Handle.name, Site.name})
"""Comparisons whose values mean the same in every object: a lead's phone may be a contact's."""
Forms = dict[int, Any]
"""The forms of a record, by the place of the comparison in ``spec.compared``."""


def fields_of(spec: ObjectSpec, compared: Compared) -> tuple[FieldSpec, ...]:
    """The fields of a comparison."""
    return tuple(spec[key] for key in compared.fields)


def way(compared: Compared) -> Likeness:
    """The comparison itself."""
    return LIKENESSES[compared.by]


def forms_of(spec: ObjectSpec, values: Mapping[str, Any]) -> Forms:
    """The forms of a record's canonical values; comparisons whose fields say nothing are left out."""
    found: Forms = {}
    for at, compared in enumerate(spec.compared):
        given = [values.get(key) for key in compared.fields]
        if any(value is not None for value in given):
            form = way(compared).form(given, fields_of(spec, compared))
            if form is not None:
                found[at] = form
    return found


def scoped(spec: ObjectSpec, compared: Compared, key: str) -> str:
    """A key as it is kept: values that mean something in one field only stand apart from those of others."""
    return key if compared.by in EVERYWHERE else f"{spec.key}.{compared.fields[0]}.{key}"


def keys_of(spec: ObjectSpec, forms: Forms) -> list[str]:
    """The keys of a record, each once."""
    return list(keys_by_comparison(spec, forms))


def keys_by_comparison(spec: ObjectSpec, forms: Forms) -> dict[str, int]:
    """The keys of a record, each with the place of the comparison that it is of."""
    found: dict[str, int] = {}
    for at, form in forms.items():
        compared = spec.compared[at]
        for key in way(compared).keys(form):
            found.setdefault(scoped(spec, compared, key), at)
    return found


def shared(one: ObjectSpec, two: ObjectSpec) -> list[tuple[int, int]]:
    """Which comparison of one object meets which of another: each its own within one object, else those that mean the
    same everywhere."""
    where = (registry.generation, one.key, two.key)
    if where not in _shared:
        if len(_shared) > 1000:
            _shared.clear()
        if one is two:
            _shared[where] = [(at, at) for at in range(len(one.compared))]
        else:
            _shared[where] = [
                (at, to)
                for at, a in enumerate(one.compared)
                for to, b in enumerate(two.compared)
                if a.by == b.by and a.by in EVERYWHERE
            ]
    return _shared[where]


_shared: dict[tuple[int, str, str], list[tuple[int, int]]] = {}


def compare(one: ObjectSpec, a: Forms, two: ObjectSpec, b: Forms, rarity: Rarity) -> list[tuple[Compared, Found]]:
    """What comparing two records gave, for everything both have a value of."""
    found = []
    for at, to in shared(one, two):
        if at in a and to in b:
            compared = one.compared[at]
            own = rarity if compared.by in EVERYWHERE else rarity.within(f"{one.key}.{compared.fields[0]}.")
            found.append((compared, way(compared).compare(a[at], b[to], own)))
    return found
