"""Links to other records, and files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from zhike.kernel.words import _
from zhike.schema.kinds.base import ParseError, Part, Sealer, Setting, kind
from zhike.schema.kinds.common import LARGEST, PlainKind, half_width, is_finite, one_line, short, wrong_type
from zhike.schema.spec import FieldSpec
from zhike.schema.values import FileRef, Lookup, Ref

MOST_WORDS = 500
MOST_LINKS = 1000
_OBJECT_AND_ID = re.compile(r"([a-z][a-z0-9_]{0,59}):([0-9]{1,20})")
_OBJECT = re.compile(r"[a-z][a-z0-9_]{0,59}")
_BETWEEN = re.compile(r"[,;、，；\n]+")
ID_SCHEMA = {"type": "integer", "minimum": 1, "maximum": LARGEST}


def record_id(raw: int | str) -> int:
    """A record's id. Raises ParseError unless it is between 1 and 2^53 − 1."""
    number = int(raw) if not isinstance(raw, str) or len(raw) < 20 else 0
    if not 1 <= number <= LARGEST:
        raise ParseError(_("There can be no record with the number {id}.").with_(id=short(raw)))
    return number


def _whole(raw: Any) -> int | None:
    """The id in a number, as spreadsheets give them (7.0); None for anything else."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return record_id(raw)
    if isinstance(raw, float | Decimal) and is_finite(raw) and -LARGEST <= raw <= LARGEST and raw == int(raw):
        return record_id(int(raw))
    return None


def link_of(raw: Any, to: str) -> Ref | Lookup | None:
    """The record of object ``to`` that an id, a Ref, ``{"id": 7}`` or words mean; words give a Lookup. Raises ParseError."""
    if isinstance(raw, Ref):
        if to and raw.object != to:
            raise ParseError(
                _("A link to “{to}” is expected here, not to “{found}”.").with_(to=to, found=short(raw.object))
            )
        return Ref(to or raw.object, record_id(raw.id))
    if isinstance(raw, Lookup):
        return _words(raw.text)
    if isinstance(raw, str):
        text = half_width(raw)
        if text.isdecimal() and text.isascii():
            return Ref(to, record_id(text))
        found = _OBJECT_AND_ID.fullmatch(text)
        if found and found[1] == to:
            return Ref(to, record_id(found[2]))
        return _words(raw)
    if isinstance(raw, Mapping):
        return _of_mapping(raw, to)
    number = _whole(raw)
    if number is None:
        raise wrong_type(_("A record"), raw)
    return Ref(to, number)


def _of_mapping(raw: Mapping[Any, Any], to: str) -> Ref | Lookup | None:
    key = raw.get("object")
    if key is not None and key != to:
        raise ParseError(_("A link to “{to}” is expected here, not to “{found}”.").with_(to=to, found=short(key)))
    if raw.get("id") is not None:
        inner = raw["id"]
        number = _whole(inner)
        if number is None and isinstance(inner, str) and inner.isdecimal() and inner.isascii():
            number = record_id(inner)
        if number is None:
            raise wrong_type(_("The number of a record"), inner)
        return Ref(to, number)
    title = raw.get("title")
    if isinstance(title, str):
        return _words(title)
    raise ParseError(_("Name a record by its id or its title."))


def _words(raw: str) -> Lookup | None:
    text = one_line(raw, MOST_WORDS)
    return Lookup(text) if text else None


def link_json(ref: Ref | Lookup) -> dict[str, Any]:
    """``{"id": 7, "title": "…"}``, without the title where it is not known; a lookup has a title only."""
    if isinstance(ref, Lookup):
        return {"title": ref.text}
    return {"id": ref.id, "title": ref.title} if ref.title else {"id": ref.id}


def shown_link(ref: Ref | Lookup) -> str:
    """The title of a linked record, or its number where the title is not known."""
    return ref.text if isinstance(ref, Lookup) else ref.title or f"#{ref.id}"


def _link_schema(*more: str) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": ID_SCHEMA, "title": {"type": "string"}} | {
        name: {"type": "string"} for name in more
    }
    return {"type": "object", "properties": properties, "required": ["id", *more], "additionalProperties": False}


@kind
class Link(PlainKind):
    """One record of the object ``field.to`` (Ref without title; Lookup until the door has found what words mean)."""

    name = "link"
    label = _("Link")
    parts = (Part("", "int"),)
    widget = "link"
    width = "text"

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> Ref | Lookup | None:
        return link_of(raw, field.to)

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return shown_link(value)

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        return None if value is None else link_json(value)

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        return (value.id,)

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> Ref:
        return Ref(field.to, parts[0])

    def operand(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """The id; a Lookup where words were given, for the caller to find."""
        found = self.parse(raw, field, setting)
        return found.id if isinstance(found, Ref) else found

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return value.text if isinstance(value, Lookup) else str(value.title)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return _link_schema()


@kind
class Links(PlainKind):
    """Records of the object ``field.to``, in the order given, each once (tuple of Ref or Lookup)."""

    name = "links"
    label = _("Links")
    parts = (Part("", "long"),)
    operators = ("has", "empty")
    widget = "links"
    width = "text"
    sortable = False
    indexable = False
    groupable = False

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> tuple[Ref | Lookup, ...] | None:
        if isinstance(raw, str):
            raw = _BETWEEN.split(raw)
        elif not isinstance(raw, list | tuple):
            raw = (raw,)
        if len(raw) > MOST_LINKS:
            raise ParseError(_("At most {max} records; these are {count}.").with_(max=MOST_LINKS, count=len(raw)))
        found = [ref for one in raw if one is not None and (ref := link_of(one, field.to)) is not None]
        return tuple(dict.fromkeys(found)) or None

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        between = "、" if setting.language.startswith("zh") else ", "
        return between.join(shown_link(ref) for ref in value)

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        return None if value is None else [link_json(ref) for ref in value]

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        return (",".join(str(ref.id) for ref in value) or None,)

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> tuple[Ref, ...]:
        return tuple(Ref(field.to, int(one)) for one in parts[0].split(","))

    def operand(self, raw: Any, field: FieldSpec, setting: Setting) -> Any:
        """The id of one record; a Lookup where words were given."""
        found = link_of(raw, field.to)
        return found.id if isinstance(found, Ref) else found

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return " ".join(shown_link(ref) for ref in value if isinstance(ref, Lookup) or ref.title)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return {"type": "array", "items": _link_schema(), "maxItems": MOST_LINKS}


@kind
class AnyLink(PlainKind):
    """A record of any object (Ref): ``account:123`` or ``{"object": "account", "id": 123}``."""

    name = "any_link"
    label = _("Link to anything")
    parts = (Part("", "int"), Part("_object", "text", 60))
    widget = "link"
    width = "text"
    sortable = False

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> Ref | None:
        if isinstance(raw, str):
            text = half_width(raw)
            if not text:
                return None
            found = _OBJECT_AND_ID.fullmatch(text)
            if found:
                return Ref(found[1], record_id(found[2]))
            raise ParseError(
                _("“{text}” is not a record. Write the object and the number: account:123.").with_(text=short(raw))
            )
        if isinstance(raw, Ref):
            raw = {"object": raw.object, "id": raw.id}
        if not isinstance(raw, Mapping):
            raise wrong_type(_("A record with its object"), raw)
        key = raw.get("object")
        if not isinstance(key, str) or not _OBJECT.fullmatch(key):
            raise ParseError(
                _("Say which object the record is of: {example}.").with_(example='{"object": "account", "id": 123}')
            )
        return _ref_of(raw, key)

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return value.title or f"{value.object}:{value.id}"

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        return None if value is None else {"object": value.object} | link_json(value)

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        return value.id, value.object

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> Ref:
        return Ref(parts[1] or "", parts[0])

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return str(value.title)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        return _link_schema("object")


def _ref_of(raw: Mapping[Any, Any], key: str) -> Ref:
    found = _of_mapping({"id": raw.get("id")}, key)
    assert isinstance(found, Ref)
    return found


@kind
class File(PlainKind):
    """A stored file (FileRef of its id; the door adds name, size and type when reading)."""

    name = "file"
    label = _("File")
    parts = (Part("", "int"),)
    operators = ("empty",)
    widget = "file"
    width = "text"
    sortable = False
    indexable = False
    groupable = False

    def read(self, raw: Any, field: FieldSpec, setting: Setting) -> FileRef | None:
        if isinstance(raw, FileRef):
            raw = raw.id
        elif isinstance(raw, Mapping):
            raw = raw.get("id")
        if isinstance(raw, str):
            text = half_width(raw)
            if not text:
                return None
            raw = int(text) if text.isdecimal() and text.isascii() and len(text) < 20 else raw
        number = _whole(raw)
        if number is None:
            raise ParseError(_("A file is named by the number it got when it was uploaded."))
        return FileRef(number)

    def text(self, value: Any, field: FieldSpec, setting: Setting) -> str:
        return value.name or f"#{value.id}"

    def to_json(self, value: Any, field: FieldSpec) -> Any:
        if value is None:
            return None
        shape: dict[str, Any] = {"id": value.id}
        return shape | {"name": value.name, "size": value.size, "type": value.type} if value.name else shape

    def pack(self, value: Any, field: FieldSpec, sealer: Sealer | None) -> tuple[Any, ...]:
        return (value.id,)

    def unpack(self, parts: tuple[Any, ...], field: FieldSpec, sealer: Sealer | None) -> FileRef:
        return FileRef(parts[0])

    def tokens(self, value: Any, field: FieldSpec) -> str:
        return str(value.name)

    def schema(self, field: FieldSpec) -> Mapping[str, Any]:
        text = {"type": "string"}
        properties = {"id": ID_SCHEMA, "name": text, "size": {"type": "integer", "minimum": 0}, "type": text}
        return {"type": "object", "properties": properties, "required": ["id"], "additionalProperties": False}
