"""Files that hang on what is written down: shown where it is shown, pictures as pictures and voices as sound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zhike.access.rights import can, field_right
from zhike.kernel.actor import Actor
from zhike.kernel.errors import Refused
from zhike.records.read import Query, read
from zhike.records.record import Record
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec
from zhike.schema.values import FileRef, Ref
from zhike.web.generic.files import SAFE_PICTURES, SAFE_SOUNDS
from zhike.web.links import file_url

MOST = 200


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as a moment shows it: ``kind`` is picture, sound or file."""

    name: str
    url: str
    kind: str
    size: int
    record: Record


def attachments(actor: Actor, records: Iterable[Record]) -> Mapping[tuple[str, int], tuple[Attachment, ...]]:
    """The files of these records as far as this actor sees them, by object and id; one question per kind of file object."""
    refs = [f"{one.object}:{one.id}" for one in records]
    found: dict[tuple[str, int], tuple[Attachment, ...]] = {}
    for spec in registry if refs else ():
        parent, content = hanging(spec)
        if parent is None or content is None or not can(actor, "read", spec):
            continue
        if any(
            field_right(actor, spec, one) != "write" and field_right(actor, spec, one) != "read"
            for one in (parent, content)
        ):
            continue
        try:
            where = f"{parent.key} in ({', '.join(refs)})"
            page = read(
                actor, Query(spec.key, where, "created", (spec.title, parent.key, content.key), MOST, count=False)
            )
        except Refused:
            continue
        for record in page.rows:
            about, held = record[parent.key], record[content.key]
            if isinstance(about, Ref) and isinstance(held, FileRef):
                one = Attachment(held.name, file_url(record, content.key), _kind(held.type), held.size, record)
                key = (about.object, about.id)
                found[key] = (*found.get(key, ()), one)
    return found


def hangs_elsewhere(record: Record, page: Record) -> bool:
    """Whether a record is a file of something that has a moment of its own, so that it is shown there."""
    spec = registry.object(record.object)
    parent, content = hanging(spec)
    about = record[parent.key] if parent is not None and content is not None else None
    if not isinstance(about, Ref) or (about.object, about.id) == (page.object, page.id):
        return False
    owner = registry.find(about.object)
    return owner is not None and bool(owner.timeline)


def hanging(spec: ObjectSpec) -> tuple[FieldSpec | None, FieldSpec | None]:
    """The link to anything and the file of an object whose records hang on others; None where it has no such field."""
    parent = next((one for one in spec.fields if one.kind == "any_link"), None)
    return parent, next((one for one in spec.fields if one.kind == "file" and one.required), None)


def _kind(type_: str) -> str:
    return "picture" if type_ in SAFE_PICTURES else "sound" if type_ in SAFE_SOUNDS else "file"
