"""Rows of new records in every table, as the writing door writes them: what repeats is worked out once, and nothing is
asked of the database. For filling large homes; ``tests/benching`` holds both against each other, table by table."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from zhike.records.documents import object_token, owner_token, secret_token
from zhike.records.likeness.declared import fields_of, scoped, way
from zhike.records.likeness.keys import hashed
from zhike.records.secrets import vault
from zhike.records.shapes import shape_of
from zhike.records.stays import entered_field, path_field, step_of
from zhike.records.titles import refs_of
from zhike.schema.kinds import Sealer, Setting, kind_of
from zhike.schema.spec import Compared, FieldSpec, ObjectSpec
from zhike.schema.values import Address, Money
from zhike.store.chain import CHANGE_COLUMNS, digest_of_line
from zhike.store.database import instant_text, is_postgres, to_json_scalar
from zhike.store.plan import in_link_table, link_targets
from zhike.store.search_text import document_tokens, fold, sort_key

UNLOGGED = frozenset({"id", "version", "changed", "changed_by"})
TITLE_LENGTH = 500
TABLES: dict[str, tuple[str, ...]] = {
    "store_changerow": CHANGE_COLUMNS,
    "store_searchrow": ("record", "object", "tokens", "cut"),
    "store_linkrow": ("source", "object", "field", "target", "value"),
    "store_timelinerow": ("subject", "at", "object", "source"),
    "store_alikekey": ("object", "key", "record"),
    "store_stay": ("object", "record", "step", "entered", "left"),
}
Rows = dict[str, list[tuple[Any, ...]]]
K, V = TypeVar("K"), TypeVar("V")
_json = json.JSONEncoder(ensure_ascii=False).encode


class _Remembered(dict[K, V], Generic[K, V]):
    """What a function answered; begins anew when it is many."""

    MOST = 50_000

    def __init__(self, work: Callable[[K], V]) -> None:
        self._work = work

    def __missing__(self, asked: K) -> V:
        if len(self) >= self.MOST:
            self.clear()
        found = self[asked] = self._work(asked)
        return found


@dataclass(slots=True)
class _Cell:
    """What one value of a field comes to in the tables; ``plain``: as the log has it, in JSON."""

    value: Any
    scalars: tuple[Any, ...]
    slots: dict[str, Any]
    plain: str
    links: list[tuple[int | None, str | None]]


class _Column:
    """One field and what is known of it beforehand."""

    def __init__(self, field: FieldSpec, setting: Setting, spell: Callable[[Any], Any]) -> None:
        self.field, self.key, self.kind, self.setting, self.spell = field, field.key, kind_of(field), setting, spell
        self.name = field.slot or field.key
        self.columns = [] if field.slot else [field.key + part.suffix for part in self.kind.parts]
        self.nothing = (None,) * len(self.columns)
        self.logged, self.private = field.key not in UNLOGGED, field.personal or self.kind.secret
        self.parsed: _Remembered[Any, Any] = _Remembered(lambda raw: self.kind.parse(raw, field, setting))
        self.cells: _Remembered[Any, _Cell] = _Remembered(lambda raw: self.cell(raw, None))

    def cell(self, raw: Any, sealer: Sealer | None) -> _Cell:
        field, kind = self.field, self.kind
        value = raw if kind.name in ("roll_up", "formula") else self.parsed[raw]
        if isinstance(value, Money) and value.base is None:
            value = replace(value, base=value.amount)
        parts = kind.to_parts(value, field, sealer)
        slots = {}
        if field.slot:
            named = zip(kind.parts, parts, strict=True)
            slots = {field.slot + part.suffix: to_json_scalar(one) for part, one in named if one is not None}
        scalars = () if field.slot else tuple(map(self.spell, parts))
        links = link_targets(field, value) if in_link_table(field) else []
        return _Cell(value, scalars, slots, _json(kind.to_json(value, field)), links)


class Press:
    """Prints records of one object that all come to be at one moment, made by the system."""

    def __init__(self, spec: ObjectSpec, setting: Setting, at: datetime) -> None:
        self.spec, self.setting, self.moment = spec, setting, at
        self._spell: Callable[[Any], Any] = _as_it_is if is_postgres() else _for_sqlite
        self._columns = [_Column(one, setting, self._spell) for one in spec.fields if one.key not in ("id", "version")]
        self.columns = [name for one in self._columns for name in one.columns]
        self.columns += ["id", "version", "title_shown", "title_folded", "title_sort", "custom", "vault"]
        self._at, self._at_in_words = self._spell(at), instant_text(at)
        self._private = any(one.private for one in self._columns)
        self._zero = {one.key: Decimal(0) for one in spec.fields if one.rollup and one.rollup.measure == "count"}
        heaviest = sorted(shape_of(spec).searched, key=lambda one: -(10 if one.key == spec.title else one.search))
        self._texts = [(one, kind_of(one)) for one in heaviest if not kind_of(one).secret]
        self._secrets = [(one, kind_of(one)) for one in shape_of(spec).searched if kind_of(one).secret]
        self._path, self._entered = path_field(spec), entered_field(spec)
        self._subjects = [one.key for one in spec.links if one.to != "user"]
        self._tokens: _Remembered[str, list[str]] = _Remembered(lambda text: document_tokens([(text, 1)]).tokens)
        self._titles: _Remembered[str, tuple[str, str, str]] = _Remembered(
            lambda shown: (shown, fold(shown)[:TITLE_LENGTH], sort_key(shown))
        )
        self._hashed: _Remembered[str, str] = _Remembered(hashed)
        self._keys: list[_Remembered[tuple[Any, ...], list[str]]] = [_keys_of(spec, one) for one in spec.compared]

    def print(self, into: Rows, id_: int, operation: int, raw: Mapping[str, Any], later: Mapping[str, Any]) -> bytes:
        """Add the rows of one record to ``into``, by table; returns the digest of its row of the change log.

        ``raw``: what a command would carry, and what the object's rules and the door fill in. ``later``: roll-ups as the
        worker leaves them, canonical."""
        key = self.spec.key
        wrapped, sealer = vault().new_sealer(id_) if self._private else (None, None)
        line: list[Any] = []
        bag: dict[str, Any] = {}
        values: dict[str, Any] = {}
        said: list[str] = []
        given = {**self._zero, "created": self.moment, "changed": self.moment, **raw}
        for column in self._columns:
            one = given.get(column.key)
            if one is None:
                values[column.key] = None
                line += column.cells[later[column.key]].scalars if later.get(column.key) else column.nothing
                continue
            cell = column.cell(one, sealer) if column.kind.secret else column.cells[one]
            values[column.key] = cell.value
            line += column.cells[later[column.key]].scalars if column.key in later else cell.scalars
            bag.update(cell.slots)
            for target, option in cell.links:
                into["store_linkrow"].append((id_, key, column.name, target, option))
            if column.logged:
                plain = cell.plain
                if column.private and sealer is not None:
                    plain = f'{{"sealed": "{sealer.seal("log." + column.name, plain)}"}}'
                said.append(f'"{column.name}": [null, {plain}]')
        line += (id_, 1, *self._title(values, id_), _json(bag) if bag else "{}", wrapped)
        into[self.spec.table].append(tuple(line))
        self._beside(into, id_, values, sealer)
        body = "{" + ", ".join(said) + "}"
        change = (operation, key, id_, 1, "create", 0)
        into["store_changerow"].append((*change, self._at, body))
        return digest_of_line((*change, self._at_in_words, body))

    def _title(self, values: Mapping[str, Any], id_: int) -> tuple[str, str, str]:
        field = self.spec[self.spec.title]
        shown = kind_of(field).show(values[field.key], field, self.setting)[:TITLE_LENGTH]
        return self._titles[shown or f"{self.spec.label} #{id_}"]

    def _beside(self, into: Rows, id_: int, values: Mapping[str, Any], sealer: Sealer | None) -> None:
        spec = self.spec
        into["store_searchrow"].append((id_, spec.key, self._document(values, sealer), self._spell(False)))
        if self._keys:
            keys: dict[str, None] = {}
            for compared, known in zip(spec.compared, self._keys, strict=True):
                asked = tuple([values[one] for one in compared.fields])
                if any(one is not None for one in asked):
                    keys.update(dict.fromkeys(known[asked]))
            into["store_alikekey"] += [(spec.key, self._hashed[one], id_) for one in keys]
        if spec.timeline:
            at = self._spell(values.get(spec.timeline) or values["created"])
            subjects = {ref.id for one in self._subjects for ref in refs_of(values[one])}
            into["store_timelinerow"] += [(one, at, spec.key, id_) for one in sorted(subjects)]
        if self._path is not None and (step := step_of(values[self._path.key])):
            told = values[self._entered.key] if self._entered else None
            entered = min(told or values["created"], self.moment)
            into["store_stay"].append((spec.key, id_, step, self._spell(entered), None))

    def _document(self, values: Mapping[str, Any], sealer: Sealer | None) -> str:
        owner = values["owner"]
        tokens = dict.fromkeys((owner_token(owner.id if owner else None), object_token(self.spec.key)))
        for field, kind in self._secrets:
            value = values[field.key]
            if value is not None and sealer is not None and not isinstance(value, Address):
                for name, text in kind.index_texts(value, field).items():
                    tokens[secret_token(sealer.index(kind.purpose(field, name), text))] = None
        for field, kind in self._texts:
            value = values[field.key]
            if value is not None:
                text = kind.tokens(value, field) or kind.show(value, field, self.setting)
                tokens.update(dict.fromkeys(self._tokens[text]))
        return " ".join(tokens)


def _keys_of(spec: ObjectSpec, compared: Compared) -> _Remembered[tuple[Any, ...], list[str]]:
    by, fields = way(compared), fields_of(spec, compared)

    def keys(given: tuple[Any, ...]) -> list[str]:
        form = by.form(list(given), fields)
        return [] if form is None else [scoped(spec, compared, key) for key in by.keys(form)]

    return _Remembered(keys)


def _as_it_is(value: Any) -> Any:
    return value


def _for_sqlite(value: Any) -> Any:
    if value.__class__ is str or value is None:
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if hasattr(value, "isoformat") else value
