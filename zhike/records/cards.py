"""Business cards: a record with a phone or an e-mail as vCard text, with what its reader may read in full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhike.access.rights import field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import NotFound
from zhike.records.company.settings import setting_for
from zhike.records.read import read_one
from zhike.records.record import Record
from zhike.records.reveal import log_reading
from zhike.schema.kinds import kind_of
from zhike.schema.kinds.phones import EXTENSION
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Address, Ref

REACHES = ("phone", "email")
KNOWN = {"job": "TITLE", "title": "TITLE", "birthday": "BDAY", "wechat": "X-WECHAT"}
"""Fields that mean the same wherever they stand, by key."""
FIRMS = frozenset({"building", "building-2", "factory", "store", "landmark", "warehouse"})
LONGEST_LINE = 75  # bytes; longer ones go on after a line break and a space
CELL = ("mobile", "cell")


@dataclass(frozen=True, slots=True)
class Card:
    """A vCard: its text and the title of the record it is about."""

    title: str
    text: str


def has_card(spec: ObjectSpec) -> bool:
    """Whether records of the object can be reached: they have a phone or an e-mail of their own."""
    return any(field.kind in REACHES for field in spec.fields)


def card_of(actor: Actor, object_key: str, record_id: int) -> Card:
    """The card of a record, version 3.0. What is masked for this reader is left out; that it was read is logged before
    the answer. Raises NotFound, also for objects without phone and e-mail and when nothing of it may be read in full."""
    spec = registry.object(object_key)
    record = read_one(actor, object_key, record_id)
    if not offers_card(actor, spec, record):
        raise NotFound()
    lines = list(_lines(actor, spec, record))
    told = [one.key for one in spec.fields if one.kind in REACHES and isinstance(record.values.get(one.key), str)]
    log_reading(actor, "card", spec.key, record.id, None, "", fields=told)
    return Card(record.title, "\r\n".join(_folded(line) for line in lines) + "\r\n")


def offers_card(actor: Actor, spec: ObjectSpec, record: Record) -> bool:
    """Whether this reader could write the record a letter or call it without asking first."""
    held = [record.values.get(field.key) for field in spec.fields if field.kind in REACHES]
    return any(isinstance(value, str) for value in held) and not record.trashed


def _lines(actor: Actor, spec: ObjectSpec, record: Record) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"N:{_safe(record.title)};;;;"
    yield f"FN:{_safe(record.title)}"
    if spec.icon in FIRMS:
        yield f"ORG:{_safe(record.title)}"
    firm = spec.icon in FIRMS
    for field in spec.fields:
        value = record.values.get(field.key)
        if isinstance(value, Ref) and firm:
            continue
        firm = firm or (isinstance(value, Ref) and _is_firm(value))
        if value in (None, (), "") or field_right(actor, spec, field) in ("hidden", "masked"):
            continue
        yield from _line(actor, field, value)
    yield "END:VCARD"


def _line(actor: Actor, field: FieldSpec, value: Any) -> Iterator[str]:
    if field.kind == "phone" and isinstance(value, str):
        kind = "CELL" if any(word in field.key for word in CELL) else "WORK,VOICE"
        number, _mark, extension = value.partition(EXTENSION)
        yield f"TEL;TYPE={kind}:{_safe(number)}{';ext=' + extension if extension else ''}"
    elif field.kind == "email" and isinstance(value, str):
        yield f"EMAIL;TYPE=INTERNET:{_safe(value)}"
    elif field.kind == "url":
        yield f"URL:{_safe(value)}"
    elif field.kind == "address" and isinstance(value, Address) and value.street != "•••":
        told = kind_of(field).show(value, field, setting_for(actor))
        yield f"ADR;TYPE=WORK:;;{_safe(told)};;;{_safe(value.postcode)};{_safe(value.country)}"
    elif isinstance(value, Ref) and field.kind == "link" and value.title and _is_firm(value):
        yield f"ORG:{_safe(value.title)}"
    elif field.key in KNOWN and isinstance(value, str):
        yield f"{KNOWN[field.key]}:{_safe(value)}"
    elif field.key in KNOWN and isinstance(value, date):
        yield f"{KNOWN[field.key]}:{value.isoformat()}"


def _is_firm(value: Ref) -> bool:
    target = registry.find(value.object)
    return target is not None and target.icon in FIRMS


def _safe(text: str) -> str:
    """Text as a vCard value: separators and line ends escaped, control characters dropped."""
    held = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    held = held.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(sign for sign in held if sign.isprintable())


def _folded(line: str) -> str:
    """A line of at most 75 bytes, going on after a break and a space; characters stay whole."""
    parts: list[str] = []
    here = ""
    for sign in line:
        if len((here + sign).encode()) > LONGEST_LINE - bool(parts):
            parts.append(here)
            here = ""
        here += sign
    return "\r\n ".join([*parts, here])
