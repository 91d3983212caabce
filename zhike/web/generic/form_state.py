"""What a form remembers between being opened and being saved: what was typed, and what the record held then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest

from zhike.kernel.errors import Problem, Refused
from zhike.records.files import store_file
from zhike.records.record import Record
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import Address, FileRef, Lookup, Masked, Ref
from zhike.web.kinds.widgets import Typed, raw, typed_of_form, typed_of_value, untouched_secret
from zhike.web.reading import reading
from zhike.web.visitor import actor_of

SALT = "zhike.form.seen"
SEEN = "_seen"
HIDDEN_STREET = "•••"


@dataclass(frozen=True, slots=True)
class Seen:
    """The version a form was opened on and the values it showed, by field key."""

    version: int
    values: Mapping[str, Any]


def seal(record: Record, fields: Iterable[FieldSpec]) -> str:
    """The hidden input that says what a form was based on. Signed; secrets are left out."""
    old = {
        one.key: _to_json(record.values.get(one.key), one) for one in fields if not _secret(record.values.get(one.key))
    }
    return signing.dumps({"v": record.version, "old": old}, salt=SALT, compress=True)


def unseal(text: str, spec: ObjectSpec) -> Seen | None:
    """What :func:`seal` made; None when it is missing or was tampered with."""
    try:
        data = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    setting = reading()
    values = {key: _from_json(one, spec[key], setting) for key, one in data["old"].items() if key in spec.by_key}
    return Seen(int(data["v"]), values)


def typed_by_field(request: HttpRequest, fields: Iterable[FieldSpec], prefix: str = "") -> dict[str, Typed]:
    """What the request's form sent, for each field it held."""
    names = list(request.POST)
    found = {one.key: typed_of_form(one, request.POST, names, prefix) for one in fields}
    return {key: typed for key, typed in found.items() if typed is not None}


def take_files(
    request: HttpRequest, fields: Iterable[FieldSpec], typed: dict[str, Typed], prefix: str = ""
) -> tuple[dict[str, FileRef], list[Problem]]:
    """Store the uploads of file fields; what was typed remembers them, so that a refused form need not send them again."""
    stored: dict[str, FileRef] = {}
    problems: list[Problem] = []
    for field in fields:
        upload = request.FILES.get(prefix + field.key) if field.kind == "file" else None
        if upload is None:
            continue
        try:
            stored[field.key] = store_file(actor_of(request), upload.name or "", upload.chunks())
        except Refused as refused:
            problems += [Problem(one.text, field.key, one.code) for one in refused.problems]
            continue
        typed[field.key] = {"keep": [str(stored[field.key].id)], "name": [stored[field.key].name]}
    return stored, problems


def values_of(fields: Iterable[FieldSpec], typed: Mapping[str, Typed], stored: Mapping[str, FileRef]) -> dict[str, Any]:
    """Raw values for the doors, for each field that was in the form."""
    values: dict[str, Any] = {}
    for field in fields:
        if field.key in stored:
            values[field.key] = stored[field.key]
        elif field.key in typed and not untouched_secret(field, typed[field.key]):
            values[field.key] = raw(field, typed[field.key])
    return values


def changed_values(spec: ObjectSpec, values: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """Those of ``values`` that differ from what the form showed when it was opened."""
    setting = reading()
    return {key: one for key, one in values.items() if _differs(one, seen, spec[key], setting)}


def typed_of_record(record: Record, fields: Iterable[FieldSpec]) -> dict[str, Typed]:
    """What a form shows for a record."""
    setting = reading()
    return {one.key: typed_of_value(record.values.get(one.key), one, setting) for one in fields}


def _differs(value: Any, seen: Seen, field: FieldSpec, setting: Setting) -> bool:
    if field.key not in seen.values:
        return True
    old = seen.values[field.key]
    if isinstance(value, Lookup):
        return True
    if isinstance(value, Ref | int) and isinstance(old, Ref) and field.kind in ("link", "any_link"):
        return (value.id if isinstance(value, Ref) else value) != old.id
    if field.kind == "links":
        return [getattr(one, "id", one) for one in value or ()] != [one.id for one in old or ()]
    if field.kind == "yes_no" and old is None:
        return value is True
    try:
        parsed = kind_of(field).parse(value, field, setting)
    except ParseError:
        return True
    if isinstance(parsed, FileRef) and isinstance(old, FileRef):
        return parsed.id != old.id
    if field.kind == "choices":
        return set(parsed or ()) != set(old or ())
    if field.kind == "money" and parsed is not None and old is not None:
        return (parsed.amount, parsed.currency) != (old.amount, old.currency)
    if field.kind == "instant" and parsed is not None and old is not None:
        return bool(parsed.replace(second=0, microsecond=0) != old.replace(second=0, microsecond=0))
    return bool(parsed != old)


def _secret(value: Any) -> bool:
    return isinstance(value, Masked) or half_masked(value)


def half_masked(value: Any) -> bool:
    """An address whose street this reader may not see; it cannot be edited without losing the street."""
    return isinstance(value, Address) and value.street == HIDDEN_STREET


def _to_json(value: Any, field: FieldSpec) -> Any:
    if value is None:
        return None
    if isinstance(value, Ref):
        return {"object": value.object, "id": value.id, "title": value.title}
    if isinstance(value, tuple | list) and value and isinstance(value[0], Ref):
        return [_to_json(one, field) for one in value]
    if isinstance(value, FileRef):
        return {"id": value.id, "name": value.name, "size": value.size, "type": value.type}
    return kind_of(field).to_json(value, field)


def _from_json(value: Any, field: FieldSpec, setting: Setting) -> Any:
    if value is None:
        return None
    if isinstance(value, dict) and field.kind in ("link", "any_link"):
        return Ref(**value)
    if field.kind == "links":
        return tuple(Ref(**one) for one in value)
    if field.kind == "file":
        return FileRef(**value)
    return kind_of(field).parse(value, field, setting)
