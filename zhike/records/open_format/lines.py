"""Records and their changes as lines: values by field key, as the API writes them, personal ones in clear."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from zhike.kernel.changes import Command
from zhike.kernel.clock import now, today
from zhike.kernel.words import _
from zhike.records.draft import Draft
from zhike.records.open_format.package import wrong_line
from zhike.records.secrets import sealer_of, vault
from zhike.schema.kinds import ParseError, Sealer, Setting, kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import DAMAGED
from zhike.store.customs import field_of
from zhike.store.keyfile import VaultError
from zhike.store.plan import RowPlan, own_rows, stored

KEYLESS, REMOVED, LOST = "$keyless", "$removed", {"$lost": True}
HEAD = ("id", "version")
Removed = Mapping[str, Sequence[FieldSpec]]


def removed_fields(declared: Sequence[tuple[str, str, str, str]]) -> dict[str, list[FieldSpec]]:
    """Fields that were taken out of use, by object; their values are still stored. ``declared``: object, key, slot, body."""
    found: dict[str, list[FieldSpec]] = {}
    for object_key, key, slot, body in declared:
        found.setdefault(object_key, []).append(field_of(key, slot, json.loads(body)))
    return found


class Lines:
    """The records of one object as lines, both ways."""

    def __init__(self, spec: ObjectSpec, removed: Sequence[FieldSpec]) -> None:
        self.spec = spec
        self.part = f"objects/{spec.key}.jsonl"
        self.fields = [one for one in spec.fields if one.key not in HEAD]
        self.removed = list(removed)
        self._plan = RowPlan(spec, [*self.fields, *self.removed])
        self._loose = {one.key: _loose(one) for one in (*self.fields, *self.removed)}

    @property
    def question(self) -> str:
        """The SELECT that reads them in the order of their ids, the trash and the archive included."""
        only = own_rows(self.spec)
        where = f" WHERE {only}" if only else ""
        return f'SELECT {self._plan.columns} FROM "{self.spec.table}" t{where} ORDER BY t."id"'

    def told(self, row: Sequence[Any]) -> dict[str, Any]:
        """A row as a line: empty fields are left out. ``$keyless``: the record's key was destroyed when a person was
        erased; ``$removed``: values of fields that are out of use."""
        id_, version, _owner, _title, values = self._plan.decode(row, sealer_of)
        line = {"id": id_, "version": version, **_told(self.fields, values)}
        removed = _told(self.removed, values)
        if removed:
            line[REMOVED] = removed
        if row[3] is None:
            line[KEYLESS] = True
        return line

    def draft(self, line: dict[str, Any], number: int, setting: Setting) -> Draft:
        """A line as a record to be written as it was. Raises BadPackage naming line and field."""
        id_, version = line.pop("id", None), line.pop("version", None)
        keyless, removed = line.pop(KEYLESS, False), line.pop(REMOVED, {})
        if type(id_) is not int or type(version) is not int or not 0 < id_ < 2**53 or version < 1:
            raise wrong_line(self.part, number, _("A record needs an id and a version."))
        key = None if keyless else vault().new_data_key()
        made = Draft(
            self.spec, Command("create", self.spec.key, id_), today(setting.timezone), now(), 0, id=id_,
            version=version, created=True, vault=key, sealer=sealer_of(id_, key),
        )  # fmt: skip
        known = {one.key for one in self.fields}
        for name, raw in line.items():
            if name not in known:
                raise wrong_line(self.part, number, _("“{field}” is unknown here.").with_(field=name[:60]))
            made.values[name] = self._taken(name, raw, number, setting)
        for one in self.removed:
            if one.key in removed:
                value = self._taken(one.key, removed[one.key], number, setting)
                made.bag |= stored(one, value, made.sealer)[1]
        for name in ("created", "changed"):
            if made.values.get(name) is None:
                raise wrong_line(self.part, number, _("“{field}” is missing.").with_(field=name))
        return made

    def _taken(self, name: str, raw: Any, number: int, setting: Setting) -> Any:
        field = self._loose[name]
        try:
            if field.kind == "choices" and isinstance(raw, list) and all(isinstance(one, str) for one in raw):
                return tuple(raw) or None  # also those that are no longer offered
            if field.kind == "choice" and isinstance(raw, str):
                return raw
            return kind_of(field).parse(raw, field, setting)
        except ParseError as refused:
            raise wrong_line(self.part, number, f"{name}: {refused.text}") from refused


class Changes:
    """The change log of one object as lines: fields by key, ``[before, after]``, personal values in clear."""

    def __init__(self, spec: ObjectSpec | None, removed: Sequence[FieldSpec]) -> None:
        fields = [*(spec.fields if spec else ()), *removed]
        self._by_slot = {one.slot or one.key: one for one in fields}
        self._by_key = {one.key: one for one in fields}

    def told(self, body: str, sealer: Callable[[], Sealer | None]) -> dict[str, list[Any]]:
        """A logged body with field keys; ``{"$lost": true}`` stands for what no key opens any more."""
        fields: dict[str, list[Any]] = {}
        for name, pair in json.loads(body).items():
            field = self._by_slot.get(name)
            fields[field.key if field else name] = [_opened(name, one, sealer) for one in pair]
        return fields

    def taken(self, fields: Mapping[str, Sequence[Any]], sealer: Callable[[], Sealer | None]) -> str:
        """A line's fields as the log keeps them, personal values sealed with the record's key."""
        body: dict[str, list[Any]] = {}
        for key, pair in fields.items():
            field = self._by_key.get(key)
            name = (field.slot or field.key) if field else key
            private = field is None or field.personal or kind_of(field).secret
            body[name] = [_closed(name, one, sealer if private else _nobody) for one in pair]
        return json.dumps(body, ensure_ascii=False)


def _told(fields: Sequence[FieldSpec], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        one.key: kind_of(one).to_json(values[one.key], one)
        for one in fields
        if values[one.key] is not None and values[one.key] is not DAMAGED
    }


def _opened(name: str, value: Any, sealer: Callable[[], Sealer | None]) -> Any:
    if not (isinstance(value, dict) and "sealed" in value):
        return value
    try:
        key = sealer()
        return LOST if key is None else json.loads(key.open("log." + name, value["sealed"]))
    except VaultError:
        return LOST


def _closed(name: str, value: Any, sealer: Callable[[], Sealer | None]) -> Any:
    if value == LOST:
        return {"sealed": "lost"}
    key = sealer() if value is not None else None
    return value if key is None else {"sealed": key.seal("log." + name, json.dumps(value, ensure_ascii=False))}


def _nobody() -> None:
    return None


def _loose(field: FieldSpec) -> FieldSpec:
    """The field without the bounds that were perhaps drawn after a value was stored."""
    return replace(field, max=0) if field.kind in ("text", "long_text", "rich_text") else field
