"""How a spec's fields lie in its table: the SQL of each stored part, and rows decoded to canonical values."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from zhike.schema.kinds import Kind, Part, Sealer, kind_of
from zhike.schema.kinds.common import PlainKind
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import DAMAGED
from zhike.store.database import from_db, is_postgres, to_db, to_json_scalar
from zhike.store.keyfile import VaultError

log = logging.getLogger("zhike.store")
PLAIN = frozenset({"text", "long", "int"})  # types of parts that are read as they lie there
SealerOf = Callable[[int, str | None], Sealer | None]


def part_of(field: FieldSpec, suffix: str | None = None) -> Part:
    """A field's part by suffix (None: the main one)."""
    kind = kind_of(field)
    wanted = kind.main if suffix is None else suffix
    return next(part for part in kind.parts if part.suffix == wanted)


def part_sql(alias: str, field: FieldSpec, suffix: str | None = None) -> str:
    """The SQL expression of one stored part, exactly as its index has it. ``alias`` may be "" inside index definitions.

    Custom fields live in the JSON column under ``slot`` + suffix; slots are letters and digits made by us."""
    part = part_of(field, suffix)
    prefix = f"{alias}." if alias else ""
    if not field.slot:
        return f'{prefix}"{field.key}{part.suffix}"'
    path = field.slot + part.suffix
    if not path.replace("_", "").isalnum():
        raise ValueError(f"not a slot: {path!r}")
    if not is_postgres():
        return f"json_extract({prefix}\"custom\", '$.{path}')"
    text = f"({prefix}\"custom\" ->> '{path}')"
    if part.type == "int":
        return f"({text}::bigint)"
    if part.type == "bool":
        return f"({text}::boolean)"
    return f'({text} COLLATE "C")'


def operand(value: Any, field: FieldSpec) -> Any:
    """A stored scalar as the parameter to compare :func:`part_sql` with."""
    return to_json_scalar(value) if field.slot else to_db(value)


class RowPlan:
    """The SELECT list for some fields of an object and the decoder of its rows.

    Every row starts with the FIXED columns; ``decode`` gives ``(id, version, owner, title, values)``
    with canonical values, links as Ref without titles."""

    FIXED = ("id", "version", "owner", "vault", "title_shown", "archived", "trashed", "custom")

    def __init__(self, spec: ObjectSpec, fields: Iterable[FieldSpec], alias: str = "t") -> None:
        self.spec = spec
        self.fields = tuple(fields)
        names = list(self.FIXED)
        self._places: list[tuple[str, int]] = []  # where each column of its own begins; many hold the value as it is
        self._own: list[
            tuple[FieldSpec, Kind, int, int, list[str]]
        ] = []  # the others; types of scalars to be converted
        self._slots: list[tuple[FieldSpec, Kind, list[tuple[str, str]]]] = []
        for field in self.fields:
            kind = kind_of(field)
            if field.slot:
                self._slots.append((field, kind, [(field.slot + part.suffix, part.type) for part in kind.parts]))
            else:
                parts = kind.parts[:1] if _is_envelope(kind) else kind.parts
                types = [part.type for part in parts]
                self._places.append((field.key, len(names)))
                if not _is_as_stored(kind, types):
                    converted = [] if PLAIN.issuperset(types) else types
                    self._own.append((field, kind, len(names), len(names) + len(parts), converted))
                names += [field.key + part.suffix for part in parts]
        self.width = len(names)
        self.columns = ", ".join(f'{alias}."{name}"' for name in names)

    def decode(self, row: Sequence[Any], sealer_of: SealerOf) -> tuple[int, int, int | None, str, dict[str, Any]]:
        """One row as ``(id, version, owner, title, {field key: canonical value or None})``."""
        values: dict[str, Any] = {key: row[at] for key, at in self._places}
        sealer: Sealer | None = None
        for field, kind, at, end, types in self._own:
            parts = tuple(row[at:end])
            if parts.count(None) == end - at:
                values[field.key] = None
                continue
            if types:
                parts = tuple([from_db(scalar, type_) for scalar, type_ in zip(parts, types, strict=True)])
            if not kind.secret:
                values[field.key] = kind.from_parts(parts, field)
                continue
            sealer = sealer or _sealer(sealer_of, row)
            values[field.key] = _opened(kind, parts, field, sealer)
        if self._slots:
            bag = self.bag(row)
            for field, kind, paths in self._slots:
                parts = tuple(from_db(bag.get(path), type_) for path, type_ in paths)
                if kind.secret:
                    sealer = sealer or _sealer(sealer_of, row)
                values[field.key] = None if _empty(parts) else _opened(kind, parts, field, sealer)
        return row[0], row[1], row[2], row[4] or "", values

    @staticmethod
    def bag(row: Sequence[Any]) -> dict[str, Any]:
        """The whole JSON column of a row, slots nobody reads any more included."""
        bag = row[7]
        return json.loads(bag) if isinstance(bag, str) else dict(bag or {})


def _opened(kind: Kind, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> Any:
    """The canonical value; a secret whose envelope is damaged stands as :data:`DAMAGED` and holds up nothing else."""
    if not kind.secret:
        return kind.from_parts(parts, field, None)
    try:
        return kind.from_parts(parts, field, sealer)
    except VaultError as damage:
        log.error("a value of %s cannot be opened: %s", field.key, damage)
        return DAMAGED


class _Broken:
    """Stands for the sealer of a record whose data key is damaged: nothing sealed with it can be opened."""

    def __init__(self, damage: VaultError) -> None:
        self.damage = damage

    def open(self, field: str, envelope: str) -> str:
        raise self.damage


def _sealer(sealer_of: SealerOf, row: Sequence[Any]) -> Any:
    try:
        return sealer_of(row[0], row[3])
    except VaultError as damage:
        return _Broken(damage)


def _is_as_stored(kind: Kind, types: Sequence[str]) -> bool:
    """Whether a column holds the canonical value itself: one part, text or whole number, nothing to unpack."""
    plain = type(kind).from_parts is PlainKind.from_parts and type(kind).unpack is PlainKind.unpack  # type: ignore[attr-defined]
    return plain and len(types) == 1 and types[0] in PLAIN


def _is_envelope(kind: Kind) -> bool:
    """Whether a value lies in its first part alone: the blind indexes beside an envelope only find it."""
    return kind.secret and kind.name != "address"


def _empty(parts: Sequence[Any]) -> bool:
    return all(part is None for part in parts)


def stored(field: FieldSpec, value: Any, sealer: Sealer | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """A canonical value as ``(columns, slots)``: statement parameters by column, JSON scalars by slot path."""
    kind = kind_of(field)
    if value is None:
        empty = dict.fromkeys([(field.slot or field.key) + part.suffix for part in kind.parts])
        return ({}, empty) if field.slot else (empty, {})
    parts = kind.to_parts(value, field, sealer)
    if field.slot:
        return {}, {
            field.slot + part.suffix: to_json_scalar(scalar) for part, scalar in zip(kind.parts, parts, strict=True)
        }
    return {field.key + part.suffix: to_db(scalar) for part, scalar in zip(kind.parts, parts, strict=True)}, {}


class LinePlan:
    """How new records of an object become rows of its table: ``names`` of the columns, and a line for each record."""

    def __init__(self, spec: ObjectSpec) -> None:
        names = ["id", "version", "title_shown", "title_folded", "title_sort", "vault", "custom"]
        self._object = (spec.key,) if spec.custom else ()
        names += ["object"] if spec.custom else []
        self._own: dict[str, tuple[FieldSpec, Kind, int]] = {}
        self._slots: dict[str, tuple[FieldSpec, Kind, tuple[str, ...]]] = {}
        for field in spec.fields:
            kind = kind_of(field)
            if field.slot:
                self._slots[field.key] = (field, kind, tuple(field.slot + part.suffix for part in kind.parts))
            elif field.key not in names:
                self._own[field.key] = (field, kind, len(names))
                names += [field.key + part.suffix for part in kind.parts]
        self.names = tuple(names)

    def line(
        self, facts: tuple[Any, ...], values: Mapping[str, Any], bag: dict[str, Any], sealer: Sealer | None
    ) -> list[Any]:
        """The statement parameters of one record: ``facts`` are its first six columns. ``bag`` takes the values that are
        kept in the JSON column."""
        line = [*facts, None, *self._object]
        line += [None] * (len(self.names) - len(line))
        for key, value in values.items():
            if value is None:
                continue
            if key in self._own:
                field, kind, at = self._own[key]
                for scalar in kind.to_parts(value, field, sealer):
                    line[at] = to_db(scalar)
                    at += 1
            elif key in self._slots:
                field, kind, paths = self._slots[key]
                for path, scalar in zip(paths, kind.to_parts(value, field, sealer), strict=True):
                    if scalar is not None:
                        bag[path] = to_json_scalar(scalar)
        line[6] = json.dumps(bag, ensure_ascii=False) if bag else "{}"
        return line


@lru_cache(maxsize=512)
def line_plan(spec: ObjectSpec) -> LinePlan:
    """The line plan of an object as it is declared now."""
    return LinePlan(spec)


def in_link_table(field: FieldSpec) -> bool:
    """Whether a field's targets also stand in the link table: many-fields, any-links and custom links."""
    return field.kind in ("links", "choices", "any_link") or (field.kind == "link" and field.custom)


def link_targets(field: FieldSpec, value: Any) -> list[tuple[int | None, str | None]]:
    """Rows ``(target id, option key)`` of the link table for a canonical value."""
    if value is None:
        return []
    if field.kind == "choices":
        return [(None, key) for key in value]
    if field.kind == "links":
        return [(ref.id, None) for ref in value]
    return [(value.id, None)]


def own_rows(spec: ObjectSpec, alias: str = "t") -> str:
    """The condition that picks this object's rows from a shared table; "" for a table of its own. The key is a literal so
    that partial indexes match."""
    if not spec.custom:
        return ""
    if not spec.key.replace("_", "").isalnum():
        raise ValueError(f"not an object key: {spec.key!r}")
    return f"{alias}.\"object\" = '{spec.key}'"
