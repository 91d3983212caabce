"""Which field does a dotted path mean? Fields the reader may not see are answered exactly like fields that do not exist."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

from zhike.kernel.errors import BadQuery, NotFound
from zhike.kernel.words import Words, _
from zhike.query.lexer import Token, tokenize
from zhike.query.tree import Node, Path
from zhike.schema.kinds import kind_of
from zhike.schema.spec import FieldSpec, ObjectSpec

MOST_LINKS = 4
SEGMENT = "segment"
SEGMENTS = (SEGMENT, "客群")
"""What stands for the segments a record is in, where its object has no field of that name."""
TODAY = ("today", "今天")
READABLE_PARTS = {
    "money": {"value": "", "currency": "_currency"},
    "any_link": {"object": "_object"},
    "address": {"country": "_country", "region": "_region", "city": "_city", "district": "_district"},
}
"""Kind → what may follow its field in a path → suffix of the stored part. Envelopes and blind indexes are not among them."""


@dataclass(frozen=True, slots=True)
class Members:
    """A segment as one reader may ask for it: by its kept members, or, with ``live``, by its conditions. ``few`` as in
    :class:`InSegment`."""

    id: int
    name: str
    live: Node | None = None
    few: bool = False


class Resolver(Protocol):
    """What a filter has to ask its surroundings. Bound to one reader and one moment."""

    def object(self, key: str) -> ObjectSpec:
        """The object with this key. Raises NotFound."""

    def readable(self, spec: ObjectSpec, field: FieldSpec) -> bool:
        """Whether the reader may filter and sort by this field."""

    def find_ids(self, spec: ObjectSpec, text: str) -> list[int]:
        """Ids of records with this stable key or title, for fields with many links."""

    def segment(self, spec: ObjectSpec, name: str) -> Members | None:
        """The segment of this object's records with this id, key or title, if the reader may ask for it."""


def find_path(names: Sequence[Token], spec: ObjectSpec, resolver: Resolver, source: str) -> Path:
    """The path of keys (or unambiguous labels) from ``spec`` over links. Raises BadQuery at the name that is wrong."""
    objects, links = [spec], list[FieldSpec]()
    at_field = _find(names[0], spec, resolver, source)
    for index, name in enumerate(names[1:], 1):
        if at_field.kind != "link":
            part = _part(at_field, name, last=index == len(names) - 1, source=source)
            return Path(tuple(objects), tuple(links), at_field, part)
        if len(links) == MOST_LINKS:
            raise BadQuery(_("A path crosses at most {most} links.").with_(most=MOST_LINKS), name.at, source)
        links.append(at_field)
        objects.append(target_of(at_field, resolver, name.at, source))
        at_field = _find(name, objects[-1], resolver, source)
    return Path(tuple(objects), tuple(links), at_field)


def way_to(names: Sequence[Token], spec: ObjectSpec, resolver: Resolver, source: str) -> Path:
    """The path to the record whose field the last name would be: it ends at that record's id. Raises BadQuery."""
    if len(names) == 1:
        return Path((spec,), (), spec["id"])
    before = find_path(names[:-1], spec, resolver, source)
    if before.field.kind != "link" or before.part is not None:
        raise BadQuery(_not_a_link(before.field), names[-1].at, source)
    if len(before.links) == MOST_LINKS:
        raise BadQuery(_("A path crosses at most {most} links.").with_(most=MOST_LINKS), names[-1].at, source)
    target = target_of(before.field, resolver, names[-1].at, source)
    return extended(before, target, target["id"])


def target_of(link: FieldSpec, resolver: Resolver, at: int, source: str) -> ObjectSpec:
    """The object a link points at. Raises BadQuery when there is no such object."""
    try:
        return resolver.object(link.to)
    except NotFound:
        raise BadQuery(_("There is no object called “{name}”.").with_(name=link.to), at, source) from None


def extended(path: Path, target: ObjectSpec, field: FieldSpec) -> Path:
    """The path that goes on over its own link field to a field of the link's target."""
    return Path((*path.objects, target), (*path.links, path.field), field)


def visible(key: str, spec: ObjectSpec, resolver: Resolver) -> FieldSpec | None:
    """The field with this key, or the only one with this label, that the reader may see; else None."""
    field = spec.field(key) or spec.field(key.lower())
    if field is not None:
        return field if resolver.readable(spec, field) else None
    named = [one for one in spec.fields if str(one.label) == key and resolver.readable(spec, one)]
    return named[0] if len(named) == 1 else None


def _find(name: Token, spec: ObjectSpec, resolver: Resolver, source: str) -> FieldSpec:
    field = visible(name.text, spec, resolver)
    if field is None:
        seen = [one for one in spec.fields if resolver.readable(spec, one)]
        named = [one.key for one in seen if str(one.label) == name.text]
        if named:
            text = _("Several fields are called “{name}”; write one of {keys}.").with_(
                name=name.text, keys=listed(named)
            )
            raise BadQuery(text, name.at, source)
        known = [one.key for one in seen] + [str(one.label) for one in seen]
        text = _("{object} has no field called “{name}”.").with_(object=spec.label, name=name.text[:60])
        raise BadQuery(did_you_mean(text, name.text, known), name.at, source)
    if not kind_of(field).stored or (field.kind == "formula" and mentions_today(field.formula)):
        text = _("“{name}” is worked out when it is shown and cannot be asked for.").with_(name=field.label)
        raise BadQuery(text, name.at, source)
    return field


def _part(field: FieldSpec, name: Token, *, last: bool, source: str) -> str | None:
    parts = READABLE_PARTS.get(field.kind, {})
    suffix = parts.get(name.text.lower())
    if suffix is not None and last:
        kind = kind_of(field)
        return None if suffix == kind.main else suffix
    text = _not_a_link(field)
    raise BadQuery(did_you_mean(text, name.text, parts) if last else text, name.at, source)


def _not_a_link(field: FieldSpec) -> Words:
    if field.kind in ("any_link", "links"):
        text = _("A path cannot go on after “{name}”: it may lead to several records or kinds of records.")
    else:
        text = _("A path cannot go on after “{name}”: it is not a link.")
    return text.with_(name=field.label)


def did_you_mean(text: Words, name: str, known: Iterable[str]) -> Words:
    """The sentence, followed by up to two names that look like the one given."""
    near = get_close_matches(name[:60].lower(), dict.fromkeys(known), 2)
    return _("{problem} Did you mean {guess}?").with_(problem=text, guess=listed(near)) if near else text


def listed(names: Iterable[str]) -> str:
    """“a”, “b”, “c”: names in a sentence."""
    return ", ".join(f"“{name}”" for name in names)


def mentions_today(formula: str) -> bool:
    """Whether a formula uses today's date, so that it is worked out when shown and not stored."""
    return any(token.kind == "word" and token.text.lower() in TODAY for token in tokenize(formula, formula=True))
