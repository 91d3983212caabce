"""What the steps of a write ask of an object for every record, worked out once for each declaration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.store.plan import in_link_table

KEPT = 512  # declarations: those of all objects, and some that have just been replaced


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of an object by what a write does with them.

    ``blank``: the values of a new record before anything is filled in. ``sealed``: it has a key of its own from the
    beginning. ``searched``: they enter the search document. ``tabled``: their targets stand in the link table too."""

    blank: Mapping[str, Any]
    sealed: bool
    defaults: tuple[FieldSpec, ...]
    required: tuple[FieldSpec, ...]
    offered: tuple[FieldSpec, ...]
    unique: tuple[FieldSpec, ...]
    numbers: tuple[FieldSpec, ...]
    formulas: tuple[FieldSpec, ...]
    files: tuple[FieldSpec, ...]
    tabled: tuple[FieldSpec, ...]
    searched: tuple[FieldSpec, ...]


@lru_cache(maxsize=KEPT)
def shape_of(spec: ObjectSpec) -> Shape:
    """The shape of an object as it is declared now."""
    fields = spec.fields
    return Shape(
        blank={one.key: Decimal(0) if one.rollup and one.rollup.measure == "count" else None for one in fields},
        sealed=bool(spec.secrets) or any(one.personal for one in fields),
        defaults=tuple(one for one in fields if one.default is not None),
        required=tuple(one for one in fields if one.required and one.kind != "auto_number"),
        offered=tuple(one for one in fields if one.kind in ("choice", "choices")),
        unique=tuple(one for one in fields if one.unique and one.key != "id"),
        numbers=tuple(one for one in fields if one.kind == "auto_number"),
        formulas=tuple(one for one in fields if one.kind == "formula"),
        files=tuple(one for one in fields if one.kind == "file"),
        tabled=tuple(one for one in fields if in_link_table(one)),
        searched=tuple(
            one
            for one in fields
            if one.search or one.key == spec.title or (kind_of(one).secret and one.kind != "address")
        ),
    )
