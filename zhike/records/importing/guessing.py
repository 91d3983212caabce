"""Which field a column means: by what stands at its head, and by what stands in it. Every guess has a reason in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhike.access.people import people
from zhike.kernel.actor import Actor
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import Plain, Words, _
from zhike.records.importing.heading_words import folded, same_meaning
from zhike.records.importing.mapping import EXTERNAL, importable
from zhike.records.importing.rows import plain
from zhike.schema.kinds import ParseError, Setting, kind_of
from zhike.schema.kinds.dates import parse_date
from zhike.schema.registry import registry
from zhike.schema.spec import FieldSpec, ObjectSpec

fuzz: Any = LazyModule("rapidfuzz.fuzz")

MOST_LOOKED_AT = 200
FEWEST = 2  # values a column must have before its content says anything
MOSTLY = 0.8
ALIKE = 86
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_TEN_THOUSANDS = re.compile(r"万(?!能|达|科)")


@dataclass(frozen=True, slots=True)
class Guess:
    """A field for a column, and why."""

    target: str
    reason: Words


def by_heading(actor: Actor, spec: ObjectSpec, headings: Sequence[str]) -> dict[str, str]:
    """Heading → field key, as far as the headings alone say."""
    return {
        heading: one.target for heading, one in guesses(actor, spec, headings, {}, Setting(), likeness=False).items()
    }


def guesses(
    actor: Actor,
    spec: ObjectSpec,
    headings: Sequence[str],
    columns: Mapping[str, Sequence[Any]],
    setting: Setting,
    historic: bool = False,
    likeness: bool = True,
) -> dict[str, Guess]:
    """The best field for each heading, no field twice. ``columns``: some values of each column. ``likeness``: also by
    headings that are only much alike."""
    fields = importable(actor, spec, historic)
    names = {one.key: _names(spec, one) for one in fields}
    found: dict[str, Guess] = {
        heading: Guess(heading, _("An id in another system"))
        for heading in headings
        if heading.casefold().startswith(EXTERNAL)
    }
    taken: set[str] = set()

    def take(heading: str, one: FieldSpec, reason: Words) -> None:
        found[heading] = Guess(one.key, reason)
        taken.add(one.key)

    rounds: list[tuple[Callable[[str, set[str]], bool], Words]] = [
        (lambda head, own: head in own, _("same name")),
        (lambda head, own: any(same_meaning(head, name) for name in own), _("same meaning")),
    ]
    if likeness:
        rounds.append((_alike, _("much alike")))
    for matches, reason in rounds:
        for heading in headings:
            head = folded(heading)
            if heading in found or not head:
                continue
            one = next((field for field in fields if field.key not in taken and matches(head, names[field.key])), None)
            if one is not None:
                take(heading, one, reason)
    for heading in headings:
        values = [cell for cell in map(plain, columns.get(heading, ())) if cell not in (None, "")][:MOST_LOOKED_AT]
        if heading in found or len(values) < FEWEST:
            continue
        for one in fields:
            if one.key in taken:
                continue
            said = _content(one, fields, taken, values, setting)
            if said is not None:
                take(heading, one, said)
                break
    return found


def scale_of(heading: str, field: FieldSpec) -> int:
    """What the plain numbers of a column are multiplied by: 10,000 when its heading counts in 万."""
    return 10_000 if field.kind in ("money", "number") and _TEN_THOUSANDS.search(heading) else 1


def _names(spec: ObjectSpec, one: FieldSpec) -> set[str]:
    """What a field may be called: its own names; the object's for its title, the target's for a link."""
    texts = {one.key, *_labels(one.label)}
    others: list[ObjectSpec] = []
    if one.key == spec.title:
        others.append(spec)
    if (
        one.kind == "link"
        and one.to
        and (target := registry.find(one.to)) is not None
        and target.key not in ("user", spec.key)
    ):
        others.append(target)
    for other in others:
        for label in _labels(other.label):
            texts |= {label, f"{label}名称", f"{label}名", f"{label}全称", f"{label} name"}
    return {folded(text) for text in texts if text}


def _labels(label: Words) -> set[str]:
    return {label.msgid, str(label), *(label.by_language.values() if isinstance(label, Plain) else ())}


def _alike(head: str, names: set[str]) -> bool:
    return len(head) > 2 and any(len(name) > 2 and fuzz.ratio(head, name) >= ALIKE for name in names)


def _content(
    one: FieldSpec, fields: Sequence[FieldSpec], taken: set[str], values: Sequence[Any], setting: Setting
) -> Words | None:
    """Why these values are of this field; None when they do not look so."""
    judge = _JUDGES.get(one.format or "") or _JUDGES.get(one.kind)
    if one.kind == "link" and one.to == "user":
        names = {person.name for person in people().persons.values() if person.active and person.name}
        logins = {person.login for person in people().persons.values() if person.active}
        return _most(
            values, lambda cell: str(cell) in names or str(cell) in logins, _("{n} of {all} are names of colleagues")
        )
    if one.kind in ("choice", "choices") and len(one.options) > 1:
        return _most(values, lambda cell: _parses(one, cell, setting), _("{n} of {all} are options of this field"))
    if one.kind == "date":
        free = [other for other in fields if other.kind == "date" and other.key not in taken]
        return _most(values, _is_day, _("{n} of {all} are dates")) if len(free) == 1 else None
    if judge is None:
        return None
    looks, said = judge
    return _most(values, lambda cell: looks(cell) and _parses(one, cell, setting), said)


def _most(values: Sequence[Any], looks: Callable[[Any], bool], said: Words) -> Words | None:
    count = sum(1 for cell in values if looks(cell))
    return said.with_(n=count, all=len(values)) if count >= FEWEST and count >= MOSTLY * len(values) else None


def _parses(one: FieldSpec, cell: Any, setting: Setting) -> bool:
    try:
        return kind_of(one).parse(cell if isinstance(cell, str) else str(cell), one, setting) is not None
    except ParseError:
        return False


def _is_mobile(cell: Any) -> bool:
    return bool(_MOBILE.fullmatch(re.sub(r"[\s\-()]", "", str(cell))))


def _is_day(cell: Any) -> bool:
    if isinstance(cell, date):
        return True
    if not isinstance(cell, str) or not re.search(r"\d[-/.年]\d", cell):
        return False
    try:
        return parse_date(cell, "ymd") is not None
    except ParseError:
        return False


_JUDGES: dict[str, tuple[Callable[[Any], bool], Words]] = {
    "phone": (_is_mobile, _("{n} of {all} are mobile numbers")),
    "email": (lambda cell: "@" in str(cell), _("{n} of {all} are e-mail addresses")),
    "url": (lambda cell: bool(re.match(r"(?i)https?://|www\.", str(cell))), _("{n} of {all} are web addresses")),
    "credit_code": (lambda cell: len(str(cell)) == 18, _("{n} of {all} are credit codes")),
}
